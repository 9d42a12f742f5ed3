"""What a bet tells beside its price: the crowd's competitions, the moment, where it came from."""

import math

import pytest

from domain.sharps import (
    Behaviour,
    Dossier,
    Evidence,
    Placed,
    evidence_in_words,
    features,
    has_moved,
    is_obscure,
    just_before,
    note_arbitrage,
    note_timing,
    observe,
    told_now,
    usual_gap_ms,
)
from domain.sharps.behaviour import NAMES, SUMS, arbitrage_bets

CROWD = {"E0": 600, "SP1": 250, "EC": 100, "FIN": 50}


def row(behaviour):
    return dict(zip(NAMES, features(behaviour, Evidence()), strict=True))


def bet(n=0, **more):
    return Placed(f"e{n}", 2.0, 1_000, 60_000 * n, **more)


@pytest.mark.parametrize(
    ("competition", "obscure"), [("E0", False), ("SP1", False), ("EC", True), ("FIN", True), ("new", True)]
)
def test_what_a_fifth_of_the_crowd_is_left_with_is_obscure(competition, obscure):
    assert is_obscure(CROWD, competition) is obscure


def test_few_bets_tell_of_no_crowd():
    assert is_obscure({"E0": 100, "F1": 60, "EC": 30}, "FIN") is None


def test_where_there_is_no_choice_of_competitions_none_is_obscure():
    assert is_obscure({"World Cup": 5_000}, "World Cup") is None


def test_the_usual_time_between_moves_takes_three_of_them():
    assert usual_gap_ms([1_000, 5_000]) is None
    assert usual_gap_ms([1_000, 5_000, 21_000]) == 10_000
    assert usual_gap_ms([1_000, 1_000, 1_000]) is None


def test_a_trifle_is_no_move():
    assert not has_moved({"home": 0.5, "away": 0.5}, {"home": 0.501, "away": 0.499})
    assert has_moved({"home": 0.5, "away": 0.5}, {"home": 0.51, "away": 0.49})
    assert has_moved({"home": 0.5, "away": 0.5}, {"home": 0.5})


@pytest.mark.parametrize(
    ("moved_after", "gap", "waited", "found"),
    [
        (8_000, 40_000, 10_000, True),
        (11_000, 40_000, 60_000, False),
        (None, 40_000, 9_000, None),
        (None, 40_000, 10_000, False),
        (8_000, None, 60_000, None),
    ],
)
def test_just_before_is_a_quarter_of_the_usual_time(moved_after, gap, waited, found):
    assert just_before(moved_after, gap, waited) is found


@pytest.mark.parametrize("gap", [20_000, 200_000, 1_000_000, 8_000_000, None])
@pytest.mark.parametrize("moved_after", [5_000, 50_000, 290_000, 1_900_000, None])
@pytest.mark.parametrize("close", [7_000, 200_000, 3_600_000])
def test_whatever_happens_it_is_told_at_one_mark_at_most_and_then_as_it_is(gap, moved_after, close):
    waits = [wait for wait in (10_000, 60_000, 300_000) if wait < close] + [close]
    told = []
    for wait in waits:
        seen = moved_after if moved_after is not None and moved_after <= wait else None
        told.append(told_now(seen, gap, wait))
    known = [each for each in told if each is not None]
    assert len(known) <= 1
    at_the_end = just_before(moved_after if (moved_after or math.inf) <= close else None, gap, close)
    assert known == ([] if at_the_end is None else [at_the_end])


def test_shares_are_of_the_bets_of_which_they_are_known():
    behaviour = Behaviour()
    for n, obscure in enumerate((True, None, True, False)):
        observe(behaviour, bet(n, obscure=obscure))
    found = row(behaviour)
    assert found["obscure"] == pytest.approx(2 / 3)
    assert math.isnan(found["device_changes"])
    assert math.isnan(found["just_before"])


def test_a_change_of_device_or_address_is_held_against_the_last_that_is_known():
    behaviour = Behaviour()
    for n, (device, address) in enumerate(
        (("d1", "a1"), ("d1", None), ("d2", "a1"), ("d2", "a2"), ("d1", "a2"))
    ):
        observe(behaviour, bet(n, device=device, address=address))
    found = row(behaviour)
    assert found["device_changes"] == pytest.approx(2 / 4)
    assert found["address_changes"] == pytest.approx(1 / 3)


def test_the_moment_of_bets_in_play_is_counted_by_itself():
    behaviour = Behaviour()
    observe(behaviour, bet())
    for just, live in ((True, False), (False, False), (True, True)):
        note_timing(behaviour, just, in_play=live)
    found = row(behaviour)
    assert (found["just_before"], found["just_before_in_play"]) == (0.5, 1.0)


def test_a_bet_counts_once_as_an_arbitrage_however_that_was_seen():
    behaviour = Behaviour()
    for n, margin in enumerate((0.01, -0.02, None, -0.02)):
        observe(behaviour, bet(n, arbitrage=margin))
        if n < 3:
            note_arbitrage(behaviour, margin)
    assert arbitrage_bets(behaviour) == (3, 4)
    assert len(behaviour.sums) == len(SUMS)


def test_what_stands_out_is_said_with_numbers():
    dossier = Dossier()
    for n in range(12):
        observe(dossier.behaviour, bet(n, obscure=n > 2, device=f"d{n}", address="a"))
        note_timing(dossier.behaviour, n > 5, in_play=True)
    said = evidence_in_words(dossier)
    assert "75% of its bets are on competitions that the crowd leaves alone" in said
    assert "50% of its bets in play come just before the price reacts" in said
    assert "changes its device in 100% of its bets, its address in 0%" in said
