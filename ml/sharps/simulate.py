"""Synthetic bettors in a recorded world: labelled bets, as ``read_bets`` would read them."""

from collections.abc import Iterable, Iterator, Mapping

from domain.population import Intent, Population
from ml.sharps.bets import PlacedBet
from ml.sharps.world import (
    DAY_MS,
    IN_PLAY_STEP_MS,
    IN_PLAY_STEPS,
    STEP_MS,
    STEPS,
    RecordedMatch,
    Standing,
    instants,
)

STANDARD_LIMIT = 100_000
"""Minor units: what a stake is measured by."""

OPERATOR = "book"


def simulate(
    population: Population, matches: Iterable[RecordedMatch], bets_per_match: float, seed: int
) -> Iterator[PlacedBet]:
    """Yield the bets of a population on recorded matches; nearly in order of time (rings follow later).

    Parameters
    ----------
    matches : iterable of RecordedMatch
        Sorted by kick-off.
    bets_per_match : float
        How many bets are asked for, on average, on each match.
    """
    first_ms: int | None = None
    owed = 0.0
    seen: dict[tuple[str, str], Standing] = {}
    for now_ms, lasts_ms, standing in instants(matches, OPERATOR, seed):
        first_ms = now_ms if first_ms is None else first_ms
        seen = {(each.offer.event_id, each.offer.market): each for each in standing}
        events = len({each.offer.event_id for each in standing})
        owed += bets_per_match * events * _share_of_match(lasts_ms)
        wanted = int(owed)
        owed -= wanted
        offers = {OPERATOR: [each.offer for each in standing]}
        for intent in population.bets(now_ms, offers, wanted, within_ms=lasts_ms):
            taken = seen[intent.event_id, intent.market]
            yield _placed(intent, taken, population, first_ms)


def _share_of_match(lasts_ms: int) -> float:
    return lasts_ms / (STEPS * STEP_MS + IN_PLAY_STEPS * IN_PLAY_STEP_MS)


def _placed(intent: Intent, taken: Standing, population: Population, first_ms: int) -> PlacedBet:
    bettor = population.bettors[intent.bettor]
    known, outcome = taken.offer.knowledge, intent.outcome
    return PlacedBet(
        bettor=intent.bettor,
        event=intent.event_id,
        market=intent.market,
        selection=outcome,
        price=intent.price,
        stake=intent.stake,
        placed_at_ms=intent.time_ms,
        close_probability=taken.close[outcome],
        won=taken.winner == outcome,
        best_price=_of(known.rivals, outcome),
        moved=_of(known.moved, outcome),
        limit_share=intent.stake / STANDARD_LIMIT,
        in_play=taken.in_play,
        promotion=intent.promotion,
        account_days=bettor.account_days + (intent.time_ms - first_ms) / DAY_MS,
        device=intent.device,
        ip=intent.address,
        competition=taken.competition or None,
        moved_after_ms=next((at - intent.time_ms for at in taken.moves_ms if at > intent.time_ms), None),
        usual_gap_ms=taken.usual_gap_ms,
        label=bettor.kind.name,
    )


def _of(values: Mapping[str, float] | None, outcome: str) -> float | None:
    return None if values is None else values.get(outcome)
