from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.account import Account
from feeds.prices import millis
from feeds.the_odds_api import long, wide
from schemas import Fixture, Quote

TICKS = ",".join(long.TICKS).encode()
GAME = "g1,2026-07-05T16:30:00Z,Braves,Mets"


def tick(at, market, outcome, point, price, book="dk", confirmed=None):
    at = f"2026-07-05T{at}Z"
    return f"{at},{GAME},{book},{market},{outcome},{point},{price},{confirmed or at}".encode()


def ticks(*rows):
    account = Account()
    return list(long.read([TICKS, *rows], account, long.MLB)), account


def quotes(messages):
    return [(message.market, message.prices) for message in messages if isinstance(message, Quote)]


def test_a_tick_of_one_side_keeps_the_price_that_stood_on_the_other():
    messages, account = ticks(
        tick("06:00:00", "h2h", "Braves", "", -125),
        tick("06:00:00", "h2h", "Mets", "", 105),
        tick("06:15:00", "h2h", "Mets", "", 110),
    )
    assert quotes(messages) == [("ml", {"home": 1.8, "away": 2.05}), ("ml", {"home": 1.8, "away": 2.1})]
    assert account.published == account.rows == 3


def test_a_book_that_moves_its_line_withdraws_the_old_one():
    messages, _ = ticks(
        tick("06:00:00", "totals", "Over", "8.5", -110),
        tick("06:00:00", "totals", "Under", "8.5", -110),
        tick("06:15:00", "totals", "Over", "9", 100),
        tick("06:15:00", "totals", "Under", "9", -125),
    )
    assert [(market, bool(prices)) for market, prices in quotes(messages)] == [
        ("ou:8.5", True),
        ("ou:8.5", False),
        ("ou:9", True),
    ]


def test_what_ticks_leave_out_still_stands():
    messages, _ = ticks(
        tick("06:00:00", "h2h", "Braves", "", -125),
        tick("06:00:00", "h2h", "Mets", "", 105),
        tick("06:15:00", "h2h", "Braves", "", -125, book="other"),
        tick("06:15:00", "h2h", "Mets", "", 105, book="other"),
    )
    assert all(prices for _, prices in quotes(messages))


def test_one_side_alone_is_no_quote_yet():
    messages, account = ticks(tick("06:00:00", "spreads", "Mets", "1.5", -110))
    assert quotes(messages) == []
    assert account.rejected == Counter(missing_outcome=1)


