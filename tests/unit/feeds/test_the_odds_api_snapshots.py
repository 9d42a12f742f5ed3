import copy
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import formats
from feeds.account import Account
from feeds.the_odds_api.snapshots import Snapshots, read
from schemas import Fixture, Heartbeat, Quote

KICK_OFF = "2026-06-11T19:00:00Z"
BOOK_TIME = "2026-06-06T04:59:50Z"
AT = "2026-06-06T05:00:31Z"
AT_MS = 1_780_722_031_000


def h2h(home: int = -225, away: int = 650, draw: int | None = 333, at: str = BOOK_TIME) -> dict:
    outcomes = [{"name": "Mexico", "price": home}, {"name": "South Africa", "price": away}]
    if draw is not None:
        outcomes.append({"name": "Draw", "price": draw})
    return {"key": "h2h", "last_update": at, "outcomes": outcomes}


def totals(over: float = 2.5, under: float = 2.5, at: str = BOOK_TIME) -> dict:
    outcomes = [
        {"name": "Over", "price": 115, "point": over},
        {"name": "Under", "price": -135, "point": under},
    ]
    return {"key": "totals", "last_update": at, "outcomes": outcomes}


def spreads(home: float = -0.5, away: float = 0.5) -> dict:
    outcomes = [
        {"name": "South Africa", "price": -110, "point": away},
        {"name": "Mexico", "price": 100, "point": home},
    ]
    return {"key": "spreads", "last_update": BOOK_TIME, "outcomes": outcomes}


def snapshot(
    *markets: dict, at: str = AT, kick_off: str = KICK_OFF, sport: str = "soccer_fifa_world_cup"
) -> bytes:
    event = {
        "id": "80d8",
        "sport_key": sport,
        "sport_title": "FIFA World Cup",
        "commence_time": kick_off,
        "home_team": "Mexico",
        "away_team": "South Africa",
        "bookmakers": [
            {"key": "betmgm", "title": "BetMGM", "last_update": BOOK_TIME, "markets": list(markets)}
        ],
    }
    return json.dumps({"snapshot_utc": at, "events": [event]}).encode()


def quotes(*lines: bytes) -> tuple[list[Quote], Account]:
    account = Account()
    return [message for message in read(lines, account) if isinstance(message, Quote)], account


def test_a_snapshot_is_a_fixture_then_quotes_then_a_heartbeat():
    fixture, quote, heartbeat = read([snapshot(h2h())], Account())
    assert fixture == Fixture(
        event_id="80d8",
        sport="soccer",
        competition="FIFA World Cup",
        home="Mexico",
        away="South Africa",
        starts_at_ms=1_781_204_400_000,
        event_time_ms=AT_MS - 41_000,
    )
    assert quote == Quote(
        event_id="80d8",
        market="1x2",
        book="betmgm",
        feed="the-odds-api",
        prices={"home": 1 + 100 / 225, "away": 7.5, "draw": 4.33},
        event_time_ms=AT_MS - 41_000,
        quoted_at_ms=AT_MS - 41_000,
    )
    assert heartbeat == Heartbeat(feed="the-odds-api", status="snapshot_complete", event_time_ms=AT_MS)


@pytest.mark.parametrize(
    ("market", "name", "outcomes"),
    [
        (totals(2.5, 2.5), "ou:2.5", {"over": 2.15, "under": 1 + 100 / 135}),
        (totals(3, 3), "ou:3", {"over": 2.15, "under": 1 + 100 / 135}),
        (spreads(-0.5, 0.5), "ah:-0.5", {"home": 2.0, "away": 1 + 100 / 110}),
        (spreads(1.25, -1.25), "ah:1.25", {"home": 2.0, "away": 1 + 100 / 110}),
        (spreads(-0.0, 0), "ah:0", {"home": 2.0, "away": 1 + 100 / 110}),
    ],
)
def test_a_line_is_part_of_the_name_of_its_market(market, name, outcomes):
    [quote], _ = quotes(snapshot(market))
    assert (quote.market, quote.prices) == (name, outcomes)


def test_where_no_draw_is_possible_the_winner_market_is_two_way():
    [quote], _ = quotes(snapshot(h2h(draw=None), sport="baseball_mlb"))
    assert (quote.market, set(quote.prices)) == ("ml", {"home", "away"})


