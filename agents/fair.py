"""Fair odds inside stage compile: a champion corrects each consensus, and what it learns from is kept.

All that it goes by is in the stage's table: who plays (by the model's names), the finished matches that
``events.closed.v1`` tells, and who the champion is. Form is derived from the matches in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from agents.fair_champions import SEAT, Champions
from agents.fair_watch import WATCH, Watches
from domain.compilation import CompiledMarket
from ml.fair.features import evidence
from ml.fair.ledger import Ledger
from ml.fair.library import Library, Ready
from ml.fair.match import OUTCOMES, Closed, Market, Probabilities
from ml.fair.messages import Snapshots, closed, closed_match, opens
from schemas import ClosedMatch, Correction, FairPrice, Fixture, Result
from streams.records import Chunk, Record
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from streams.topics import CLOSED

SPORTS: Mapping[str, tuple[str, ...]] = {"soccer": ("1x2", "ou:2.5"), "tennis": ("ml",)}
"""Markets that models correct, by sport; the first one's champion knows the names."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Who plays whom where and when, by the names that the model knows."""

    competition: str
    home: str
    away: str
    starts_at_ms: int


@dataclass(slots=True)
class Closing:
    """The consensus that stood last before the start."""

    probabilities: list[float] = field(default_factory=list)


TIE = Kind("tie", Tie)
OPENING = Kind("opening", Snapshots)
CLOSING = Kind("closing", Closing)
PLAYED = Kind("played", Closed)
EARLY = Kind("early", Result)
KINDS = (TIE, EARLY, OPENING, CLOSING, PLAYED, SEAT, WATCH)


class Look(NamedTuple):
    """A market that has been compiled; ``fair`` is its new price, None where the old one stands."""

    event_id: str
    name: str
    market: CompiledMarket
    fair: FairPrice | None


class _Seen(NamedTuple):
    """A market to be corrected, or to be noted as its match opens; ``trust`` is the evidence."""

    key: str
    market: Market
    opens: bool
    trust: float


class _Said(NamedTuple):
    """What a champion says of a market."""

    corrected: Probabilities
    correction: Correction


