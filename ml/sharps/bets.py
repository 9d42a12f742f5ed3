"""Files of placed bets: comma-separated, one bet a row.

Columns ``bettor, event, market, selection, price, stake, placed_at`` must be there; ``close_probability`` and
``won`` may, and so may what else a bookmaker knows of a bet. Other columns are ignored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from math import isfinite

REQUIRED = ("bettor", "event", "market", "selection", "price", "stake", "placed_at")

_YES = frozenset({"1", "1.0", "true", "t", "yes", "y", "won", "win"})
_NO = frozenset({"0", "0.0", "false", "f", "no", "n", "lost", "lose"})


@dataclass(frozen=True, slots=True)
class PlacedBet:
    """One bet as it was taken, and what became of it; None where nobody knows.

    Parameters
    ----------
    price : float
        Decimal odds.
    stake : float
        In any unit of money, the same for all bets.
    placed_at_ms : int
        UTC milliseconds.
    close_probability : float or None
        The selection's fair probability at the close.
    won : bool or None
        How it ended; None for a push or a bet that is still open.
    best_price : float or None
        The best price in the market when the bet was placed.
    moved : float or None
        By how much the log of the fair probability rose in the minutes before the bet.
    limit_share : float or None
        Stake as a share of the standard limit.
    in_play, promotion : bool or None
        Whether it was placed after the start, and with a promotion.
    account_days : float or None
        Age of the account when the bet was placed.
    device, ip : str or None
        What it was placed from.
    competition : str or None
        What the event is part of.
    moved_after_ms, usual_gap_ms : int or None
        How long after the bet the market's fair price moved, and the usual time between its moves before.
    label : str or None
        The bettor's class, where it is known (simulated bettors).
    """

    bettor: str
    event: str
    market: str
    selection: str
    price: float
    stake: float
    placed_at_ms: int
    close_probability: float | None = None
    won: bool | None = None
    best_price: float | None = None
    moved: float | None = None
    limit_share: float | None = None
    in_play: bool | None = None
    promotion: bool | None = None
    account_days: float | None = None
    device: str | None = None
    ip: str | None = None
    competition: str | None = None
    moved_after_ms: int | None = None
    usual_gap_ms: int | None = None
    label: str | None = None

    @property
    def selected(self) -> tuple[str, str, str]:
        """Event, market and selection."""
        return self.event, self.market, self.selection

    @property
    def profit(self) -> float:
        """What the bettor won or lost; 0 where nobody knows."""
        if self.won is None:
            return 0.0
        return self.stake * (self.price - 1) if self.won else -self.stake


class BetsError(ValueError):
    """The file is none of placed bets; the message says what is missing."""


def read_bets(
    header: list[str], rows: Iterable[list[str]], rejected: Counter[str] | None = None
) -> list[PlacedBet]:
    """Return the bets of a table, in the order in which they were placed.

    Parameters
    ----------
    rejected : Counter, optional
        Gets the reason of each row that is no bet: ``price``, ``stake``, ``time``, ``name`` or ``columns``.

    Raises
    ------
    BetsError
        A required column is missing.
    """
    place = {name.strip().lower(): i for i, name in enumerate(header)}
    missing = [name for name in REQUIRED if name not in place]
    if missing:
        raise BetsError(f"no column {', '.join(missing)}")
    bets = []
    for row in rows:
        if len(row) < len(header):
            found: PlacedBet | str = "columns"
        else:
            found = _bet({name: row[i].strip() for name, i in place.items()})
        if isinstance(found, PlacedBet):
            bets.append(found)
        elif rejected is not None:
            rejected[found] += 1
    return sorted(bets, key=lambda bet: bet.placed_at_ms)


def table_of(bets: Iterable[PlacedBet]) -> Iterator[list[str]]:
    """Yield the header and a row for each bet, as ``read_bets`` reads them."""
    names = [field.name for field in fields(PlacedBet)]
    yield [_COLUMN.get(name, name) for name in names]
    for bet in bets:
        yield [_cell(getattr(bet, name)) for name in names]


_COLUMN = {"placed_at_ms": "placed_at", "label": "class"}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _bet(cells: Mapping[str, str]) -> PlacedBet | str:
    if not all(cells[name] for name in ("bettor", "event", "market", "selection")):
        return "name"
    price, stake, time = _number(cells["price"]), _number(cells["stake"]), instant_ms(cells["placed_at"])
    if price is None or price <= 1:
        return "price"
    if stake is None or stake <= 0:
        return "stake"
    if time is None:
        return "time"
    close = _number(cells.get("close_probability", ""))
    return PlacedBet(
        bettor=cells["bettor"],
        event=cells["event"],
        market=cells["market"],
        selection=cells["selection"],
        price=price,
        stake=stake,
        placed_at_ms=time,
        close_probability=close if close is not None and 0 <= close <= 1 else None,
        won=_flag(cells.get("won", "")),
        best_price=_number(cells.get("best_price", "")),
        moved=_number(cells.get("moved", "")),
        limit_share=_number(cells.get("limit_share", "")),
        in_play=_flag(cells.get("in_play", "")),
        promotion=_flag(cells.get("promotion", "")),
        account_days=_number(cells.get("account_days", "")),
        device=cells.get("device") or None,
        ip=cells.get("ip") or None,
        competition=cells.get("competition") or None,
        moved_after_ms=_whole(cells.get("moved_after_ms", "")),
        usual_gap_ms=_whole(cells.get("usual_gap_ms", "")),
        label=cells.get("class") or None,
    )


def instant_ms(text: str) -> int | None:
    """Return an instant as UTC milliseconds: ISO 8601 (UTC where it names no zone), or a Unix time.

    A Unix time above 100 thousand million is taken as milliseconds, else as seconds.
    """
    number = _number(text)
    if number is not None:
        return int(number if abs(number) > 1e11 else number * 1_000)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _whole(text: str) -> int | None:
    number = _number(text)
    return None if number is None else int(number)


def _flag(text: str) -> bool | None:
    known = text.lower()
    return True if known in _YES else False if known in _NO else None
