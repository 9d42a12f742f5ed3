"""What an operator's traders have ordered beside the settings: a state, and limits."""

from dataclasses import dataclass, field

from domain.pricing import ALL_MARKETS, EventInPlay
from schemas import OperatorCommand, OperatorProfile
from schemas.prices import OperatorState


@dataclass(slots=True)
class Desk:
    """One operator's standing orders. A plain value: pydantic's TypeAdapter reads and writes it.

    Parameters
    ----------
    state : str
        ``ACTIVE``, ``REDUCING`` or ``HALTED``.
    limits : dict of str to dict
        By where (empty for everywhere, ``event``, or ``event|market``): the limit's name to minor units.
    """

    state: OperatorState = "ACTIVE"
    limits: dict[str, dict[str, int]] = field(default_factory=dict)

    def obey(self, command: OperatorCommand) -> bool:
        """Take a ``state`` or ``limit`` command; tell whether it changed anything."""
        if command.kind == "state" and command.state is not None:
            changed = command.state != self.state
            self.state = command.state
            return changed
        if command.kind == "limit" and command.limit is not None:
            return self._limit(_where(command.event_id, command.market), command.limit, command.amount)
        return False

    def _limit(self, where: str, name: str, amount: int | None) -> bool:
        here = self.limits.setdefault(where, {})
        before = here.get(name)
        if amount is None:
            here.pop(name, None)
        else:
            here[name] = amount
        if not here:
            del self.limits[where]
        return before != amount

    def limits_of(self, event_id: str, market: str) -> dict[str, int]:
        """Return the limits that are set for a market; the narrower order wins."""
        if not self.limits:
            return {}
        found: dict[str, int] = {}
        for where in ("", event_id, _where(event_id, market)):
            found.update(self.limits.get(where, {}))
        return found


def _where(event_id: str | None, market: str | None) -> str:
    return f"{event_id}|{market}" if event_id and market else event_id or ""


def with_limits(profile: OperatorProfile, limits: dict[str, int]) -> OperatorProfile:
    """Return the settings with limits of a desk in place of their own."""
    return profile.model_copy(update=limits) if limits else profile


def obey(event: EventInPlay, command: OperatorCommand) -> bool:
    """Apply a command to its event; tell whether it was one that an event can obey."""
    markets = event.halted.setdefault(command.operator, [])
    what = command.market or ALL_MARKETS
    fixed = event.overrides.setdefault(command.operator, {})
    moved = event.moves.setdefault(command.operator, {})
    if command.kind == "suspend":
        if what not in markets:
            markets.append(what)
    elif command.kind == "resume":
        event.halted[command.operator] = [m for m in markets if command.market not in (None, m)]
        for orders in (fixed, moved):
            for name in list(orders) if command.market is None else [command.market]:
                orders.pop(name, None)
    elif command.kind == "override" and command.market and command.outcome and command.price:
        fixed.setdefault(command.market, {})[command.outcome] = command.price
    elif command.kind == "move" and command.market and command.outcome and command.log_odds is not None:
        moved.setdefault(command.market, {})[command.outcome] = command.log_odds
    else:
        return False
    return True
