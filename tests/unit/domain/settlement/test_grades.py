"""How legs come out: by score, by finishing position, by the source's own word."""

import pytest

from domain.settlement import LOST, VOID, WON, grade_of, place_grade_of
from domain.settlement.grades import HALF_LOST, HALF_WON
from schemas import Grade, Result


def result(status="final", **said):
    return Result(event_id="e", status=status, event_time_ms=1, **said)


def score(home, away):
    return result(home_score=home, away_score=away)


@pytest.mark.parametrize(
    ("market", "outcome", "home", "away", "grade"),
    [
        ("1x2", "home", 2, 1, WON),
        ("1x2", "draw", 2, 1, LOST),
        ("1x2", "draw", 0, 0, WON),
        ("ou:2.5", "over", 2, 1, WON),
        ("ou:3", "over", 2, 1, VOID),
        ("ou:2.75", "over", 2, 1, HALF_WON),
        ("ou:2.75", "under", 2, 1, HALF_LOST),
        ("ou:3.25", "over", 2, 1, HALF_LOST),
        ("ah:-1", "home", 2, 1, VOID),
        ("ah:-0.75", "home", 2, 1, HALF_WON),
        ("ah:-1.25", "home", 2, 1, HALF_LOST),
        ("ah:-1.25", "away", 2, 1, HALF_WON),
        ("btts", "yes", 2, 1, WON),
        ("btts", "yes", 2, 0, LOST),
        ("dc", "home_draw", 1, 1, WON),
        ("dc", "home_away", 1, 1, LOST),
        ("dnb", "home", 1, 1, VOID),
        ("dnb", "away", 0, 1, WON),
        ("cs", "2-1", 2, 1, WON),
        ("cs", "1-2", 2, 1, LOST),
        ("cs", "14-0", 14, 0, WON),
        ("oe", "odd", 2, 1, WON),
        ("winner", "home", 2, 1, None),
        ("1x2", "nobody", 2, 1, None),
        ("cs", "any", 2, 1, None),
    ],
)
def test_a_score_grades_a_leg(market, outcome, home, away, grade):
    assert grade_of(score(home, away), market, outcome) == grade


@pytest.mark.parametrize("lines", [(line / 4, side) for line in range(-12, 13) for side in ("home", "away")])
def test_a_quarter_line_is_half_a_bet_on_each_line_beside_it(lines):
    line, side = lines
    handicap = line if side == "home" else -line
    parts = [line - 0.25, line + 0.25] if round(line * 4) % 2 else [line, line]
    margin = 1 if side == "home" else -1
    win = refund = 0
    for part in parts:
        beyond = margin + (part if side == "home" else -part)
        win += beyond > 0
        refund += beyond == 0
    found = grade_of(score(2, 1), f"ah:{line:g}", side)
    assert found is not None
    assert (found.win * 2, found.refund * 2) == (win * found.of, refund * found.of), handicap


def test_what_the_source_says_goes_before_the_score():
    said = result(home_score=2, away_score=1, settled={"1x2": {"home": "lost", "draw": "half_won"}})
    assert grade_of(said, "1x2", "home") == LOST
    assert grade_of(said, "1x2", "draw") == HALF_WON
    assert grade_of(said, "1x2", "away") == LOST


def test_nothing_is_graded_before_the_end_but_what_the_source_has_settled():
    live = result("live", home_score=2, away_score=1, settled={"next": {"home": "won"}})
    assert grade_of(live, "1x2", "home") is None
    assert grade_of(live, "next", "home") == WON


def test_a_void_event_voids_all_and_a_rollback_opens_all():
    assert grade_of(result("void"), "1x2", "home") == VOID
    assert place_grade_of(result("void"), "winner", "a", 3) == VOID
    assert grade_of(result("rollback", settled={"1x2": {"home": "won"}}), "1x2", "home") is None


def test_dead_heats_share_the_places_that_are_left():
    tied = result(positions={"winner": {"a": 1, "b": 1, "c": 3, "d": 3, "e": 3}})
    assert grade_of(tied, "winner", "a") == Grade(win=1, refund=0, of=2)
    assert grade_of(tied, "winner", "c") == LOST
    assert place_grade_of(tied, "winner", "b", 3) == WON
    assert place_grade_of(tied, "winner", "c", 3) == Grade(win=1, refund=0, of=3)
    assert place_grade_of(tied, "winner", "c", 4) == Grade(win=2, refund=0, of=3)
    assert place_grade_of(tied, "winner", "nobody", 4) == LOST


def test_rule_4_deducts_from_winnings_only():
    said = result(positions={"winner": {"a": 1, "b": 2}}, deductions={"winner": 25})
    assert grade_of(said, "winner", "a") == Grade(win=1, refund=0, of=1, deduction=25)
    assert grade_of(said, "winner", "b") == LOST
    withdrawn = result(settled={"winner": {"c": "void"}}, positions={"winner": {"a": 1}})
    assert place_grade_of(withdrawn, "winner", "c", 3) == VOID
