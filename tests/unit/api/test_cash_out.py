"""Cash-out quotes: what is asked of whom, and what is answered."""

from dataclasses import dataclass, replace

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from overround.cash_outs import CashOuts
from schemas import Decision, OfferedPrice, OperatorProfile, Settlement
from tests.unit.storage.messages import golden

URL = "/v1/bets/n-77122/cashout?bettor=b-1041"


@dataclass
class Profiles:
    """Settings without a database."""

    async def profile(self, operator: str, version: int) -> OperatorProfile | None:
        return OperatorProfile(operator=operator, version=version, cash_out_margin=0.1)


def offer(market: str, prices: dict[str, float], **changes) -> OfferedPrice:
    return golden(OfferedPrice, market=market, prices=prices, suspended=None, **changes)


@pytest.fixture
def ask(deps, bearer):
    def asked(decision, offers, settlement=None, query=""):
        memory = deps.records
        memory.decided, memory.settled = decision, settlement
        memory.found_prices = {f"{each.event_id}|{each.market}": each for each in offers}
        with TestClient(create_app(replace(deps, cash_outs=CashOuts(Profiles())))) as client:
            return client.get(URL + query, headers=bearer())

    return asked


@pytest.fixture
def single():
    return golden(Decision, "accepted", event_id="e", market="ou:2.5", outcome="over", stake=1_000, price=2.5)


def test_a_bet_that_has_become_likelier_is_bought_back_above_its_stake(ask, single):
    answer = ask(single, [offer("ou:2.5", {"over": 1.9, "under": 1.9}, event_id="e")])
    assert answer.status_code == 200
    found = answer.json()
    assert found["offered"] == 1_125  # 1,000 x 2.5 x 0.5, less a tenth
    assert found["fair_value"] == pytest.approx(1_250)
    assert (found["reason"], found["stake"]) == (None, 1_000)
    assert found["stood_on"][0]["market"] == "ou:2.5"


def test_a_part_is_bought_back_for_its_part(ask, single):
    answer = ask(single, [offer("ou:2.5", {"over": 1.9, "under": 1.9}, event_id="e")], query="&percent=40")
    assert (answer.json()["offered"], answer.json()["stake"]) == (450, 400)


@pytest.mark.parametrize("percent", ["0", "101", "-1", "x", "1.0"])
def test_a_percentage_that_is_none_is_refused(ask, single, percent):
    assert ask(single, [], query=f"&percent={percent}").status_code == 422


def test_no_offer_is_made_while_the_market_is_suspended_or_after_the_bet_is_settled(ask, single):
    closed = golden(
        OfferedPrice, event_id="e", market="ou:2.5", prices={"over": 1.9, "under": 1.9}, suspended="operator"
    )
    assert ask(single, [closed]).json()["reason"] == "no_price"
    assert ask(single, []).json()["reason"] == "no_price"
    settled = golden(Settlement, status="settled")
    assert ask(single, [], settled).json()["reason"] == "settled"


def test_a_bet_that_was_not_accepted_is_not_bought_back(ask, single):
    refused = single.model_copy(update={"decision": "rejected"})
    assert ask(refused, []).json()["reason"] == "not_accepted"


def test_a_bet_that_nobody_knows_is_not_found(ask):
    assert ask(None, []).status_code == 404


def test_an_accumulator_is_worth_its_won_leg_times_what_is_open(ask):
    decision = golden(Decision, "combined")
    part = golden(Settlement)
    graded = [part.legs[0].model_copy(update={"price": decision.legs[0].price}), part.legs[1]]
    open_leg = decision.legs[1]
    price = offer(open_leg.market, {"over": 1.9, "under": 1.9}, event_id=open_leg.event_id)
    answer = ask(decision, [price], part.model_copy(update={"legs": graded}))
    # half of the first leg won at 1.9 less 15% of its winnings; the second is worth 1.9 x 0.5
    assert answer.json()["fair_value"] == pytest.approx(1_000 * 0.5 * (1 + 0.9 * 0.85) * 1.9 * 0.5)
