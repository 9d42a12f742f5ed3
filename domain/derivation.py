"""Prices of markets that no book quotes, from those of the same event that books do quote."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import sqrt
from types import MappingProxyType

from domain.in_play import score_of
from domain.markets import parse, type_of
from domain.states import Measure, Prices, measure_of
from domain.states.settlement import CORRECT_SCORES, RULES
from schemas import Derivation, FairPrice, MatchState

MODEL = "states"
SCORES = "scores"
"""Not a market: the whole measure, by final score such as ``2-1``. It is told, but never offered."""
CERTAIN = 1e-9
"""An outcome as likely as this, or as unlikely, is not offered."""

FAMILY_OF = MappingProxyType(
    {
        "soccer": "soccer",
        "icehockey": "hockey",
        "hockey": "hockey",
        "baseball": "baseball",
        "tennis": "tennis",
    }
)
"""The family of measures by a fixture's sport."""
SETS = MappingProxyType({3: "tennis", 5: "tennis_5"})
"""The family of a sport that is played in sets, by how many there are at most."""
IN_SETS = frozenset({"tennis"})
OF_SETS = frozenset({"ml", "sets", "ou_sets", "ah_sets"})
"""The markets that sets settle; totals and handicaps of tennis (``ou``, ``ah``) are of games."""

WHO_WINS = frozenset({"1x2", "ml", "ah", "dnb"})
HOW_MANY = frozenset({"ou"})
"""A measure needs a price of who wins and one of how much is scored; of sets the first says both."""

SAID_IN_PLAY = frozenset({"1x2", "ou", "btts", "dc", "ou_home", "ou_away"})
"""Live prices of these are of the final score. Handicaps are not: some books count from the present score."""


@dataclass(frozen=True)
class DeriveConfig:
    """What is offered beyond what books quote.

    Parameters
    ----------
    markets : mapping of str to collection of str
        By a fixture's sport, the markets: ``btts``, ``dc``, ``dnb``, ``cs``, ``oe``, and lines such as
        ``ou:1.5`` or ``ah:-1.25``; of tennis ``sets`` (set betting), ``ou_sets:2.5`` and ``ah_sets:-1.5``;
        ``scores`` for the joint states that price same-game multiples.
    min_books : int
        A fair price that fewer books count in is no source.
    min_move : float
        A price is news when a probability p has moved by this share of sqrt(p (1 - p)); with less, the
        measure is not even fitted anew: 0.003 is 0.15 percentage points at evens, far within the margin.

    Raises
    ------
    ValueError
        For a sport without a measure or a market that scores do not settle.
    """

    markets: Mapping[str, Collection[str]] = field(default_factory=dict)
    min_books: int = 3
    min_move: float = 3e-3

    def __post_init__(self) -> None:
        for sport, markets in self.markets.items():
            if sport not in FAMILY_OF:
                raise ValueError(f"no measure over scores of {sport!r}; there are {', '.join(FAMILY_OF)}")
            for market in markets:
                if market == SCORES:
                    continue
                parse(market)
                in_sets = sport in IN_SETS
                if type_of(market) not in (OF_SETS if in_sets else RULES.keys() - (OF_SETS - {"ml"})):
                    raise ValueError(f"scores do not settle {market!r}")


@dataclass(slots=True)
class Source:
    """A fair price as a source: its sequence, what it says, how many books count, and of when it is."""

    sequence: int
    probabilities: dict[str, float]
    counting: int
    as_of_ms: int


@dataclass(slots=True)
class EventStates:
    """What is known of one event.

    Parameters
    ----------
    quoted : dict of str to Source
        The latest fair price by market.
    before : dict of str to Source
        Those that the measure was last fitted to before the start.
    state : MatchState or None
        How far the match is.
    since_ms : int
        When the score or the number of players last changed: older prices do not know of it.
    anchors : dict of str to Source
        Live prices that the measure was last brought in line with.
    offered : dict of str to FairPrice
        What was last said of the derived markets.
    """

    sport: str = ""
    best_of: int | None = None
    starts_at_ms: int | None = None
    status: str = "scheduled"
    quoted: dict[str, Source] = field(default_factory=dict)
    before: dict[str, Source] = field(default_factory=dict)
    state: MatchState | None = None
    since_ms: int = 0
    anchors: dict[str, Source] = field(default_factory=dict)
    offered: dict[str, FairPrice] = field(default_factory=dict)


def take_quoted(event: EventStates, fair: FairPrice) -> bool:
    """Take what quotes of a market amount to; tell whether a derived market's quotes have just ended."""
    event.quoted[fair.market] = Source(fair.sequence, fair.probabilities, fair.counting, fair.as_of_ms)
    derived = event.offered.get(fair.market)
    if derived is not None and derived.probabilities:  # the quotes' price took its place
        event.offered[fair.market] = derived.model_copy(update={"probabilities": {}})
    return derived is not None and not fair.probabilities


def started(event: EventStates, now_ms: int) -> bool:
    """Tell whether the event is played."""
    return event.status == "live" or (event.starts_at_ms is not None and now_ms >= event.starts_at_ms)


def family_of(event: EventStates) -> str | None:
    """Return the family of measures of an event's scores; None where there is none, or it is not known."""
    if event.sport in IN_SETS:
        return SETS.get(event.best_of or 0)
    return FAMILY_OF.get(event.sport)


def usable(event: EventStates, config: DeriveConfig) -> dict[str, Source]:
    """Return the prices that a measure can rest on, by market; none where they cannot carry one."""
    in_sets = event.sport in IN_SETS
    found = {
        market: source
        for market, source in sorted(event.quoted.items())
        if source.probabilities
        and source.counting >= config.min_books
        and _settled_by_scores(market, source, in_sets=in_sets)
    }
    types = {type_of(market) for market in found}
    return found if types & WHO_WINS and (in_sets or types & HOW_MANY) else {}


