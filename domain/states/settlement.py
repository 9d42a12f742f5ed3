"""What a bet wins in each state: the rule of each market type over final scores.

A selection has two rows over the states: the share of the stake that wins and the share that is refunded. A
quarter line is half a bet on each of the lines beside it. With W and R their means under the measure the fair
price o satisfies W o + R = 1: its inverse, W / (1 - R), is what de-vigged two-way prices tell as well.
"""

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.arrays import Array
from domain.markets import parse
from domain.states.space import Space


class Payoff(NamedTuple):
    """Shares of the stake by state, 0 to 1 each: what wins, what is refunded."""

    win: Array
    refund: Array


Rule = Callable[[Space, float, str], Payoff]


@lru_cache(maxsize=20_000)
def payoff(space: Space, market: str, outcome: str) -> Payoff:
    """Return what a bet on an outcome of a market wins in each state.

    Raises
    ------
    ValueError
        For a market that scores do not settle, or an outcome that it has not.
    """
    parsed = parse(market)
    rule = RULES.get(parsed.type.key)
    if rule is None or (parsed.type.outcomes and outcome not in parsed.type.outcomes):
        raise ValueError(f"scores do not settle {outcome!r} of {market!r}")
    return rule(space, parsed.line, outcome)


def _sure(win: npt.NDArray[np.bool_]) -> Payoff:
    return Payoff(win.astype(np.float64), np.zeros(len(win)))


def _beyond(margin: Array, line: float) -> Payoff:
    """Return a bet that wins where ``margin`` exceeds ``line`` and is refunded where they are equal."""
    if round(line * 4) % 2:
        low, high = _beyond(margin, line - 0.25), _beyond(margin, line + 0.25)
        return Payoff(0.5 * (low.win + high.win), 0.5 * (low.refund + high.refund))
    return Payoff((margin > line).astype(np.float64), (margin == line).astype(np.float64))


def _result(space: Space, _line: float, outcome: str) -> Payoff:
    lead = space.home - space.away
    return _sure({"home": lead > 0, "draw": lead == 0, "away": lead < 0}[outcome])


def _double_chance(space: Space, _line: float, outcome: str) -> Payoff:
    lead = space.home - space.away
    return _sure({"home_draw": lead >= 0, "home_away": lead != 0, "draw_away": lead <= 0}[outcome])


def _handicap(space: Space, line: float, outcome: str) -> Payoff:
    lead = space.home - space.away
    return _beyond(lead, -line) if outcome == "home" else _beyond(-lead, line)


def _total_of(total: Array, line: float, outcome: str) -> Payoff:
    return _beyond(total, line) if outcome == "over" else _beyond(-total, -line)


def _total(space: Space, line: float, outcome: str) -> Payoff:
    return _total_of(space.home + space.away, line, outcome)


def _home_total(space: Space, line: float, outcome: str) -> Payoff:
    return _total_of(space.home, line, outcome)


def _away_total(space: Space, line: float, outcome: str) -> Payoff:
    return _total_of(space.away, line, outcome)


def _both_score(space: Space, _line: float, outcome: str) -> Payoff:
    both = (space.home > 0) & (space.away > 0)
    return _sure(both if outcome == "yes" else ~both)


def _odd_even(space: Space, _line: float, outcome: str) -> Payoff:
    return _sure((space.home + space.away) % 2 == (outcome == "odd"))


HIGHEST = 4
"""The most goals of a side that correct score lists one by one."""
OTHERS = MappingProxyType({"home_other": 1, "draw_other": 0, "away_other": -1})
"""Any other score by which the home side wins, nobody does, or the away side does."""
CORRECT_SCORES = (*(f"{home}-{away}" for home in range(HIGHEST + 1) for away in range(HIGHEST + 1)), *OTHERS)
"""All outcomes of a correct-score market that is offered here; one of them wins."""


def _correct_score(space: Space, _line: float, outcome: str) -> Payoff:
    if outcome in OTHERS:
        beyond = np.maximum(space.home, space.away) > HIGHEST
        return _sure(beyond & (np.sign(space.home - space.away) == OTHERS[outcome]))
    return _exactly(space, outcome)


def _exactly(space: Space, outcome: str) -> Payoff:
    home, dash, away = outcome.partition("-")
    if not (dash and home.isdigit() and away.isdigit()):
        raise ValueError(f"{outcome!r} is not a score such as 2-1")
    return _sure((space.home == int(home)) & (space.away == int(away)))


def _sets(space: Space, _line: float, outcome: str) -> Payoff:
    return _exactly(space, outcome)


RULES = MappingProxyType[str, Rule](
    {
        "1x2": _result,
        "ml": _handicap,  # the line is 0: refunded where the sport knows a draw
        "dnb": _handicap,
        "ah": _handicap,
        "dc": _double_chance,
        "ou": _total,
        "ou_home": _home_total,
        "ou_away": _away_total,
        "btts": _both_score,
        "oe": _odd_even,
        "cs": _correct_score,
        "sets": _sets,
        "ou_sets": _total,
        "ah_sets": _handicap,
    }
)
"""By market type. A new type is one function and one line here, and its entry in ``domain.markets``."""
