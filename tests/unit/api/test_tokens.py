import base64
import json
import stat
import threading

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from api.tokens import ExpiredError, TokenError, Tokens, key_from_pem, signing_key


@pytest.fixture
def tokens(deps):
    return deps.tokens


def part(token: str, number: int) -> dict:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_a_token_is_an_rfc_9068_access_token(tokens, clock):
    token = tokens.issue("desk", "north", ["prices:read", "bets:write"])
    header, claims = part(token, 0), part(token, 1)
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert header["kid"] == tokens.jwks()["keys"][0]["kid"]
    assert claims["exp"] - claims["iat"] == 600
    assert claims["iat"] == clock()
    assert (claims["sub"], claims["client_id"], claims["operator"]) == ("desk", "desk", "north")
    assert (claims["iss"], claims["aud"]) == ("https://api.example", "overround-api")
    assert claims["scope"] == "prices:read bets:write"
    assert part(tokens.issue("desk", "north", []), 1)["jti"] != claims["jti"]


def test_what_was_issued_is_what_is_granted(tokens, clock):
    grant = tokens.check(tokens.issue("desk", "north", ["prices:read"]))
    assert (grant.client_id, grant.operator, grant.scopes) == ("desk", "north", {"prices:read"})
    assert grant.expires_at == clock() + 600


def test_others_can_check_a_token_with_the_published_keys(tokens):
    keys = KeySet.import_key_set(tokens.jwks())
    token = tokens.issue("desk", "north", [])
    assert jwt.decode(token, keys, algorithms=["ES256"]).claims["operator"] == "north"


def test_the_private_key_is_not_published(tokens):
    assert tokens.jwks()["keys"][0].keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_token_ends_at_its_time(tokens, clock):
    token = tokens.issue("desk", "north", [])
    clock.now += 599
    tokens.check(token)
    clock.now += 1
    with pytest.raises(ExpiredError):
        tokens.check(token)


def forged(tokens: Tokens, header: dict | None = None, key=None, **claims) -> str:
    """A token like the real ones, but for what is given."""
    real = tokens.issue("desk", "north", ["prices:read"])
    return jwt.encode(
        {**part(real, 0), **(header or {})},
        {**part(real, 1), **claims},
        key or tokens._key,
        algorithms=["ES256", "HS256"],
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda t: "",
        lambda t: "a.b.c",
        lambda t: "ü.ü.ü",
        lambda t: t.issue("desk", "north", [])[:-4] + "AAAA",
        lambda t: forged(t, key=ECKey.generate_key("P-256")),
        lambda t: forged(t, {"alg": "HS256"}, OctKey.generate_key(256)),
        lambda t: forged(t, {"typ": "JWT"}),
        lambda t: forged(t, iss="https://other.example"),
        lambda t: forged(t, aud="another-api"),
        lambda t: forged(t, exp="tomorrow"),
        lambda t: "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + t.issue("d", "n", []).split(".")[1] + ".",
    ],
)
def test_a_token_that_is_not_ours_is_refused(tokens, make):
    with pytest.raises(TokenError):
        tokens.check(make(tokens))


def test_the_signing_key_is_made_once_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "key.pem"
    key = signing_key(path)
    assert signing_key(path).kid == key.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key.pem"]


def test_servers_that_start_together_make_one_key(tmp_path):
    path, kids = tmp_path / "key.pem", []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        kids.append(signing_key(path).kid)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kids) == 8
    assert len(set(kids)) == 1


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-384"), ECKey.import_key(ECKey.generate_key("P-256").as_pem(private=False))]
)
def test_a_key_that_cannot_sign_es256_is_refused(key):
    with pytest.raises(ValueError, match="P-256"):
        key_from_pem(key.as_pem())
