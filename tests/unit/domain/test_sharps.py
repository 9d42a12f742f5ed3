"""What is believed of a bettor: one mark per bet, the posterior, the bound on false alarms, the factor."""

from math import exp, log, sqrt
from time import perf_counter_ns

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.sharps import POLICY, Evidence, SharpPolicy, assess, log_e_step, posterior, stake_factor, update
from domain.sharps.evidence import OPEN_MOST
from schemas import BettorRisk

CODEC = TypeAdapter(Evidence)
DAY_MS = 86_400_000
marks = st.floats(-0.9, 0.9)


def closes(values, *, start_ms=0, step_ms=0, policy=POLICY):
    evidence = Evidence()
    for i, value in enumerate(values):
        update(evidence, f"bet{i}", f"event{i}", "close", value, start_ms + i * step_ms, policy)
    return evidence


def test_a_later_mark_of_a_bet_replaces_the_earlier_one():
    stepwise, at_once = Evidence(), Evidence()
    for horizon, value in (("10s", 0.3), ("60s", -0.2), ("300s", 0.1)):
        update(stepwise, "b", "e", horizon, value, 0)
    update(at_once, "b", "e", "300s", 0.1, 0)
    assert stepwise == at_once
    update(stepwise, "b", "e", "close", 0.05, 0)
    only_close = closes([0.05])
    assert stepwise.bets == 1
    assert posterior(stepwise) == posterior(only_close)


def test_an_earlier_horizon_that_comes_late_changes_nothing():
    evidence = Evidence()
    update(evidence, "b", "e", "60s", 0.1, 0)
    update(evidence, "b", "e", "10s", -0.5, 0)
    assert posterior(evidence)[2] == pytest.approx(0.1)


def test_an_open_bet_moves_the_posterior_less_than_its_close_would():
    means = []
    for horizon in ("10s", "60s", "300s", "close"):
        evidence = Evidence()
        update(evidence, "b", "e", horizon, 0.2, 0)
        means.append(posterior(evidence)[0])
    assert POLICY.prior_mean < means[0] < means[1] < means[2] < means[3]


def test_only_closes_enter_the_e_process():
    evidence = Evidence()
    for i in range(50):
        update(evidence, f"b{i}", f"e{i}", "300s", 0.5, 0)
    assert evidence.log_e == 0
    update(evidence, "b0", "e0", "close", 0.1, 0)
    assert evidence.log_e == pytest.approx(log(1 + POLICY.bet_fraction * 0.12))


@pytest.mark.parametrize("opened", [True, False], ids=["marked_before", "close_alone"])
def test_only_the_first_bet_on_an_event_enters_the_e_process(opened):
    evidence = Evidence()
    if opened:
        for i in range(5):
            update(evidence, f"b{i}", "e", "10s", 0.5, 0)
    for i in (0, 1, 2, 3, 4) if not opened else (4, 2, 0, 1, 3):
        update(evidence, f"b{i}", "e", "close", 0.1 if i == 0 else 0.15, 0)
    assert evidence.log_e == pytest.approx(log_e_step(0.1))
    assert evidence.weight == pytest.approx(1 + 4 * POLICY.repeat_weight)


def test_a_bet_in_play_is_final_at_its_last_horizon_and_counts_little():
    evidence = Evidence()
    for horizon in ("10s", "60s", "300s"):
        update(evidence, "b", "e", horizon, 0.5, 0, in_play=True)
    assert not evidence.open
    assert evidence.weight == pytest.approx(POLICY.in_play_weight)
    assert evidence.log_e == pytest.approx(log(1 + POLICY.in_play_fraction * 0.52))
    update(evidence, "b2", "e2", "60s", 0.5, 0, in_play=True)
    assert (len(evidence.open), evidence.bets) == (1, 2)


def test_the_caller_may_say_which_bet_was_the_first_on_its_event():
    evidence = Evidence()
    update(evidence, "b", "e", "close", 0.1, 0, first=False)
    assert evidence.log_e == 0
    update(evidence, "c", "e", "close", 0.1, 0, first=True)
    update(evidence, "d", "e", "close", 0.1, 0, first=True)
    assert evidence.log_e == pytest.approx(2 * log_e_step(0.1))


