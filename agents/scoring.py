"""How coherent an operator's own prices of an event are, told when they have changed, once in a while."""

from prometheus_client import Histogram

from domain.arbitrage import incoherence
from schemas import Coherence
from streams.stage import Outbox
from streams.topics import COHERENCE

EVERY_MS = 600_000
"""An event is scored again after this time at the earliest, event time: each time takes milliseconds."""

AFTER_MS = 10_000
"""How long after a change, so that the prices that go with it are there, event time."""

MARGIN = Histogram(
    "overround_own_margin_ratio",
    "What the best portfolio of an operator's own prices of an event wins at worst, as scored",
    ["operator"],
    buckets=(-0.1, -0.07, -0.05, -0.04, -0.03, -0.02, -0.01, -0.005, 0.0),
)


def due_ms(changed_ms: int, scored_ms: int) -> int:
    """Return when prices that have changed are to be scored."""
    return max(changed_ms + AFTER_MS, scored_ms + EVERY_MS)


def score(
    event_id: str,
    sport: str,
    operator: str,
    prices: dict[str, dict[str, float]],
    now_ms: int,
    out: Outbox,
) -> None:
    """Tell how near an operator's prices of an event come to an arbitrage among themselves."""
    found = incoherence(sport, prices)
    if found is None:
        return
    MARGIN.labels(operator).observe(found.margin)
    message = Coherence(
        operator=operator,
        event_id=event_id,
        margin=found.margin,
        markets=list(found.markets),
        priced=len(prices),
        event_time_ms=now_ms,
    )
    out.emit(COHERENCE, f"{event_id}|{operator}", message, now_ms, route=event_id)
