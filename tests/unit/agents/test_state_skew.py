"""An operator's book over score states, live: a bet on one market moves the event's other prices."""

import pytest

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from agents.derive import Derive
from domain.derivation import DeriveConfig
from schemas import Decision
from streams.topics import DECISIONS
from tests.unit.agents.pipeline import START_MS, Pipeline


class Match(Pipeline):
    """A match with a measure over scores, on which four books quote two markets."""

    def __init__(self, derived, **profile):
        stages = [Assess(), Compile(["north"]), Derive(DeriveConfig({"soccer": derived})), Book(["north"])]
        super().__init__(stages)
        self.open_market()
        self.operator(version=2, at_ms=START_MS + 10, **profile)
        for n in range(4):
            self.quote(f"book{n}", {"over": 1.95, "under": 1.9}, market="ou:2.5", at_ms=START_MS + 1_000 + n)
        self.run()

    def standing(self):
        return {(each.market, name): price for each in self.offers() for name, price in each.prices.items()}

    def bets_home(self, stake=50_000):
        price = self.standing()["1x2", "home"]
        self.bet(price=price, stake=stake, at_ms=START_MS + 30_000)
        self.run()
        assert self.read(DECISIONS, Decision)[-1].decision == "accepted"
        self.heartbeat(START_MS + 32_000)
        self.run()


def test_money_on_home_shortens_home_and_what_wins_with_it_on_other_markets():
    match = Match(["btts", "dc", "scores"], skew=1e-6)
    before = match.standing()
    match.bets_home()
    after = match.standing()
    for shorter in (("1x2", "home"), ("dc", "home_draw")):
        assert after[shorter] < before[shorter]
    assert after["1x2", "away"] > before["1x2", "away"]
    assert after["ou:2.5", "over"] != before["ou:2.5", "over"]
    assert {each.basis.scores_sequence for each in match.offers()[-3:]} == {1}
    match.audited()


def test_without_a_measure_each_market_goes_by_its_own_stakes():
    match = Match(["btts", "dc"], skew=1e-6)
    before = match.standing()
    match.bets_home()
    after = match.standing()
    assert after["1x2", "home"] < before["1x2", "home"]
    assert after["dc", "home_draw"] == before["dc", "home_draw"]
    match.audited()


@pytest.mark.parametrize("derived", [["btts", "scores"]])
def test_an_operator_that_leaves_its_prices_alone_is_not_moved(derived):
    match = Match(derived)
    before = match.standing()
    match.bets_home()
    assert match.standing() == before
    assert match.audited()["offered"] > 0
