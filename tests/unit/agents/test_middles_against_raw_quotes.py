"""Every alert of a middle stands before an independent checker of the raw quotes."""

from random import Random

from agents.surveil import Surveil
from domain.arbitrage import ArbitrageConfig
from streams.topics import ALERTS, QUOTES
from tests.unit.agents.pipeline import START_MS, Pipeline
from tests.unit.agents.slow_checker import loaded, why_false_middle

COST = 0.25
FAIR = {"ou:1.5": 0.75, "ou:2.5": 0.51, "ou:3.5": 0.29, "ou:3": 0.4, "ah:-0.5": 0.5, "ah:-1.5": 0.27}


def test_no_middle_is_false_and_each_ends_that_has_opened():
    rng = Random(7)
    pipeline = Pipeline([Surveil([], ArbitrageConfig(middle_cost=COST))])
    at_ms = START_MS
    for _ in range(160):
        at_ms += rng.choice([0, 1_000, 40_000])
        market = rng.choice(list(FAIR))
        sides = ("home", "away") if market.startswith("ah") else ("over", "under")
        first = min(0.95, max(0.05, FAIR[market] + rng.gauss(0, 0.04)))
        prices = [max(1.01, round(0.97 / p, 2)) for p in (first, 1 - first)]
        shown = dict(zip(sides, prices, strict=True)) if rng.random() < 0.95 else {}
        pipeline.quote(rng.choice("abcde"), shown, market=market, at_ms=at_ms)
    pipeline.run()
    quotes = loaded([record.value for record in pipeline.replay.topic(QUOTES.name)])
    pipeline.heartbeat(at_ms + 400_000)
    pipeline.run()
    told = loaded([record.value for record in pipeline.replay.topic(ALERTS.name)])
    opened = [alert for alert in told if alert["kind"] == "middle"]
    assert len(opened) > 5
    assert [why for alert in opened if (why := why_false_middle(alert, quotes, COST))] == []
    ended = [alert["alert_id"] for alert in told if alert["kind"] == "middle_ended"]
    assert sorted(ended) == sorted(f"{alert['alert_id']}:ended" for alert in opened)
