"""Bettors of a file of bets, scored as they would have been live: bet by bet, in order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from domain.clv import CLOSE
from domain.sharps import Behaviour, Evidence, Placed, SharpPolicy, note_timing, observe, update
from ml.sharps.marks import Marked


def by_bettor(marked: Iterable[Marked]) -> dict[str, list[Marked]]:
    """Return each bettor's marked bets, in order."""
    found: dict[str, list[Marked]] = defaultdict(list)
    for each in marked:
        found[each.bet.bettor].append(each)
    return dict(found)


def take_close(evidence: Evidence, number: int, each: Marked, policy: SharpPolicy) -> None:
    """Take the close of a bet into the evidence."""
    bet = each.bet
    update(
        evidence,
        str(number),
        bet.event,
        CLOSE,
        each.clv,
        bet.placed_at_ms,
        policy,
        in_play=bool(bet.in_play),
        first=each.first,
    )


def take(behaviour: Behaviour, each: Marked) -> None:
    """Take a bet into the figures of how its bettor bets, as the live stage does by the marks."""
    bet = each.bet
    placed = Placed(
        bet.event,
        bet.price,
        bet.stake,
        bet.placed_at_ms,
        bet.best_price,
        bet.moved,
        bool(bet.in_play),
        bet.promotion,
        bet.account_days,
        obscure=each.obscure,
        device=bet.device,
        address=bet.ip,
    )
    observe(behaviour, placed)
    if each.just_before is not None:
        note_timing(behaviour, each.just_before, in_play=bool(bet.in_play))


def evidence_of(marked: Sequence[Marked], policy: SharpPolicy) -> Evidence:
    """Return the evidence on one bettor after its bets."""
    evidence = Evidence()
    for number, each in enumerate(marked):
        take_close(evidence, number, each, policy)
    return evidence
