import numpy as np
import pytest

from ml.fair.gate import MIN_MATCHES, gate, interval
from ml.fair.model import SHIPPED
from ml.fair.window import judge
from ml.registry import load

N = 3000


@pytest.fixture(scope="module")
def world():
    random = np.random.default_rng(4)
    close = random.dirichlet((6, 4, 5), N)
    move = random.normal(0, 0.08, (N, 3))
    consensus = close * np.exp(move)
    consensus /= consensus.sum(axis=1, keepdims=True)
    results = (random.random(N)[:, None] > close.cumsum(axis=1)).sum(axis=1)
    return close, move, consensus, np.minimum(results, 2)


def part(close, move, share):
    found = close * np.exp((1 - share) * move)
    return found / found.sum(axis=1, keepdims=True)


def test_a_candidate_that_foresees_a_tenth_of_the_move_passes(world):
    close, move, consensus, results = world
    verdict = gate(part(close, move, 0.1), consensus, close, results)
    assert verdict.passed
    assert verdict.n == N
    found = verdict.intervals["divergence-consensus"]
    assert found.low < found.mean < found.high < 0.0


def test_noise_and_the_consensus_itself_are_refused_with_by_how_much(world):
    close, _, consensus, results = world
    noise = consensus * np.exp(np.random.default_rng(5).normal(0, 0.05, (N, 3)))
    noise /= noise.sum(axis=1, keepdims=True)
    for candidate in (noise, consensus):
        verdict = gate(candidate, consensus, close, results)
        assert not verdict.passed
        if candidate is noise:
            assert "not shown to be nearer to the close than the consensus: +" in verdict.refusals[0]
            assert "95% interval" in verdict.refusals[0]


def test_a_candidate_that_loses_to_the_champion_is_refused(world):
    close, move, consensus, results = world
    weak, strong = part(close, move, 0.1), part(close, move, 0.3)
    refused = gate(weak, consensus, close, results, strong)
    assert refused.refusals[0].startswith("is further from the close than the champion: +")
    assert gate(strong, consensus, close, results, weak).passed
    assert gate(strong, consensus, close, results, strong).passed is True


def test_a_candidate_that_is_right_about_the_close_but_wrong_about_results_is_refused(world):
    close, move, _, _ = world
    unlikely = close.argmin(axis=1)
    candidate = part(close, move, 0.9)
    worse = np.where(np.arange(3) == unlikely[:, None], 0.9 * candidate, candidate)
    worse /= worse.sum(axis=1, keepdims=True)
    verdict = gate(worse, candidate, close, unlikely)
    assert any("loses to the consensus on results" in refusal for refusal in verdict.refusals)


def test_too_few_matches_are_no_evidence(world):
    few = tuple(each[: MIN_MATCHES - 1] for each in (world[0], world[2], world[0], world[3]))
    verdict = gate(*few)
    (refusal,) = verdict.refusals
    assert (
        refusal
        == f"cannot be judged: {MIN_MATCHES - 1} matches in the window are too few, it takes {MIN_MATCHES}"
    )


def test_the_interval_holds_the_mean_and_is_seeded(world):
    random = np.random.default_rng(6)
    one, two = random.normal(0, 1, 500), random.normal(0.2, 1, 500)
    found = interval(one, two)
    assert found == interval(one, two)
    assert found.low < one.mean() - two.mean() < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * (one - two).std() / 500**0.5, rel=0.1)


def test_where_no_close_is_known_the_results_have_to_show_it(world):
    close, _, consensus, _ = world
    random = np.random.default_rng(7)
    results = (random.random(N)[:, None] > close.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    unknown = np.full_like(close, np.nan)
    certain = np.where(np.arange(3) == results[:, None], 1.1 * consensus, consensus)
    certain /= certain.sum(axis=1, keepdims=True)
    passed = gate(certain, consensus, unknown, results)
    assert passed.passed
    assert set(passed.intervals) == {"log_loss-consensus"}
    (refusal,) = gate(consensus, consensus, unknown, results).refusals
    assert refusal.startswith("is not shown to beat the consensus on results: +0.0e-5")


@pytest.mark.parametrize("market", SHIPPED)
def test_the_champions_of_the_repository_pass_the_gate(market):
    champion = load(SHIPPED[market])
    assert champion.model.market == market
    verdict = judge(champion.window)
    assert verdict.passed, verdict.refusals
    assert verdict.n > (4000 if market == "ml" else 5000)
    assert champion.model.card["gate"]["refusals"] == []
    what = "log_loss-consensus" if market == "ml" else "divergence-consensus"
    recorded = champion.model.card["gate"]["intervals"][what]["mean"]
    assert verdict.intervals[what].mean == pytest.approx(recorded)


@pytest.mark.parametrize("market", SHIPPED)
def test_the_champions_of_the_repository_still_say_what_their_cards_say(market):
    champion = load(SHIPPED[market])
    model, window = champion.model, champion.window
    fitted = model.corrected(window.features, window.consensus, window.evidence)
    gap = np.log(fitted / window.candidate)
    assert np.abs(gap).max() < 0.1, (
        "trained on the window too, it may differ a little from the walk-forward one"
    )
    walked = model.card["walk_forward"]["all"]
    if market == "ml":
        gain = walked["log_loss"]["consensus"] - walked["log_loss"]["model"]
        assert gain > 2 * walked["paired_se"]["model-consensus"]
        return
    assert walked["kl_to_close"]["model"] <= 0.95 * walked["kl_to_close"]["consensus"]
    assert walked["log_loss"]["average"] - walked["log_loss"]["model"] >= 40e-5
