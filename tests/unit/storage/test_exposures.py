from schemas import Exposure, MarketExposure
from storage.exposures import Recomputed, differences
from tests.unit.storage.messages import golden


def book(bets: int = 2, **changes: int) -> Exposure:
    payouts = {"home": 500, "draw": 0, "away": 900} | changes
    return golden(
        Exposure, event_id="e", bets=bets, markets={"1x2": MarketExposure(stakes=600, payouts=payouts)}
    )


RECOMPUTED = {"e": Recomputed(2, {"1x2": MarketExposure(stakes=600, payouts={"home": 500, "away": 900})})}


def test_an_outcome_that_pays_nothing_is_like_one_that_is_not_named():
    assert differences([book()], RECOMPUTED) == []


def test_one_minor_unit_is_a_difference():
    assert differences([book(home=501)], RECOMPUTED) == ["e: 1x2 home: pays 501, but 500 recomputed"]


def test_a_bet_too_many_is_a_difference():
    assert differences([book(bets=3)], RECOMPUTED) == ["e: 3 bets, but 2 recomputed"]


def test_a_book_without_decisions_is_a_difference():
    assert len(differences([book()], {})) == 4


def test_decisions_without_a_book_are_a_difference():
    assert len(differences([], RECOMPUTED)) == 4


def test_an_empty_book_agrees_with_no_decisions():
    empty = golden(Exposure, event_id="e", bets=0, markets={})
    assert differences([empty], {}) == []
