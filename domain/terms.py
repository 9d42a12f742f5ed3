"""The terms under which an event's book looks at a bet: the settings that hold, and what it then stood on."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.desk import with_limits
from domain.limits import limited
from domain.rules import BetRequest
from schemas import OperatorProfile, PriceBasis, SharedRoom, StoodOn


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an event: what its limits go by beside the operator's own settings.

    Parameters
    ----------
    sport, competition : str
        Of the event; empty where nobody knows.
    platform : OperatorProfile or None
        Limits of the platform itself.
    shared : sequence of SharedRoom
        Limits that many events share, as they stand on the event's partition.
    """

    sport: str = ""
    competition: str = ""
    platform: OperatorProfile | None = None
    shared: Sequence[SharedRoom] = ()


NOTHING_AROUND = Around()


def settings_on(
    profile: OperatorProfile | None, basis: PriceBasis | None, around: Around, *, market: str, live: bool
) -> OperatorProfile | None:
    """Return an operator's settings with the limits that its traders, the platform and the event bring.

    Parameters
    ----------
    profile : OperatorProfile or None
        None for an operator that nobody knows.
    basis : PriceBasis or None
        Of the price that stands: it carries what traders have ordered.
    live : bool
        Whether the event has started.
    """
    if profile is None:
        return None
    if basis is not None:
        profile = with_limits(profile, basis.limits)
    return limited(
        profile,
        platform=around.platform,
        sport=around.sport,
        competition=around.competition,
        market=market,
        live=live,
    )


def is_reducing(basis: PriceBasis | None) -> bool:
    """Tell whether traders take only bets that deepen nothing, as the price that stands says."""
    return basis is not None and basis.state == "REDUCING"


def stood_on(
    request: BetRequest,
    price_sequence: int,
    around: Around,
    *,
    starts_at_ms: int | None,
    scores_sequence: int = 0,
) -> StoodOn:
    """Return what a decision on ``request`` recomputes from.

    Parameters
    ----------
    price_sequence : int
        Of the offered price, 0 where none stood.
    starts_at_ms : int or None
        Start of the event, UTC milliseconds.
    scores_sequence : int
        Of the measure over scores that priced a same-game multiple, 0 for other bets.
    """
    return StoodOn(
        price=request.standing_price,
        price_sequence=price_sequence,
        exposure_version=request.book.version,
        settings_version=request.profile.version if request.profile is not None else 0,
        suspended=request.suspended,
        starts_at_ms=starts_at_ms,
        sport=around.sport,
        competition=around.competition,
        platform_version=around.platform.version if around.platform is not None else 0,
        scores_sequence=scores_sequence,
        shared=list(around.shared),
    )
