"""One event id for a match, whichever feed speaks of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from domain.matching import EventRef, Matcher, MatcherConfig
from domain.matching.turned import turned_market, turned_outcomes
from feeds.routing import FeedMessage
from schemas import EventMatch, Fixture, Quote, Result


class Resolver:
    """Puts the events of feeds to those that are known, and gives their messages the known event's id.

    What is known comes from ``events.matches.v1``, and from ``events.fixtures.v1`` where a fixture was
    published without having been matched. The first feed that brings a match gives it its id and its fixture.
    A match that is perhaps a known one is not merged: it stays an event of its own, and is put before a
    person as a message of kind ``review``.

    Parameters
    ----------
    feed : str
        Whose messages are resolved.
    """

    def __init__(self, feed: str, config: MatcherConfig | None = None) -> None:
        self._feed = feed
        self._matcher = Matcher(config)
        self._known: dict[str, EventMatch] = {}
        self._placed: set[str] = set()
        self._unsure: dict[str, dict[tuple[str, str], Quote]] = {}
        self._left: set[str] = set()
        self._now_ms = 0

    def know(self, matches: Iterable[EventMatch], fixtures: Iterable[Fixture] = ()) -> None:
        """Take what was decided before; of one feed's match the latest decision counts."""
        latest = {(match.feed, match.feed_id): match for match in matches}
        for match in latest.values():
            merged = match.kind == "same"
            event_id = match.event_id if merged else match.feed_id
            self._matcher.add(_ref(match), event_id, swapped=merged and match.swapped)
            self._placed |= {event_id, match.feed_id}
            if match.feed == self._feed:
                self._known[match.feed_id] = match
        for fixture in fixtures:
            if fixture.event_id not in self._placed:
                self._matcher.add(_of_fixture("", fixture), fixture.event_id)

    def resolve(
        self, messages: Iterable[FeedMessage], decided: Callable[[], Iterable[EventMatch]] = tuple
    ) -> Iterator[FeedMessage]:
        """Yield the messages under the ids of known events, each decision before what follows from it.

        A fixture of a match that is another feed's event is not yielded: that event has its fixture.

        Parameters
        ----------
        decided : callable
            Returns what persons have decided since it was last asked; asked before each message.
        """
        for message in messages:
            self._now_ms = max(self._now_ms, message.event_time_ms)
            for match in decided():
                yield from self.decide(match)
            if isinstance(message, Fixture):
                yield from self._fixture(message)
            elif isinstance(message, Quote | Result):
                yield from self._said(message)
            else:
                yield message

    def decide(self, match: EventMatch) -> Iterator[FeedMessage]:
        """Take what a person has decided while the feed runs; yield what has to be said because of it.

        A match that is a known event after all leaves the event that it was until then: its quotes there are
        withdrawn, and only results go on to it, since bets may have been taken there.
        """
        before = self._known.get(match.feed_id)
        if match.feed != self._feed or before is None or before.kind == match.kind:
            return
        self._known[match.feed_id] = match
        shown = self._unsure.pop(match.feed_id, {})
        if match.kind != "same":
            return
        self._matcher.add(_ref(match), match.event_id, swapped=match.swapped)
        self._left.add(match.feed_id)
        times = {"event_time_ms": self._now_ms, "quoted_at_ms": self._now_ms}
        for quote in shown.values():
            yield quote.model_copy(update={"prices": {}, **times})
            yield _under(quote.model_copy(update={"event_time_ms": self._now_ms}), match)

    def _said(self, message: Quote | Result) -> Iterator[FeedMessage]:
        match = self._known.get(message.event_id)
        if match is None or match.kind == "new":
            yield message
            return
        if match.kind == "same":
            if isinstance(message, Result) and message.event_id in self._left:
                yield message
            yield _under(message, match)
            return
        if isinstance(message, Quote):
            shown = self._unsure.setdefault(message.event_id, {})
            if message.prices:
                shown[message.market, message.book] = message
            else:
                shown.pop((message.market, message.book), None)
        yield message

    def _fixture(self, fixture: Fixture) -> Iterator[FeedMessage]:
        ref = _of_fixture(self._feed, fixture)
        match = self._known.get(fixture.event_id)
        if match is None:
            match = self._known[fixture.event_id] = self._decide(ref, fixture)
            yield match
        merged = match.kind == "same"
        event_id = match.event_id if merged else fixture.event_id
        self._matcher.add(ref, event_id, swapped=merged and match.swapped)
        if event_id == fixture.event_id:
            yield fixture

    def _decide(self, ref: EventRef, fixture: Fixture) -> EventMatch:
        verdict = self._matcher.match(ref)
        return EventMatch(
            feed=ref.feed,
            feed_id=ref.feed_id,
            kind=verdict.kind,
            event_id=verdict.event_id or ref.feed_id,
            swapped=verdict.swapped,
            score=verdict.score,
            reason=verdict.reason,
            sport=ref.sport,
            competition=ref.competition,
            home=ref.home,
            away=ref.away,
            starts_at_ms=ref.starts_at_ms,
            event_time_ms=fixture.event_time_ms,
        )


def reviews(matches: Iterable[EventMatch]) -> list[EventMatch]:
    """Return what a person still has to look at, by kick-off."""
    latest = {(match.feed, match.feed_id): match for match in matches}
    waiting = [match for match in latest.values() if match.kind == "review"]
    return sorted(waiting, key=lambda match: (match.starts_at_ms, match.feed, match.feed_id))


def _ref(match: EventMatch) -> EventRef:
    return EventRef(
        match.feed,
        match.feed_id,
        match.sport,
        match.competition,
        match.home,
        match.away,
        match.starts_at_ms,
    )


def _of_fixture(feed: str, fixture: Fixture) -> EventRef:
    return EventRef(
        feed,
        fixture.event_id,
        fixture.sport,
        fixture.competition,
        fixture.home,
        fixture.away,
        fixture.starts_at_ms,
    )


def _under(message: Quote | Result, match: EventMatch) -> FeedMessage:
    changes: dict[str, object] = {"event_id": match.event_id}
    if match.swapped and isinstance(message, Quote):
        changes["market"] = turned_market(message.market)
        changes["prices"] = turned_outcomes(message.market, message.prices)
    elif match.swapped and isinstance(message, Result):
        changes["home_score"], changes["away_score"] = message.away_score, message.home_score
        changes["home_reds"], changes["away_reds"] = message.away_reds, message.home_reds
        changes["settled"] = _turned(message.settled)
        changes["positions"] = _turned(message.positions)
        changes["deductions"] = {turned_market(name): cut for name, cut in message.deductions.items()}
    return message.model_copy(update=changes)


def _turned(said: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    return {turned_market(market): turned_outcomes(market, outcomes) for market, outcomes in said.items()}
