"""The token endpoint: OAuth 2.0 client credentials (RFC 6749, 4.4), keys (RFC 7517), metadata (RFC 8414)."""

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, unquote_plus

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.bodies import media_type, read_body
from api.clients import ClientRecord, ClientStore, authenticate
from api.metrics import Metrics
from api.ports import Clock
from api.problems import MEDIA, RATE, Problem
from api.scopes import SCOPES
from api.tokens import Tokens

FORM = "application/x-www-form-urlencoded"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
JWKS_PATH = "/.well-known/jwks.json"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_MAX_FORM = 8 * 1024


class OAuthError(Exception):
    """An error of RFC 6749, 5.2, which has its own form: OAuth clients do not read problem details."""

    def __init__(self, error: str, description: str, status: int = 400, *, basic: bool = False) -> None:
        super().__init__(description)
        self.error, self.description, self.status, self.basic = error, description, status, basic

    def response(self) -> JSONResponse:
        """Return the answer that says it."""
        headers = dict(_NO_STORE)
        if self.basic:
            headers["WWW-Authenticate"] = 'Basic realm="overround", charset="UTF-8"'
        body = {"error": self.error, "error_description": self.description}
        return JSONResponse(body, self.status, headers)


class TokenAnswer(BaseModel):
    """An access token (RFC 6749, 5.1)."""

    model_config = ConfigDict(extra="forbid")

    access_token: str
    token_type: str = Field(description="`Bearer`")
    expires_in: int = Field(description="seconds")
    scope: str


class TokenRefusal(BaseModel):
    """Why there is no token (RFC 6749, 5.2)."""

    model_config = ConfigDict(extra="forbid")

    error: str
    error_description: str


class Throttle:
    """Bounds what guessing secrets can cost: hashing is slow on purpose.

    Parameters
    ----------
    clock : callable
        Returns seconds UTC.
    at_once : int
        Secrets that are checked at the same time; as many again may wait.
    failures : int
        Failures of one client id from one address within a minute, after which it must wait.
    """

    def __init__(self, clock: Clock, at_once: int = 2, waiting: int = 32, failures: int = 10) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(at_once)
        self._room = at_once + waiting
        self._here = 0
        self._failures = failures
        self._failed: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    async def authenticated(
        self, store: ClientStore, client_id: str, secret: str, address: str
    ) -> ClientRecord:
        """Return the client whose secret this is.

        Raises
        ------
        Problem
            ``too-many-requests``.
        OAuthError
            ``invalid_client``.
        """
        key = (client_id, address)
        now = self._clock()
        recent = [at for at in self._failed.get(key, ()) if at > now - 60]
        if len(recent) >= self._failures:
            raise Problem(RATE, headers={"Retry-After": str(max(1, int(recent[0] + 60 - now)))})
        if self._here >= self._room:
            raise Problem(RATE, headers={"Retry-After": "1"})
        self._here += 1
        try:
            async with self._slots:
                client = await authenticate(store, client_id, secret)
        finally:
            self._here -= 1
        if client is None:
            self._failed[key] = [*recent, now]
            self._failed.move_to_end(key)
            if len(self._failed) > 10_000:
                self._failed.popitem(last=False)
            raise OAuthError("invalid_client", "unknown client or wrong secret", 401, basic=True)
        self._failed.pop(key, None)
        return client


class TokenEndpoint:
    """Answers ``POST /oauth/token``.

    Parameters
    ----------
    store : ClientStore
        Who may ask.
    tokens : Tokens
        What issues.
    clock : callable
        Returns seconds UTC.
    """

    def __init__(self, store: ClientStore, tokens: Tokens, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._tokens = tokens
        self._metrics = metrics
        self._throttle = Throttle(clock)

    async def answer(self, request: Request) -> JSONResponse:
        """Answer a token request."""
        if media_type(request) != FORM:
            raise Problem(MEDIA, f"the body must be {FORM}")
        body = await read_body(request, _MAX_FORM)
        try:
            answer = await self._grant(request, _form(body))
        except OAuthError as error:
            self._metrics.tokens.labels(error.error).inc()
            return error.response()
        self._metrics.tokens.labels("issued").inc()
        return answer

    async def _grant(self, request: Request, form: Mapping[str, str]) -> JSONResponse:
        client_id, secret = _credentials(request.headers.get("authorization"), form)
        if "grant_type" not in form:
            raise OAuthError("invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise OAuthError("unsupported_grant_type", "only client_credentials is supported")
        address = request.client.host if request.client else ""
        client = await self._throttle.authenticated(self._store, client_id, secret, address)
        scopes = _scopes(form.get("scope"), client.scopes)
        answer = TokenAnswer(
            access_token=self._tokens.issue(client.client_id, client.operator, scopes),
            token_type="Bearer",  # noqa: S106 - the type's name
            expires_in=self._tokens.lifetime_s,
            scope=" ".join(scopes),
        )
        return JSONResponse(answer.model_dump(), headers=_NO_STORE)


def metadata(issuer: str) -> dict[str, object]:
    """Return the authorization server's metadata (RFC 8414)."""
    return {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=False,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=20,
        )
    except ValueError:
        raise OAuthError("invalid_request", "the body is not a form in UTF-8") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "a parameter is given twice")
    return form


def _credentials(header: str | None, form: Mapping[str, str]) -> tuple[str, str]:
    """Return client id and secret from the one place where they are given (RFC 6749, 2.3)."""
    if header is None:
        if "client_id" in form and "client_secret" in form:
            return form["client_id"], form["client_secret"]
        raise OAuthError("invalid_client", "the request names no client", 401, basic=True)
    if "client_secret" in form:
        raise OAuthError("invalid_request", "the secret is given twice")
    scheme, _, value = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        user, colon, secret = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (ValueError, binascii.Error):
        colon = ""
    if not colon:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic", 401, basic=True)
    client_id = unquote_plus(user)
    if form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_request", "two different clients are named")
    return client_id, unquote_plus(secret)


def _scopes(asked: str | None, allowed: Collection[str]) -> list[str]:
    if asked is None:
        return [scope for scope in SCOPES if scope in allowed]
    wanted = asked.split()
    missing = [scope for scope in wanted if scope not in allowed or scope not in SCOPES]
    if missing or not wanted:
        raise OAuthError("invalid_scope", "a scope is unknown, or this client may not have it")
    return [scope for scope in SCOPES if scope in wanted]
