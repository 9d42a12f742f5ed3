import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stream.clk import ClkError, decode, encode, tag


@given(st.dictionaries(st.integers(0, 40), st.integers(0, 2**63 - 1), max_size=12))
def test_offsets_come_back(offsets):
    found = decode(encode(offsets))
    assert all(found.get(i, 0) == offsets.get(i, 0) for i in range(41))


def packed(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    ["", "!", "ü", "a", packed(b"{}"), packed(b"[-1]"), packed(b"[1.5]"), packed(b"[true]"), packed(b'["1"]'),
     packed(b"[" * 100_000), packed(b"\xff")],
)  # fmt: skip
def test_what_is_no_clk_is_refused(text):
    with pytest.raises(ClkError):
        decode(text)


def test_a_tag_tells_filters_and_operators_apart():
    assert len({tag("north", "a"), tag("south", "a"), tag("north", "b"), tag("northa", "")}) == 4
    assert tag("north", "a") == tag("north", "a")
