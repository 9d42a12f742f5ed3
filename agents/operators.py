"""Operators' settings and orders on a partition, kept from the broadcast commands."""

from domain.desk import Desk
from schemas import OperatorCommand, OperatorProfile
from streams.state import Kind, State

PROFILE = Kind("profile", OperatorProfile)
DESK = Kind("desk", Desk)
NO_ORDERS = Desk()


def profile_of(state: State, operator: str) -> OperatorProfile | None:
    """Return an operator's settings, or None when no profile has come."""
    return state.get(PROFILE, operator)


def desk_of(state: State, operator: str) -> Desk:
    """Return what an operator's traders have ordered; not to be changed."""
    return state.get(DESK, operator) or NO_ORDERS


def take_profile(state: State, command: OperatorCommand) -> bool:
    """Keep the profile of a ``profile`` command unless a newer one stands; tell whether it was kept."""
    profile = command.profile
    if command.kind != "profile" or profile is None or profile.operator != command.operator:
        return False
    standing = state.get(PROFILE, command.operator)
    if standing is not None and standing.version >= profile.version:
        return False
    state.put(PROFILE, command.operator, profile)
    return True


def take_order(state: State, command: OperatorCommand) -> bool:
    """Keep a ``state`` or ``limit`` command; tell whether it changed anything."""
    desk = state.get(DESK, command.operator) or Desk()
    if not desk.obey(command):
        return False
    state.put(DESK, command.operator, desk)
    return True
