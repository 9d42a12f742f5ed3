"""Rings of bettors, found in the record and told to the stages: a batch, not a stage.

``members_of`` is pure; ``overround rings`` reads the bets, calls it and publishes what has changed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from domain.rings import CONFIG, Ring, RingConfig, rings
from schemas import Alert, RingMember

Bet = tuple[str, str, int]
"""A bettor, a selection (event, market and outcome together), and when, UTC milliseconds."""


def members_of(
    operator: str,
    bets: Iterable[Bet],
    devices: Mapping[str, Collection[str]],
    at_ms: int,
    config: RingConfig = CONFIG,
) -> tuple[list[Ring], dict[str, RingMember]]:
    """Return an operator's rings, and what is to be told of each of their bettors, by name.

    A ring's limits apply to it as one: each of n members gets an n-th of what it would get alone.

    Parameters
    ----------
    devices : mapping of str to collection of str
        What each bettor has bet from, where the operator sends it.
    """
    found = rings(bets, devices, config)
    members = {bettor: _member(operator, bettor, ring, at_ms) for ring in found for bettor in ring.members}
    return found, members


def _member(operator: str, bettor: str, ring: Ring, at_ms: int) -> RingMember:
    own = [link for link in ring.links if bettor in link.pair]
    return RingMember(
        operator=operator,
        bettor=bettor,
        ring=ring.members[0],
        members=len(ring.members),
        share=1.0 / len(ring.members),
        meetings=float(sum(link.meetings for link in own)),
        expected=float(sum(link.expected for link in own)),
        reasons=ring.reasons,
        event_time_ms=at_ms,
    )


def news(
    before: Mapping[str, RingMember], now: Mapping[str, RingMember], operator: str, at_ms: int
) -> list[RingMember]:
    """Return what has to be published: who is in a ring now or in another than before, and who has left.

    Parameters
    ----------
    before, now : mapping of str to RingMember
        By bettor; ``before`` as it was last published.
    """
    told = [
        member
        for bettor, member in now.items()
        if bettor not in before
        or (before[bettor].ring, before[bettor].members) != (member.ring, member.members)
    ]
    left = [
        RingMember(operator=operator, bettor=bettor, event_time_ms=at_ms)
        for bettor, member in before.items()
        if member.ring is not None and bettor not in now
    ]
    return [*told, *left]


def alerts_of(operator: str, found: Sequence[Ring], told: Sequence[RingMember], at_ms: int) -> list[Alert]:
    """Return an alert for each ring of which something is new."""
    new = {member.ring for member in told}
    return [
        Alert(
            alert_id=f"ring:{operator}:{ring.members[0]}:{at_ms}",
            kind="ring",
            subject=ring.members[0],
            operator=operator,
            text="; ".join([*ring.reasons, "members " + ", ".join(ring.members)]),
            figures={"members": float(len(ring.members)), "lift": ring.lift, "links": float(len(ring.links))},
            event_time_ms=at_ms,
        )
        for ring in found
        if ring.members[0] in new
    ]
