"""Limits that many events share, on a partition: its amounts, what its books use of them, and the dealing.

Each limit is dealt by one partition, that of its key; the amounts travel to all others, and what these say of
them comes back (``domain.allotments``). A decision looks at its own partition's amount alone.
"""

from collections.abc import Iterable
from math import ceil

from agents.events import EVENT
from agents.operators import profile_of
from agents.shared_use import used_of
from domain.allotments import Allotments, Allotted
from domain.limits import PLATFORM, totals_of
from domain.rules import RULES
from schemas import Allotment, AllotmentUse, OperatorCommand, RuleFigure, SharedRoom, StoodOn
from streams.partitions import partition_of
from streams.records import Chunk, Record
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from streams.topics import ALLOTMENTS, USES

ALLOTTED = Kind("allotted", Allotted)
"""What this partition goes by, by limit."""
DEALT = Kind("dealt", Allotments)
"""The limits that this partition deals."""
_SHARED = {rule.name for rule in RULES if rule.shared}


def rooms_of(state: State, operator: str, sport: str, competition: str) -> list[SharedRoom]:
    """Return how the shared limits stand that count for a bet on an event of this sport and competition."""
    return [
        SharedRoom(
            operator=holder,
            scope=scope,
            version=allotted.version,
            allotted=allotted.amount,
            used=used_of(state, f"{holder}|{scope}"),
        )
        for holder in (operator, PLATFORM)
        for scope in totals_of(profile_of(state, holder), sport, competition)
        for allotted in (state.get(ALLOTTED, f"{holder}|{scope}") or Allotted(),)
    ]


def lacking(stood_on: StoodOn, rules: Iterable[RuleFigure]) -> int:
    """Return by how much a bet went beyond the partition's amounts, 0 where it was within them."""
    if not stood_on.shared:
        return 0
    return max((ceil(r.figure - r.limit) for r in rules if not r.passed and r.rule in _SHARED), default=0)


def tell_use(
    state: State, out: Outbox, event_id: str, operator: str, at_ms: int, cause: Record | None, lack: int = 0
) -> None:
    """Tell the dealers of the limits that an event counts towards where one runs short or much was freed.

    Parameters
    ----------
    lack : int
        By how much a bet that was not taken went beyond the partition's amounts.
    """
    event = state.get(EVENT, event_id)
    if event is None:
        return
    for holder in (operator, PLATFORM):
        for scope in totals_of(profile_of(state, holder), event.sport, event.competition):
            key = f"{holder}|{scope}"
            allotted, used = state.get(ALLOTTED, key), used_of(state, key)
            if allotted is not None and allotted.speaks(used, lack):
                state.put(ALLOTTED, key, allotted)
                partition = partition_of(event_id, out.partitions)
                _say(holder, scope, allotted, used, at_ms, cause, partition, out)


def on_allotments(chunk: Chunk, state: State, out: Outbox) -> None:
    """Go by new amounts, and say what is kept of the old ones."""
    for record, dealt in decoded(chunk, Allotment, out):
        if dealt.partition != chunk.partition:
            continue
        key = f"{dealt.operator}|{dealt.scope}"
        allotted = state.get(ALLOTTED, key) or Allotted()
        used = used_of(state, key)
        if allotted.take(dealt.version, dealt.amount, used):
            state.put(ALLOTTED, key, allotted)
            _say(
                dealt.operator,
                dealt.scope,
                allotted,
                used,
                dealt.event_time_ms,
                record,
                chunk.partition,
                out,
            )


def on_uses(chunk: Chunk, state: State, out: Outbox) -> None:
    """Take what partitions say of their amounts; deal anew where one is short."""
    touched: dict[str, tuple[Record, int]] = {}
    for record, use in decoded(chunk, AllotmentUse, out):
        key = f"{use.operator}|{use.scope}"
        dealt = state.get(DEALT, key)
        if dealt is None:
            continue
        dealt.hear(use.partition, version=use.version, allotted=use.allotted, used=use.used, need=use.need)
        state.put(DEALT, key, dealt)
        touched[key] = (record, use.event_time_ms)
    for key, (record, at_ms) in touched.items():
        _deal(key, state, out, at_ms, record)


def on_settings(command: OperatorCommand, cause: Record, partition: int, state: State, out: Outbox) -> None:
    """Take the shared limits of new settings, as far as this partition deals them."""
    profile = command.profile
    if profile is None:
        return
    known = {key.partition("|")[2] for key, _ in state.items(DEALT, f"{command.operator}|")}
    for scope in sorted(known | set(profile.totals)):
        key = f"{command.operator}|{scope}"
        if partition_of(key, out.partitions) != partition:
            continue
        dealt = state.get(DEALT, key) or Allotments()
        if dealt.set_limit(profile.totals.get(scope), out.partitions):
            state.put(DEALT, key, dealt)
            _deal(key, state, out, command.event_time_ms, cause)


def _deal(key: str, state: State, out: Outbox, at_ms: int, cause: Record) -> None:
    dealt = state.get(DEALT, key)
    if dealt is None:
        return
    operator, _, scope = key.partition("|")
    for partition, version, amount in dealt.deal():
        message = Allotment(
            operator=operator,
            scope=scope,
            partition=partition,
            version=version,
            amount=amount,
            event_time_ms=at_ms,
        )
        out.emit(ALLOTMENTS, f"{key}|{partition}", message, at_ms, cause=cause, partition=partition)
    state.put(DEALT, key, dealt)


def _say(
    operator: str,
    scope: str,
    allotted: Allotted,
    used: int,
    at_ms: int,
    cause: Record | None,
    partition: int,
    out: Outbox,
) -> None:
    message = AllotmentUse(
        operator=operator,
        scope=scope,
        partition=partition,
        version=allotted.version,
        allotted=allotted.amount,
        used=used,
        need=allotted.asked,
        event_time_ms=at_ms,
    )
    out.emit(USES, f"{operator}|{scope}", message, at_ms, cause=cause)
