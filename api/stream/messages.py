"""The words of the price stream, in the spirit of Betfair's Exchange Stream API."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from schemas import OfferedPrice
from schemas.base import Name

Id = Annotated[int, Field(ge=0, le=2**53 - 1, description="given back in every message that answers")]
Names = Annotated[frozenset[Name], Field(min_length=1, max_length=1000)]
MarketName = Annotated[str, Field(min_length=3, max_length=401, pattern=r"^[^|\x00-\x1f]+\|[^|\x00-\x1f]+$")]


class Code(StrEnum):
    """What went wrong; each may be programmed against."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - a code
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 - a code
    MISSING_SCOPE = "MISSING_SCOPE"
    OTHER_OPERATOR = "OTHER_OPERATOR"
    UNKNOWN_OPERATOR = "UNKNOWN_OPERATOR"
    INVALID_CLOCK = "INVALID_CLOCK"
    NOT_READY = "NOT_READY"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    AUTHENTICATION_TIMEOUT = "AUTHENTICATION_TIMEOUT"


CLOSING: dict[Code, int] = {
    Code.INVALID_TOKEN: 1008,
    Code.EXPIRED_TOKEN: 1008,
    Code.MISSING_SCOPE: 1008,
    Code.OTHER_OPERATOR: 1008,
    Code.UNKNOWN_OPERATOR: 1008,
    Code.TOO_MANY_REQUESTS: 1008,
    Code.TOO_MANY_CONNECTIONS: 1013,
    Code.AUTHENTICATION_TIMEOUT: 1008,
}
"""Those after which the server closes the connection, with the WebSocket close code."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Id = 0


class Authentication(_Request):
    """Shows the token; also renews it on an open connection."""

    op: Literal["authentication"]
    token: Annotated[str, Field(max_length=8192)]


class Filter(BaseModel):
    """Which markets are wanted: all that fit every condition given.

    Parameters
    ----------
    event_ids : set of str, optional
        Events.
    market_types : set of str, optional
        The part of a market's name before ``:`` (``1x2``, ``ou``).
    markets : set of str, optional
        Single markets, ``event_id|market``.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    event_ids: Annotated[Names | None, Field(alias="eventIds")] = None
    market_types: Annotated[Names | None, Field(alias="marketTypes")] = None
    markets: Annotated[frozenset[MarketName], Field(min_length=1, max_length=1000)] | None = None

    @property
    def everything(self) -> bool:
        """Whether every market fits."""
        return self.event_ids is None and self.market_types is None and self.markets is None

    def wants(self, event_id: str, market: str) -> bool:
        """Tell whether a market fits."""
        return (
            (self.event_ids is None or event_id in self.event_ids)
            and (self.market_types is None or market.partition(":")[0] in self.market_types)
            and (self.markets is None or f"{event_id}|{market}" in self.markets)
        )

    def text(self) -> str:
        """Return the filter in one way of writing it."""
        return repr(
            [
                None if part is None else sorted(part)
                for part in (self.event_ids, self.market_types, self.markets)
            ]
        )


class MarketSubscription(_Request):
    """Asks for markets, in place of those asked for before.

    Parameters
    ----------
    heartbeat_ms : int
        A heartbeat is sent when nothing else was for this long.
    conflate_ms : int
        At least this long lies between two deltas.
    clk : str, optional
        The last one received on a subscription with the same filter: resumes there.
    """

    op: Literal["marketSubscription"]
    filter: Filter = Filter()
    heartbeat_ms: Annotated[int, Field(alias="heartbeatMs", ge=500, le=30_000)] = 5000
    conflate_ms: Annotated[int, Field(alias="conflateMs", ge=0, le=120_000)] = 0
    clk: Annotated[str, Field(max_length=20_000)] | None = None


class Heartbeat(_Request):
    """Asks for a sign of life: a status."""

    op: Literal["heartbeat"]


ClientMessage = Authentication | MarketSubscription | Heartbeat
CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="op")])


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Connection(_Answer):
    """The first message of the server."""

    op: Literal["connection"] = "connection"
    connectionId: str  # noqa: N815 - the wire's name


class Status(_Answer):
    """Answers every message of the client, and tells why a connection ends."""

    op: Literal["status"] = "status"
    id: int | None = None
    statusCode: Literal["SUCCESS", "FAILURE"]  # noqa: N815
    errorCode: Code | None = None  # noqa: N815
    errorMessage: str | None = None  # noqa: N815
    connectionClosed: bool = False  # noqa: N815


class Removed(_Answer):
    """A market that is no longer offered."""

    event_id: str
    market: str


class MarketChange(_Answer):
    """One market: its whole price, or that it is gone.

    Parameters
    ----------
    prev : int, optional
        Sequence of the price that was sent before; in deltas only. With ``con`` left out,
        ``price.sequence`` is ``prev`` + 1.
    con : bool
        Several prices became this one, because they came faster than the client took them or wants them.
    """

    price: OfferedPrice | None = None
    removed: Removed | None = None
    prev: int | None = None
    con: bool = False


class MarketChangeMessage(_Answer):
    """Markets that have changed, or a heartbeat.

    Parameters
    ----------
    ct : str, optional
        ``SUB_IMAGE`` (all markets; forget what you had), ``RESUB_DELTA`` (those that changed since the clk
        given), ``HEARTBEAT``; left out in a delta.
    seg : str, optional
        ``SEG_START``, ``SEG``, ``SEG_END`` where one change is told in several messages.
    clk : str, optional
        Resumes after this message; only where ``seg`` is left out or ``SEG_END``.
    pt : int
        When it was published, UTC milliseconds.
    status : int, optional
        503: prices reach this server late, or not at all; left out when all is well.
    """

    op: Literal["mcm"] = "mcm"
    id: int
    ct: Literal["SUB_IMAGE", "RESUB_DELTA", "HEARTBEAT"] | None = None
    seg: Literal["SEG_START", "SEG", "SEG_END"] | None = None
    clk: str | None = None
    pt: int
    status: int | None = None
    heartbeatMs: int | None = None  # noqa: N815
    conflateMs: int | None = None  # noqa: N815
    mc: list[MarketChange] = []


SERVER_MESSAGE: TypeAdapter[Connection | Status | MarketChangeMessage] = TypeAdapter(
    Annotated[Connection | Status | MarketChangeMessage, Field(discriminator="op")]
)
