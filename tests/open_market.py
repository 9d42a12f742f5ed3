"""A market that takes bets, as a test puts it before stage book: what is played, and what is offered."""

from schemas import Fixture, OfferedPrice

PRICES = {"home": 2.0, "draw": 3.4, "away": 4.2}


def fixture(event: str, starts_at_ms: int, sport: str = "soccer") -> Fixture:
    return Fixture(
        event_id=event,
        sport=sport,
        competition="cup",
        home="h",
        away="a",
        starts_at_ms=starts_at_ms,
        event_time_ms=0,
    )


def price(operator: str, event: str) -> OfferedPrice:
    return OfferedPrice(
        operator=operator,
        event_id=event,
        market="1x2",
        sequence=1,
        prices=PRICES,
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.05,
        event_time_ms=0,
    )
