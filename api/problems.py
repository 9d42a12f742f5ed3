"""Errors as RFC 9457 problem details: what can go wrong, and how it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
PREFIX = "/problems/"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; its ``type`` is stable and may be programmed against.

    Parameters
    ----------
    name : str
        The last part of the ``type``.
    status : int
        HTTP status.
    title : str
        The same for every problem of the kind.
    meaning : str
        What it means and what to do, for the page behind the ``type``.
    """

    name: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The ``type`` member, relative to the server."""
        return PREFIX + self.name


NOT_FOUND = Kind(
    "not-found",
    404,
    "Not found",
    "There is nothing at this address. For a bet or a market: this operator has none of that name, or it has "
    "not arrived yet.",
)
METHOD = Kind(
    "method-not-allowed",
    405,
    "Method not allowed",
    "The address exists, but not for this method. The Allow header lists those that it has.",
)
MEDIA = Kind(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "The body must be of the type that the operation documents (application/json in UTF-8; the token "
    "endpoint takes application/x-www-form-urlencoded).",
)
TOO_LARGE = Kind(
    "body-too-large", 413, "Body too large", "The body exceeds the limit. Nothing of it was carried out."
)
TOO_SLOW = Kind(
    "body-too-slow", 408, "Body too slow", "The body did not arrive in time. Nothing of it was carried out."
)
MALFORMED = Kind(
    "malformed-json",
    400,
    "Malformed JSON",
    "The body is not JSON as RFC 8259 has it: a syntax error, bytes that are not UTF-8, or NaN or Infinity.",
)
PARAMETER = Kind(
    "invalid-parameter",
    422,
    "Invalid parameter",
    "A path or query parameter is missing, unknown, given twice or of the wrong form; `errors` says which.",
)
BET = Kind(
    "invalid-bet",
    422,
    "Invalid bet",
    "The body is JSON but not a bet; `errors` says where. A bet of the right form whose stake, price or "
    "event makes no sense is not a problem: it gets a decision, rejected, with reasons.",
)
DUPLICATE = Kind(
    "duplicate-bet-id",
    409,
    "Duplicate bet id",
    "This bettor already has a bet with this id and other content. The first stands; this one was not "
    "placed.",
)
UNPROCESSED = Kind(
    "bet-not-processed",
    422,
    "Bet not processed",
    "The platform could not read the bet and put it aside; `detail` says why. It was not placed.",
)
UNCONFIRMED = Kind(
    "bet-unconfirmed",
    503,
    "Bet unconfirmed",
    "Kafka did not confirm the bet in time. It may or may not have been placed: send the same bet again, "
    "which is safe, until there is another answer.",
)
BUSY = Kind(
    "too-many-waiting-bets",
    503,
    "Too many waiting bets",
    "As many bets as this server allows are waiting for their decision. The bet was not placed; send it "
    "again after the time in Retry-After.",
)
COMMAND = Kind(
    "invalid-command", 422, "Invalid command", "The body is JSON but not a command; `errors` says where."
)
TOKEN = Kind(
    "invalid-token",
    401,
    "Invalid or missing token",
    "The request needs an access token (Authorization: Bearer). There is none, or it has expired, or it is "
    "not from this server. Get one at /oauth/token.",
)
SCOPE = Kind(
    "insufficient-scope",
    403,
    "Insufficient scope",
    "The token is good but lacks the scope that `detail` names.",
)
RATE = Kind(
    "too-many-requests",
    429,
    "Too many requests",
    "Too many failed or simultaneous token requests. Try again after the time in Retry-After; a token can be "
    "used until it expires.",
)
NOT_READY = Kind(
    "not-ready",
    503,
    "Not ready",
    "The server is starting, or a part that it needs (Kafka, Redis, PostgreSQL) does not answer. Try again "
    "after the time in Retry-After.",
)
INTERNAL = Kind("internal", 500, "Internal error", "An error of the server's own, which it has logged.")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        NOT_FOUND,
        METHOD,
        MEDIA,
        TOO_LARGE,
        TOO_SLOW,
        MALFORMED,
        PARAMETER,
        BET,
        DUPLICATE,
        UNPROCESSED,
        UNCONFIRMED,
        BUSY,
        COMMAND,
        TOKEN,
        SCOPE,
        RATE,
        NOT_READY,
        INTERNAL,
    )
}


class Fault(BaseModel):
    """One place in a request that is wrong."""

    model_config = ConfigDict(extra="forbid")

    where: str = Field(
        description="`query/limit`, `path/market`, or a JSON pointer into the body: `/legs/0/price`"
    )
    what: str


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"description": "RFC 9457 problem details"})

    type: str = Field(description="stable; the page behind it explains the problem")
    title: str
    status: int
    detail: str | None = None
    errors: list[Fault] | None = None


@dataclass
class Problem(Exception):  # noqa: N818 - the word of the RFC
    """Raised to answer with a problem.

    Parameters
    ----------
    detail : str, optional
        About this occurrence; never holds what the client must not see.
    errors : sequence of Fault
        Where the request is wrong.
    headers : mapping
        To send along.
    """

    kind: Kind
    detail: str | None = None
    errors: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the members of the problem."""
        problem = ProblemBody(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            errors=list(self.errors) or None,
        )
        return problem.model_dump(exclude_none=True)

    def response(self) -> JSONResponse:
        """Return the answer that says it."""
        return JSONResponse(self.body(), self.kind.status, self.headers, MEDIA_TYPE)
