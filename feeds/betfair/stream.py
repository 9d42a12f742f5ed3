"""Market change messages to fixtures, quotes, results and heartbeats.

A row is one market's change in a message; a message without any is a row of its own. A quote is the best
price to back of every active selection. It is sent when a price has changed, and once a minute while changes
come that leave the best prices as they are; it is withdrawn while the market is suspended or a selection has
no price.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.betfair.book import CLOSED, OPEN, Change, Market
from feeds.betfair.naming import DECISIVE, fixture_of, outcomes_of, settled
from feeds.routing import FeedMessage
from schemas import Fixture, Heartbeat, Quote, Result
from schemas.events import Settled

FEED = "betfair"
BOOK = "betfair_ex"
CONFIRM_MS = 60_000
_LATE = 503
_BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)


def read(lines: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a recorded stream, in event-time order."""
    stream = Stream(account)
    for raw in lines:
        yield from stream.read(raw)


@dataclass(slots=True)
class _Followed:
    """A market and what was last said of it."""

    market: Market
    fixture: Fixture | None = None
    quote: Quote | None = None
    status: str = ""
    in_play: bool = False
    news: list[FeedMessage] = field(default_factory=list)


class Stream:
    """Reads one message after another.

    Attributes
    ----------
    initial_clk, clk : str or None
        Where the stream stands: a subscription with these two resumes it.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.initial_clk: str | None = None
        self.clk: str | None = None
        self._at_ms = 0
        self._late = False
        self._followed: dict[str, _Followed] = {}

    def read(self, raw: bytes) -> list[FeedMessage]:
        """Return the messages of one line."""
        try:
            message = json.loads(raw)
        except (ValueError, RecursionError):
            self.account.reject("not_json")
            return []
        try:
            return self._message(message)
        except RowError as error:
            self.account.reject(error.reason)
        except (*_BROKEN, ValidationError):
            self.account.reject("schema")
        return []

    def _message(self, message: dict[str, Any]) -> list[FeedMessage]:
        if message["op"] != "mcm":
            raise RowError("not_mcm")
        changes: list[Change] = message.get("mc") or []
        at_ms, clk = message["pt"], message.get("clk")
        beat = Heartbeat(feed=FEED, interval_ms=message.get("heartbeatMs") or 0, event_time_ms=at_ms)
        if at_ms < self._at_ms:
            self.account.reject("older", max(len(changes), 1))
            return []
        if changes and clk is not None and clk == self.clk:
            self.account.reject("repeated", len(changes))
            return []
        self._at_ms, self.clk = at_ms, clk or self.clk
        out: list[FeedMessage] = list(self._begun(message, at_ms))
        out += self._lateness(message.get("status") == _LATE, at_ms)
        for change in changes:
            out += self._change(change, at_ms)
        if not changes:
            self.account.publish()
            out.append(beat)
        if message.get("ct") == "SUB_IMAGE" and message.get("segmentType", "SEG_END") == "SEG_END":
            out.append(beat.model_copy(update={"status": "snapshot_complete"}))
        return out

    def _begun(self, message: dict[str, Any], at_ms: int) -> Iterator[Heartbeat]:
        """Say that messages are missing when a running stream begins anew instead of being resumed.

        A resumed one (``RESUB_DELTA``) brings what went by. How many a new image makes good, nobody says.
        """
        initial_clk = message.get("initialClk")
        others = initial_clk and self.initial_clk and initial_clk != self.initial_clk
        if others and message.get("ct") == "SUB_IMAGE":
            yield Heartbeat(feed=FEED, missed=1, event_time_ms=at_ms)
        self.initial_clk = initial_clk or self.initial_clk

    def _lateness(self, late: bool, at_ms: int) -> Iterator[Heartbeat]:
        """Say so when the exchange begins or ceases to mark its own data as late (status 503)."""
        if late != self._late:
            self._late = late
            yield Heartbeat(feed=FEED, status="silent" if late else "recovered", event_time_ms=at_ms)

    def _change(self, change: Change, at_ms: int) -> list[FeedMessage]:
        market_id = ""
        try:
            market_id = str(change["id"])
            followed = self._follow(market_id, change)
            followed.market.apply(change)
            reason = self._tell(market_id, followed, at_ms)
        except RowError as error:
            self.account.reject(error.reason)
            return []
        except (*_BROKEN, ValidationError):
            self.account.reject("schema")  # what it has left half changed is not trusted
            return self._forget(market_id, at_ms)
        out, followed.news = followed.news, []
        if out:
            self.account.publish()
        else:
            self.account.reject(reason)
        return out

    def _follow(self, market_id: str, change: Change) -> _Followed:
        followed = self._followed.get(market_id)
        if followed is None:
            if "marketDefinition" not in change:
                raise RowError("no_image")
            outcomes_of(change["marketDefinition"])  # a market that has no name here is not followed
            followed = self._followed[market_id] = _Followed(Market(change["marketDefinition"]))
        return followed

    def _tell(self, market_id: str, followed: _Followed, at_ms: int) -> str:
        """Put what is new in ``news``; return why there would be none."""
        market = followed.market
        fixture = fixture_of(market_id, market.definition, at_ms)
        known = followed.fixture
        if known is None or known.model_copy(update={"event_time_ms": at_ms}) != fixture:
            followed.fixture = fixture
            followed.news.append(fixture)
        name, outcomes = outcomes_of(market.definition)
        reason, prices = _prices(market, outcomes)
        quote = Quote(
            event_id=fixture.event_id,
            market=name,
            book=BOOK,
            feed=FEED,
            prices=prices,
            event_time_ms=at_ms,
            quoted_at_ms=at_ms,
        )
        if _is_news(followed.quote, quote):
            followed.quote = quote
            followed.news.append(quote)
        followed.news += _results(fixture.event_id, name, followed, at_ms)
        followed.status, followed.in_play = market.status, market.in_play
        return reason

    def _forget(self, market_id: str, at_ms: int) -> list[FeedMessage]:
        followed = self._followed.pop(market_id, None)
        if followed is None or followed.quote is None or not followed.quote.prices:
            return []
        update = {"prices": {}, "event_time_ms": at_ms, "quoted_at_ms": at_ms}
        return [followed.quote.model_copy(update=update)]


def _prices(market: Market, outcomes: dict[int, str]) -> tuple[str, dict[str, float]]:
    """Return prices by outcome, or none and why."""
    if market.status != OPEN:
        return market.status.lower(), {}
    prices: dict[str, float] = {}
    for id_, price in market.back_prices().items():
        if price is None:
            return "missing_outcome", {}
        prices[outcomes[id_]] = price
    return "unchanged", prices


def _is_news(last: Quote | None, quote: Quote) -> bool:
    if last is None or not quote.prices:
        return bool(quote.prices) or (last is not None and bool(last.prices))
    return quote.prices != last.prices or quote.event_time_ms - last.event_time_ms >= CONFIRM_MS


def _results(event: str, name: str, followed: _Followed, at_ms: int) -> Iterator[Result]:
    """Say that it is played, how it was settled, or that the settlement was taken back."""
    market = followed.market
    if market.status == CLOSED and followed.status != CLOSED:
        won: dict[str, Settled] = {**settled(market.definition)}
        status: Literal["live", "final", "void"] = "final" if "won" in won.values() else "void"
        if market.definition["marketType"] not in DECISIVE:
            status = "live"  # the event's other markets may stand
        yield Result(event_id=event, status=status, settled={name: won}, event_time_ms=at_ms)
    elif market.status != CLOSED and followed.status == CLOSED:
        yield Result(event_id=event, status="rollback", event_time_ms=at_ms)
    elif market.in_play and not followed.in_play:
        yield Result(event_id=event, status="live", event_time_ms=at_ms)
