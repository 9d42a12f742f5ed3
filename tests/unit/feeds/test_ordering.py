from hypothesis import given
from hypothesis import strategies as st

from feeds.ordering import MOST_IN_A_ROW, in_order, with_heartbeats
from schemas import Heartbeat, Result


def at(event_time_ms: int, name: str = "e") -> Result:
    return Result(event_id=name, status="live", event_time_ms=event_time_ms)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 500)), max_size=50))
def test_messages_that_come_no_later_than_agreed_come_out_in_order_and_none_is_lost(drawn):
    times = sorted(time for time, _ in drawn)
    late = sorted(zip(times, (delay for _, delay in drawn), strict=True), key=lambda pair: pair[0] + pair[1])
    messages = [at(time, f"e{number}") for number, (time, _) in enumerate(late)]
    out = list(in_order(messages, 500))
    assert [message.event_time_ms for message in out] == times
    assert {message.event_id for message in out} == {message.event_id for message in messages}


def test_messages_of_one_instant_keep_the_order_in_which_they_came():
    messages = [at(5, "a"), at(5, "c"), at(5, "b"), at(900, "d")]
    assert list(in_order(messages, 100)) == messages


def test_only_the_agreed_lateness_is_held_back():
    messages = iter([at(0), at(50), at(201), at(1_000)])
    ordered = in_order(messages, 100)
    assert next(ordered) == at(0)
    assert next(messages) == at(1_000)  # so the reader was asked for three messages, not for all


def test_heartbeats_stand_at_round_instants_between_messages():
    out = list(with_heartbeats([at(10), at(65), at(90), at(91)], "f", 30))
    assert [(message.event_time_ms, isinstance(message, Heartbeat)) for message in out] == [
        (10, False),
        (30, True),
        (60, True),
        (65, False),
        (90, False),
        (91, False),
    ]


def test_a_long_hole_is_not_papered_over():
    out = list(with_heartbeats([at(0), at(1_000_000)], "f", 30))
    assert len(out) == MOST_IN_A_ROW + 2
    assert out[-2].event_time_ms == 30 * MOST_IN_A_ROW


@given(st.lists(st.integers(0, 3_000), max_size=30).map(sorted))
def test_heartbeats_keep_the_order(times):
    out = [message.event_time_ms for message in with_heartbeats(map(at, times), "f", 7)]
    assert out == sorted(out)