def _settled_by_scores(market: str, source: Source, *, in_sets: bool) -> bool:
    if in_sets:
        return type_of(market) in OF_SETS
    if type_of(market) == "cs":
        return set(source.probabilities) <= set(CORRECT_SCORES)
    return type_of(market) in RULES


def refit(event: EventStates, config: DeriveConfig, now_ms: int, *, anew: bool = False) -> Derivation | None:
    """Return what a new measure stands on, or None when the last one still says it.

    Parameters
    ----------
    anew : bool
        Make it even if nothing has moved: the state of the match has.
    """
    if not started(event, now_ms):
        sources = usable(event, config)
        if not anew and not _moved(event.before, sources, config.min_move):
            return None
        event.before = dict(sources)
        event.anchors = {}
        return _derivation(event, sources)
    if event.state is None or event.sport != "soccer":
        return None  # nothing is known of how it goes: what was said before the start is all there is
    live = {
        market: source
        for market, source in sorted(event.quoted.items())
        if type_of(market) in SAID_IN_PLAY
        and source.as_of_ms >= event.since_ms
        and source.probabilities
        and source.counting >= config.min_books
    }
    if not anew and not _moved(event.anchors, live, config.min_move):
        return None
    event.anchors = live
    return _derivation(event, event.before)


def _derivation(event: EventStates, sources: Mapping[str, Source]) -> Derivation:
    behind = [*sources.values(), *event.anchors.values()]
    return Derivation(
        sport=family_of(event) or event.sport,
        sources={market: source.sequence for market, source in sources.items()},
        state=event.state if sources else None,
        anchors={market: source.sequence for market, source in event.anchors.items()} if sources else {},
        support=min((source.counting for source in behind), default=0) if sources else 0,
    )


def prices_of(
    event_id: str,
    event: EventStates,
    derivation: Derivation,
    config: DeriveConfig,
    now_ms: int,
) -> list[FairPrice]:
    """Return the new prices of the event's derived markets: those that have moved, counted from 1 each.

    A market that is quoted is left out. Without sources the prices are withdrawn: no probabilities.
    """
    measure = None
    if derivation.sources:
        prior = {market: source.probabilities for market, source in event.before.items()}
        live = {market: source.probabilities for market, source in event.anchors.items()}
        measure = _measure(derivation, prior, live)
    as_of_ms = max((source.as_of_ms for source in (event.before | event.anchors).values()), default=now_ms)
    news = []
    for market in config.markets.get(event.sport, ()):
        quoted = event.quoted.get(market)
        if quoted is not None and quoted.probabilities:
            continue
        old = event.offered.get(market)
        probabilities = said_of(measure, market)
        if old is None and not probabilities:
            continue
        if old is not None and not _news(old, probabilities, derivation, config.min_move):
            continue
        price = FairPrice(
            event_id=event_id,
            market=market,
            sequence=1 if old is None else old.sequence + 1,
            probabilities=probabilities,
            books=[],
            model=MODEL,
            event_time_ms=as_of_ms,
            as_of_ms=now_ms,
            derived=derivation,
        )
        event.offered[market] = price
        news.append(price)
    return news


def said_of(measure: Measure | None, market: str) -> dict[str, float]:
    """Return what a measure says of a market.

    Outcomes that are certain or impossible are left out; a market that is decided, or on which a bet would
    surely be refunded, has none.
    """
    if measure is None:
        return {}
    try:
        said = measure.scores() if market == SCORES else measure.market(market)
    except ValueError:
        return {}
    open_ = {outcome: p for outcome, p in said.items() if CERTAIN < p < 1.0 - CERTAIN}
    return open_ if len(open_) > 1 else {}


def recomputed(fair: FairPrice, prices: Mapping[tuple[str, int], Mapping[str, float]]) -> dict[str, float]:
    """Return the probabilities of a derived price from what it says it stands on.

    Parameters
    ----------
    prices : mapping of (str, int) to mapping of str to float
        The event's fair probabilities by market and sequence.

    Raises
    ------
    KeyError
        When a price that it stands on is missing.
    """
    on = fair.derived
    if on is None or not on.sources:
        return {}
    sources: Prices = {market: prices[market, number] for market, number in on.sources.items()}
    anchors: Prices = {market: prices[market, number] for market, number in on.anchors.items()}
    return said_of(_measure(on, sources, anchors), fair.market)


def _measure(on: Derivation, sources: Prices, anchors: Prices) -> Measure | None:
    try:
        return measure_of(on.sport, sources, on.state, anchors)
    except ValueError:  # a score beyond the states: nothing is offered
        return None


def _news(old: FairPrice, probabilities: Mapping[str, float], on: Derivation, min_move: float) -> bool:
    if old.derived is None or old.derived.support != on.support:
        return True
    if score_of(old.derived.state) != score_of(on.state):
        return True  # in play a price is offered only where it knows the score
    return _differs(old.probabilities, probabilities, min_move)


def _moved(old: Mapping[str, Source], new: Mapping[str, Source], min_move: float) -> bool:
    if old.keys() != new.keys():
        return True
    return any(
        old[market].counting != source.counting
        or _differs(old[market].probabilities, source.probabilities, min_move)
        for market, source in new.items()
    )


def _differs(old: Mapping[str, float], new: Mapping[str, float], min_move: float) -> bool:
    if old.keys() != new.keys():
        return True
    return any(
        abs(new[way] - p) >= min_move * sqrt(p * (1.0 - p)) and new[way] != p for way, p in old.items()
    )
