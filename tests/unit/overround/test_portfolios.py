"""An operator's portfolio from recorded bets, prices and quotes."""

import pytest

from domain.book import payout
from domain.risk.portfolio import MOST_LINES, Line, OpenEvent, lines_of_open, portfolio_tail
from overround.portfolios import offers_in, portfolio_of
from schemas import Decision, Grade, OfferedPrice, Quote, Settlement
from streams.records import PlainRecord
from tests.unit.storage.messages import golden

FAIR = {"home": 0.5, "draw": 0.3, "away": 0.2}
PRICES = {name: 0.95 / p for name, p in FAIR.items()}


def offered(event, prices=None, market="1x2"):
    return golden(
        OfferedPrice, operator="north", event_id=event, market=market, prices=prices or PRICES, basis=None
    )


def held(event, outcome, stake, price, market="1x2"):
    return event, market, outcome, stake, payout(stake, price)


def combined(legs, stake=1_000, kind="multiple", grades=None):
    told = [
        {
            "event_id": event,
            "market": "1x2",
            "outcome": outcome,
            "price": price,
            "stood_on": {"price": price, "price_sequence": 1, "exposure_version": 0, "settings_version": 1},
        }
        for event, outcome, price in legs
    ]
    base = golden(Decision).model_dump()
    decision = Decision.model_validate(
        {**base, "decision": "accepted", "stake": stake, "kind": kind, "each_way": False, "legs": told}
    )
    if grades is None:
        return decision, None
    settled = [
        {**{k: v for k, v in leg.items() if k != "stood_on"}, "grade": grade}
        for leg, grade in zip(told, grades, strict=True)
    ]
    return decision, golden(Settlement, status="open").model_copy(
        update={"legs": Settlement.model_validate({**golden(Settlement).model_dump(), "legs": settled}).legs}
    )


def test_expected_profit_worst_case_and_tail_of_one_event_are_what_its_outcomes_say():
    found = portfolio_of("north", [held("e", "home", 10_000, 2.0)], [], [offered("e")], {}, {}, 10_000)
    assert found.expected == pytest.approx(0.5 * 10_000 - 0.5 * 10_000, abs=300)
    assert found.worst_case == 10_000
    assert {figure.level: figure.value_at_risk for figure in found.tail} == {0.95: 10_000, 0.99: 10_000}
    (risk,) = found.events
    assert (risk.worst_case, risk.scored, risk.hedge) == (10_000, False, [])
    assert risk.sd == pytest.approx(10_000, rel=0.01)


def test_a_double_pays_when_both_events_do_and_is_drawn_across_them():
    bet = combined([("a", "home", 2.0), ("b", "home", 2.0)], stake=10_000)
    found = portfolio_of("north", [], [bet], [offered("a"), offered("b")], {}, {}, 10_000)
    assert (found.lines, found.carried_lines, found.open_events) == (1, 0, 2)
    assert found.worst_case == 30_000
    assert found.expected == pytest.approx(10_000 - 0.25 * 40_000, abs=3 * found.expected_error + 1)
    assert found.tail[0].value_at_risk == 30_000


def test_graded_legs_are_in_the_stake_of_a_line_and_lost_lines_are_gone():
    won, lost = Grade(win=1, refund=0, of=1), Grade(win=0, refund=0, of=1)
    legs = [("a", "home", 2.5), ("b", "home", 2.0), ("c", "away", 4.0)]
    decision, settlement = combined(legs, 400, "trixie", [won, None, None])
    stakes = sorted(
        (line.stake, [leg[0] for leg in line.legs]) for line in lines_of_open(decision, settlement)
    )
    assert stakes == [(100.0, ["b", "c"]), (250.0, ["b"]), (250.0, ["b", "c"]), (250.0, ["c"])]
    decision, settlement = combined(legs, 400, "trixie", [lost, None, None])
    assert [line.stake for line in lines_of_open(decision, settlement)] == [100.0]


def test_lines_beyond_the_number_that_is_drawn_count_as_what_they_carry():
    events = {"a": OpenEvent(fair={"1x2": FAIR}), "b": OpenEvent(fair={"1x2": FAIR})}
    line = Line(100.0, (("a", "1x2", "home", 2.0), ("b", "1x2", "home", 2.0)))
    tail, drawn = portfolio_tail(events, [line] * (MOST_LINES + 2), pairs=2_500)
    assert drawn == MOST_LINES
    assert events["a"].position.held["1x2", "home"].stakes == 200
    assert tail.worst_case == pytest.approx(MOST_LINES * 300 + 2 * 2 * 100)


def test_a_match_is_looked_at_by_scores_and_hedged_at_what_books_show():
    singles = [held("m", "home", 100_000, 2.2), held("m", "over", 50_000, 2.0, "ou:2.5")]
    prices = [offered("m"), offered("m", {"over": 1.85, "under": 1.95}, "ou:2.5")]
    shown = [
        golden(Quote, event_id="m", market="1x2", book="rival", prices={"home": 1.95, "draw": 3.2}),
        golden(Quote, event_id="m", market="winner", book="rival", prices={"x": 1.95, "y": 3.2}),
    ]
    records = [PlainRecord("q", 0, n, 0, b"m", q.model_dump_json().encode()) for n, q in enumerate(shown)]
    offers = offers_in([*records, PlainRecord("q", 0, 9, 0, b"m", b"{"), records[0]], 1_000_000)
    assert [(venue.book, venue.outcome) for venue in offers["m"]][:2] == [
        ("rival", "home"),
        ("rival", "draw"),
    ]
    (risk,) = portfolio_of("north", singles, [], prices, {"m": "soccer"}, offers, 2_500).events
    assert risk.scored
    assert {(bet.book, bet.outcome) for bet in risk.hedge} == {("rival", "home")}
    assert risk.hedged_worst_case < risk.worst_case
    assert risk.hedge_cost > 0


def test_each_way_bets_on_several_events_count_as_what_their_books_hold():
    decision, _ = combined([("a", "home", 2.0), ("b", "home", 2.0)])
    holds = [{"market": "1x2", "outcome": "home", "stake": 500, "payout": 1_000}]
    legs = [leg.model_dump() | {"holds": holds} for leg in decision.legs]
    both = Decision.model_validate({**decision.model_dump(), "each_way": True, "legs": legs})
    found = portfolio_of("north", [], [(both, None)], [offered("a"), offered("b")], {}, {}, 2_500)
    assert (found.lines, found.worst_case) == (0, 1_000)
