from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.account import Account
from feeds.football_data.messages import LATENESS_MS, read
from feeds.ordering import in_order
from feeds.prices import millis
from schemas import Fixture, Quote, Result

MATCH = {
    "Div": "E0",
    "Date": "18/01/2020",
    "Time": "15:00",
    "HomeTeam": "Arsenal",
    "AwayTeam": "Sheffield United",
}
KICK_OFF = millis("2020-01-18T15:00:00Z")
FRIDAY = millis("2020-01-17T17:00:00Z")


def became(*rows, **columns):
    rows = rows or ({},)
    header = list({**MATCH, **columns, **rows[0]})
    lines = [
        ",".join(header),
        *(",".join({**MATCH, **columns, **row}[name] for name in header) for row in rows),
    ]
    account = Account()
    return list(read((line.encode() for line in lines), account)), account


def quotes(messages):
    return [message for message in messages if isinstance(message, Quote)]


def test_a_match_is_known_when_its_prices_are_collected_and_closes_before_it_starts():
    messages, _ = became(PSH="1.5", PSD="4.5", PSA="7", PSCH="1.4", PSCD="4.6", PSCA="8", FTHG="2", FTAG="1")
    fixture, before, close, final = messages
    assert fixture == Fixture(
        event_id="fd:e0:2020-01-18:arsenal:sheffield-united",
        sport="soccer",
        competition="E0",
        home="Arsenal",
        away="Sheffield United",
        starts_at_ms=KICK_OFF,
        event_time_ms=FRIDAY,
    )
    assert (before.book, before.market, before.event_time_ms) == ("pinnacle", "1x2", FRIDAY)
    assert before.prices == {"home": 1.5, "draw": 4.5, "away": 7.0}
    assert close.prices == {"home": 1.4, "draw": 4.6, "away": 8.0}
    assert FRIDAY < close.event_time_ms == close.quoted_at_ms < KICK_OFF
    assert (final.status, final.home_score, final.away_score) == ("final", 2, 1)
    assert final.event_time_ms > KICK_OFF + 105 * 60_000


def test_half_time_is_a_result_on_the_way():
    messages, _ = became(HTHG="1", HTAG="0", FTHG="1", FTAG="1")
    half, final = (message for message in messages if isinstance(message, Result))
    assert (half.status, half.home_score, half.away_score, half.clock_s) == ("live", 1, 0, 2700)
    assert KICK_OFF < half.event_time_ms < final.event_time_ms


@pytest.mark.parametrize(
    ("columns", "markets"),
    [
        ({"AHh": "-0.75", "PAHH": "1.9", "PAHA": "2.0"}, {"ah:-0.75"}),
        ({"AHh": "-0.75", "AHCh": "-1", "PCAHH": "1.9", "PCAHA": "2.0"}, {"ah:-1"}),
        ({"GBAH": "0", "GBAHH": "1.9", "GBAHA": "2.0"}, {"ah:0"}),
        ({"AHh": "1", "B365AH": "0.5", "B365AHH": "1.9", "B365AHA": "2.0"}, {"ah:0.5"}),
        ({"P>2.5": "1.9", "P<2.5": "2.0"}, {"ou:2.5"}),
    ],
)
def test_handicaps_take_the_line_that_goes_with_them(columns, markets):
    messages, _ = became(**columns)
    assert {quote.market for quote in quotes(messages)} == markets


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        ({"PSH": "1.5", "PSD": "", "PSA": "7"}, {"missing_outcome": 1}),
        ({"PSH": "0", "PSD": "4", "PSA": "7"}, {"bad_number": 1, "missing_outcome": 1}),
        ({"PAHH": "1.9", "PAHA": "2.0"}, {"no_line": 1}),
        ({"AHh": "275", "PAHH": "1.9", "PAHA": "2.0"}, {"no_line": 1, "bad_number": 1}),
        ({"AvgH": "1.5", "AvgD": "4", "AvgA": "7"}, {"aggregate": 1}),
    ],
)
def test_what_makes_no_quote_is_counted_with_its_reason_and_the_match_stands(columns, parts):
    messages, account = became(**columns, FTHG="0", FTAG="0")
    assert quotes(messages) == []
    assert account.parts_rejected == Counter(parts)
    assert account.published == 1


def test_a_match_without_a_score_has_no_result():
    messages, account = became(FTHG="-1", FTAG="-1")
    assert not any(isinstance(message, Result) for message in messages)
    assert account.parts_rejected == Counter(no_score=1)


def test_rows_that_are_no_matches_are_rejected_with_their_reasons():
    rows = [{}, {}, {"HomeTeam": ""}, {"Date": "32/01/2020"}, {"Time": "25:00"}, {"HomeTeam": "x" * 300}]
    _, account = became(*rows)
    assert account.published == 1
    assert account.rejected == Counter(twice=1, no_teams=1, bad_date=1, bad_time=1, schema=1)


@given(
    st.lists(st.tuples(st.integers(1, 28), st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=30)
)
def test_matches_in_any_order_are_played_in_event_time_order(drawn):
    rows = [
        {"Date": f"{day}/03/2020", "Time": f"{hour}:{minute:02d}".zfill(5), "HomeTeam": f"T{number}"}
        for number, (day, hour, minute) in enumerate(drawn)
    ]
    prices = {"PSH": "1.5", "PSD": "4.5", "PSA": "7", "PSCH": "1.4", "PSCD": "4.6", "PSCA": "8"}
    messages, account = became(*rows, **prices, FTHG="1", FTAG="0", HTHG="0", HTAG="0")
    assert account.balanced
    times = [message.event_time_ms for message in in_order(messages, LATENESS_MS)]
    assert times == sorted(times)
    assert len(times) == len(messages)
