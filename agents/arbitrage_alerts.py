"""What the stage surveil tells."""

from collections.abc import Mapping
from typing import Literal

from domain.arbitrage import ACROSS, MARKET_ITSELF, MIDDLE, Change, Scope
from schemas import Alert, AlertLeg, Heartbeat

Opened = Literal["arbitrage", "own_arbitrage", "middle", "own_middle"]
Ended = Literal["arbitrage_ended", "own_arbitrage_ended", "middle_ended", "own_middle_ended"]
_KINDS: Mapping[tuple[bool, bool], tuple[Opened, Ended]] = {
    (False, False): ("arbitrage", "arbitrage_ended"),
    (False, True): ("own_arbitrage", "own_arbitrage_ended"),
    (True, False): ("middle", "middle_ended"),
    (True, True): ("own_middle", "own_middle_ended"),
}
"""By whether it is a middle, and whether a leg is at an operator's price."""


def silence_alert(beat: Heartbeat) -> Alert:
    """Return the alert that a feed has fallen silent."""
    return Alert(
        alert_id=f"silent:{beat.feed}:{beat.event_time_ms}",
        kind="feed_silent",
        subject=beat.feed,
        text=f"no sign of {beat.feed}",
        figures={},
        event_time_ms=beat.event_time_ms,
    )


def alert_of(event_id: str, scope: Scope, change: Change) -> Alert:
    """Return the alert that an opportunity has opened, or that it is over."""
    operator, market = scope
    middle = market.startswith(MIDDLE)
    market = "" if middle or market.startswith(ACROSS) else market
    alert_id = f"{'middle' if middle else 'arbitrage'}:{operator}:{event_id}:{market}:{change.episode.key}"
    found = change.opportunity
    opened, ended = _KINDS[middle, operator != MARKET_ITSELF]
    if found is None:
        return Alert(
            alert_id=f"{alert_id}:ended",
            kind=ended,
            subject=event_id,
            market=market or None,
            operator=operator or None,
            text=f"{change.episode.best_margin:.2%} at best, for {change.lifetime_ms / 1000:g} s",
            figures={"margin": change.episode.best_margin, "lifetime_s": change.lifetime_ms / 1000},
            event_time_ms=change.at_ms,
            opened_at_ms=change.episode.opened_ms,
            ended_at_ms=change.at_ms,
        )
    several = len(found.markets) > 1
    named = [(f"{leg.market} {leg.outcome}" if several else leg.outcome, leg) for leg in found.legs]
    said = f"{found.margin:.2%}"
    if found.both_win is not None:
        said += f" expected, {found.worst:.2%} at worst, both win with {found.both_win:.1%},"
    return Alert(
        alert_id=alert_id,
        kind=opened,
        subject=event_id,
        market=market or None,
        operator=operator or None,
        text=f"{said} by " + ", ".join(f"{name} at {leg.book} {leg.price:g}" for name, leg in named),
        figures={
            "margin": found.margin,
            "worst": found.worst,
            "confidence": found.confidence,
            **({} if found.both_win is None else {"both_win": found.both_win}),
            **{f"price {name}": leg.price for name, leg in named},
            **{f"stake {name}": leg.stake for name, leg in named},
            **{f"age_s {name}": leg.age_s for name, leg in named},
        },
        event_time_ms=found.at_ms,
        opened_at_ms=change.episode.opened_ms,
        legs=[
            AlertLeg(
                market=leg.market or market,
                outcome=leg.outcome,
                book=leg.book,
                price=leg.price,
                stake=min(1.0, leg.stake),
            )
            for leg in found.legs
        ],
    )
