"""What correcting prices costs: microseconds of one core per market, in batches of 64.

    python -m tests.bench.fair [--json]

``FairOdds.correct`` as stage compile calls it: features from quotes and form, trees, and the corrected price;
by the number of books, for 1X2 of teams that the champion knows, and for the winner of a tennis match.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from random import Random

from agents.fair import TIE, FairOdds, Look, Tie
from domain.compilation import CompiledMarket, compile_fair, take
from domain.consensus import DEFAULT_CONFIG
from ml.fair.form import Form
from ml.fair.match import OUTCOMES
from overround.models import shipped
from schemas import Quote
from streams.state import DictStore, State

BATCH = 64
ROUNDS = 40
HOUR_MS = 3_600_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fair")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = {f"{name}, {books} books": us(name, books) for name in ("1x2", "ml") for books in (6, 20, 40)}
    sys.stdout.write((json.dumps(found) if wanted.json else "\n".join(map(str, found.items()))) + "\n")


def us(name: str, books: int) -> float:
    """Return microseconds per market: the best of some batches, each of markets that have moved."""
    library = shipped()
    fair_odds, state = FairOdds(library), State(DictStore())
    form = library.shipped(name).form
    now_ms = form.until_ms + 24 * HOUR_MS
    looks = list(_looks(name, books, form, now_ms, state))
    if any(fair is None or fair.correction is None for fair in fair_odds.correct(looks, state, now_ms)):
        raise RuntimeError("a market was not corrected")
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        fair_odds.correct(looks, state, now_ms)
        best = min(best, time.process_time() - began)
    return round(best / BATCH * 1e6, 1)


def _looks(market_name: str, books: int, form: Form, now_ms: int, state: State) -> Iterator[Look]:
    rng = Random(1)
    pool, competition = ("E", "E0") if market_name == "1x2" else ("ATP", "ATP Wimbledon")
    known = [(key.partition("|"), each) for key, each in form.teams.items()]
    teams = [name for (its_pool, _, name), each in known if its_pool == pool and each.seen > 20]
    for number in range(BATCH):
        home, away = rng.sample(teams, 2)
        event_id = f"e{number}"
        state.put(TIE, event_id, Tie(competition, home, away, now_ms + 2 * HOUR_MS))
        market = CompiledMarket()
        weights = [rng.uniform(0.25, 0.5) for _ in OUTCOMES[market_name]]
        for book in range(books):
            prices = {
                outcome: sum(weights) / (weight * 1.05) * rng.uniform(0.99, 1.01)
                for outcome, weight in zip(OUTCOMES[market_name], weights, strict=True)
            }
            quote = Quote(
                event_id=event_id,
                market=market_name,
                book="pinnacle" if book == 0 else f"book{book}",
                feed="bench",
                prices=prices,
                event_time_ms=now_ms,
                quoted_at_ms=now_ms,
            )
            take(market, quote, 0, book)
        fair = compile_fair(event_id, market_name, market, now_ms, DEFAULT_CONFIG)
        yield Look(event_id, market_name, market, fair)


if __name__ == "__main__":
    main()
