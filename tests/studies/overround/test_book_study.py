"""``overround evaluate book`` and the study behind it."""

import json
import subprocess
import sys

import pytest

from overround.book_study.bettors import play_file, play_population
from overround.book_study.outcome import outcome_of
from overround.book_study.settings import usual, variant
from overround.commands.evaluate_book import recorded_messages
from overround.demo.insight import Insight, closes
from schemas import Quote

LIMIT = 600


@pytest.fixture(scope="module")
def messages():
    return recorded_messages(None, "the-odds-api", LIMIT)


@pytest.fixture(scope="module")
def quoted(messages):
    """An event and its favourite's price."""
    quote = next(m for m in messages if isinstance(m, Quote) and m.market == "1x2")
    return quote.event_id, min(quote.prices, key=quote.prices.get)


@pytest.fixture
def bets_file(tmp_path, messages, quoted):
    event, favourite = quoted
    last = messages[-1].event_time_ms
    rows = [
        f"ann,{event},1x2,{favourite},1.05,1000,{last},1",
        f"bob,{event},1x2,{favourite},1.05,9000000,{last},1",
        f"eve,{event},1x2,{favourite},900.0,1000,{last},0",
        f"joe,nowhere,1x2,home,2.0,1000,{last},0",
    ]
    path = tmp_path / "bets.csv"
    path.write_text("\n".join(["bettor,event,market,selection,price,stake,placed_at,won", *rows]) + "\n")
    return path


def test_a_file_of_bets_is_decided_four_ways_and_told_as_one_object(bets_file):
    code = "import sys; sys.argv[0] = 'overround'; from overround.cli import main; main()"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            "evaluate",
            "book",
            "--bets",
            bets_file,
            "--limit",
            str(LIMIT),
            "--json",
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["bets"] == 4
    assert found["variants"].keys() == {"plain", "skew", "dynamic", "both"}
    for one in found["variants"].values():
        assert one["decisions"] == {"accepted": 1, "alternative": 1, "rejected": 2}
        assert one["reasons"] == {"max_stake": 1, "price_moved": 1, "unknown_event": 1}
        assert (one["handle"], one["worst_case"]) == (1_000, 50)
        assert one["settled_hold"] == pytest.approx(-0.05)
        assert one["margin"]["realised"] >= one["margin"]["target"] > 1.04


def test_bettors_who_see_the_prices_bet_on_them_and_the_figures_add_up(messages):
    known = closes(messages)
    play = play_population(messages, variant(usual(), "both"), Insight(known), bets=60)
    found = outcome_of(play, known)
    assert found.decisions["accepted"] > 10
    assert found.handle == sum(d.stake for d in play.decisions if d.decision == "accepted")
    assert found.worst_case >= found.tail.value_at_risk[0.99].value - 1
    assert found.worst[-1][1] == sum(exposure.worst_case for exposure in play.exposures.values())
    assert -1 < found.hold < 1
    assert 0 < len(found.hedges) <= 3
    for one in found.hedges.values():
        assert one.after <= one.before
        assert all(0 < leg.stake <= leg.venue.most for leg in one.legs)


def test_the_same_bets_on_the_same_recording_come_out_the_same(messages, quoted):
    from ml.sharps.bets import PlacedBet

    event, favourite = quoted
    last = messages[-1].event_time_ms
    placed = [PlacedBet("ann", event, "1x2", favourite, 1.05, 1_000 + n, last + n) for n in range(5)]
    first, second = (play_file(messages, usual(), placed)[0].decisions for _ in range(2))
    assert first == second
    assert len(first) == 5


def test_without_settings_of_their_own_variants_take_the_usual_ones():
    own = usual().model_copy(update={"skew": 3e-6})
    assert variant(own, "both").skew == 3e-6
    assert variant(own, "plain").skew == 0.0
    assert variant(own, "dynamic").margin("1x2").dynamic.distrust > 0
    assert variant(own, "skew").margin("1x2").dynamic.distrust == 0
