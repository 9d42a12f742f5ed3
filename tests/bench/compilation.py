"""What compilation costs: de-vig, consensus, arbitrage, the measure of an event.

    python -m tests.bench.compilation [--json] [--penaltyblog]

Microseconds of processor time, the best of several runs. Beside the de-vig methods stand the shin package
and, with ``--penaltyblog``, penaltyblog, which uv puts into an environment of its own; all run on the same
markets.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shin

from domain.arbitrage import ArbitrageConfig, Watch, find, take
from domain.arrays import Array
from domain.consensus import BookQuote, consensus
from domain.consensus.view import reading
from domain.devig import METHODS, devig, devig_one
from domain.margin import offer
from domain.states import compile_measure, football_board
from domain.states.in_play import in_play

MARKETS = 10_000
PENALTYBLOG = "penaltyblog==1.13.1"
WAYS = ("home", "draw", "away")
QUOTED = {
    "1x2": {"home": 0.5, "draw": 0.27, "away": 0.23},
    "ou:2.5": {"over": 0.51, "under": 0.49},
    "ou:2.25": {"over": 0.565, "under": 0.435},
    "ou:3": {"over": 0.4, "under": 0.6},
    "ah:-0.5": {"home": 0.503, "away": 0.497},
    "ah:-1": {"home": 0.35, "away": 0.65},
    "btts": {"yes": 0.52, "no": 0.48},
}
_THEIRS = """
import json, sys, time, penaltyblog
markets = json.load(sys.stdin)
found = {}
for method in ("multiplicative", "additive", "power", "odds_ratio", "shin"):
    began = time.thread_time()
    for prices in markets:
        penaltyblog.implied.calculate_implied(prices, method)
    found[f"penaltyblog {method}"] = (time.thread_time() - began) / len(markets) * 1e6
print(json.dumps(found))
"""


def best(run: Callable[[], object], times: int, runs: int = 7) -> float:
    """Microseconds of processor time for one of ``times`` things that ``run`` does."""
    lowest = float("inf")
    for _ in range(runs):
        began = time.thread_time()
        run()
        lowest = min(lowest, time.thread_time() - began)
    return lowest / times * 1e6


def three_way(markets: int) -> Array:
    rng = np.random.default_rng(1)
    q = rng.dirichlet([6, 4, 5], markets) * rng.uniform(1.02, 1.09, (markets, 1))
    return np.asarray(1.0 / np.minimum(q, 0.98))


def de_vig(with_penaltyblog: bool) -> dict[str, float]:
    prices = three_way(MARKETS)
    rows = prices.tolist()
    found = {f"devig {method}, batch": best(lambda m=method: devig(prices, m), MARKETS) for method in METHODS}
    found["devig power, one by one"] = best(lambda: [devig_one(row) for row in rows], MARKETS)
    few = rows[:1000]
    found["shin package"] = best(lambda: [shin.calculate_implied_probabilities(row) for row in few], 1000)
    if with_penaltyblog:
        uv = Path(sys.executable).with_name("uv")
        command = [uv, "run", "--no-project", "--isolated", "--with", PENALTYBLOG, "python", "-c", _THEIRS]
        done = subprocess.run(
            command, input=json.dumps(rows[:300]), text=True, capture_output=True, check=True
        )
        found |= json.loads(done.stdout)
    return found


def pooling() -> dict[str, float]:
    rng = np.random.default_rng(2)
    books = ["pinnacle", "betfair_ex_uk", "bet365", *(f"book{i:02d}" for i in range(17))]

    def market() -> list[BookQuote]:
        fair = rng.dirichlet([6, 4, 5])
        quotes = []
        for book in books:
            seen = np.exp(np.log(fair) + rng.normal(0, 0.02, 3))
            prices = offer((seen / seen.sum()).tolist(), 1.06)
            quotes.append(BookQuote(book, dict(zip(WAYS, prices, strict=True)), float(rng.uniform(0, 300))))
        return quotes

    markets = [market() for _ in range(200)]

    def unseen() -> None:
        reading.cache_clear()
        for quotes in markets:
            consensus(WAYS, quotes)

    return {
        "consensus of 20 books, prices new": best(unseen, 200),
        "consensus of 20 books, prices seen before": best(lambda: [consensus(WAYS, q) for q in markets], 200),
    }


def arbitrage() -> dict[str, float]:
    rng = np.random.default_rng(3)
    prices = three_way(2000).round(2).tolist()
    events = [
        (f"book{rng.integers(20)}", dict(zip(WAYS, row, strict=True)), at * 1000)
        for at, row in enumerate(prices)
    ]
    config = ArbitrageConfig(max_age_s=600.0, commissions={"book3": 0.02})

    def run() -> None:
        watch = Watch()
        for book, shown, at_ms in events:
            take(watch, book, shown, at_ms, at_ms, config)
            find(watch, WAYS, config)

    return {"arbitrage: a quote among 20 books": best(run, len(events))}


def measure() -> dict[str, float]:
    fitted = compile_measure("soccer", QUOTED)
    assert fitted is not None
    board = football_board()
    repeat = range(500)
    return {
        f"reprice {len(board)} selections": best(
            lambda: [board.probabilities(fitted.p) for _ in repeat], 500
        ),
        f"refit to {len(QUOTED)} markets": best(
            lambda: [compile_measure("soccer", QUOTED) for _ in repeat], 500
        ),
        "carry on in play": best(lambda: [in_play(fitted, 1, 0, 2700.0) for _ in repeat], 500),
    }


def main() -> None:
    found = de_vig("--penaltyblog" in sys.argv) | pooling() | arbitrage() | measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    for name, microseconds in found.items():
        print(f"{name:<45} {microseconds:>9.2f} us")


if __name__ == "__main__":
    main()
