"""All opportunities of a recording: how good they were, how long they stood, at which books."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from time import process_time

from domain.arbitrage import (
    ACROSS,
    MIDDLE,
    ArbitrageConfig,
    Change,
    Episodes,
    EventSurvey,
    Opportunity,
    follow,
    incoherence,
)
from schemas import Fixture, Quote
from schemas.base import Message


@dataclass(frozen=True, slots=True)
class Found:
    """One episode of a recording.

    Parameters
    ----------
    market : str or None
        None: between several markets; then ``first.markets`` names them.
    first : Opportunity
        As it opened.
    opened_ms, ended_ms : int
        Since when its legs stood together, and when nothing was left; UTC milliseconds.
    closed : bool
        Whether its end was seen: False where the recording ended before it.
    """

    event_id: str
    market: str | None
    first: Opportunity
    best_margin: float
    opened_ms: int
    ended_ms: int
    closed: bool

    @property
    def lifetime_s(self) -> float:
        """How long it stood, as far as the recording shows."""
        return (self.ended_ms - self.opened_ms) / 1000.0


@dataclass
class ArbitrageEvaluation:
    """What came out.

    Parameters
    ----------
    found, middles : list of Found
        Arbitrage, and middles where they are looked for.
    own_margins : dict of str to list of float
        By book, for each event that it still quoted at the event's last quote: the best portfolio of its own
        prices (``domain.arbitrage.coherence``).
    programs : int
        Linear programs that had to be solved.
    seconds : float
        Processor time for all quotes, reading left out.
    """

    quotes: int = 0
    late: int = 0
    events: int = 0
    books: set[str] = field(default_factory=set)
    found: list[Found] = field(default_factory=list)
    middles: list[Found] = field(default_factory=list)
    own_margins: dict[str, list[float]] = field(default_factory=dict)
    programs: int = 0
    seconds: float = 0.0

    def books_of(self) -> Counter[str]:
        """Count the episodes that each book had a leg in, when they opened."""
        return Counter(book for each in self.found for book in {leg.book for leg in each.first.legs})

    def coherence(self) -> dict[str, dict[str, float]]:
        """Return median and highest of each book's own margins, the nearest to an arbitrage first."""
        found = {
            book: {"events": len(some), "median": median(some), "highest": max(some)}
            for book, some in self.own_margins.items()
        }
        return dict(sorted(found.items(), key=lambda each: -each[1]["median"]))

    def lifetimes(self) -> dict[str, float]:
        """Return median, 90th percentile and longest life time in seconds, of those whose end was seen."""
        lives = sorted(each.lifetime_s for each in self.found if each.closed)
        if not lives:
            return {}
        return {
            "median_s": median(lives),
            "p90_s": lives[int(0.9 * (len(lives) - 1))],
            "longest_s": lives[-1],
        }


def evaluate(messages: Iterable[Message], config: ArbitrageConfig) -> ArbitrageEvaluation:
    """Look for arbitrage in messages as they came, as the live stage does.

    Parameters
    ----------
    messages : iterable of Message
        Fixtures and quotes, in event-time order; others are passed over.
    """
    run = _Run(config)
    for message in messages:
        began = process_time()
        if isinstance(message, Quote):
            run.quote(message)
        elif isinstance(message, Fixture):
            run.sports[message.event_id] = message.sport
        run.result.seconds += process_time() - began
    run.finish()
    return run.result


class _Run:
    def __init__(self, config: ArbitrageConfig) -> None:
        self.result = ArbitrageEvaluation()
        self.sports: dict[str, str] = {}
        self._config = config
        self._surveys: dict[str, EventSurvey] = {}
        self._episodes: dict[str, Episodes] = {}
        self._first: dict[tuple[str, str], Opportunity] = {}
        self._now_ms = 0

    def quote(self, quote: Quote) -> None:
        result, config = self.result, self._config
        result.quotes += 1
        result.books.add(quote.book)
        self._now_ms = max(self._now_ms, quote.event_time_ms)
        survey = self._surveys.get(quote.event_id)
        if survey is None:
            sport = self.sports.get(quote.event_id, "")
            survey = self._surveys[quote.event_id] = EventSurvey(sport)
            self._episodes[quote.event_id] = Episodes()
        taken = survey.take(
            quote.market, quote.book, quote.prices, quote.event_time_ms, quote.quoted_at_ms, config
        )
        if not taken:
            result.late += 1
            return
        episodes = self._episodes[quote.event_id]
        for scope, found in survey.look(quote.market, config):
            key = "|".join(scope)
            if found is not None or key in episodes.open:
                for change in follow(episodes, key, found, survey.now_ms, config):
                    self._note(quote.event_id, key, change)

    def finish(self) -> None:
        """End what is still open: by age where that is past, else by the end of the recording."""
        for event_id, episodes in self._episodes.items():
            for key, episode in list(episodes.open.items()):
                ended_ms = max(episode.opened_ms, min(self._now_ms, episode.until_ms))
                closed = episode.until_ms < self._now_ms
                self._note(event_id, key, Change("ended", episode, ended_ms), closed=closed)
        for event_id, survey in self._surveys.items():
            self._score(self.sports.get(event_id, ""), survey)
        self.result.events = len(self._surveys)
        self.result.programs = sum(survey.programs for survey in self._surveys.values())
        for some in (self.result.found, self.result.middles):
            some.sort(key=lambda each: (each.opened_ms, each.event_id, each.market or ""))

    def _score(self, sport: str, survey: EventSurvey) -> None:
        oldest_ms = survey.now_ms - self._config.max_age_ms
        shown: dict[str, dict[str, dict[str, float]]] = {}
        for name, market in survey.markets.items():
            for book, stand in market.watch.stands.items():
                if stand.prices and stand.quoted_at_ms >= oldest_ms:
                    shown.setdefault(book, {})[name] = stand.prices
        for book, prices in shown.items():
            found = incoherence(sport, prices)
            if found is not None:
                self.result.own_margins.setdefault(book, []).append(found.margin)

    def _note(self, event_id: str, key: str, change: Change, *, closed: bool = True) -> None:
        if change.opportunity is not None:
            self._first[event_id, key] = change.opportunity
            return
        market = key.partition("|")[2]
        middle = market.startswith(MIDDLE)
        (self.result.middles if middle else self.result.found).append(
            Found(
                event_id,
                None if middle or market.startswith(ACROSS) else market,
                self._first.pop((event_id, key)),
                change.episode.best_margin,
                change.episode.opened_ms,
                change.at_ms,
                closed,
            )
        )
