"""The token endpoint and the keys, as the document describes them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.oauth import JWKS_PATH, TOKEN_PATH, TokenAnswer, TokenRefusal
from api.operations import Answer, Operation
from api.problems import RATE


class TokenRequest(BaseModel):
    """A client credentials request (RFC 6749, 4.4.2); id and secret also go by HTTP Basic."""

    grant_type: Literal["client_credentials"]
    scope: Annotated[str | None, Field(description="separated by blanks; default: all it may")] = None
    client_id: str | None = None
    client_secret: str | None = None


class Jwk(BaseModel):
    """A public key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class Jwks(BaseModel):
    """The public keys that tokens are signed with."""

    model_config = ConfigDict(extra="forbid")

    keys: list[Jwk]


class Metadata(BaseModel):
    """The authorization server's metadata (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]


TOKEN = Operation(
    name="getToken",
    method="POST",
    path=TOKEN_PATH,
    summary="Get an access token",
    description="OAuth 2.0 client credentials. Errors of RFC 6749 have that RFC's form.",
    tag="access",
    body_model=TokenRequest,
    form=True,
    answers={
        200: Answer("The token", TokenAnswer),
        400: Answer("The request is not one (RFC 6749, 5.2)", TokenRefusal),
        401: Answer("Unknown client or wrong secret", TokenRefusal),
    },
    problems=(RATE,),
)
KEYS = Operation(
    name="getKeys",
    method="GET",
    path=JWKS_PATH,
    summary="Read the public keys that tokens are signed with",
    tag="access",
    answers={200: Answer("The keys", Jwks)},
)
METADATA = Operation(
    name="getMetadata",
    method="GET",
    path="/.well-known/oauth-authorization-server",
    summary="Read the authorization server's metadata",
    tag="access",
    answers={200: Answer("The metadata", Metadata)},
)
