"""Names of teams and players: what they have in common whatever the source that writes them."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from domain.matching.aliases import ALIASES

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_SEPARATORS = str.maketrans({"&": " and ", "'": " ", "’": " "})
_ABBREVIATIONS = {
    "utd": "united",
    "man": "manchester",
    "st": "saint",
    "ste": "saint",
    "sheff": "sheffield",
    "weds": "wednesday",
    "nott": "nottingham",
    "ath": "athletic",
    "atl": "atletico",
    "dep": "deportivo",
    "univ": "universidad",
    "int": "internacional",
    "jrs": "juniors",
    "ny": "new york",
}
_FORMS = frozenset(
    {
        *(
            "fc",
            "cf",
            "afc",
            "ac",
            "sc",
            "sk",
            "fk",
            "if",
            "bk",
            "cd",
            "ud",
            "sd",
            "sv",
            "tsv",
            "vfb",
            "vfl",
            "fsv",
        ),
        *(
            "as",
            "us",
            "ss",
            "ssc",
            "rc",
            "rcd",
            "ca",
            "ec",
            "cr",
            "cp",
            "ks",
            "gks",
            "nk",
            "hnk",
            "fbc",
            "ff",
            "il",
        ),
        *("club", "calcio", "futbol", "football", "de", "la", "le", "of", "the", "and"),
    }
)
"""Kinds of club and small words, which one source writes and another leaves out."""

_WOMEN = re.compile(
    r"\b(women|womens|woman|ladies|lady|fem|femenino|femenina|feminino|feminina|feminin|frauen|damen|wfc)\b"
    r"|[( ]w\)?$"
)
_YOUTH = re.compile(
    r"\bu ?-?(1[4-9]|2[0-3])s?\b|\bunder ?-?(1[4-9]|2[0-3])s?\b|\b(youth|juvenil|primavera|academy)\b"
)
_RESERVE = re.compile(r"\b(reserves?|jong|castilla|amateure?)\b| (res|ii|b|2)$")


class Category(NamedTuple):
    """Who plays for a name: the women's, youth or reserve side, or the first men's (all empty)."""

    women: bool
    youth: str
    reserve: bool


def plain(name: str) -> str:
    """Return a name in lower case without accents, punctuation and double spaces."""
    return " ".join(re.findall(r"[^\W_]+", _lower(name).translate(_SEPARATORS)))


def _lower(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=100_000)
def category(name: str, competition: str = "") -> Category:
    """Return which side of a club a name, or the competition that it plays in, speaks of."""
    women, youth, reserve = False, "", False
    for text, is_name in ((name, True), (competition, False)):
        lower = _lower(text)
        women = women or bool(_WOMEN.search(lower))
        found = _YOUTH.search(lower)
        if found and not youth:
            youth = next((part for part in found.groups()[:2] if part), "youth")
        if is_name:
            reserve = bool(_RESERVE.search(lower))
    return Category(women, youth, reserve)


@lru_cache(maxsize=100_000)
def tokens(name: str) -> tuple[str, ...]:
    """Return the words that tell a name from another: aliases resolved, forms and marks of category out."""
    marked = _RESERVE.sub(" ", _YOUTH.sub(" ", _WOMEN.sub(" ", _lower(name))))
    text = plain(marked) or plain(name) or name
    text = ALIASES.get(text, text)
    words = [word for part in text.split() for word in _ABBREVIATIONS.get(part, part).split()]
    telling = tuple(word for word in words if word not in _FORMS)
    return telling or tuple(words) or (name,)


@lru_cache(maxsize=500_000)
def similarity(one: str, other: str) -> float:
    """Return how well two names go together, 0 to 1; symmetric.

    Each word of the shorter name is put to its best counterpart in the longer: the same word counts 1, an
    abbreviation .9 (.7 of one or two letters), a misspelling by Jaro and Winkler's measure, others nothing.
    What the shorter name says counts three quarters, how much of the longer one it covers a quarter:
    "Kashima" and "Kashima Antlers" get .875, "Sheffield United" and "Sheffield Wednesday" .5.
    """
    first, second = tokens(one), tokens(other)
    if sorted(first) == sorted(second):
        return 1.0
    if "".join(first) == "".join(second):
        return 0.98
    short, long = (first, second) if (len(first), first) <= (len(second), second) else (second, first)
    return _aligned(short, long)


def _aligned(short: Sequence[str], long: Sequence[str]) -> float:
    left = list(long)
    said = covered = weight = 0.0
    for word in sorted(short, key=len, reverse=True):
        own = _weight(word)
        weight += own
        if not left:
            break
        likeness, best = max((_likeness(word, candidate), candidate) for candidate in left)
        if likeness > 0.0:
            left.remove(best)
            said += likeness * own
            covered += likeness * _weight(best)
    return 0.75 * said / weight + 0.25 * covered / sum(_weight(word) for word in long)


def _weight(word: str) -> float:
    return 0.3 if word.isdigit() else 0.7 if len(word) == 1 else 1.0


@lru_cache(maxsize=500_000)
def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if short.isdigit() or long.isdigit():
        return 0.0
    if long.startswith(short):
        return 0.9 if len(short) > 2 else 0.7
    likeness = float(JaroWinkler.similarity(one, other))
    return likeness if likeness >= 0.88 and min(len(one), len(other)) >= 4 else 0.0
