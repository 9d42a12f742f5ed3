"""What a feed that sends whole snapshots showed last."""

from pydantic import ValidationError

from feeds.account import Account, RowError
from feeds.routing import FeedMessage
from schemas import Fixture, Heartbeat, Quote

Place = tuple[str, str, str]
"""Event, market, book."""


class Board:
    """Tells news from repetition, and sees what a snapshot no longer shows.

    Call ``begin``, then ``fixture`` and ``quote`` for all that the snapshot holds, then ``end``. The messages
    of a snapshot are not older than the snapshot before it: what that one did not show was not known then.
    So the messages of a whole recording come in event-time order.
    """

    def __init__(self, feed: str, account: Account) -> None:
        self.feed = feed
        self.account = account
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
        self,
        event_id: str,
        market: str,
        book: str,
        prices: dict[str, float],
        quoted_at_ms: int,
        rows: int = 1,
    ) -> None:
        """Take one book's market, last confirmed by the book at ``quoted_at_ms``.

        The same prices with the same confirmation time say nothing new and are not sent again
        (``unchanged``); with a later time they are, since that keeps the quote fresh.
        """
        quoted_at_ms = min(quoted_at_ms, self._at_ms)
        event_time_ms = max(quoted_at_ms, self._not_before_ms)
        place = (event_id, market, book)
        last = self._standing.get(place)
        if place in self._shown:
            return self.account.reject("twice_in_snapshot", rows)
        if last is not None:
            if quoted_at_ms < last.quoted_at_ms:
                self._shown.add(place)
                return self.account.reject("older", rows)
            if quoted_at_ms == last.quoted_at_ms and prices == last.prices:
                self._shown.add(place)
                return self.account.reject("unchanged", rows)
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
            return self.account.reject("schema", rows)
        self._shown.add(place)
        self._standing[place] = quote
        self._heard[event_id] = min(event_time_ms, self._heard.get(event_id, event_time_ms))
        self._out.append(quote)
        return self.account.publish(rows)

    def end(self) -> list[FeedMessage]:
        """Return the snapshot's messages in event-time order.

        Each fixture before the quotes of its event; after the quotes a withdrawal (no prices) for each market
        that stood before and is not shown now; last the heartbeat.
        """
        quotes, self._out = self._out, []
        quotes += [self._withdrawal(place) for place in self._standing.keys() - self._shown]
        out = [*self._news(), *sorted(quotes, key=_order)]
        out.sort(key=lambda message: message.event_time_ms)
        out.append(Heartbeat(feed=self.feed, status="snapshot_complete", event_time_ms=self._at_ms))
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

    def _withdrawal(self, place: Place) -> Quote:
        del self._standing[place]
        event_id, market, book = place
        return Quote(
            event_id=event_id,
            market=market,
            book=book,
            feed=self.feed,
            prices={},
            event_time_ms=self._at_ms,
            quoted_at_ms=self._at_ms,
        )


def _order(quote: FeedMessage) -> tuple[int, str, str, str]:
    assert isinstance(quote, Quote)
    return quote.event_time_ms, quote.event_id, quote.market, quote.book