@given(st.lists(marks, max_size=30))
def test_the_posterior_is_the_closed_form_of_all_marks_at_once(values):
    policy = SharpPolicy(own_variance_after=1e12)
    mean, sd, average = posterior(closes(values, policy=policy), policy)
    precision = 1 / policy.prior_sd**2 + len(values) / policy.mark_sd**2
    expected = (policy.prior_mean / policy.prior_sd**2 + sum(values) / policy.mark_sd**2) / precision
    assert mean == pytest.approx(expected, rel=1e-5, abs=1e-8)
    assert sd == pytest.approx(1 / sqrt(precision), rel=1e-6)
    assert average == pytest.approx(sum(values) / len(values) if values else 0, abs=1e-12)


@given(st.lists(marks, min_size=2, max_size=30))
def test_running_mean_and_squares_equal_those_of_the_list(values):
    evidence = closes(values)
    assert evidence.mean == pytest.approx(np.mean(values), abs=1e-12)
    assert evidence.squares == pytest.approx(np.var(values) * len(values), abs=1e-9)


def test_a_bettor_whose_marks_scatter_more_is_believed_less():
    calm, wild = closes([0.05, 0.07] * 30), closes([-0.54, 0.66] * 30)
    assert calm.mean == pytest.approx(wild.mean)
    assert posterior(wild)[1] > 2 * posterior(calm)[1]
    assert posterior(wild)[0] < posterior(calm)[0]


def test_evidence_ages_by_its_half_life():
    evidence = closes([0.1] * 8)
    later = int(POLICY.half_life_days * DAY_MS)
    update(evidence, "new", "new", "close", 0.1, later)
    assert evidence.weight == pytest.approx(8 / 2 + 1)
    assert evidence.mean == pytest.approx(0.1)


def test_state_stays_small_however_many_bets_are_open():
    evidence = Evidence()
    for i in range(10_000):
        update(evidence, f"b{i}", f"event-{i}", "10s", 0.0, i)
    assert len(evidence.open) == OPEN_MOST
    assert next(reversed(evidence.open)) == "b9999"
    for i in range(10_000):
        update(evidence, f"b{i}", f"event-{i}", "close", 0.0, 10_000)
    assert not evidence.open
    assert evidence.bets == 10_000
    assert len(CODEC.dump_json(evidence)) < 400


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["10s", "60s", "300s", "close"]), marks), max_size=40
    )
)
def test_evidence_read_back_goes_on_as_if_it_had_never_been_stored(steps):
    live, stored = Evidence(), Evidence()
    for i, (bet, horizon, value) in enumerate(steps):
        update(live, f"b{bet}", f"e{bet // 2}", horizon, value, i * DAY_MS)
        update(stored, f"b{bet}", f"e{bet // 2}", horizon, value, i * DAY_MS)
        stored = CODEC.validate_json(CODEC.dump_json(stored))
    assert stored == live
    assert assess(stored) == assess(live)


def test_an_assessment_fits_the_message_and_says_why_in_numbers():
    found = assess(closes([0.05, 0.09] * 30))
    assert found.flagged
    assert found.factor == POLICY.least_factor
    assert "mean CLV +7.0% over 60 bets" in found.reasons[0]
    assert "flagged at bet 14" in found.reasons[2]
    BettorRisk(
        operator="north",
        bettor="b",
        version=1,
        event_time_ms=0,
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
    )


def test_a_bettor_of_whom_nothing_is_known_gets_the_full_limit():
    found = assess(Evidence())
    assert (found.bets, found.clv_mean, found.posterior_mean, found.factor) == (0, 0, POLICY.prior_mean, 1)
    assert not found.flagged


@given(st.floats(-1, 1), st.floats(-1, 1), st.booleans())
def test_the_factor_falls_with_the_bettors_edge_and_stays_within_its_bounds(one, other, flagged):
    low, high = sorted((one, other))
    less, more = stake_factor(high, flagged), stake_factor(low, flagged)
    assert POLICY.least_factor <= less <= more <= (POLICY.flagged_factor if flagged else 1)


def test_a_flag_stays_although_the_e_value_falls():
    evidence = closes([0.1] * 30)
    at = evidence.flagged_at
    for i in range(200):
        update(evidence, f"later{i}", f"later{i}", "close", -0.1, 0)
    assert evidence.log_e < 0
    assert evidence.flagged_at == at


@given(st.floats(-1, 1e6))
def test_the_e_value_never_falls_below_nothing(value):
    assert exp(log_e_step(value)) > 0.04


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1)), min_size=2, max_size=6),
)
def test_a_step_of_the_e_process_is_fair_at_most_under_no_edge(outcomes):
    """For any discrete distribution whose clipped mean is mu0 at most, the expected factor is 1 at most."""
    total = sum(p for _, p in outcomes)
    low, high = POLICY.null_mean - POLICY.clip, POLICY.null_mean + POLICY.clip
    clipped = sum(p / total * min(max(c, low), high) for c, p in outcomes)
    expected = sum(p / total * exp(log_e_step(c)) for c, p in outcomes)
    assert expected == pytest.approx(1 + POLICY.bet_fraction * (clipped - POLICY.null_mean))
    if clipped <= POLICY.null_mean:
        assert expected <= 1 + 1e-9


