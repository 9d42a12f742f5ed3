"""Marks of placed bets in a file: the close, or what stands in for it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from domain.clv import clv
from domain.sharps import is_obscure, just_before
from ml.sharps.bets import PlacedBet

Source = Literal["close_probability", "later_price", "result"]

LATER_MS = 300_000
"""A later price counts from this long after the bet."""

ENOUGH = 0.5
"""A source is used where it marks at least this share of the bets."""

NEVER_MS = 1 << 62
"""A file is read when all that moved has moved."""

LEAST_OVERROUND = 0.97
USUAL_OVERROUND = 1.05
"""Where a file does not show all selections of a market."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A bet with its mark.

    Parameters
    ----------
    clv : float
        price x probability - 1.
    number : int
        Which of its bettor's bets it is, from 1.
    first : bool
        Whether no earlier bet of the bettor on the event was still waiting for its mark, so that this mark
        tells something new.
    obscure : bool or None
        Whether it is on a competition that the crowd of the file leaves alone, as of the bet.
    """

    bet: PlacedBet
    clv: float
    number: int
    first: bool
    obscure: bool | None = None

    @property
    def just_before(self) -> bool | None:
        """Whether it came just before the price moved."""
        return just_before(self.bet.moved_after_ms, self.bet.usual_gap_ms, NEVER_MS)


def mark(bets: Sequence[PlacedBet]) -> tuple[Source, list[Marked]]:
    """Mark bets from the best source that the file has; bets that it does not mark are left out.

    Best is the fair probability at the close. Else a later price of the same selection in the file, its
    margin taken out: noisier, but with the same mean. Else the result, which tells least.

    Parameters
    ----------
    bets : sequence of PlacedBet
        In the order in which they were placed.
    """
    source, probabilities = _best(bets)
    until: dict[tuple[str, str], int] = {}
    numbers: Counter[str] = Counter()
    crowd: Counter[str] = Counter()
    marked = []
    for bet, found in zip(bets, probabilities, strict=True):
        numbers[bet.bettor] += 1
        obscure = is_obscure(crowd, bet.competition) if bet.competition is not None else None
        crowd.update([bet.competition] if bet.competition is not None else ())
        if found is None:
            continue
        probability, known_at_ms = found
        key = bet.bettor, bet.event
        first = key not in until or (known_at_ms is not None and bet.placed_at_ms >= until[key])
        if first:
            # Without a time at which the mark is known, it is known only after all bets on the event.
            until[key] = known_at_ms if known_at_ms is not None else 1 << 62
        marked.append(Marked(bet, clv(bet.price, probability), numbers[bet.bettor], first, obscure))
    return source, marked


Known = tuple[float, int | None]
"""A probability, and when it was known in UTC milliseconds (None: at the end of the event)."""


def _best(bets: Sequence[PlacedBet]) -> tuple[Source, list[Known | None]]:
    closes: list[Known | None] = [
        None if bet.close_probability is None else (bet.close_probability, None) for bet in bets
    ]
    if _share(closes) >= ENOUGH:
        return "close_probability", closes
    later = _later_prices(bets)
    if _share(later) >= ENOUGH:
        return "later_price", later
    return "result", [None if bet.won is None else (float(bet.won), None) for bet in bets]


def _share(found: Sequence[Known | None]) -> float:
    return sum(each is not None for each in found) / max(1, len(found))


def _later_prices(bets: Sequence[PlacedBet]) -> list[Known | None]:
    times: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    prices: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for bet in bets:
        times[bet.selected].append(bet.placed_at_ms)
        prices[bet.selected].append(bet.price)
    margins = _overrounds(bets)
    found: list[Known | None] = []
    for bet in bets:
        at = bisect_left(times[bet.selected], bet.placed_at_ms + LATER_MS)
        if at == len(times[bet.selected]):
            found.append(None)
        else:
            fair = 1 / prices[bet.selected][at] / margins[bet.event, bet.market]
            found.append((fair, times[bet.selected][at]))
    return found


def _overrounds(bets: Sequence[PlacedBet]) -> dict[tuple[str, str], float]:
    """Return the overround of each market: the median over its bets, of the latest price of each selection.

    A market of which some selections were never bet on shows a sum far below 1 and gets the usual overround.
    """
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for bet in bets:
        names[bet.event, bet.market].add(bet.selection)
    latest: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for bet in bets:
        market = bet.event, bet.market
        latest[market][bet.selection] = bet.price
        if len(latest[market]) == len(names[market]) > 1:
            sums[market].append(sum(1 / price for price in latest[market].values()))
    middle = {market: median(values) for market, values in sums.items()}
    seen = {market: value for market, value in middle.items() if value >= LEAST_OVERROUND}
    usual = median(seen.values()) if seen else USUAL_OVERROUND
    return {market: seen.get(market, usual) for market in names}