class FairOdds:
    """Corrects prices, and tells of finished matches.

    Parameters
    ----------
    library : Library
        The models that can be had.
    """

    def __init__(self, library: Library) -> None:
        self.champions = Champions(library)
        self.watches = Watches(self.champions)
        shipped = [library.shipped(market) for market in OUTCOMES]
        self._held_ms = min((ready.form.until_ms for ready in shipped if ready is not None), default=0)

    def on_fixture(self, fixture: Fixture, state: State, out: Outbox, cause: Record) -> None:
        """Learn who plays; a result that was there before is told now."""
        markets = SPORTS.get(fixture.sport)
        ready = self.champions.of(markets[0], state) if markets is not None else None
        if ready is None:
            return
        competition = ready.names.competition(fixture.competition)
        home, away = (ready.names.team(competition, name) for name in (fixture.home, fixture.away))
        state.put(TIE, fixture.event_id, Tie(competition, home, away, fixture.starts_at_ms))
        early = state.get(EARLY, fixture.event_id)
        if early is not None:
            state.delete(EARLY, fixture.event_id)
            self.on_result(early, state, out, cause)

    def correct(self, looks: Sequence[Look], state: State, now_ms: int) -> list[FairPrice | None]:
        """Return the looks' prices, corrected where there is a champion and it has evidence to go by."""
        fairs = [look.fair for look in looks]
        for name in OUTCOMES:
            places = [place for place, look in enumerate(looks) if look.name == name]
            if not places:
                continue
            ready = self.champions.of(name, state)
            form = self.form(ready, state).as_of(now_ms) if ready is not None else None
            seen = [
                (place, found)
                for place in places
                if (found := _seen(looks[place], form, state, now_ms)) is not None
            ]
            trusted = [each for _, each in seen if each.trust > 0.0]
            said = dict(zip(map(id, trusted), _said(ready, form, trusted), strict=True))
            prices = ready is not None and not self.watches.fallen_back(ready, state)
            for place, each in seen:
                says = said.get(id(each))
                model = ready.name if ready is not None and says is not None else "consensus"
                if each.opens:
                    _note_opening(each, model, says, state, now_ms)
                fair = fairs[place]
                if fair is not None and says is not None and prices:
                    fairs[place] = corrected(fair, model, says)
        return fairs

    def outdated(self, fair: FairPrice, state: State) -> bool:
        """Tell whether a standing price was made by a model that prices no longer."""
        if fair.correction is None:
            return False
        ready = self.champions.of(fair.market, state)
        return ready is None or ready.name != fair.model or self.watches.fallen_back(ready, state)

    def on_result(self, result: Result, state: State, out: Outbox, cause: Record) -> None:
        """Tell every partition of a match that is over."""
        tie = state.get(TIE, result.event_id)
        if result.status != "final" or result.home_score is None or result.away_score is None:
            return
        if tie is None:
            state.put(EARLY, result.event_id, result)
            return
        over = Closed(
            tie.competition,
            tie.home,
            tie.away,
            tie.starts_at_ms,
            result.event_time_ms,
            None,
            None,
            result.home_score,
            result.away_score,
        )
        kept = (_snapshots(f"{result.event_id}|{name}", state) for name in ("1x2", "ou:2.5", "ml"))
        message = closed_match(result.event_id, over, *kept)
        out.broadcast(CLOSED, result.event_id, message, result.event_time_ms, cause=cause)

    def on_closed(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Keep finished matches, and look how the champions did."""
        for record, message in decoded(chunk, ClosedMatch, out):
            match = closed(message)
            if match.final_at_ms <= self._held_ms or state.get(PLAYED, message.event_id) == match:
                continue  # every model that ships, or has been trained since, holds it in its form
            told_before = state.get(PLAYED, message.event_id) is not None
            state.put(PLAYED, message.event_id, match)
            for ledger in state.local.values():
                if isinstance(ledger, Ledger):
                    ledger.add(message.event_id, match)
            if not told_before:
                self.watches.note(message, state, out, record)

    def form(self, ready: Ready, state: State) -> Ledger:
        """Return the form that a model's features are made of, made anew from the table where need be."""
        key = f"form {ready.name}"
        found = state.local.get(key)
        if not isinstance(found, Ledger):
            found = Ledger(ready.form)
            for event_id, match in state.items(PLAYED):
                found.add(event_id, match)
            state.local[key] = found
        return found


def _seen(look: Look, form: Ledger | None, state: State, now_ms: int) -> _Seen | None:
    """Return a market as the model takes it; None where it is unknown, has begun, or nothing is asked."""
    tie = state.get(TIE, look.event_id)
    outcomes, fair = OUTCOMES[look.name], look.market.fair
    if tie is None or fair is None or now_ms >= tie.starts_at_ms or not look.market.standing:
        return None
    stands = dict(zip(fair.uncorrected, look.market.standing, strict=True))
    if stands.keys() != set(outcomes):
        return None
    key = f"{look.event_id}|{look.name}"
    consensus = tuple([stands[outcome] for outcome in outcomes])
    state.put(CLOSING, key, Closing(list(consensus)))
    market = Market(tie.competition, tie.home, tie.away, tie.starts_at_ms, now_ms, consensus, {}, look.name)
    begins = opens(now_ms, tie.starts_at_ms) and state.get(OPENING, key) is None
    trust = evidence(market, form) if form is not None and (begins or look.fair is not None) else 0.0
    if not begins and trust == 0.0:
        return None
    quotes, pick = look.market.quotes, itemgetter(*outcomes)
    books = {share.book: pick(quotes[share.book].prices) for share in fair.books if share.rejected is None}
    return _Seen(key, replace(market, books=books), begins, trust)


def _said(ready: Ready | None, form: Ledger | None, seen: Sequence[_Seen]) -> list[_Said]:
    """Return what a champion says of the markets of a batch."""
    if ready is None or form is None or not seen:
        return []
    markets = [each.market for each in seen]
    rows = ready.model.rows(markets, form)
    consensus = np.array([market.consensus for market in markets])
    found = ready.model.corrected(rows, consensus, np.array([each.trust for each in seen]))
    return [
        _Said(tuple(probabilities), Correction.model_construct(features=_known(row), evidence=each.trust))
        for each, probabilities, row in zip(seen, found.tolist(), rows.tolist(), strict=True)
    ]


def corrected(fair: FairPrice, model: str, says: _Said) -> FairPrice:
    """Return a price of the consensus as its model has it."""
    outcomes = OUTCOMES[fair.market]
    values = dict(zip(outcomes, says.corrected, strict=True))
    return fair.model_copy(
        update={
            "probabilities": {outcome: values[outcome] for outcome in fair.probabilities},
            "consensus": fair.probabilities,
            "model": model,
            "correction": says.correction,
        }
    )


def _note_opening(seen: _Seen, model: str, says: _Said | None, state: State, now_ms: int) -> None:
    opening = Snapshots()
    opening.take(
        now_ms,
        seen.market.starts_at_ms,
        seen.market.consensus,
        seen.market.books,
        model,
        says.corrected if says is not None else None,
        says.correction.features if says is not None else (),
    )
    opening.closing = None  # the last one is kept by itself, so that this is written once
    state.put(OPENING, seen.key, opening)


def _snapshots(key: str, state: State) -> Snapshots:
    """Return what is known of a market of a match that is over."""
    opening = state.get(OPENING, key) or Snapshots()
    closing = state.get(CLOSING, key)
    return Snapshots(
        opening.opened_at_ms,
        opening.opening,
        opening.books,
        opening.model,
        opening.corrected,
        opening.features,
        closing.probabilities if closing is not None else None,
    )


def _known(row: Sequence[float]) -> list[float | None]:
    """Return features with None for what is not known."""
    return [None if value != value else value for value in row]  # noqa: PLR0124 - NaN is not itself