def test_a_snapshot_from_before_the_last_is_rejected_whole():
    _, account = ticks(
        tick("06:15:00", "h2h", "Braves", "", -125),
        tick("06:15:00", "h2h", "Mets", "", 105),
        tick("06:00:00", "h2h", "Braves", "", -130),
        tick("06:00:00", "h2h", "Mets", "", 110),
    )
    assert account.rejected == Counter(older=2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (tick("06:00:00", "h2h", "Braves", "", "n/a"), "bad_price"),
        (tick("06:00:00", "h2h", "Braves", "", 50), "bad_price"),
        (tick("06:00:00", "totals", "Over", "nine", 100), "no_line"),
        (tick("06:00:00", "h2h", "Braves", "", 100, confirmed="then"), "bad_time"),
        (b"soon," + tick("06:00:00", "h2h", "Braves", "", 100).split(b",", 1)[1], "bad_time"),
        (b"2026-07-05T06:00:00Z,only", "schema"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(row, reason):
    _, account = ticks(row)
    assert account.rejected == Counter({reason: 1})


def test_a_table_of_whole_snapshots_withdraws_what_is_left_out_and_takes_every_line_of_a_book():
    header = ",".join(long.SNAPSHOTS).encode()
    game = "g1,2025-10-20T19:00:00Z,West Ham,Brentford,matchbook"
    rows = [
        f"2025-10-20T03:49:25.460793+00:00,{game},spreads,Brentford,0.5,1.8,2025-10-20T03:49:06Z",
        f"2025-10-20T03:49:25.460793+00:00,{game},spreads,West Ham,-0.5,2.1,2025-10-20T03:49:06Z",
        f"2025-10-20T03:49:25.460793+00:00,{game},spreads,Brentford,-0.5,2.9,2025-10-20T03:49:06Z",
        f"2025-10-20T03:49:25.460793+00:00,{game},spreads,West Ham,0.5,1.4,2025-10-20T03:49:06Z",
        f"2025-10-21T03:49:25.460793+00:00,{game},spreads,Brentford,0.5,1.8,2025-10-21T03:49:06Z",
        f"2025-10-21T03:49:25.460793+00:00,{game},spreads,West Ham,-0.5,2.1,2025-10-21T03:49:06Z",
    ]
    account = Account()
    found = quotes(long.read([header, *(row.encode() for row in rows)], account, long.EPL))
    assert found == [
        ("ah:-0.5", {"home": 2.1, "away": 1.8}),
        ("ah:0.5", {"home": 1.4, "away": 2.9}),
        ("ah:-0.5", {"home": 2.1, "away": 1.8}),
        ("ah:0.5", {}),
    ]


WIDE = (
    "date,sport,game_id,commence_time,home_team,away_team,bookmaker,ml_home,ml_away,spread_home,"
    "spread_home_odds,spread_away,spread_away_odds,total_line,total_over_odds,total_under_odds,"
    "snapshot_taken_at_utc,api_snapshot_timestamp_utc,bookmaker_last_update_utc"
)


def wide_row(**cells):
    row = {
        "date": "2026-02-26",
        "sport": "NHL",
        "game_id": "g",
        "commence_time": "2026-02-27T00:08:00Z",
        "home_team": "Capitals",
        "away_team": "Flyers",
        "bookmaker": "betmgm",
        "ml_home": "-125.0",
        "ml_away": "105.0",
        "snapshot_taken_at_utc": "2026-02-26T02:29:03Z",
        "bookmaker_last_update_utc": "2026-02-26T02:28:32Z",
        **cells,
    }
    return ",".join(row.get(name, "") for name in WIDE.split(",")).encode()


def read_wide(*rows):
    account = Account()
    return list(wide.read([WIDE.encode(), *rows], account)), account


def test_a_wide_row_is_up_to_three_quotes():
    spread = {
        "spread_home": "-1.5",
        "spread_home_odds": "120",
        "spread_away": "1.5",
        "spread_away_odds": "-150",
    }
    total = {"total_line": "6.5", "total_over_odds": "-110", "total_under_odds": "-110"}
    messages, account = read_wide(wide_row(**spread, **total))
    assert {market for market, _ in quotes(messages)} == {"ml", "ah:-1.5", "ou:6.5"}
    assert messages[0].event_time_ms == millis("2026-02-26T02:28:32Z")
    assert (account.rows, account.published) == (1, 1)


def test_a_wide_row_with_one_bad_market_keeps_the_others():
    bad = {"total_line": "6.5", "total_over_odds": "-110", "total_under_odds": "5"}
    messages, account = read_wide(wide_row(**bad))
    assert [market for market, _ in quotes(messages)] == ["ml"]
    assert (account.published, account.parts_rejected) == (1, Counter(bad_price=1))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"sport": "CURLING"}, "unknown_sport"),
        ({"ml_home": "", "ml_away": ""}, "no_prices"),
        ({"ml_home": ""}, "missing_outcome"),
        ({"ml_home": "x"}, "bad_price"),
        ({"commence_time": "x"}, "bad_time"),
        ({"game_id": ""}, "schema"),
        ({"bookmaker": ""}, "schema"),
    ],
)
def test_a_wide_row_without_anything_usable_is_rejected_with_its_reason(cells, reason):
    _, account = read_wide(wide_row(**cells))
    assert account.rejected == Counter({reason: 1})


def test_wide_rows_are_put_in_the_order_in_which_they_were_taken():
    late = wide_row(snapshot_taken_at_utc="2026-02-26T05:00:00Z", bookmaker_last_update_utc="", bookmaker="b")
    messages, _ = read_wide(late, wide_row())
    books = [message.book for message in messages if isinstance(message, Quote)]
    assert books == ["betmgm", "b"]


def test_a_day_without_a_time_is_noon_or_an_hour_before_the_game_where_that_is_earlier():
    def taken(start):
        return wide.taken_at_ms({"date": "2026-02-26", "commence_time": start})

    assert taken("2026-02-27T00:08:00Z") == millis("2026-02-26T12:00:00Z")
    assert taken("2026-02-26T12:30:00Z") == millis("2026-02-26T11:30:00Z")


CELL = st.sampled_from(
    ["", "g1", "Braves", "Over", "h2h", "totals", "-110", "8.5", "2026-07-05T06:00:00Z", "x|y"]
)


@given(st.lists(st.lists(CELL, min_size=11, max_size=11), max_size=8))
def test_every_row_of_a_table_of_anything_is_accounted_for(rows):
    messages, account = ticks(*(",".join(row).encode() for row in rows))
    assert account.balanced
    assert account.rows == len(rows)
    known = {message.event_id for message in messages if isinstance(message, Fixture)}
    assert {message.event_id for message in messages if isinstance(message, Quote)} <= known
