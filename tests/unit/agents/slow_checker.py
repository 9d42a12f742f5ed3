"""Checks alerts of arbitrage against raw quotes, by nothing but the rules of the markets: slow and apart.

It shares no code with the platform: it goes through all quotes that came before an alert, settles each leg at
each final score by words, and adds up.
"""

import json
from collections.abc import Iterator, Sequence
from math import floor
from statistics import median

MAX_AGE_MS = 300_000
GOALS = range(0, 14)


def standing(quotes: Sequence[dict], event_id: str, market: str, book: str, at_ms: int) -> dict | None:
    """The book's quote that stood at an instant, with the latest confirmation of its prices."""
    latest = None
    for quote in quotes:
        if (quote["event_id"], quote["market"], quote["book"]) != (event_id, market, book):
            continue
        if quote["event_time_ms"] > at_ms:
            continue
        if latest is not None and quote["event_time_ms"] < latest["event_time_ms"]:
            continue
        confirmed = quote["quoted_at_ms"]
        if latest is not None and latest["prices"] == quote["prices"]:
            confirmed = max(confirmed, latest["confirmed"])
        latest = {**quote, "confirmed": confirmed}
    return latest


def gives_back(market: str, outcome: str, price: float, home: int, away: int) -> float:
    """What a unit stake gives back at a final score."""
    kind, _, line = market.partition(":")
    if kind == "1x2":
        return price if outcome == ("home" if home > away else "away" if away > home else "draw") else 0.0
    if kind in ("ou", "ah"):
        handicap = float(line)
        if (4 * handicap) % 2:
            halves = (floor(2 * handicap) / 2, floor(2 * handicap) / 2 + 0.5)
            return sum(gives_back(f"{kind}:{half}", outcome, price, home, away) for half in halves) / 2
        ahead = home + away - handicap if kind == "ou" else home - away + handicap
        if outcome in ("under", "away"):
            ahead = -ahead
        return price if ahead > 0 else 1.0 if ahead == 0 else 0.0
    if kind == "btts":
        return price if (outcome == "yes") == (home > 0 and away > 0) else 0.0
    raise AssertionError(f"the checker knows no {market}")


def legs_of(alert: dict) -> Iterator[tuple[str, str, float, float]]:
    """Market, outcome, price and stake of each leg, from the figures."""
    for name, stake in alert["figures"].items():
        if not name.startswith("stake "):
            continue
        named = name.removeprefix("stake ")
        market, outcome = (alert["market"], named) if alert["market"] else named.split(" ")
        yield market, outcome, alert["figures"][f"price {named}"], stake


def why_not_to_be_had(alert: dict, quotes: Sequence[dict]) -> str | None:
    """Why the legs of an alert could not be had as it says, or None."""
    at_ms, event_id = alert["event_time_ms"], alert["subject"]
    legs = list(legs_of(alert))
    books = [part.rsplit(" ", 2)[-2] for part in alert["text"].split(" by ", 1)[1].split(", ")]
    if len(books) != len(legs):
        return "its text and its figures differ"
    for (market, outcome, price, _), book in zip(legs, books, strict=True):
        quote = standing(quotes, event_id, market, book, at_ms)
        if quote is None or quote["prices"].get(outcome) != price:
            return f"{book} did not show {price} on {outcome} of {market}"
        if at_ms - quote["confirmed"] > MAX_AGE_MS:
            return f"{book}'s price was not fresh"
        if quote["event_time_ms"] > at_ms or alert["opened_at_ms"] > at_ms:
            return "it opened after it was seen"
    if abs(sum(stake for *_, stake in legs) - 1) > 1e-9:
        return "its stakes are no shares of one"
    return None


