import asyncio

import pytest

from api.waiting import ConflictError, FullError, Refused, WaitingBets, answers
from schemas import Bet, Decision, Leg, StakeFactor, StoodOn


def bet(bet_id: str = "1", stake: int = 100, **changes) -> Bet:
    leg = Leg(event_id="e", market="1x2", outcome="home", price=2.0)
    fields = {"operator": "north", "bettor": "bob", "bet_id": bet_id, "legs": [leg], "stake": stake}
    return Bet(**{**fields, "event_time_ms": 5, **changes})


def decision(on: Bet, **changes) -> Decision:
    leg = on.legs[0]
    fields = {
        **on.model_dump(include={"operator", "bettor", "bet_id", "event_time_ms"}),
        **leg.model_dump(include={"event_id", "market", "outcome"}),
        "decision": "accepted",
        "reasons": [],
        "stake": on.stake,
        "price": leg.price,
        "payout": 200,
        "requested_stake": on.stake,
        "requested_price": leg.price,
        "received_at_ms": 5,
        "standing": StakeFactor(factor=1, bets_last_minute=1),
        "rules": [],
        "stood_on": StoodOn(price=2.0, price_sequence=1, exposure_version=0, settings_version=1),
    }
    return Decision(**{**fields, **changes})


@pytest.fixture
def waiting() -> WaitingBets:
    return WaitingBets(capacity=3, remembered=4)


async def test_all_who_wait_for_one_bet_get_its_decision(waiting):
    one = bet()
    with waiting.wait(one) as first, waiting.wait(bet(event_time_ms=9)) as second:
        waiting.decide(decision(bet("2")).model_dump_json().encode())
        assert not first.done()
        waiting.decide(decision(one).model_dump_json().encode())
        assert await first == await second == decision(one)
        waiting.decide(decision(one).model_dump_json().encode())  # written again after a crash
    assert waiting.waiters == 0


async def test_the_same_id_of_another_bettor_or_operator_is_another_bet(waiting):
    with waiting.wait(bet()) as outcome:
        waiting.decide(decision(bet(bettor="eve")).model_dump_json().encode())
        waiting.decide(decision(bet(operator="south")).model_dump_json().encode())
        assert not outcome.done()


async def test_a_decision_on_another_bet_under_the_same_id_is_not_this_ones(waiting):
    with waiting.wait(bet(stake=7)) as outcome:
        waiting.decide(decision(bet()).model_dump_json().encode())
        assert not outcome.done()
        waiting.refuse(bet(), "duplicate_bet_id")
        assert not outcome.done()
        waiting.refuse(bet(stake=7, event_time_ms=9), "duplicate_bet_id: seen")
        assert await outcome == Refused("duplicate_bet_id: seen")
        assert outcome.result().duplicate


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "f"},
        {"market": "ou:1"},
        {"outcome": "away"},
        {"requested_stake": 1},
        {"requested_price": 9.0},
    ],
)
def test_what_a_decision_says_of_its_bet_is_compared(change):
    assert answers(decision(bet()), bet())
    assert not answers(decision(bet(), **change), bet())


async def test_no_more_may_wait_than_there_is_room_for(waiting):
    with (
        waiting.wait(bet("1")),
        waiting.wait(bet("2")),
        waiting.wait(bet("2")),
        pytest.raises(FullError),
        waiting.wait(bet("3")),
    ):
        pass
    with waiting.wait(bet("3")):
        assert waiting.waiters == 1


async def test_a_bet_that_nobody_waits_for_any_more_is_not_kept(waiting):
    with pytest.raises(TimeoutError), waiting.wait(bet()) as outcome:
        await asyncio.wait_for(asyncio.shield(outcome), 0.001)
    assert waiting._waiting == {}
    waiting.decide(decision(bet()).model_dump_json().encode())
    assert waiting.decided_before(bet()) == decision(bet())


def test_a_known_id_with_other_content_is_a_conflict(waiting):
    waiting.place(bet())
    assert waiting.decided_before(bet(event_time_ms=9)) is None
    with pytest.raises(ConflictError):
        waiting.decided_before(bet(stake=1))
    waiting.forget(bet())
    assert waiting.decided_before(bet(stake=1)) is None
    waiting.decide(decision(bet()).model_dump_json().encode())
    with pytest.raises(ConflictError):
        waiting.decided_before(bet(stake=1))


def test_a_bet_that_was_refused_as_a_duplicate_does_not_stand_for_its_id(waiting):
    waiting.place(bet(stake=1))
    waiting.refuse(bet(stake=1), "duplicate_bet_id")
    waiting.decide(decision(bet()).model_dump_json().encode())
    assert waiting.decided_before(bet()) == decision(bet())


def test_only_the_latest_are_remembered(waiting):
    for i in range(6):
        waiting.place(bet(str(i)))
        waiting.decide(decision(bet(str(i))).model_dump_json().encode())
    known = [i for i in range(6) if waiting.decision(("north", "bob", str(i))) is not None]
    assert known == [2, 3, 4, 5]
    assert [i for i in range(6) if waiting.placed(("north", "bob", str(i)))] == [2, 3, 4, 5]
