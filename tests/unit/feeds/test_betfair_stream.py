import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.account import Account
from feeds.betfair.book import BACK, LAY, Ladder, Runner
from feeds.betfair.stream import CONFIRM_MS, Stream
from schemas import Fixture, Heartbeat, Quote, Result

HOME, AWAY, DRAW = 228749, 2857977, 58805
START = 1_657_018_212_979


def definition(
    status="OPEN", kind="MATCH_ODDS", in_play=False, statuses=("ACTIVE", "ACTIVE"), ids=(HOME, AWAY)
):
    return {
        "eventId": "31573045",
        "eventTypeId": "4",
        "marketType": kind,
        "marketTime": "2022-07-11T11:00:00.000Z",
        "status": status,
        "inPlay": in_play,
        "countryCode": "GB",
        "runners": [
            {"id": id_, "sortPriority": place, "status": runner}
            for place, (id_, runner) in enumerate(zip(ids, statuses, strict=True), 1)
        ],
    }


def backs(home=2.0, away=1.9, **more):
    return [{"id": HOME, "atb": [[home, 10.0]], **more}, {"id": AWAY, "atb": [[away, 10.0]]}]


class Feed:
    """Sends changes of one market through a stream, a second apart."""

    def __init__(self):
        self.account = Account()
        self.stream = Stream(self.account)
        self.at_ms = START
        self.number = 0

    def send(self, after_ms=1000, market="1.1", **change):
        return self.message(after_ms, mc=[{"id": market, **change}])

    def message(self, after_ms=1000, **parts):
        self.at_ms += after_ms
        self.number += 1
        message = {"op": "mcm", "clk": f"c{self.number}", "pt": self.at_ms, **parts}
        return self.stream.read(json.dumps(message).encode())

    def opened(self, **options):
        self.send(img=True, marketDefinition=definition(**options), rc=backs())
        return self


def prices(messages):
    return [message.prices for message in messages if isinstance(message, Quote)]


def test_an_image_is_a_fixture_and_a_quote_of_the_best_prices_to_back():
    feed = Feed()
    rc = [
        {"id": HOME, "atb": [[1.9, 5.0], [2.02, 3.0], [1.01, 900.0]], "atl": [[2.04, 1.0]], "ltp": 2.0},
        {"id": AWAY, "atb": [[1.95, 5.0]]},
    ]
    fixture, quote = feed.send(img=True, marketDefinition=definition(), rc=rc)
    assert fixture == Fixture(
        event_id="betfair:31573045",
        sport="cricket",
        competition="GB",
        home="selection 228749",
        away="selection 2857977",
        starts_at_ms=1_657_537_200_000,
        event_time_ms=feed.at_ms,
    )
    assert quote == Quote(
        event_id="betfair:31573045",
        market="ml",
        book="betfair_ex",
        feed="betfair",
        prices={"home": 2.02, "away": 1.95},
        event_time_ms=feed.at_ms,
        quoted_at_ms=feed.at_ms,
    )


def test_a_price_whose_size_goes_to_nothing_is_gone_from_the_ladder():
    feed = Feed().opened()
    assert prices(feed.send(rc=[{"id": HOME, "atb": [[2.2, 4.0]]}])) == [{"home": 2.2, "away": 1.9}]
    assert prices(feed.send(rc=[{"id": HOME, "atb": [[2.2, 0]]}])) == [{"home": 2.0, "away": 1.9}]


def test_levels_replace_what_was_at_their_level():
    feed = Feed()
    rc = [{"id": HOME, "batb": [[0, 2.0, 5.0], [1, 1.9, 5.0]]}, {"id": AWAY, "batb": [[0, 1.8, 5.0]]}]
    feed.send(img=True, marketDefinition=definition(), rc=rc)
    assert prices(feed.send(rc=[{"id": HOME, "batb": [[0, 2.1, 1.0]]}])) == [{"home": 2.1, "away": 1.8}]
    assert prices(feed.send(rc=[{"id": HOME, "batb": [[0, 0, 0]]}])) == [{"home": 1.9, "away": 1.8}]


