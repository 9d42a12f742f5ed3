"""Files of bets: read, rejected with a reason, written, and read again."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.sharps.betfair import is_betfair, read_betfair
from ml.sharps.bets import BetsError, PlacedBet, instant_ms, read_bets, table_of

HEADER = ["bettor", "event", "market", "selection", "price", "stake", "placed_at", "close_probability", "won"]
ROW = ["ann", "e1", "1x2", "home", "2.5", "10", "2026-06-11T19:00:00Z", "0.41", "1"]
names = st.text("abcdefgh-:. 0123456789", min_size=1).map(str.strip).filter(bool)
maybe = st.one_of(st.none(), st.floats(0.01, 0.99).map(lambda x: float(f"{x:.6g}")))
flags = st.sampled_from([None, True, False])


def row(**changes):
    return [changes.get(name, value) for name, value in zip(HEADER, ROW, strict=True)]


def test_a_row_is_read():
    (bet,) = read_bets(HEADER, [ROW])
    assert (bet.bettor, bet.price, bet.stake, bet.close_probability, bet.won) == ("ann", 2.5, 10, 0.41, True)
    assert bet.placed_at_ms == 1_781_204_400_000
    assert bet.profit == 15


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": "1.0"}, "price"),
        ({"price": "nan"}, "price"),
        ({"price": ""}, "price"),
        ({"stake": "-3"}, "stake"),
        ({"stake": "0"}, "stake"),
        ({"placed_at": "yesterday"}, "time"),
        ({"bettor": " "}, "name"),
    ],
)
def test_what_is_no_bet_is_counted_with_its_reason(changes, reason):
    rejected = Counter()
    assert read_bets(HEADER, [row(**changes)], rejected) == []
    assert rejected == {reason: 1}


def test_a_short_row_is_rejected_and_the_others_are_read():
    rejected = Counter()
    assert len(read_bets(HEADER, [ROW, ROW[:4], ROW], rejected)) == 2
    assert rejected == {"columns": 1}


def test_a_probability_or_result_that_is_none_leaves_the_bet():
    bets = read_bets(HEADER, [row(close_probability="1.7", won="void"), row(close_probability="", won="")])
    assert [(bet.close_probability, bet.won) for bet in bets] == [(None, None)] * 2


def test_a_file_without_a_required_column_is_refused_by_name():
    with pytest.raises(BetsError, match="no column selection, stake"):
        read_bets([name for name in HEADER if name not in ("selection", "stake")], [])


def test_bets_come_in_order_of_time_and_ties_in_order_of_the_file():
    rows = [row(placed_at=at, bettor=who) for at, who in (("30", "c"), ("10", "a"), ("30", "b"))]
    assert [bet.bettor for bet in read_bets(HEADER, rows)] == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1781204400", 1_781_204_400_000),
        ("1781204400000", 1_781_204_400_000),
        ("2026-06-11T19:00:00+00:00", 1_781_204_400_000),
        ("2026-06-11 21:00:00+02:00", 1_781_204_400_000),
        ("2026-06-11 19:00", 1_781_204_400_000),
        ("never", None),
        ("", None),
    ],
)
def test_times_are_read_in_each_usual_form(text, expected):
    assert instant_ms(text) == expected


@given(
    st.builds(
        PlacedBet,
        bettor=names,
        event=names,
        market=names,
        selection=names,
        price=st.integers(101, 9_999).map(lambda n: n / 100),
        stake=st.integers(1, 99_999).map(float),
        placed_at_ms=st.integers(10**12, 2 * 10**12),
        close_probability=maybe,
        won=flags,
        best_price=maybe,
        moved=maybe,
        limit_share=maybe,
        in_play=flags,
        promotion=flags,
        account_days=maybe,
        device=st.one_of(st.none(), names),
        label=st.one_of(st.none(), names),
    )
)
def test_bets_written_are_read_back(bet):
    header, *rows = table_of([bet])
    assert read_bets(header, rows) == [bet]


BETFAIR = [
    "ACCOUNT_ID",
    "EVENT_ID",
    "EVENT_NAME",
    "BID_TYP",
    "TAKEN_DATE",
    "SELECTION_NAME",
    "PRICE_TAKEN",
    "INPLAY_BET",
    "BET_SIZE",
    "PROFIT_LOSS",
]


def test_a_lay_in_a_market_of_two_is_a_back_of_the_other_side():
    rows = [
        ["7", "1", "Match Odds", "B ", "14/02/2015 4:18", "New Zealand", "1.25", "Y", "100", "25"],
        ["8", "1", "Match Odds", "L ", "14/02/2015 4:17", "Sri Lanka", "5.0", "Y", "10", "10"],
        ["9", "1", "Match Odds", "B ", "", "Sri Lanka", "", "N", "10", ""],
    ]
    assert is_betfair(BETFAIR)
    assert not is_betfair(HEADER)
    lay, back = read_betfair(BETFAIR, rows)
    assert (lay.bettor, lay.selection, lay.price, lay.stake, lay.won) == ("8", "New Zealand", 1.25, 40, True)
    assert lay.profit == pytest.approx(10)
    assert (back.bettor, back.selection, back.in_play) == ("7", "New Zealand", True)
