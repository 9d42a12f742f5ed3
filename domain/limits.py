"""Limits in a hierarchy: platform, operator, sport, competition, market type; before the start and live."""

from collections.abc import Iterator

from schemas import OperatorProfile

PLATFORM = "platform"
"""Whoever runs the platform sets limits for all operators under this operator's name."""


def limited(
    profile: OperatorProfile,
    *,
    platform: OperatorProfile | None,
    sport: str,
    competition: str,
    market: str,
    live: bool,
) -> OperatorProfile:
    """Return the settings with the least of all limits that apply to a bet.

    Parameters
    ----------
    platform : OperatorProfile or None
        Settings of the platform itself, of which only ``limits`` count.
    sport, competition : str
        Of the event; empty where nobody knows.
    live : bool
        Whether the event has started.
    """
    if not profile.limits and (platform is None or not platform.limits):
        return profile
    least: dict[str, int] = {}
    names = list(_names(sport, competition, market, live))
    for source in (profile, platform) if platform is not None else (profile,):
        for name in names:
            for limit, most in source.limits.get(name, {}).items():
                least[limit] = min(most, least.get(limit, getattr(profile, limit)))
    return profile.model_copy(update=least) if least else profile


def _names(sport: str, competition: str, market: str, live: bool) -> Iterator[str]:
    yield "all"
    yield f"sport:{sport}"
    yield f"competition:{competition}"
    yield f"market:{market.partition(':')[0]}"
    yield "live" if live else "pre_match"


def totals_of(profile: OperatorProfile | None, sport: str, competition: str) -> list[str]:
    """Return what the limits on many events count that an event of this sport and competition is under."""
    if profile is None or not profile.totals:
        return []
    return [
        scope for scope in ("all", f"sport:{sport}", f"competition:{competition}") if scope in profile.totals
    ]
