"""The demo's figures: delays are told as a whole, and without the opening."""

from overround.demo.observer import Seen
from overround.demo.report import report


def figures(seen):
    return report(seen, quotes=0, bets=0, elapsed_s=0.0, rows={}, disagreements=[])


def test_delays_are_told_as_a_whole_and_after_the_opening():
    seen = Seen(feed_to_price_s=[2.0, 2.0, 2.0], bet_to_decision_s=[1.0])
    seen.opened()
    seen.feed_to_price_s += [0.02, 0.02]
    seen.bet_to_decision_s += [0.01]
    found = figures(seen)
    assert found["feed_to_price_ms"]["p50"] == 2000.0
    assert found["bet_to_decision_ms"]["p99"] > 900.0
    assert found["after_opening"]["feed_to_price_ms"] == {"p50": 20.0, "p95": 20.0, "p99": 20.0}
    assert found["after_opening"]["bet_to_decision_ms"] == {"p50": 10.0, "p95": 10.0, "p99": 10.0}


def test_a_run_that_opened_nothing_tells_the_same_twice():
    found = figures(Seen(feed_to_price_s=[0.5], bet_to_decision_s=[0.1]))
    assert found["after_opening"] == {key: found[key] for key in ("feed_to_price_ms", "bet_to_decision_ms")}