def why_false(alert: dict, quotes: Sequence[dict]) -> str | None:
    """Why an alert that an arbitrage has opened is false, or None."""
    wrong = why_not_to_be_had(alert, quotes)
    if wrong is not None:
        return wrong
    legs = list(legs_of(alert))
    worst = min(
        sum(stake * gives_back(market, outcome, price, home, away) for market, outcome, price, stake in legs)
        for home in GOALS
        for away in GOALS
    )
    best = max(
        sum(stake * gives_back(market, outcome, price, home, away) for market, outcome, price, stake in legs)
        for home in GOALS
        for away in GOALS
    )
    if abs(worst - 1 - alert["figures"]["worst"]) > 1e-9 or worst < 1 - 1e-9:
        return f"at worst it wins {worst - 1:.4%}, not {alert['figures']['worst']:.4%}"
    if best - 1 < alert["figures"]["margin"] - 1e-9 or best <= 1:
        return f"it never wins {alert['figures']['margin']:.4%}"
    return None


def probability_above(quotes: Sequence[dict], event_id: str, market: str, at_ms: int) -> float:
    """The median over the fresh books of the first outcome's probability, margin out by q^k (bisection)."""
    first, second = ("home", "away") if market.startswith("ah") else ("over", "under")
    said = []
    for book in {quote["book"] for quote in quotes if quote["event_id"] == event_id}:
        quote = standing(quotes, event_id, market, book, at_ms)
        if quote is None or set(quote["prices"]) != {first, second}:
            continue
        if at_ms - quote["confirmed"] > MAX_AGE_MS:
            continue
        low, high = 0.0, 100.0
        for _ in range(200):
            k = (low + high) / 2
            over = quote["prices"][first] ** -k + quote["prices"][second] ** -k > 1
            low, high = (k, high) if over else (low, k)
        said.append(quote["prices"][first] ** -low)
    return median(said) if len(said) >= 3 else float("nan")


def why_false_middle(alert: dict, quotes: Sequence[dict], most: float) -> str | None:
    """Why an alert that a middle has opened is false, or None.

    ``most`` is what a middle may lose at worst. Of quotes of the very instant of the alert nobody says which
    it has seen: it has to be right after one of them.
    """
    own = [quote for quote in quotes if quote["event_id"] == alert["subject"]]
    own = [quote for quote in own if quote["event_time_ms"] <= alert["event_time_ms"]]
    ends = [n + 1 for n, quote in enumerate(own) if quote["event_time_ms"] == alert["event_time_ms"]]
    found = [_why_false_middle(alert, own[:end], most) for end in ends or [len(own)]]
    return None if None in found else found[-1]


def _why_false_middle(alert: dict, quotes: Sequence[dict], most: float) -> str | None:
    wrong = why_not_to_be_had(alert, quotes)
    if wrong is not None:
        return wrong
    legs = list(legs_of(alert))
    if len(legs) != 2:
        return "it has not two legs"
    (lower, *_), (upper, *_) = legs
    at_ms, event_id = alert["event_time_ms"], alert["subject"]
    window = [probability_above(quotes, event_id, market, at_ms) for market in (lower, upper)]
    back = {
        (home, away): [
            stake * gives_back(market, outcome, price, home, away) for market, outcome, price, stake in legs
        ]
        for home in GOALS
        for away in GOALS
    }
    both = [sum(pair) for pair in back.values() if min(pair) > 0]
    one = [sum(pair) for pair in back.values() if min(pair) == 0]
    if not both or min(one) <= 0 or max(one) - min(one) > 1e-9:
        return "it does not win once or twice whatever happens"
    if abs(min(one) - 1 - alert["figures"]["worst"]) > 1e-9 or not -most <= min(one) - 1 <= 0:
        return f"at worst it wins {min(one) - 1:.4%}"
    between = window[0] - window[1]
    expected = both[0] * between + min(one) * (1 - between) - 1
    differs = [abs(between - alert["figures"]["both_win"]), abs(expected - alert["figures"]["margin"])]
    if not all(each < 1e-6 for each in differs):
        return f"it wins twice with {between:.4%}, and {expected:.4%} is expected"
    return None if expected > 0 else "nothing is to be gained"


def loaded(values: Sequence[bytes]) -> list[dict]:
    """Messages as plain objects."""
    return [json.loads(value) for value in values]
