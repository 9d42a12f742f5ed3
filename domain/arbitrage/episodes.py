"""From opportunities seen to episodes: when one opened, how good it was at best, and when it was over.

As long as a scope has something at every look it is one episode, whatever legs it is made of. It is over when
a look finds nothing, or when the first leg of what was seen last has not been confirmed for too long: then it
ended at that instant, whenever it is noticed.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from domain.arbitrage.config import ArbitrageConfig
from domain.arbitrage.opportunity import Opportunity


@dataclass(slots=True)
class Episode:
    """An opportunity that stands.

    Parameters
    ----------
    key : str
        Names it: the legs and the instant at which it opened.
    opened_ms, until_ms : int
        Since when all legs of the first opportunity have stood, and when what stands now grows too old.
    first_margin, best_margin : float
        Profit per unit staked, when it opened and at best.
    """

    key: str
    opened_ms: int
    until_ms: int
    first_margin: float
    best_margin: float


@dataclass(slots=True)
class Episodes:
    """The open episodes of one event, by operator and market joined by ``|``."""

    open: dict[str, Episode] = field(default_factory=dict)


class Change(NamedTuple):
    """What a look has changed."""

    what: Literal["opened", "ended"]
    episode: Episode
    at_ms: int
    opportunity: Opportunity | None = None

    @property
    def lifetime_ms(self) -> int:
        """How long an ended episode lasted."""
        return self.at_ms - self.episode.opened_ms


def follow(
    episodes: Episodes,
    scope: str,
    found: Opportunity | None,
    now_ms: int,
    config: ArbitrageConfig,
) -> list[Change]:
    """Return what a look at a scope changes: at most an end, and an opening after it.

    Parameters
    ----------
    found : Opportunity or None
        What the scope is good for now.
    now_ms : int
        Event time of the look, UTC milliseconds.
    """
    changes = []
    standing = episodes.open.get(scope)
    if standing is not None and (found is None or standing.until_ms < found.from_ms):
        del episodes.open[scope]
        # What stood last may have grown too old before this look came.
        ended_ms = max(standing.opened_ms, min(now_ms, standing.until_ms))
        changes.append(Change("ended", standing, ended_ms))
        standing = None
    if found is None:
        return changes
    until_ms = found.until_ms(config)
    if standing is None:
        key = f"{found.from_ms}:{found.key}"
        opened = Episode(key, found.from_ms, until_ms, found.margin, found.margin)
        episodes.open[scope] = opened
        changes.append(Change("opened", opened, found.at_ms, found))
    elif until_ms != standing.until_ms or found.margin > standing.best_margin:
        standing.until_ms = until_ms
        standing.best_margin = max(standing.best_margin, found.margin)
    return changes
