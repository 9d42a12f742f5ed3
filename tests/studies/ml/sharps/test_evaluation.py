"""What a file of bets says of its bettors."""

from dataclasses import replace

import pytest

from ml.sharps.bets import PlacedBet
from ml.sharps.evaluation import UNKNOWN, evaluate
from ml.sharps.model import shipped
from ml.sharps.report import report
from ml.sharps.results import results
from ml.sharps.study import study


@pytest.fixture(scope="module")
def found(placed):
    return evaluate(placed, shipped())


def of(found, people, label):
    return [score for score in found.scores if people.bettors[score.bettor].kind.name == label]


def test_full_sharps_are_flagged_and_squares_are_not(found, people):
    assert sum(score.flagged_at is not None for score in of(found, people, "square")) == 0
    sharps = of(found, people, "value_100")
    assert sum(score.flagged_at is not None for score in sharps) > 0.7 * len(sharps)
    assert all(5 < score.flagged_at <= score.bets for score in sharps if score.flagged_at)


def test_rings_are_found_with_all_their_members(found, people):
    truth = {}
    for name, bettor in people.bettors.items():
        if bettor.ring:
            truth.setdefault(bettor.ring, set()).add(name)
    assert sorted(map(sorted, truth.values())) == sorted(list(ring.members) for ring in found.rings)


def test_flags_of_the_first_half_hold_in_the_second(found):
    flagged, rest = found.split_half["flagged"], found.split_half["rest"]
    assert flagged.clv > 0 > rest.clv
    assert flagged.clv_interval[0] > rest.clv_interval[1]
    assert flagged.n + rest.n == len(found.scores)


def test_the_result_alone_flags_hardly_anybody(placed, people):
    blind = [replace(bet, close_probability=None, event=f"{bet.event}{i}") for i, bet in enumerate(placed)]
    found = evaluate(blind, shipped())
    assert found.source == "result"
    assert sum(score.flagged_at is not None for score in of(found, people, "square")) <= 1


def test_a_file_of_one_bet_is_answered():
    found = evaluate([PlacedBet("a", "e", "m", "s", 2.0, 1.0, 0, close_probability=0.5)], shipped())
    (score,) = found.scores
    assert (score.bets, score.kind, score.sharp, score.flagged_at) == (1, UNKNOWN, None, None)
    assert found.split_half["flagged"].n == found.split_half["rest"].n == 0


def test_the_printed_object_has_the_agreed_keys(found):
    printed = results(found, {})
    assert {
        "bettor",
        "bets",
        "clv_mean",
        "posterior_mean",
        "posterior_sd",
        "log_e_value",
        "flagged_at",
        "class",
    } <= set(printed["bettors"][0])
    assert {"n", "clv", "roi"} <= set(printed["split_half"]["flagged"]) & set(printed["split_half"]["rest"])
    assert printed["mark"] == "close_probability"


def test_the_study_runs_on_a_small_world_and_its_report_has_every_part(recorded):
    text = report(study(recorded[:600], seed=1, share=0.02), None, "test")
    for heading in ("AUC against", "Bets until", "False alarms", "Classes", "Rings", "does not show"):
        assert heading in text
    assert "nan" not in text