def test_a_favourite_in_play_that_mostly_gains_a_little_makes_no_edge():
    """Nine gains of 8% and one loss of 92% are -2% on average: cutting the loss off would flag everybody."""
    mean = 0.9 * exp(log_e_step(0.08, in_play=True)) + 0.1 * exp(log_e_step(-0.92, in_play=True))
    assert mean == pytest.approx(1)
    assert 0.9 * exp(log_e_step(0.08)) + 0.1 * exp(log_e_step(-0.92)) > 1.2


@pytest.mark.parametrize(
    ("draw", "alpha"),
    [
        (lambda rng, shape: rng.choice([-0.22, 0.18], shape), 0.05),
        (lambda rng, shape: POLICY.null_mean + rng.uniform(-0.2, 0.2, shape), 0.05),
        (lambda rng, shape: POLICY.null_mean + 0.09 * np.clip(rng.standard_normal(shape), -2, 2), 0.01),
        (lambda rng, shape: rng.choice([-0.04, 0.16], shape, p=[0.9, 0.1]), 0.01),
    ],
    ids=["coin", "uniform", "normal", "skewed"],
)
def test_a_bettor_at_the_very_edge_of_no_edge_is_ever_flagged_with_probability_alpha_at_most(draw, alpha):
    """20,000 bettors of 1,000 bets each, looked at after every bet; four standard errors of slack."""
    rng = np.random.default_rng(7)
    bettors = 20_000
    log_e, top = np.zeros(bettors), np.zeros(bettors)
    for _ in range(1_000):
        beyond = np.clip(draw(rng, bettors) - POLICY.null_mean, -POLICY.clip, POLICY.clip)
        log_e += np.log1p(POLICY.bet_fraction * beyond)
        np.maximum(top, log_e, out=top)
    share = np.mean(top >= log(1 / alpha))
    assert 0 < share <= alpha + 4 * sqrt(alpha * (1 - alpha) / bettors)


def test_a_bettor_who_doubles_up_when_the_price_drifts_does_not_break_the_bound():
    """Bets again where the price moved against it: a mean over an event's bets would be biased upwards."""
    rng = np.random.default_rng(11)
    alpha, bettors, flagged = 0.05, 600, 0
    policy = SharpPolicy(alpha=alpha)
    for _ in range(bettors):
        evidence = Evidence()
        for event in range(60):
            move, further = rng.choice([-0.1, 0.1], 2)
            name = f"e{event}"
            update(evidence, f"{name}a", name, "10s", policy.null_mean, 0, policy)
            if move < 0:
                update(evidence, f"{name}b", name, "10s", policy.null_mean, 0, policy)
                update(evidence, f"{name}b", name, "close", policy.null_mean + further, 0, policy)
            total = move + further if move < 0 else move
            update(evidence, f"{name}a", name, "close", policy.null_mean + total, 0, policy)
        flagged += evidence.flagged_at is not None
    assert flagged / bettors <= alpha + 4 * sqrt(alpha * (1 - alpha) / bettors)


def test_a_bettor_who_beats_the_close_is_flagged_within_tens_of_bets():
    rng = np.random.default_rng(3)
    at = [closes(rng.normal(0.03, 0.09, 400)).flagged_at for _ in range(200)]
    assert all(at)
    assert 25 < np.mean(at) < 60


@pytest.mark.parametrize(
    "changes", [{"bet_fraction": 5.0}, {"clip": 0.0}, {"prior_mean": 0.0}, {"in_play_fraction": 1.1}]
)
def test_a_policy_that_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match="must"):
        SharpPolicy(**changes)


def test_a_mark_takes_50_us_at_most():
    best = 10**12
    for _ in range(30):
        evidence = Evidence()
        for i in range(OPEN_MOST):
            update(evidence, f"b{i}", f"event-{i}", "10s", 0.0, 0)
        start = perf_counter_ns()
        for i in range(OPEN_MOST):
            update(evidence, f"n{i}", f"other-{i}", "10s", 0.01, 0)
            assess(evidence)
        best = min(best, perf_counter_ns() - start)
    assert best / OPEN_MOST / 1_000 <= 50
