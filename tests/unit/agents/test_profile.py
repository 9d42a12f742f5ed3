"""Stage profile: how a bettor bets, how its prices turn out, and what the operator does about it."""

import numpy as np
import pytest

from agents.profile import Profile, placed
from domain.sharps import Behaviour, Evidence, features, observe, update
from ml.sharps.live import shipped
from schemas import Alert, BetContext, BettorRisk, Mark, Treatment
from streams.topics import ALERTS, BETTORS, MARKS
from tests.unit.agents.pipeline import START_MS, Pipeline


class Always:
    """A classifier that says what it is told."""

    classes = ("square", "arbitrageur")
    threshold = 0.98

    def __init__(self, *scores: float) -> None:
        self._scores = list(scores)

    def itself(self):
        return self

    def probabilities(self, rows):
        score = self._scores.pop(0) if len(self._scores) > 1 else self._scores[0]
        return np.array([[1 - score, score]] * len(rows))

    def sharp_scores(self, found):
        return found[:, 1]


def mark(n: int, **changes: object) -> Mark:
    at_ms = START_MS + n * 60_000
    fields: dict[str, object] = {
        "operator": "north",
        "bettor": "ann",
        "bet_id": f"b{n}",
        "event_id": f"match-{n}",
        "market": "1x2",
        "outcome": "home",
        "horizon": "10s",
        "price": 2.0,
        "probability": 0.48,
        "clv": -0.04,
        "fair_sequence": 1,
        "stake": 1_000,
        "event_time_ms": at_ms + 10_000,
        "placed_at_ms": at_ms,
        "best_price": 2.0,
        "context": BetContext(promotion=False, account_days=30.0),
    }
    return Mark.model_validate(fields | changes)


def play(pipeline: Pipeline, marks: list[Mark]) -> list[BettorRisk]:
    for each in marks:
        pipeline.put(MARKS, f"{each.operator}|{each.bettor}", each, at_ms=each.event_time_ms)
    pipeline.run()
    return pipeline.read(BETTORS, BettorRisk)


def test_a_suspect_is_told_once_and_gets_half_the_limit_at_most():
    pipeline = Pipeline([Profile(Always(0.99).itself)])
    risks = play(pipeline, [mark(n) for n in range(8)])
    assert [risk.suspected for risk in risks] == [False] * 4 + [True] * 4
    assert risks[-1].kind == "arbitrageur"
    assert risks[-1].factor <= 0.5
    (alert,) = pipeline.read(ALERTS, Alert)
    assert (alert.kind, alert.subject) == ("suspect", "ann")


def test_a_suspicion_is_taken_back_when_the_score_has_clearly_fallen():
    pipeline = Pipeline([Profile(Always(0.99, 0.9, 0.7, 0.7).itself)])
    risks = play(pipeline, [mark(n) for n in range(7)])
    assert [risk.suspected for risk in risks[4:]] == [True, True, False]
    assert risks[-1].factor > risks[-2].factor


def test_what_the_operator_chose_for_a_class_is_done_and_said():
    pipeline = Pipeline([Profile(Always(0.99).itself)])
    chosen = {"arbitrageur": Treatment(factor=0.1, delay_ms=2_000, review=True)}
    pipeline.operator(version=3, treatments=chosen)
    risk = play(pipeline, [mark(n) for n in range(6)])[-1]
    assert (risk.factor, risk.delay_ms, risk.review, risk.policy_version) == (0.1, 2_000, True, 3)
    assert "the operator gives arbitrageur 0.1 of the limit at most" in risk.reasons
    assert any("takes the market's best price or better in 100% of 6 bets" in said for said in risk.reasons)


def test_each_bet_is_counted_once_however_often_it_is_marked():
    pipeline = Pipeline([Profile(Always(0.99).itself)])
    marks = [mark(0, horizon=horizon) for horizon in ("10s", "60s", "300s", "close")] * 2
    assert not any(risk.suspected for risk in play(pipeline, marks))


def test_a_bet_just_before_the_start_is_counted_at_its_close():
    pipeline = Pipeline([Profile(Always(0.99).itself)])
    marks = [mark(n, horizon="close", event_time_ms=START_MS + n * 60_000 + 4_000) for n in range(5)]
    assert play(pipeline, marks)[-1].suspected


def test_the_shipped_classifier_scores_who_beats_the_close_above_who_pays_the_margin():
    scores = []
    for clv in (0.04, -0.057):
        evidence, behaviour = Evidence(), Behaviour()
        for n in range(30):
            observe(behaviour, placed(mark(n, best_price=2.05, stake=1_000 + 370 * (n % 5))))
            update(evidence, f"b{n}", f"match-{n}", "close", clv, START_MS)
        found = shipped().probabilities([features(behaviour, evidence)])
        assert found.sum() == pytest.approx(1.0)
        scores.append(float(shipped().sharp_scores(found)[0]))
    assert scores[0] > scores[1] + 0.1


@pytest.mark.parametrize(("taken", "other", "is_one"), [(5, 5, True), (4, 0, False), (5, 6, False)])
def test_who_takes_arbitrage_prices_repeatedly_is_treated_as_an_arbitrageur(taken, other, is_one):
    pipeline = Pipeline([Profile(None)])
    pipeline.operator(treatments={"arbitrageur": Treatment(factor=0.1, review=True)})
    margins = [0.01] * taken + [-0.02] * other
    risk = play(pipeline, [mark(n, arbitrage=margin) for n, margin in enumerate(margins)])[-1]
    assert risk.review is is_one
    words = f"takes prices that are an arbitrage with others in {taken} of {taken + other} bets"
    assert (words in risk.reasons) is is_one
