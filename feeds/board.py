"""What a feed that sends whole snapshots showed last."""

from typing import Literal

from pydantic import ValidationError

from feeds.account import RowError
from feeds.routing import FeedMessage
from schemas import Fixture, Heartbeat, Quote

Place = tuple[str, str, str]
"""Event, market, book."""


class Board:
    """Tells news from repetition, and sees what a snapshot no longer shows.

    Call ``begin``, then ``fixture`` and ``quote`` for all that the snapshot holds, then ``end``. The messages
    of a snapshot are not older than the snapshot before it: what that one did not show was not known then.
    So the messages of a whole recording come in event-time order.

    Parameters
    ----------
    complete : bool
        Snapshots show all that stands, so that what one leaves out is withdrawn. Otherwise they show what has
        changed, and withdrawals are for the caller to say (``withdraw``).
    """

    def __init__(self, feed: str, *, complete: bool = True) -> None:
        self.feed = feed
        self.complete = complete
        self._fixtures: dict[str, Fixture] = {}
        self._standing: dict[Place, Quote] = {}
        self._shown: set[Place] = set()
        self._out: list[FeedMessage] = []
        self._heard: dict[str, int] = {}
        self._known: list[Fixture] = []
        self._at_ms = 0
        self._not_before_ms = 0

    def begin(self, at_ms: int) -> None:
        """Start a snapshot that was taken at ``at_ms``.

        Raises
        ------
        RowError
            ``older``: it was taken before the last one.
        """
        if at_ms < self._at_ms:
            raise RowError("older")
        self._not_before_ms = self._at_ms
        self._at_ms = at_ms
        self._shown.clear()
        self._heard.clear()

    def fixture(self, fixture: Fixture) -> None:
        """Take note of an event; it is sent when it is new or has changed."""
        self._known.append(fixture)

    def quote(
        self, event_id: str, market: str, book: str, prices: dict[str, float], quoted_at_ms: int
    ) -> None:
        """Take one book's market, last confirmed by the book at ``quoted_at_ms``.

        Raises
        ------
        RowError
            ``unchanged``: the same prices with the same confirmation time, which say nothing new (with a
            later time they are sent, since that keeps the quote fresh); ``older`` than what stands;
            ``twice_in_snapshot``; ``schema``: no quote can be made of it.
        """
        quoted_at_ms = min(quoted_at_ms, self._at_ms)
        event_time_ms = max(quoted_at_ms, self._not_before_ms)
        place = (event_id, market, book)
        if place in self._shown:
            raise RowError("twice_in_snapshot")
        last = self._standing.get(place)
        if last is not None and quoted_at_ms <= last.quoted_at_ms:
            if quoted_at_ms < last.quoted_at_ms:
                self._shown.add(place)
                raise RowError("older")
            if prices == last.prices:
                self._shown.add(place)
                raise RowError("unchanged")
        try:
            quote = Quote(
                event_id=event_id,
                market=market,
                book=book,
                feed=self.feed,
                prices=prices,
                event_time_ms=event_time_ms,
                quoted_at_ms=quoted_at_ms,
            )
        except ValidationError:
            raise RowError("schema") from None
        self._shown.add(place)
        self._standing[place] = quote
        self._heard[event_id] = min(event_time_ms, self._heard.get(event_id, event_time_ms))
        self._out.append(quote)

    def withdraw(self, event_id: str, market: str, book: str, at_ms: int) -> None:
        """Take note that a book shows a market no more, since ``at_ms`` or the last snapshot."""
        if (event_id, market, book) in self._standing:
            at_ms = max(min(at_ms, self._at_ms), self._not_before_ms)
            self._out.append(self._withdrawal((event_id, market, book), at_ms))

    def end(self) -> list[FeedMessage]:
        """Return the snapshot's messages in event-time order.

        Each fixture before the quotes of its event; after the quotes a withdrawal (no prices) for each market
        that stood before and is not shown now; last the heartbeat.
        """
        quotes, self._out = self._out, []
        if self.complete:
            quotes += [self._withdrawal(place, self._at_ms) for place in self._standing.keys() - self._shown]
        out = [*self._news(), *sorted(quotes, key=_order)]
        out.sort(key=lambda message: message.event_time_ms)
        status: Literal["snapshot_complete", "alive"] = "snapshot_complete" if self.complete else "alive"
        out.append(Heartbeat(feed=self.feed, status=status, event_time_ms=self._at_ms))
        return out

    def _news(self) -> list[FeedMessage]:
        news: list[FeedMessage] = []
        for fixture in self._known:
            known = self._fixtures.get(fixture.event_id)
            heard_ms = self._heard.get(fixture.event_id, self._at_ms)
            dated = fixture.model_copy(update={"event_time_ms": heard_ms})
            if known is None or known != dated.model_copy(update={"event_time_ms": known.event_time_ms}):
                self._fixtures[fixture.event_id] = dated
                news.append(dated)
        self._known.clear()
        return news

    def _withdrawal(self, place: Place, at_ms: int) -> Quote:
        del self._standing[place]
        event_id, market, book = place
        return Quote(
            event_id=event_id,
            market=market,
            book=book,
            feed=self.feed,
            prices={},
            event_time_ms=at_ms,
            quoted_at_ms=at_ms,
        )


def _order(quote: FeedMessage) -> tuple[int, str, str, str]:
    assert isinstance(quote, Quote)
    return quote.event_time_ms, quote.event_id, quote.market, quote.book
