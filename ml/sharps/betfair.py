"""Matched bets of an exchange, in the layout of Betfair's account statements, as placed bets."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ml.sharps.bets import PlacedBet

COLUMNS = ("ACCOUNT_ID", "EVENT_ID", "EVENT_NAME", "SELECTION_NAME", "BID_TYP", "TAKEN_DATE", "PRICE_TAKEN")


def is_betfair(header: list[str]) -> bool:
    """Tell whether a table has this layout."""
    return set(COLUMNS) <= set(header)


def read_betfair(header: list[str], rows: Iterable[list[str]]) -> list[PlacedBet]:
    """Return the matched bets, in the order in which they were taken; cancelled ones are left out.

    In a market of two, laying one selection at p is backing the other at p / (p - 1) with p - 1 times the
    size; lays in other markets are left out.
    """
    records = [dict(zip(header, row, strict=False)) for row in rows]
    matched = [record for record in records if record["PRICE_TAKEN"].strip()]
    runners: dict[tuple[str, str], set[str]] = {}
    for record in records:
        runners.setdefault((record["EVENT_ID"], record["EVENT_NAME"]), set()).add(record["SELECTION_NAME"])
    bets = [_bet(record, runners[record["EVENT_ID"], record["EVENT_NAME"]]) for record in matched]
    return sorted((bet for bet in bets if bet is not None), key=lambda bet: bet.placed_at_ms)


def _bet(record: dict[str, str], runners: set[str]) -> PlacedBet | None:
    price, size = float(record["PRICE_TAKEN"]), float(record["BET_SIZE"])
    selection, profit = record["SELECTION_NAME"], float(record["PROFIT_LOSS"] or 0)
    if record["BID_TYP"].strip() == "L":
        others = runners - {selection}
        if len(others) != 1:
            return None
        (selection,) = others
        size, price = size * (price - 1), price / (price - 1)
    if size <= 0 or price <= 1:
        return None
    return PlacedBet(
        bettor=record["ACCOUNT_ID"],
        event=record["EVENT_ID"],
        market=record["EVENT_NAME"],
        selection=selection,
        price=price,
        stake=size,
        placed_at_ms=_minute_ms(record["TAKEN_DATE"]),
        won=None if profit == 0 else profit > 0,
        in_play=record["INPLAY_BET"].strip() == "Y",
    )


def _minute_ms(text: str) -> int:
    return int(datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC).timestamp()) * 1_000
