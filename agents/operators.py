"""Operators' profiles on a partition: kept from the broadcast commands, by every stage that needs them."""

from schemas import OperatorCommand, OperatorProfile
from streams.state import Kind, State

PROFILE = Kind("profile", OperatorProfile)


def profile_of(state: State, operator: str) -> OperatorProfile | None:
    """Return an operator's settings, or None when no profile has come."""
    return state.get(PROFILE, operator)


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