def test_the_ladder_that_traders_see_is_taken_before_the_raw_one():
    feed = Feed()
    rc = [
        {"id": HOME, "atb": [[2.0, 5.0]], "bdatb": [[0, 2.06, 5.0]]},
        {"id": AWAY, "atb": [[1.8, 5.0]], "bdatb": [[0, 1.84, 5.0]]},
    ]
    assert prices(feed.send(img=True, marketDefinition=definition(), rc=rc)) == [{"home": 2.06, "away": 1.84}]


def test_an_image_replaces_all_that_was_known():
    feed = Feed().opened()
    feed.send(rc=[{"id": HOME, "atb": [[2.5, 4.0]]}])
    assert prices(feed.send(img=True, marketDefinition=definition(), rc=backs(1.8, 2.1))) == [
        {"home": 1.8, "away": 2.1}
    ]


def test_a_change_below_the_best_price_says_nothing_new_but_confirms_once_a_minute():
    feed = Feed().opened()
    assert feed.send(rc=[{"id": HOME, "atb": [[1.5, 4.0]]}]) == []
    assert feed.account.rejected == Counter(unchanged=1)
    [quote] = feed.send(after_ms=CONFIRM_MS, rc=[{"id": HOME, "atb": [[1.5, 5.0]]}])
    assert quote.quoted_at_ms == feed.at_ms


def test_a_suspension_withdraws_the_quote_and_the_end_of_it_brings_it_back():
    feed = Feed().opened()
    assert prices(feed.send(marketDefinition=definition("SUSPENDED"))) == [{}]
    assert feed.send(rc=backs(2.3)) == []
    assert feed.account.rejected == Counter(suspended=1)
    assert prices(feed.send(marketDefinition=definition("OPEN"))) == [{"home": 2.3, "away": 1.9}]


def test_a_selection_without_a_price_withdraws_the_quote():
    feed = Feed().opened()
    assert prices(feed.send(rc=[{"id": HOME, "atb": [[2.0, 0]]}])) == [{}]
    assert feed.send(rc=[{"id": AWAY, "atb": [[1.8, 1.0]]}]) == []
    assert feed.account.rejected == Counter(missing_outcome=1)


def test_the_turn_in_play_is_a_result_that_says_live():
    feed = Feed().opened()
    messages = feed.send(marketDefinition=definition(in_play=True))
    assert messages == [Result(event_id="betfair:31573045", status="live", event_time_ms=feed.at_ms)]
    assert feed.send(marketDefinition=definition(in_play=True)) == []


def test_a_closed_market_is_settled_by_what_its_runners_have_become():
    feed = Feed().opened()
    quote, result = feed.send(marketDefinition=definition("CLOSED", statuses=("LOSER", "WINNER")))
    assert quote.prices == {}
    assert (result.status, result.settled) == ("final", {"ml": {"home": "lost", "away": "won"}})


def test_a_market_that_closes_without_a_winner_is_void():
    feed = Feed().opened()
    *_, result = feed.send(marketDefinition=definition("CLOSED", statuses=("REMOVED", "REMOVED")))
    assert (result.status, result.settled) == ("void", {"ml": {"home": "void", "away": "void"}})


def test_a_closed_market_that_opens_again_rolls_its_settlement_back():
    feed = Feed().opened()
    feed.send(marketDefinition=definition("CLOSED", statuses=("LOSER", "WINNER")))
    messages = feed.send(marketDefinition=definition())
    assert [message.status for message in messages if isinstance(message, Result)] == ["rollback"]


def test_the_settlement_of_a_lesser_market_does_not_end_its_event():
    feed = Feed()
    feed.send(img=True, marketDefinition=definition(kind="OVER_UNDER_25"), rc=backs())
    *_, result = feed.send(
        marketDefinition=definition("CLOSED", kind="OVER_UNDER_25", statuses=("LOSER", "WINNER"))
    )
    assert (result.status, result.settled) == ("live", {"ou:2.5": {"under": "lost", "over": "won"}})


@pytest.mark.parametrize(
    ("kind", "ids", "market", "outcomes"),
    [
        ("MATCH_ODDS", (1, 2, 3), "1x2", {"home", "away", "draw"}),
        ("OVER_UNDER_05", (1, 2), "ou:0.5", {"under", "over"}),
        ("BOTH_TEAMS_TO_SCORE", (1, 2), "btts", {"yes", "no"}),
        ("DRAW_NO_BET", (1, 2), "dnb", {"home", "away"}),
        ("WIN", (5, 6, 7), "win", {"5", "6", "7"}),
    ],
)
def test_market_types_have_names_here(kind, ids, market, outcomes):
    rc = [{"id": id_, "atb": [[3.0, 1.0]]} for id_ in ids]
    statuses = ("ACTIVE",) * len(ids)
    *_, quote = Feed().send(marketDefinition=definition(kind=kind, ids=ids, statuses=statuses), rc=rc)
    assert (quote.market, set(quote.prices)) == (market, outcomes)


