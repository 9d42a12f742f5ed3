"""What stands in for a close, and which marks tell something new."""

import pytest

from ml.sharps.bets import PlacedBet
from ml.sharps.marks import LATER_MS, USUAL_OVERROUND, mark


def bet(bettor="a", selection="home", price=2.0, at=0, event="e", **more):
    return PlacedBet(bettor, event, "1x2", selection, price, 10.0, at, **more)


def test_the_close_is_taken_where_most_bets_have_one():
    bets = [bet(close_probability=0.55), bet(close_probability=0.5, at=1), bet(at=2, won=True)]
    source, marked = mark(bets)
    assert source == "close_probability"
    assert [each.clv for each in marked] == pytest.approx([0.1, 0.0])
    assert [each.number for each in marked] == [1, 2]


def test_only_the_first_bet_of_a_bettor_on_an_event_tells_something_new():
    close = {"close_probability": 0.5}
    bets = [
        bet(**close),
        bet(at=1, **close),
        bet("b", at=2, **close),
        bet(at=3, event="f", **close),
        bet(at=9, **close),
    ]
    assert [each.first for each in mark(bets)[1]] == [True, False, True, True, False]


def test_a_later_price_stands_in_with_the_margin_taken_out():
    bets = [
        bet(price=2.1, at=0),
        bet("b", "away", 1.8, at=1),
        bet("c", price=9.9, at=LATER_MS - 1),
        bet("d", price=2.0, at=LATER_MS),
        bet("e", "away", 1.9, at=LATER_MS + 1),
        bet("f", "away", 1.9, at=LATER_MS + 2),
        bet("g", "home", 2.0, at=3 * LATER_MS),
    ]
    source, marked = mark(bets)
    assert source == "later_price"
    first = marked[0]
    overrounds = sorted(
        1 / home + 1 / away
        for home, away in ((2.1, 1.8), (9.9, 1.8), (2.0, 1.8), (2.0, 1.9), (2.0, 1.9), (2.0, 1.9))
    )
    middle = (overrounds[2] + overrounds[3]) / 2
    assert first.clv == pytest.approx(2.1 / 2.0 / middle - 1)


def test_a_market_of_which_a_side_was_never_bet_on_gets_the_usual_overround():
    bets = [bet(price=2.1, at=0), bet("b", price=2.0, at=LATER_MS), bet("c", price=2.0, at=2 * LATER_MS)]
    source, marked = mark(bets)
    assert source == "later_price"
    assert [each.clv for each in marked] == pytest.approx(
        [1.05 / USUAL_OVERROUND - 1, 1 / USUAL_OVERROUND - 1]
    )


def test_a_bet_placed_after_the_earlier_mark_was_known_tells_something_new():
    bets = [bet(at=i * LATER_MS // 2) for i in range(7)]
    _, marked = mark(bets)
    assert [each.first for each in marked] == [True, False, True, False, True]


def test_the_result_stands_in_where_nothing_else_does():
    source, marked = mark([bet(won=True, event="a"), bet(won=False, event="b"), bet(event="c")])
    assert source == "result"
    assert [each.clv for each in marked] == [1.0, -1.0]
