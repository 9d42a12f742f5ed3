"""Stage compile finds out which book copies another, and says so with every price."""

import pytest

from agents.compile import Compile
from schemas import FairPrice
from streams.topics import FAIR
from tests.unit.agents.pipeline import START_MS, Pipeline

DELAY_MS = 90_000
PRICES = [{"home": 2.0 + n / 50, "draw": 3.4, "away": round(4.2 - n / 25, 2)} for n in range(8)]


def copied(pipeline, *, changes=6, restart=False):
    """Five books that move on their own, and one that shows what the first showed a minute and a half ago."""
    pipeline.open_market()
    pipeline.run()
    for n in range(1, changes + 1):
        at_ms = START_MS + n * 300_000
        pipeline.quote("leader", PRICES[n], at_ms=at_ms)
        for other in range(4):
            own = {way: round(price * (1 + (other - 1.5) / 100), 3) for way, price in PRICES[n].items()}
            pipeline.quote(f"book{other}", own, at_ms=at_ms + 1_000 * (other + 1))
        pipeline.quote("echo", PRICES[n], at_ms=at_ms + DELAY_MS)
        if restart:
            pipeline.run()
            for state in pipeline.replay.states():
                state.roll_back()
    pipeline.run()
    return pipeline.read(FAIR, FairPrice)


@pytest.mark.parametrize("restart", [False, True])
def test_a_delayed_copier_is_named_with_whom_it_copies_and_stops_counting(restart):
    last = copied(Pipeline([Compile(["north"])]), restart=restart)[-1]
    echo = next(share for share in last.books if share.book == "echo")
    assert (echo.rejected, echo.copy_of, echo.weight) == ("copy", "leader", 0.0)
    assert [share.book for share in last.books if share.copy_of] == ["echo"]


def test_a_few_equal_changes_are_chance():
    last = copied(Pipeline([Compile(["north"])]), changes=3)[-1]
    assert not [share for share in last.books if share.copy_of]


def test_a_copier_that_goes_its_own_way_counts_again():
    pipeline = Pipeline([Compile(["north"])])
    copied(pipeline)
    pipeline.quote("echo", {"home": 2.13, "draw": 3.45, "away": 3.9}, at_ms=START_MS + 2_000_000)
    pipeline.run()
    last = pipeline.read(FAIR, FairPrice)[-1]
    assert next(share for share in last.books if share.book == "echo").rejected is None