@pytest.mark.parametrize(
    ("market", "reason"),
    [
        (h2h(draw=None), "missing_outcome"),
        (h2h(home=99), "bad_price"),
        (h2h(home=0), "bad_price"),
        (h2h(home=10**400), "bad_price"),
        (h2h(at="yesterday"), "bad_time"),
        (totals(2.5, 3.5), "lines_differ"),
        (totals(float("inf"), float("inf")), "no_line"),
        (spreads(-0.5, -0.5), "lines_differ"),
        ({**h2h(), "key": "h2h_lay"}, "unknown_market"),
        ({**h2h(), "outcomes": [{"name": "Brazil", "price": 200}]}, "unknown_outcome"),
        ({**h2h(), "outcomes": [{"name": "Draw", "price": 200}] * 3}, "outcome_twice"),
        ({**totals(), "outcomes": [{"name": "Over", "price": 200}]}, "missing_outcome"),
        ({**h2h(), "outcomes": None}, "schema"),
        ({**h2h(), "outcomes": [{"name": "Mexico", "price": "2.5"}]}, "bad_price"),
        ({}, "schema"),
    ],
)
def test_a_market_that_cannot_be_read_is_rejected_with_its_reason_and_the_others_are_not(market, reason):
    other = totals(7.5, 7.5)
    [quote], account = quotes(snapshot(market, other))
    assert quote.market == "ou:7.5"
    assert account.rejected == Counter({reason: 1})
    assert (account.rows, account.published) == (2, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "schema"),
        (b"{}", "schema"),
        (b'{"snapshot_utc": "2026-06-06T05:00:31Z", "events": {}}', "schema"),
        (b'{"snapshot_utc": "soon", "events": []}', "bad_time"),
        (b'{"snapshot_utc": "1912-06-23T00:00:00Z", "events": []}', "older"),
    ],
)
def test_a_line_that_is_no_snapshot_is_one_rejected_row_and_the_next_is_read(line, reason):
    found, account = quotes(line, snapshot(h2h()))
    assert len(found) == 1
    assert account.rejected == Counter({reason: 1})


def test_the_same_prices_are_sent_again_only_when_the_book_has_confirmed_them():
    later, latest = "2026-06-06T05:15:30Z", "2026-06-06T05:30:30Z"
    found, account = quotes(snapshot(h2h()), snapshot(h2h(), at=later), snapshot(h2h(at=later), at=latest))
    assert [quote.quoted_at_ms for quote in found] == [AT_MS - 41_000, AT_MS + 899_000]
    assert account.rejected == Counter({"unchanged": 1})


def test_other_prices_at_the_same_confirmation_time_are_sent():
    found, _ = quotes(snapshot(h2h()), snapshot(h2h(home=-230), at="2026-06-06T05:15:30Z"))
    assert len(found) == 2


def test_a_confirmation_from_before_the_last_one_is_rejected_as_older():
    found, account = quotes(
        snapshot(h2h()), snapshot(h2h(at="2026-06-06T04:00:00Z"), at="2026-06-06T05:15:30Z")
    )
    assert len(found) == 1
    assert account.rejected == Counter({"older": 1})


def test_a_quote_is_never_from_after_its_snapshot_nor_from_before_the_last_one():
    late = snapshot(h2h(at="2026-06-06T09:00:00Z"))
    early = snapshot(h2h(), totals(at="2026-06-01T00:00:00Z"), at="2026-06-06T05:15:30Z")
    found, _ = quotes(late, early)
    assert [quote.event_time_ms for quote in found] == [AT_MS, AT_MS]
    assert found[0].quoted_at_ms == AT_MS
    assert found[1].quoted_at_ms < AT_MS - 86_400_000


def test_a_market_that_the_next_snapshot_does_not_show_is_withdrawn():
    after = snapshot(totals(3.5, 3.5, at="2026-06-06T05:15:00Z"), at="2026-06-06T05:15:31Z")
    found, _ = quotes(snapshot(totals()), after, after.replace(b"05:15", b"05:30"))
    assert [(quote.market, bool(quote.prices)) for quote in found] == [
        ("ou:2.5", True),
        ("ou:3.5", True),
        ("ou:2.5", False),
        ("ou:3.5", True),
    ]


def test_an_event_that_is_gone_has_all_its_markets_withdrawn():
    empty = json.dumps({"snapshot_utc": "2026-06-06T05:15:31Z", "events": []}).encode()
    found, _ = quotes(snapshot(h2h(), totals()), empty)
    assert {quote.market for quote in found if not quote.prices} == {"1x2", "ou:2.5"}
    assert found[-1].event_time_ms == AT_MS + 900_000


def test_a_fixture_is_sent_again_only_when_it_has_changed():
    moved = snapshot(h2h(), at="2026-06-06T05:30:31Z", kick_off="2026-06-11T20:00:00Z")
    messages = list(read([snapshot(h2h()), snapshot(h2h(), at="2026-06-06T05:15:31Z"), moved], Account()))
    starts = [message.starts_at_ms for message in messages if isinstance(message, Fixture)]
    assert starts == [1_781_204_400_000, 1_781_208_000_000]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data(), value=JSON_VALUES)
def test_whatever_is_put_anywhere_in_a_snapshot_no_row_is_lost_and_nothing_breaks(data, value):
    tree = json.loads(snapshot(h2h(), totals(), spreads()))
    good = copy.deepcopy(tree)
    node = tree
    while True:  # walk down to a random place and put the value there
        place = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[place], dict | list) or not node[place] or data.draw(st.booleans()):
            node[place] = value
            break
        node = node[place]
    account = Account()
    reader = Snapshots(account)
    reader.read(json.dumps(good).encode())
    reader.read(json.dumps(tree).encode())
    assert account.balanced


def test_the_account_counts_messages_by_topic():
    account = Account()
    list(formats.read("the-odds-api", [snapshot(h2h(), totals())], account))
    assert account.messages == {"events.fixtures.v1": 1, "odds.quotes.v1": 2, "feeds.heartbeats.v1": 1}
