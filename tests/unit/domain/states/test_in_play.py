import numpy as np
import pytest

from domain.states import FOOTBALL, Measure, compile_measure
from domain.states.in_play import in_play, remaining_share

BEFORE = compile_measure(
    "soccer",
    {"1x2": {"home": 0.5, "draw": 0.27, "away": 0.23}, "ou:2.5": {"over": 0.52, "under": 0.48}},
)
MINUTE = 60.0


def home_wins(*args, **more):
    return in_play(BEFORE, *args, **more).probability("1x2", "home")


def test_at_the_start_it_is_what_it_was():
    assert in_play(BEFORE, 0, 0, 0.0).p == pytest.approx(BEFORE.p, abs=1e-12)


def test_what_has_been_scored_stays_scored():
    live = in_play(BEFORE, 2, 1, 30 * MINUTE)
    assert live.p.sum() == pytest.approx(1.0)
    assert live.p[(FOOTBALL.home < 2) | (FOOTBALL.away < 1)].sum() == 0.0
    assert live.probability("ou:2.5", "over") == pytest.approx(1.0)


def test_level_and_late_the_draw_grows_and_at_the_end_it_is_nearly_sure():
    draws = [in_play(BEFORE, 1, 1, minute * MINUTE).probability("1x2", "draw") for minute in (10, 45, 80, 94)]
    assert draws == sorted(draws)
    assert draws[-1] > 0.98


def test_a_goal_and_a_red_card_move_the_price_the_right_way():
    level = home_wins(0, 0, 45 * MINUTE)
    assert home_wins(1, 0, 45 * MINUTE) > level > home_wins(0, 1, 45 * MINUTE)
    assert home_wins(0, 0, 45 * MINUTE, away_reds=1) > level > home_wins(0, 0, 45 * MINUTE, home_reds=1)


def test_all_markets_still_agree_in_play():
    live = in_play(BEFORE, 1, 0, 60 * MINUTE)
    assert live.probability("ah:-0.5", "home") == live.probability("1x2", "home")
    assert live.probability("btts", "yes") == pytest.approx(live.probability("ou_away:0.5", "over"))


def test_the_weights_of_the_quotes_are_carried_on():
    plain = compile_measure("soccer", {"1x2": BEFORE.market("1x2"), "ou:2.5": BEFORE.market("ou:2.5")})
    more_draws = {"cs": {"0-0": 2 * plain.probability("cs", "0-0"), "1-0": plain.probability("cs", "1-0")}}
    tilted = compile_measure("soccer", {"1x2": BEFORE.market("1x2"), **more_draws})
    early = [in_play(m, 0, 0, 5 * MINUTE).probability("cs", "0-0") for m in (plain, tilted)]
    assert early[1] > 1.3 * early[0]


def test_the_share_of_goals_to_come_falls_from_one_and_more_than_half_come_after_half_time():
    shares = [remaining_share(minute * MINUTE) for minute in range(95)]
    assert shares[0] == 1.0
    assert (np.diff(shares) < 0).all()
    assert shares[45] == pytest.approx(0.559, abs=0.005)
    assert remaining_share(-5.0) == 1.0
    assert remaining_share(1e5) > 0.0


@pytest.mark.parametrize("score", [(13, 0), (0, 13), (-1, 0)])
def test_a_score_beyond_the_states_is_refused(score):
    with pytest.raises(ValueError, match="beyond"):
        in_play(BEFORE, *score, 0.0)


def test_only_a_football_measure_is_carried_on():
    with pytest.raises(ValueError, match="rates"):
        in_play(Measure(FOOTBALL, BEFORE.p), 0, 0, 0.0)