def test_a_withdrawn_runner_is_no_outcome_of_a_race():
    ids, rc = (5, 6, 7), [{"id": id_, "atb": [[3.0, 1.0]]} for id_ in (5, 6, 7)]
    feed = Feed()
    feed.send(marketDefinition=definition(kind="WIN", ids=ids, statuses=("ACTIVE",) * 3), rc=rc)
    left = definition(kind="WIN", ids=ids, statuses=("ACTIVE", "REMOVED", "ACTIVE"))
    assert prices(feed.send(marketDefinition=left)) == [{"5": 3.0, "7": 3.0}]


def test_races_of_one_meeting_are_events_of_their_own():
    feed = Feed()
    messages = feed.send(marketDefinition=definition(kind="WIN"), rc=backs())
    messages += feed.send(market="1.2", marketDefinition=definition(kind="WIN"), rc=backs())
    assert {message.event_id for message in messages} == {"betfair:31573045:1.1", "betfair:31573045:1.2"}


def test_a_moved_start_is_a_new_fixture():
    feed = Feed().opened()
    [fixture] = feed.send(marketDefinition={**definition(), "marketTime": "2022-07-11T12:00:00.000Z"})
    assert fixture.starts_at_ms == 1_657_540_800_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"market": "1.9", "rc": []}, "no_image"),
        ({"market": "1.9", "marketDefinition": definition(kind="ASIAN_HANDICAP")}, "unknown_market"),
        ({"market": "1.9", "marketDefinition": definition(kind="MATCH_ODDS", ids=(1,), statuses=("ACTIVE",))},
         "unknown_market"),
        ({"rc": [{"atb": []}]}, "schema"),
        ({"rc": [{"id": HOME, "atb": [[2.0]]}]}, "schema"),
        ({"rc": [{"id": HOME, "atb": [[0.5, 3.0], [2.0, 0]]}]}, "schema"),
        ({"marketDefinition": {}}, "schema"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_used_is_rejected_with_its_reason(change, reason):
    feed = Feed().opened()
    feed.send(**change)
    assert feed.account.rejected == Counter({reason: 1})
    assert feed.account.balanced


def test_a_market_left_half_changed_is_withdrawn_until_its_next_image():
    feed = Feed().opened()
    assert prices(feed.send(rc=[{"id": HOME, "atb": [[2.2, 1.0], ["x"]]}])) == [{}]
    assert feed.send(rc=backs()) == []
    assert prices(feed.send(img=True, marketDefinition=definition(), rc=backs())) == [
        {"home": 2.0, "away": 1.9}
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not_json"),
        (b"[]", "schema"),
        (b'{"op":"status"}', "not_mcm"),
        (b'{"op":"mcm","pt":"now"}', "schema"),
    ],
)
def test_a_line_that_is_no_market_change_message_is_rejected(line, reason):
    feed = Feed()
    assert feed.stream.read(line) == []
    assert feed.account.rejected == Counter({reason: 1})


def test_a_message_that_comes_twice_changes_nothing_the_second_time():
    feed = Feed().opened()
    feed.number -= 1
    assert feed.message(mc=[{"id": "1.1", "rc": backs(3.0)}, {"id": "1.2"}]) == []
    assert feed.account.rejected == Counter(repeated=2)


def test_a_message_from_before_the_last_is_rejected():
    feed = Feed().opened()
    assert feed.send(after_ms=-5000, rc=backs(3.0)) == []
    assert feed.account.rejected == Counter(older=1)


def test_the_stream_knows_where_to_resume():
    feed = Feed()
    feed.message(initialClk="i1", ct="SUB_IMAGE", mc=[])
    feed.send(marketDefinition=definition(), rc=backs())
    assert (feed.stream.initial_clk, feed.stream.clk) == ("i1", "c2")


