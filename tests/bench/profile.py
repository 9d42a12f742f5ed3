"""What the profile stage costs: microseconds per mark by the number of bettors, and their state in RocksDB.

    python -m tests.bench.profile [--bettors N ...] [--json]

The stage as a whole (bytes in, changes and messages out) and the update of a score alone; then, for each
number of bettors, their dossiers of about ten bets each, half of them open, in one partition's store, and the
cost of a mark with them there, in the time of the thread that works: RocksDB tidies up in others. No dossier
is in memory before its first mark, and 20,000 are kept there.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from agents.profile import DOSSIER, Profile, placed, take
from domain.sharps import Dossier, features, observe, posterior, update
from ml.sharps.live import shipped
from schemas import BetContext, Mark
from streams.records import Chunk, PlainRecord
from streams.seam.rocks import RocksShelf
from streams.stage import Outbox
from streams.state import DictStore, State
from streams.topics import MARKS

START_MS = 1_750_000_000_000
CHUNK = 100
BATCH = 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile")
    parser.add_argument("--bettors", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found: dict[str, object] = {
        "update_us": update_us(),
        "stage_us": stage_us(State(DictStore()), bettors=2_000),
        "on_rocksdb": [on_rocksdb(bettors) for bettors in wanted.bettors],
    }
    sys.stdout.write((json.dumps(found) if wanted.json else "\n".join(map(str, found.items()))) + "\n")


def on_rocksdb(bettors: int) -> dict[str, float]:
    """Return what a mark costs where so many bettors are known, and what they take on disk."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = RocksShelf(Path(folder) / "state")
        fill_s = fill(shelf, bettors)
        mark_us = stage_us(State(shelf, max_live=20_000), bettors, shelf)
        shelf.close()
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    return {"bettors": bettors, "mark_us": mark_us, "state_bytes": size, "fill_s": fill_s}


def mark(rng: Random, n: int, bettor: str) -> Mark:
    """Return a mark of a bet at 10 s, 60 s, 300 s or the close."""
    at_ms = START_MS + n * 1_000
    return Mark(
        operator="north",
        bettor=bettor,
        bet_id=f"bet-{n}",
        event_id=f"event-{rng.randrange(500)}",
        market="1x2",
        outcome="home",
        horizon=rng.choice(("10s", "60s", "300s", "close")),
        price=2.0,
        probability=0.48,
        clv=rng.gauss(-0.04, 0.06),
        fair_sequence=1,
        stake=rng.choice((500, 1_000, 2_500, 3_170)),
        event_time_ms=at_ms + 10_000,
        placed_at_ms=at_ms,
        best_price=2.04,
        moved=rng.gauss(0.0, 0.01),
        limit_share=0.02,
        context=BetContext(promotion=False, account_days=40.0, device=f"d-{n % 3}", ip=f"ip-{n % 5}"),
        moved_after_ms=rng.choice((None, 4_000, 90_000)),
        usual_gap_ms=60_000,
        obscure=rng.random() < 0.2,
    )


def update_us(marks: int = 20_000) -> float:
    """Return what a mark costs the score alone: sums, evidence, posterior, and its share of a prediction."""
    rng = Random(1)
    each = [mark(rng, n, f"b{rng.randrange(500)}") for n in range(marks)]
    dossiers: dict[str, Dossier] = {}
    model = shipped()
    began = time.thread_time()
    for start in range(0, marks, CHUNK):
        rows = []
        for one in each[start : start + CHUNK]:
            dossier = dossiers.setdefault(one.bettor, Dossier())
            take(dossier.behaviour, one)
            update(dossier.evidence, one.bet_id, one.event_id, one.horizon, one.clv, one.event_time_ms)
            posterior(dossier.evidence)
            rows.append(features(dossier.behaviour, dossier.evidence))
        model.sharp_scores(model.probabilities(rows))
    return round((time.thread_time() - began) / marks * 1e6, 1)


def stage_us(state: State, bettors: int, shelf: RocksShelf | None = None, marks: int = 20_000) -> float:
    """Return what a mark costs the stage."""
    rng = Random(2)
    stage = Profile(shipped)
    records = [
        PlainRecord(
            MARKS.name,
            0,
            n,
            START_MS,
            b"k",
            mark(rng, n, f"b{rng.randrange(bettors)}").model_dump_json().encode(),
            (),
        )
        for n in range(marks)
    ]
    began = time.thread_time()
    for start in range(0, marks, CHUNK):
        out = Outbox(1)
        stage.process(Chunk(MARKS.name, 0, records[start : start + CHUNK]), state, out)
        changes = state.take_changes()
        if shelf is not None:
            shelf.write(changes)
    return round((time.thread_time() - began) / marks * 1e6, 1)


def fill(shelf: RocksShelf, bettors: int) -> float:
    """Store dossiers of about ten bets each, half of them open; return the seconds that it took."""
    rng = Random(3)
    values = []
    for _ in range(500):
        dossier = Dossier()
        for n in range(max(1, round(rng.gauss(10, 4)))):
            one = mark(rng, n, "b").model_copy(update={"horizon": rng.choice(("close", "300s"))})
            observe(dossier.behaviour, placed(one))
            take(dossier.behaviour, one)
            update(dossier.evidence, f"1a2b3c-{n}", one.event_id, one.horizon, one.clv, one.event_time_ms)
        values.append(DOSSIER.dump(dossier))
    began = time.monotonic()
    for start in range(0, bettors, BATCH):
        shelf.write(
            [
                (DOSSIER.key(f"north|b{n}"), values[rng.randrange(len(values))])
                for n in range(start, min(start + BATCH, bettors))
            ]
        )
    return round(time.monotonic() - began, 1)


if __name__ == "__main__":
    main()
