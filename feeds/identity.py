"""Identifiers for events whose source gives them none."""

import re

_GAP = re.compile(r"[\s|\x00-\x1f]+")


def event_id(*parts: object) -> str:
    """Return parts joined by ``:``, in small letters, ``-`` for blanks; the same parts give the same id."""
    return ":".join(_GAP.sub("-", str(part).strip().lower()) for part in parts)