def test_a_heartbeat_and_the_end_of_an_image_are_told():
    feed = Feed()
    *_, complete = feed.message(
        ct="SUB_IMAGE", mc=[{"id": "1.1", "marketDefinition": definition(), "rc": backs()}]
    )
    assert complete == Heartbeat(feed="betfair", status="snapshot_complete", event_time_ms=feed.at_ms)
    assert feed.message(ct="HEARTBEAT") == [Heartbeat(feed="betfair", event_time_ms=feed.at_ms)]
    part = feed.message(ct="SUB_IMAGE", segmentType="SEG_START", mc=[{"id": "1.1", "rc": backs(2.5)}])
    assert not any(isinstance(message, Heartbeat) for message in part)


def test_data_that_the_exchange_itself_calls_late_makes_the_feed_silent_until_it_has_recovered():
    feed = Feed().opened()
    said = [feed.message(ct="HEARTBEAT", **extra) for extra in ({"status": 503}, {"status": 503}, {})]
    assert [[beat.status for beat in messages] for messages in said] == [
        ["silent", "alive"],
        ["alive"],
        ["recovered", "alive"],
    ]


CHANGES = st.lists(
    st.tuples(st.sampled_from([1.5, 1.6, 1.7, 1.8]), st.sampled_from([0.0, 1.0, 2.0])), max_size=40
)


@given(CHANGES)
def test_a_ladder_is_what_its_last_changes_say(changes):
    ladder = Ladder(by_level=False)
    ladder.apply([list(change) for change in changes])
    standing = [price for price, size in dict(changes).items() if size > 0]
    assert ladder.best(back=True) == max(standing, default=None)
    assert ladder.best(back=False) == min(standing, default=None)


def test_the_best_price_to_lay_is_the_lowest():
    runner = Runner()
    runner.apply({"atb": [[2.0, 1.0], [1.9, 1.0]], "atl": [[2.1, 1.0], [2.2, 1.0]], "ltp": 2})
    assert (runner.best(BACK), runner.best(LAY), runner.last_traded) == (2.0, 2.1, 2.0)


ENTRIES = st.lists(st.lists(st.sampled_from([0, 1.5, 2.0]), min_size=1, max_size=3), max_size=3)
RUNNER = st.fixed_dictionaries({"id": st.sampled_from([HOME, AWAY]), "atb": ENTRIES})
STATUS = st.sampled_from(["OPEN", "SUSPENDED", "CLOSED", "INACTIVE"])
CHANGE = st.one_of(
    st.fixed_dictionaries({"rc": st.lists(RUNNER)}),
    STATUS.map(lambda status: {"marketDefinition": definition(status)}),
    st.just({"img": True}),
    st.dictionaries(st.sampled_from(["rc", "marketDefinition", "img"]), st.none() | st.integers()),
)


@given(st.lists(CHANGE, max_size=15))
def test_whatever_comes_no_row_is_lost_and_no_quote_stands_while_the_market_does_not(changes):
    feed = Feed()
    standing, status = {}, None
    for change in [{"img": True, "marketDefinition": definition(), "rc": backs()}, *changes]:
        for message in feed.send(**change):
            if isinstance(message, Quote):
                standing = message.prices
        if isinstance(change.get("marketDefinition"), dict):
            status = change["marketDefinition"]["status"]
        assert status == "OPEN" or not standing
    assert feed.account.balanced
    assert feed.account.rows == len(changes) + 1


def test_a_stream_that_begins_anew_has_lost_messages_and_one_that_is_resumed_has_not():
    feed = Feed()
    image = [{"id": "1.1", "marketDefinition": definition(), "rc": backs(), "img": True}]
    first = feed.message(initialClk="i1", ct="SUB_IMAGE", heartbeatMs=5000, mc=image)
    resumed = feed.message(initialClk="i2", ct="RESUB_DELTA", mc=[{"id": "1.1", "rc": backs(2.1)}])
    anew = feed.message(initialClk="i3", ct="SUB_IMAGE", mc=image)
    told = [
        [(beat.missed, beat.status) for beat in messages if isinstance(beat, Heartbeat)]
        for messages in (first, resumed, anew)
    ]
    assert told == [[(0, "snapshot_complete")], [], [(1, "alive"), (0, "snapshot_complete")]]
    assert isinstance(anew[0], Heartbeat)
    assert first[-1].interval_ms == 5000
