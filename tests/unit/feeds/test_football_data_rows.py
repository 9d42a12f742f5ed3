from datetime import date
from pathlib import Path

import pytest

from feeds.account import RowError
from feeds.football_data import read
from feeds.football_data.columns import line_column, price_column
from feeds.football_data.rows import Layout, matches
from feeds.football_data.times import collected_ms, day, kick_off_ms
from feeds.prices import millis
from feeds.tables import fields, table

FOOTBALL = Path(__file__).parents[2] / "fixtures/feeds/football"


@pytest.mark.parametrize(
    ("column", "code", "closing", "market", "outcome"),
    [
        ("PSH", "PS", False, "1x2", "home"),
        ("PSCH", "PS", True, "1x2", "home"),
        ("PD", "PS", False, "1x2", "draw"),
        ("P>2.5", "P", False, "ou:2.5", "over"),
        ("PC<2.5", "P", True, "ou:2.5", "under"),
        ("PAHH", "P", False, "ah", "home"),
        ("PCAHA", "P", True, "ah", "away"),
        ("VCH", "VC", False, "1x2", "home"),
        ("VCCA", "VC", True, "1x2", "away"),
        ("BFD", "BF", False, "1x2", "draw"),
        ("BFDD", "BFD", False, "1x2", "draw"),
        ("BFECAHH", "BFE", True, "ah", "home"),
        ("BbAv<2.5", "BbAv", False, "ou:2.5", "under"),
        ("BbMxAHA", "BbMx", False, "ah", "away"),
        ("AvgC>2.5", "Avg", True, "ou:2.5", "over"),
    ],
)
def test_a_price_column_is_known_by_book_close_market_and_outcome(column, code, closing, market, outcome):
    found = price_column(column)
    assert found is not None
    assert (found.code, found.closing, found.market, found.outcome) == (code, closing, market, outcome)


@pytest.mark.parametrize(
    "column",
    ["FTHG", "HTAG", "HS", "AS", "HST", "HC", "AC", "FTR", "BbAH", "BbOU", "GBAH", "AHh", "AHCh", "HFKC"],
)
def test_a_column_of_something_else_is_no_price(column):
    assert price_column(column) is None


def test_handicap_lines_are_known_by_name_and_counts_of_books_are_none():
    named = ("AHh", "AHCh", "BbAHh", "GBAH", "B365AH", "BbAH", "PAHH", "HS")
    assert [line_column(name) for name in named] == [
        "AHh",
        "AHCh",
        "BbAHh",
        "GBAH",
        "B365AH",
        None,
        None,
        None,
    ]


def test_the_merged_table_is_read():
    _, brighton, *_ = read(FOOTBALL / "merged.csv")
    assert (brighton.date, brighton.division, brighton.season) == (date(2020, 1, 18), "E0", "2020")
    assert (brighton.home, brighton.away, brighton.home_goals, brighton.away_goals) == (
        "Brighton",
        "Aston Villa",
        1,
        1,
    )
    assert brighton.kick_off_ms == millis("2020-01-18T15:00:00Z")
    assert (brighton.odds["PSH"], brighton.odds["PSCA"], brighton.odds["P>2.5"]) == (1.65, 4.96, 1.67)
    assert (brighton.lines, brighton.stats["HST"]) == ({"AHh": -0.75, "AHCh": -0.75}, 2.0)


def test_what_cannot_be_is_left_out_and_named():
    found = {row.home: row for row in read(FOOTBALL / "merged.csv")}
    assert found["Chapecoense-SC"].home_goals is None  # -1 : -1 in the file: not played
    assert found["Rangers"].bad == ("BbAHh",)  # a handicap of 275 goals
    assert found["Rangers"].lines == {}
    [zero] = [row for row in found.values() if "B365H" in row.bad]
    assert zero.odds.get("B365H") is None
    assert zero.odds["B365D"] > 1


@pytest.mark.parametrize(
    ("name", "count", "played", "home", "column", "price"),
    [
        ("native_2017.csv", 3, date(2017, 8, 11), "Arsenal", "PSCH", 1.49),
        ("native_2019.csv", 3, date(2019, 8, 9), "Liverpool", "PCAHH", 1.94),
        ("further_leagues.csv", 4, date(2012, 8, 3), "Arsenal Sarandi", "PSCH", 1.9),
        ("old_ht_at.csv", 6, date(2005, 1, 15), "Egaleo", "GBAHA", 1.45),
    ],
)
def test_every_native_layout_is_read(name, count, played, home, column, price):
    rows = read(FOOTBALL / name)
    assert len(rows) == count
    assert (rows[0].date, rows[0].home, rows[0].odds[column]) == (played, home, price)


