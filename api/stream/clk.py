"""The resume token: how far each partition of the price topic had been read.

As each record is the latest price of its market, a client that has seen everything up to some offsets is
brought up to date with the markets whose latest offset lies beyond them.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping


class ClkError(ValueError):
    """A clk that is not one, or belongs to another subscription."""


def encode(offsets: Mapping[int, int]) -> str:
    """Return next offsets by partition as base64url text."""
    text = json.dumps([offsets.get(i, 0) for i in range(max(offsets, default=-1) + 1)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str) -> dict[int, int]:
    """Return what ``encode`` was given.

    Raises
    ------
    ClkError
        When it was not.
    """
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise ClkError("not a clk") from None
    if not isinstance(found, list) or not all(type(n) is int and n >= 0 for n in found):
        raise ClkError("not a clk")
    return dict(enumerate(found))


def tag(*what: str) -> str:
    """Return a short name for what a clk belongs to: operator and filter."""
    return format(zlib.crc32("\n".join(what).encode()), "08x")
