"""What the surveil stage takes: quotes of 1,000 live events with 40 books, from bytes to alerts and changes.

    python -m tests.bench.arbitrage [--json]

Processor seconds of one core, decoding, state changes and alerts included. Each book quotes the fair price
with a margin of its own of 3 to 7% and a view of its own; the larger its spread, the more arbitrage there is.
"""

import json
import sys
import time
from math import exp
from random import Random

import numpy as np

from agents.surveil import Surveil
from domain.arbitrage import ArbitrageConfig
from domain.states import FOOTBALL, Measure
from domain.states.families import FAMILIES
from schemas import Fixture, Quote
from streams.records import Chunk, PlainRecord
from streams.stage import Outbox
from streams.state import DictStore, State
from streams.topics import ALERTS, FIXTURES, QUOTES

EVENTS, BOOKS, QUOTES_TIMED, CHUNK = 1_000, 40, 60_000, 500
MARKETS = ("1x2", "ou:2.5", "ah:-0.5", "ah:0")
START_MS = 1_750_000_000_000


def main() -> None:
    """Measure at three spreads."""
    found = {f"spread {spread:.1%}": measured(spread) for spread in (0.006, 0.012, 0.02)}
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for name, figures in found.items():
        print(name, figures)


def measured(spread: float) -> dict[str, float]:
    """Return quotes a second and what was told."""
    rng = Random(1)
    stage = Surveil([], ArbitrageConfig(max_age_s=36_000.0))
    state, store = State(DictStore()), DictStore()
    fixtures = [_fixture(n) for n in range(EVENTS)]
    fair = [_fair(rng) for _ in range(EVENTS)]
    everything = [(n, m, b) for n in range(EVENTS) for m in MARKETS for b in range(BOOKS)]
    at_random = [
        (rng.randrange(EVENTS), rng.choice(MARKETS), rng.randrange(BOOKS)) for _ in range(QUOTES_TIMED)
    ]
    _play(stage, state, store, FIXTURES.name, fixtures)
    now = START_MS
    seconds = {}
    told = 0
    for name, places in (("fill", everything), ("live", at_random)):
        quotes = []
        for n, market, book in places:
            now += 1
            quotes.append(_quote(n, market, book, fair[n][market], spread, now, rng))
        seconds[name], told = _play(stage, state, store, QUOTES.name, quotes)
    return {
        "fill_quotes_per_s": round(len(everything) / seconds["fill"]),
        "live_quotes_per_s": round(QUOTES_TIMED / seconds["live"]),
        "alerts": told,
    }


def _play(
    stage: Surveil, state: State, store: DictStore, topic: str, messages: list[tuple[str, bytes]]
) -> tuple[float, int]:
    records = [
        PlainRecord(topic, 0, n, START_MS, key.encode(), value, ()) for n, (key, value) in enumerate(messages)
    ]
    told = 0
    began = time.process_time()
    for start in range(0, len(records), CHUNK):
        out = Outbox(1)
        stage.process(Chunk(topic, 0, records[start : start + CHUNK]), state, out)
        store.apply(state.take_changes())
        told += sum(output.topic == ALERTS.name for output in out.outputs)
    return time.process_time() - began, told


def _fixture(n: int) -> tuple[str, bytes]:
    fixture = Fixture(
        event_id=f"event-{n}",
        sport="soccer",
        competition="league",
        home=f"home {n}",
        away=f"away {n}",
        starts_at_ms=START_MS + 86_400_000,
        event_time_ms=START_MS,
    )
    return fixture.event_id, fixture.model_dump_json().encode()


def _fair(rng: Random) -> dict[str, dict[str, float]]:
    p, _ = FAMILIES["soccer"].at(np.array([rng.gauss(0.35, 0.25), rng.gauss(0.1, 0.25), -0.05]))
    measure = Measure(FOOTBALL, p)
    return {market: measure.market(market) for market in MARKETS}


def _quote(
    n: int, market: str, book: int, fair: dict[str, float], spread: float, at_ms: int, rng: Random
) -> tuple[str, bytes]:
    over = 1.05 + rng.uniform(-0.02, 0.02)
    weights = {outcome: p * exp(rng.gauss(0.0, spread)) for outcome, p in fair.items()}
    total = sum(weights.values())
    quote = Quote(
        event_id=f"event-{n}",
        market=market,
        book=f"book-{book}",
        feed="bench",
        prices={outcome: max(1.01, round(total / (w * over), 2)) for outcome, w in weights.items()},
        event_time_ms=at_ms,
        quoted_at_ms=at_ms,
    )
    return quote.event_id, quote.model_dump_json().encode()


if __name__ == "__main__":
    main()