def test_unmarked_prices_of_the_further_leagues_are_closing_prices():
    row, *_ = read(FOOTBALL / "further_leagues.csv")
    assert {name for name in row.odds if "C" not in name} == set()
    assert row.division == "Argentina Superliga"


def test_rows_longer_and_shorter_than_the_header_are_read():
    widths = {len(fields(line)) for line in (FOOTBALL / "old_ht_at.csv").read_text().splitlines()}
    assert len(widths) > 2
    assert all(row.home_goals is not None for row in read(FOOTBALL / "old_ht_at.csv"))


def test_an_old_file_in_windows_encoding_with_a_byte_order_mark_is_read():
    lines = [b"\xef\xbb\xbfDiv,Date,HomeTeam,AwayTeam,FTHG,FTAG", b"D1,13/08/93,K\xf6ln,\x93Werder\x94,2,1"]
    [row] = matches(*table(lines))
    assert (row.division, row.home, row.away, row.date) == ("D1", "Köln", "“Werder”", date(1993, 8, 13))


def test_a_quoted_comma_does_not_split_and_an_open_quote_does_not_swallow_the_next_row():
    header = [b"Div,Date,HomeTeam,AwayTeam"]
    rows = list(
        matches(*table([*header, b'E0,01/02/2020,"A, B",C', b'E0,01/02/2020,"D,E', b"E0,02/02/2020,F,G"]))
    )
    assert [row.home for row in rows] == ["A, B", "F"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",,,", "no_teams"),
        ("E0,2020-02-30,A,B", "bad_date"),
        ("E0,soon,A,B", "bad_date"),
        ("Div,Date,HomeTeam,AwayTeam", "header_again"),
    ],
)
def test_a_row_that_is_no_match_is_rejected_with_its_reason(line, reason):
    layout = Layout(["Div", "Date", "HomeTeam", "AwayTeam"])
    with pytest.raises(RowError) as error:
        layout.match(line.split(","))
    assert error.value.reason == reason


def test_a_file_that_is_something_else_is_refused():
    with pytest.raises(RowError, match="no_header"):
        list(matches(*table([b"a,b", b"1,2"])))
    with pytest.raises(RowError, match="no_header"):
        list(matches(*table([])))


def test_dates_are_read_in_every_way_they_are_written():
    assert {day("05/01/20"), day("05/01/2020"), day("2020-01-05")} == {date(2020, 1, 5)}
    assert (day("05/01/69").year, day("05/01/93").year) == (2069, 1993)


def test_kick_off_is_british_time_and_three_in_the_afternoon_where_it_is_not_given():
    assert kick_off_ms(date(2020, 7, 1), "20:15:00") == millis("2020-07-01T19:15:00Z")
    assert kick_off_ms(date(2020, 1, 1), " 20:15") == millis("2020-01-01T20:15:00Z")
    assert kick_off_ms(date(2020, 1, 1), "") == millis("2020-01-01T15:00:00Z")


@pytest.mark.parametrize(
    ("kick_off", "collected"),
    [
        ("2020-01-17T20:00:00Z", "2020-01-17T17:00:00Z"),  # Friday evening
        ("2020-01-17T17:30:00Z", "2020-01-17T16:30:00Z"),  # before that Friday's collection
        ("2020-01-18T15:00:00Z", "2020-01-17T17:00:00Z"),  # Saturday
        ("2020-01-20T20:00:00Z", "2020-01-17T17:00:00Z"),  # Monday
        ("2020-01-21T12:00:00Z", "2020-01-21T11:00:00Z"),  # Tuesday noon
        ("2020-01-23T20:00:00Z", "2020-01-21T13:00:00Z"),  # Thursday
        ("2020-07-04T14:00:00Z", "2020-07-03T16:00:00Z"),  # summer time
    ],
)
def test_prices_are_taken_on_friday_for_the_weekend_and_on_tuesday_for_midweek(kick_off, collected):
    assert collected_ms(millis(kick_off)) == millis(collected)
