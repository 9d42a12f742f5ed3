"""Whether a price may be offered in play: how the match stands, and how new the price is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas import FairPrice, LiveBasis, MatchState, OperatorProfile, Result

if TYPE_CHECKING:
    from domain.compilation import CompiledMarket

Score = tuple[int, int, int, int]
"""Goals of home and away, players sent off of home and away."""


@dataclass(slots=True)
class Play:
    """How an event in play stands.

    Parameters
    ----------
    score : tuple of int
        Goals and players sent off.
    changed_ms : int
        When that last changed or was first known, event time.
    heard_ms : int
        When the state was last told, event time.
    """

    score: Score
    changed_ms: int
    heard_ms: int


def score_of(state: MatchState | None) -> Score | None:
    """Return goals and players sent off of a match, None where nothing is known."""
    return None if state is None else (state.home, state.away, state.home_reds, state.away_reds)


def heard(play: Play | None, result: Result) -> Play | None:
    """Return how an event stands after a message about it; an older one changes nothing.

    What is over, void or rolled back is not in play, until a further message says ``live``.
    """
    if result.status != "live":
        return None
    if play is not None and result.event_time_ms < play.heard_ms:
        return play
    if result.home_score is None or result.away_score is None:
        return play  # that it is played, but not how it stands
    home_reds, away_reds = (0, 0) if play is None else play.score[2:]
    score = (
        result.home_score,
        result.away_score,
        home_reds if result.home_reds is None else result.home_reds,
        away_reds if result.away_reds is None else result.away_reds,
    )
    changed = play is None or play.score != score
    changed_ms = result.event_time_ms if changed or play is None else play.changed_ms
    return Play(score, changed_ms, result.event_time_ms)


def live_basis(market: "CompiledMarket", fair: FairPrice, play: Play) -> LiveBasis:
    """Return how new a market's price is.

    A price by quotes is as old as the oldest of them that counts: one from before a goal spoils it. A derived
    price is as new as the state of the match, if it was made from that score.
    """
    if fair.derived is not None:
        known = score_of(fair.derived.state) == play.score
        oldest = newest = play.heard_ms if known else 0
    else:
        seen = [market.quotes[share.book].event_time_ms for share in fair.books if share.rejected is None]
        oldest, newest = min(seen, default=0), max(seen, default=0)
    return LiveBasis(changed_ms=play.changed_ms, heard_ms=play.heard_ms, oldest_ms=oldest, newest_ms=newest)


def knows_score(live: LiveBasis, profile: OperatorProfile, now_ms: int) -> bool:
    """Tell whether the pause after a change is over, and all that the price stands on is from after it."""
    return live.oldest_ms >= live.changed_ms and now_ms >= _pause_ends_ms(live, profile)


def up_to_date(live: LiveBasis, profile: OperatorProfile, now_ms: int) -> bool:
    """Tell whether both the match and the market have been heard of lately."""
    return now_ms < _fresh_until_ms(live, profile)


def look_again_ms(live: LiveBasis, profile: OperatorProfile, now_ms: int) -> int | None:
    """Return when time alone next opens or suspends a market in play, event time; None where it does not."""
    ends = (_pause_ends_ms(live, profile), _fresh_until_ms(live, profile))
    return min((end for end in ends if end > now_ms), default=None)


def _pause_ends_ms(live: LiveBasis, profile: OperatorProfile) -> int:
    return live.changed_ms + round(profile.live_pause_s * 1000)


def _fresh_until_ms(live: LiveBasis, profile: OperatorProfile) -> int:
    return min(live.heard_ms, live.newest_ms) + round(profile.live_fresh_s * 1000)
