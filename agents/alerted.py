"""Which bets are a leg of an arbitrage that stage surveil has told of."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas import Alert, Decision
from streams.state import Kind, State

OPENED = ("arbitrage", "own_arbitrage")
ENDED = ("arbitrage_ended", "own_arbitrage_ended")

KEPT_MS = 600_000
"""An arbitrage that is over is remembered so long, event time: bets are marked until five minutes later."""


@dataclass(slots=True)
class Stood:
    """An arbitrage, and when it stood.

    Parameters
    ----------
    operator : str or None
        At whose price a leg is; None: it stands between books, whatever an operator offers.
    legs : list of (str, str, float)
        Market, outcome, price.
    """

    operator: str | None
    legs: list[tuple[str, str, float]]
    opened_ms: int
    ended_ms: int | None = None


@dataclass(slots=True)
class Alerted:
    """The arbitrages of an event by the alert's id."""

    alerts: dict[str, Stood] = field(default_factory=dict)


ALERTED = Kind("alerted", Alerted)


def take_alert(state: State, alert: Alert) -> None:
    """Remember an arbitrage that has opened, or that it is over; other alerts say nothing of bets."""
    if alert.kind not in OPENED and alert.kind not in ENDED:
        return
    kept = state.get(ALERTED, alert.subject) or Alerted()
    if alert.kind in OPENED and alert.legs:
        legs = [(leg.market, leg.outcome, leg.price) for leg in alert.legs]
        opened_ms = alert.event_time_ms if alert.opened_at_ms is None else alert.opened_at_ms
        kept.alerts.setdefault(alert.alert_id, Stood(alert.operator, legs, opened_ms))
    elif alert.kind in ENDED:
        stood = kept.alerts.get(alert.alert_id.removesuffix(":ended"))
        if stood is not None:
            stood.ended_ms = alert.ended_at_ms
    oldest_ms = alert.event_time_ms - KEPT_MS
    kept.alerts = {
        name: each for name, each in kept.alerts.items() if (each.ended_ms or oldest_ms) >= oldest_ms
    }
    state.put(ALERTED, alert.subject, kept)


def alert_behind(state: State, bet: Decision) -> str | None:
    """Return the alert of an arbitrage that a bet is a leg of: same selection, same price or a better one."""
    kept = state.get(ALERTED, bet.event_id)
    return _first(kept.alerts.items(), bet) if kept is not None else None


def _first(alerts: Iterable[tuple[str, Stood]], bet: Decision) -> str | None:
    placed_ms = bet.event_time_ms
    for name, stood in alerts:
        if stood.operator not in (None, bet.operator) or stood.opened_ms > placed_ms:
            continue
        if stood.ended_ms is not None and stood.ended_ms < placed_ms:
            continue
        for market, outcome, price in stood.legs:
            if (market, outcome) == (bet.market, bet.outcome) and bet.price >= price:
                return name
    return None
