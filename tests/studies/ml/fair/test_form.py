import json
from dataclasses import replace
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.fair.form import Form, line_move, team_key
from ml.fair.match import Closed
from ml.fair.teams import CompetitionForm, TeamForm

EVEN = (0.4, 0.25, 0.35)
MOVED = (0.46, 0.24, 0.30)
MATCH = Closed("E0", "Leeds", "Derby", 1_000_000, 8_000_000, EVEN, MOVED, 3, 0)


def after(*matches):
    form = Form()
    for match in matches:
        form.apply(match)
    return form


def test_a_win_takes_from_the_loser_what_it_gives_the_winner():
    form = after(MATCH)
    leeds, derby = form.team("E0", "Leeds"), form.team("E0", "Derby")
    assert leeds.elo > 1500.0
    assert leeds.elo + derby.elo == pytest.approx(3000.0)
    assert leeds.rating == -derby.rating


def test_a_win_by_two_goals_counts_half_as_much_again():
    by_one = after(replace(MATCH, home_score=1)).team("E0", "Leeds").elo - 1500.0
    assert after(MATCH).team("E0", "Leeds").elo - 1500.0 == pytest.approx(1.5 * by_one)


def test_a_line_move_is_towards_one_side_and_away_from_the_other():
    side, draw = line_move(EVEN, MOVED)
    assert side == pytest.approx(log(0.46 / 0.30) - log(0.4 / 0.35))
    form = after(MATCH)
    leeds, derby, place = form.team("E0", "Leeds"), form.team("E0", "Derby"), form.competition("E0")
    assert leeds.move_last == -derby.move_last == pytest.approx(side)
    assert leeds.move_fast == pytest.approx(0.3 * side)
    assert leeds.move_draw == derby.move_draw == pytest.approx(0.1 * draw)
    assert (place.move_home.count, place.move_home.value) == (1, pytest.approx(0.02 * side, rel=1e-6))


def test_the_residual_is_what_the_close_did_not_expect():
    leeds = after(MATCH).team("E0", "Leeds")
    assert leeds.residual_last == pytest.approx(1.0 - (0.46 + 0.12))
    draw = after(replace(MATCH, home_score=1, away_score=1)).team("E0", "Leeds")
    assert draw.residual_last == pytest.approx(0.5 - (0.46 + 0.12))


def test_without_prices_only_the_result_counts():
    form = after(replace(MATCH, opening=None, closing=None))
    leeds = form.team("E0", "Leeds")
    assert leeds.elo > 1500.0
    assert (leeds.moves, leeds.residual_last, leeds.rating, leeds.seen) == (0, 0.0, 0.0, 1)
    assert form.competition("E0") == CompetitionForm()
    opening_only = after(replace(MATCH, closing=None)).team("E0", "Leeds")
    assert opening_only.moves == 0
    assert opening_only.residual_last == pytest.approx(1.0 - (0.4 + 0.125))


def test_a_team_never_seen_is_a_newcomer_and_is_not_kept():
    form = Form()
    assert form.team("E0", "Leeds") == TeamForm()
    assert form.competition("E0") == CompetitionForm()
    assert form.teams == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("E0", "E3", True),
        ("E0", "EC", True),
        ("SC0", "SC3", True),
        ("D1", "D2", True),
        ("E0", "D1", False),
        ("SP1", "SC0", False),
        ("ARG", "BRA", False),
        ("World Cup", "World Cup 2", False),
    ],
)
def test_a_team_that_is_relegated_keeps_its_form(one, other, same):
    assert (team_key(one, "Leeds") == team_key(other, "Leeds")) is same


def test_only_the_last_matches_are_remembered_in_the_order_of_their_kick_offs():
    form = after(*(replace(MATCH, starts_at_ms=at) for at in (5, 3, 9, 1, 2, 4, 8, 7, 6, 10)))
    assert form.team("E0", "Leeds").played == [3, 4, 5, 6, 7, 8, 9, 10]


@given(st.permutations(range(6)))
def test_the_order_of_matches_that_end_at_one_instant_changes_no_bit(order):
    together = [
        replace(MATCH, home=f"h{n}", away=f"a{n}", closing=(0.4 + 0.01 * n, 0.27, 0.33 - 0.01 * n))
        for n in range(6)
    ]
    later = replace(MATCH, final_at_ms=MATCH.final_at_ms + 1)
    assert after(*(together[n] for n in order), later) == after(*together, later)


def test_a_group_moves_the_average_as_its_matches_one_by_one_would_if_alike():
    alike = [replace(MATCH, home=f"h{n}", away=f"a{n}") for n in range(3)]
    apart = [replace(match, final_at_ms=MATCH.final_at_ms + n) for n, match in enumerate(alike)]
    one, other = after(*alike).competition("E0"), after(*apart).competition("E0")
    assert one.move_home.value == pytest.approx(other.move_home.value, rel=1e-6)
    assert one.move_home.count == other.move_home.count == 3


scores = st.integers(0, 9)
probabilities = st.tuples(*[st.floats(0.02, 1.0)] * 3).map(lambda p: tuple(x / sum(p) for x in p))
pairs = st.floats(0.05, 0.95).map(lambda p: (p, 1.0 - p))
closeds = st.builds(
    Closed,
    st.sampled_from(["E0", "E1", "X"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["c", "d"]),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.none() | probabilities,
    st.none() | probabilities,
    scores,
    scores,
    st.none() | pairs,
    st.none() | pairs,
)


@given(st.lists(closeds, max_size=30), st.integers(0, 30))
def test_a_form_that_was_stored_halfway_goes_on_to_the_same_bits(matches, cut):
    whole = after(*matches)
    half = after(*matches[:cut])
    again = Form.load(json.loads(json.dumps(half.dump())))
    for match in matches[cut:]:
        again.apply(match)
    assert again == whole
    assert json.dumps(again.dump()) == json.dumps(whole.dump())


def test_goals_move_the_form_of_both_teams_alike():
    totals = replace(MATCH, opening_total=(0.5, 0.5), closing_total=(0.55, 0.45))
    form = after(totals)
    leeds, derby, place = form.team("E0", "Leeds"), form.team("E0", "Derby"), form.competition("E0")
    assert leeds.move_total == derby.move_total == pytest.approx(0.12 * log(0.55 / 0.45))
    assert leeds.total == derby.total == pytest.approx(0.1 * (1.0 - 0.55))
    assert (place.move_total.count, leeds.total_moves) == (1, 1)
    assert after(replace(totals, home_score=2)).team("E0", "Leeds").total == pytest.approx(0.1 * -0.55)
