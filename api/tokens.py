"""Access tokens: JWTs after RFC 9068, signed with ES256."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from api.ports import Clock

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the header's type, not a secret
AUDIENCE = "overround-api"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: to whom, for which operator, what, and until when (seconds UTC)."""

    client_id: str
    operator: str
    scopes: frozenset[str]
    expires_at: float


class TokenError(Exception):
    """A token that does not count; the text may be told to the client."""


class ExpiredError(TokenError):
    """A token whose time is over."""


def signing_key(path: Path) -> ECKey:
    """Return the key in the PEM file ``path``, which is made if it is not there.

    Only the file's owner can read it. Two processes that start at once end up with the same key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(ECKey.generate_key("P-256", private=True).as_pem(private=True))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process was first
        finally:
            fresh.unlink()
    return key_from_pem(path.read_bytes())


def key_from_pem(pem: bytes) -> ECKey:
    """Return a P-256 private key with its RFC 7638 thumbprint as ``kid``."""
    key = ECKey.import_key(pem)
    if key.curve_name != "P-256" or not key.is_private:
        raise ValueError("the signing key must be a private key on P-256")
    return ECKey.import_key(pem, {"kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM})


class Tokens:
    """Issues and checks access tokens.

    Parameters
    ----------
    key : ECKey
        Private, on P-256, with a ``kid``.
    issuer : str
        The server's public address, the ``iss`` of its tokens.
    clock : callable
        Returns seconds UTC.
    lifetime_s : int
        How long a token counts.
    """

    def __init__(self, key: ECKey, issuer: str, clock: Clock, lifetime_s: int = 600) -> None:
        self._key = key
        self.issuer = issuer
        self._clock = clock
        self.lifetime_s = lifetime_s

    def issue(self, client_id: str, operator: str, scopes: list[str]) -> str:
        """Return a token for a client that has proved who it is."""
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": client_id,
            "aud": AUDIENCE,
            "client_id": client_id,
            "operator": operator,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def check(self, token: str) -> Grant:
        """Return what a token allows.

        Raises
        ------
        TokenError
            When it is not a token of this server; ``ExpiredError`` when its time is over.
        """
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise TokenError("not a token of this server") from error
        claims = decoded.claims
        # RFC 9068, 4: the type keeps other kinds of JWT out
        if str(decoded.header.get("typ", "")).lower() not in (TOKEN_TYPE, f"application/{TOKEN_TYPE}"):
            raise TokenError("not an access token")
        if claims.get("iss") != self.issuer or claims.get("aud") != AUDIENCE:
            raise TokenError("not a token for this server")
        expires = claims.get("exp")
        if not isinstance(expires, int) or self._clock() >= expires:
            raise ExpiredError("the token has expired")
        return Grant(
            client_id=str(claims["client_id"]),
            operator=str(claims["operator"]),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            expires_at=float(expires),
        )

    def jwks(self) -> dict[str, Any]:
        """Return the public keys (RFC 7517)."""
        return {"keys": [self._key.as_dict(private=False)]}
