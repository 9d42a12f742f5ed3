"""What a rule is, and what it answers."""

from abc import ABC, abstractmethod
from math import isfinite
from typing import ClassVar, Literal, NamedTuple

from domain.rules.request import BetRequest


class Finding(NamedTuple):
    """What one rule found; its fields are those of ``schemas.RuleFigure``.

    Parameters
    ----------
    rule : str
        The rule's name: the reason code.
    passed : bool
        Whether the bet stands at its full stake.
    figure, limit : float
        What was measured, and what it was compared with.
    max_stake : int or None
        The largest stake that the rule would take, for rules that limit the stake; None for the others: what
        they find wrong, a smaller stake does not mend.
    """

    rule: str
    passed: bool
    figure: float
    limit: float
    max_stake: int | None = None


class Rule(ABC):
    """One thing that a bet must stand up to.

    A rule that limits the stake accepts every stake from 1 to its ``max_stake``, so that the least of all
    ``max_stake`` satisfies every rule at once.
    """

    name: ClassVar[str]
    """The reason code."""

    needs: ClassVar[frozenset[str]] = frozenset()
    """Names of earlier rules without whose passing there is nothing to look at."""

    scope: ClassVar[Literal["leg", "bet", "both"]] = "leg"
    """What it looks at in a bet on several events: each leg, where its event's book is; the bet as a whole,
    where its bettor's standing is; or both."""

    shared: ClassVar[bool] = False
    """Whether it looks at limits that many events share: not asked where there are none."""

    @abstractmethod
    def check(self, request: BetRequest) -> Finding:
        """Look at a bet; called only where all that the rule ``needs`` has passed."""

    def _holds(self, passed: bool, figure: float = 0.0, limit: float = 0.0) -> Finding:
        return Finding(self.name, passed, figure if isfinite(figure) else 0.0, limit)

    def _stake_up_to(self, request: BetRequest, most: int, figure: float, limit: float) -> Finding:
        return Finding(self.name, request.stake <= most, figure, limit, most)
