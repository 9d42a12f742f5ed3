"""Stage assess: standing, velocity, and bet ids that may not change their content."""

import pytest

from agents.assess import Assess
from domain.sharps.policy import POLICY
from schemas import AssessedBet, BettorRisk
from streams.topics import ASSESSED, BETS, BETTORS
from tests.unit.agents.pipeline import START_MS, Pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline([Assess()])


def assessed(pipeline: Pipeline) -> list[AssessedBet]:
    return pipeline.read(ASSESSED, AssessedBet)


def test_a_bet_goes_to_its_event_with_its_bettors_standing(pipeline):
    pipeline.bet()
    pipeline.run()
    (bet,) = assessed(pipeline)
    assert bet.standing.factor == 1.0
    assert bet.standing.bets_last_minute == 1
    assert bet.bet.bet_id == "b1"


def test_velocity_counts_the_last_minute_of_event_time(pipeline):
    for n in range(3):
        pipeline.bet(f"b{n}", at_ms=START_MS + 20_000 * n)
    pipeline.bet("later", at_ms=START_MS + 75_000)
    pipeline.run()
    assert [bet.standing.bets_last_minute for bet in assessed(pipeline)] == [1, 2, 3, 3]


def test_the_same_bet_again_is_passed_on_and_not_counted_twice(pipeline):
    pipeline.bet()
    pipeline.bet(at_ms=START_MS + 61_000)  # a retry carries a later time
    pipeline.run()
    assert [bet.standing.bets_last_minute for bet in assessed(pipeline)] == [1, 1]
    assert pipeline.reasons(BETS) == []


def test_a_known_bet_id_with_other_content_is_refused_as_duplicate(pipeline):
    pipeline.bet(stake=1_000)
    pipeline.bet(stake=2_000, at_ms=START_MS + 61_000)
    pipeline.run()
    assert len(assessed(pipeline)) == 1
    assert pipeline.reasons(BETS) == ["duplicate_bet_id"]


def test_two_bettors_may_use_the_same_bet_id(pipeline):
    pipeline.bet(bettor="ann")
    pipeline.bet(bettor="bob")
    pipeline.run()
    assert {bet.bet.bettor for bet in assessed(pipeline)} == {"ann", "bob"}


def test_the_profiles_factor_is_used_and_an_operators_factor_wins_until_lifted(pipeline):
    risk = BettorRisk(
        operator="north",
        bettor="ann",
        version=3,
        bets=10,
        marks=10,
        clv_mean=0.05,
        posterior_mean=0.04,
        posterior_sd=0.01,
        log_e_value=5.0,
        flagged=True,
        factor=0.1,
        reasons=[],
        event_time_ms=START_MS,
    )
    pipeline.put(BETTORS, "north|ann", risk, at_ms=START_MS)
    pipeline.bet("b1", at_ms=START_MS + 10_000)
    pipeline.command("factor", bettor="ann", stake_factor=0.0, at_ms=START_MS + 20_000)
    pipeline.bet("b2", at_ms=START_MS + 30_000)
    pipeline.command("factor", bettor="ann", at_ms=START_MS + 40_000)
    pipeline.bet("b3", at_ms=START_MS + 50_000)
    pipeline.run()
    assert [bet.standing.factor for bet in assessed(pipeline)] == [0.1, 0.0, 0.1]
    assert [bet.standing.clv for bet in assessed(pipeline)] == [0.04, None, 0.04]
    assert assessed(pipeline)[0].standing.risk_version == 3


def test_a_bettor_of_whom_nothing_is_known_has_the_populations_closing_line_value(pipeline):
    pipeline.bet()
    pipeline.run()
    assert assessed(pipeline)[0].standing.clv == POLICY.prior_mean


def test_an_unreadable_bet_is_a_dead_letter_and_the_next_one_goes_on(pipeline):
    pipeline.put_raw(BETS, "north|ann", b'{"stake": "much"}', at_ms=START_MS)
    pipeline.bet()
    pipeline.run()
    assert len(assessed(pipeline)) == 1
    assert pipeline.reasons(BETS)[0].startswith("schema: ")


def test_bets_on_the_same_selections_are_counted_whatever_their_prices_and_stakes(pipeline):
    pipeline.bet("b1", stake=100, price=1.5)
    pipeline.bet("b2", stake=200, price=1.6)
    pipeline.bet("b3", outcome="away")
    pipeline.bet("b4", at_ms=START_MS + 125_000)
    pipeline.run()
    assert [bet.standing.same_last_minute for bet in assessed(pipeline)] == [1, 2, 1, 1]
