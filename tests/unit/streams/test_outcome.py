"""Frames carry the chain on, and an outcome comes back from its bytes as it was."""

from hypothesis import given
from hypothesis import strategies as st

from streams.partitions import partition_of
from streams.records import EVENT_TIME, ORIGIN_AT, PRODUCED_AT, TRACE, Output, PlainRecord
from streams.seam.outcome import Framer, Outcome, decode, encode

NOW_US = 1_700_000_000_123_456


def frame_of(output: Output) -> tuple[dict[str, bytes], int | None]:
    [frame], [origin] = Framer(4, lambda: NOW_US).outputs([output])
    return dict(frame[5]), origin


def caused_by(*headers: tuple[str, bytes]) -> Output:
    cause = PlainRecord("in.v1", 2, 77, 0, b"k", b"v", headers)
    return Output("out.v1", b"k", b"v", 9, 1, cause)


def test_an_output_without_a_cause_has_no_origin_for_nobody_waited_for_it():
    headers, origin = frame_of(Output("out.v1", b"k", b"v", 9, 1))
    assert headers == {EVENT_TIME: b"9", PRODUCED_AT: str(NOW_US).encode()}
    assert origin is None


def test_the_first_output_of_a_chain_counts_from_its_causes_sending_and_is_named_by_its_place():
    headers, origin = frame_of(caused_by((PRODUCED_AT, b"1600")))
    assert headers[ORIGIN_AT] == b"1600"
    assert headers[TRACE] == b"in.v1/2/77"
    assert origin == 1600


def test_origin_and_trace_are_copied_along_the_chain():
    headers, origin = frame_of(caused_by((PRODUCED_AT, b"1700"), (ORIGIN_AT, b"1500"), (TRACE, b"t")))
    assert (headers[ORIGIN_AT], headers[TRACE], origin) == (b"1500", b"t", 1500)


def test_a_header_that_is_no_number_does_not_become_an_origin():
    headers, origin = frame_of(caused_by((ORIGIN_AT, b"yesterday")))
    assert ORIGIN_AT not in headers
    assert origin is None


def test_outputs_of_different_causes_and_times_do_not_mix():
    outputs = [
        caused_by((TRACE, b"a")),
        Output("out.v1", b"k", b"v", 10, 1),
        caused_by((TRACE, b"b")),
    ]
    frames, _ = Framer(4, lambda: NOW_US).outputs(outputs)
    assert [dict(frame[5]).get(TRACE) for frame in frames] == [b"a", None, b"b"]
    assert [dict(frame[5])[EVENT_TIME] for frame in frames] == [b"9", b"10", b"9"]


def test_the_timestamp_is_the_wall_clock_and_the_key_chooses_the_partition_where_none_is_given():
    [frame], _ = Framer(8, lambda: NOW_US).outputs([Output("out.v1", b"k1", b"v", 9)])
    assert frame[4] == NOW_US // 1000
    assert frame[1] == partition_of("k1", 8)


def test_a_dead_letter_keeps_its_bytes_and_says_where_it_lay_and_why():
    rejected = PlainRecord("in.v1", 3, 12, 0, b"\xff", b"\x00{", [("trace-id", b"t")])
    [frame] = Framer(4, lambda: NOW_US).dead_letters([(rejected, "not_json: at 1")])
    assert frame[:4] == ("in.v1.dlq", 3, b"\xff", b"\x00{")
    assert dict(frame[5]) == {
        "trace-id": b"t",
        "origin-topic": b"in.v1",
        "origin-partition": b"3",
        "origin-offset": b"12",
        "reason": b"not_json: at 1",
    }


changes = st.lists(st.tuples(st.binary(), st.none() | st.binary()))
headers = st.lists(st.tuples(st.text(), st.binary()))
frames = st.lists(
    st.tuples(
        st.text(),
        st.integers(0, 1000),
        st.none() | st.binary(),
        st.none() | st.binary(),
        st.integers(0, 2**53),
        headers,
    )
)


@given(st.dictionaries(st.text(), st.integers(0, 2**60)), changes, frames)
def test_an_outcome_comes_back_from_its_bytes(applied, changes, frames):
    outcome = Outcome(applied, changes, frames)
    assert decode(encode(outcome)) == outcome
