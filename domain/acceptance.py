"""Whether a bet is taken: all rules asked in order, one verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from domain.rules import ALONE_RULES, RULES, BetRequest, Finding, Rule
from schemas import RuleFigure

SMALLEST_ALTERNATIVE = 100
"""A smaller stake than this, in minor units, is not offered in place of the one asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a bet, and why.

    Parameters
    ----------
    decision : str
        ``accepted``, ``rejected``, or ``alternative``: not at this stake, but ``stake`` would be taken.
    reasons : list of str
        Names of the rules that did not pass, in order.
    stake : int
        Accepted: the stake asked. Alternative: the largest stake that every rule takes. Rejected: 0.
    price : float
        Accepted: the price asked. Else the standing price, 0 where there is none.
    payout : int
        What the bet pays if it wins; 0 unless accepted. Minor units.
    findings : list of Finding
        What each rule found that was asked.
    """

    decision: Literal["accepted", "rejected", "alternative"]
    reasons: list[str]
    stake: int
    price: float
    payout: int
    findings: list[Finding]


def decide(request: BetRequest, rules: Sequence[Rule] | None = None) -> Verdict:
    """Decide a bet by the rules given, or by all that concern it; the book is not changed.

    The same request gets the same verdict. A rule whose needs have not passed is left out: it has nothing to
    look at, and the reason is given already. Where only rules failed that limit the stake, the largest stake
    that all of them take is the alternative, if it is worth offering.
    """
    if rules is None:
        rules = RULES if request.shared else ALONE_RULES
    findings, failed = ask(request, rules)
    standing = request.standing_price or 0.0
    if not failed:
        pays = request.pays
        return Verdict("accepted", [], request.stake, request.price, pays, findings)
    reasons = [finding.rule for finding in failed]
    alternative = largest_stake(failed, findings) or 0
    if request.split is not None:
        alternative -= alternative % request.split.parts
    if alternative < SMALLEST_ALTERNATIVE:
        alternative = 0
    if alternative:
        return Verdict("alternative", reasons, alternative, standing, 0, findings)
    return Verdict("rejected", reasons, 0, standing, 0, findings)


def ask(request: BetRequest, rules: Sequence[Rule]) -> tuple[list[Finding], list[Finding]]:
    """Return what each rule found that could look, and those of them that did not pass."""
    findings: list[Finding] = []
    failed: list[Finding] = []
    missing: set[str] = set()
    for rule in rules:
        if missing and not missing.isdisjoint(rule.needs):
            missing.add(rule.name)
            continue
        finding = rule.check(request)
        findings.append(finding)
        if not finding.passed:
            failed.append(finding)
            missing.add(rule.name)
    return findings, failed


def figures_of(findings: Iterable[Finding], leg: int | None = None) -> list[RuleFigure]:
    """Return what rules found as the messages that say it; ``leg``: of which leg, where there are several."""
    return _FIGURES.validate_python(
        [
            {"rule": rule, "passed": passed, "figure": figure, "limit": limit, "max_stake": most, "leg": leg}
            for rule, passed, figure, limit, most in findings
        ]
    )


# all at once: half of what it costs one by one, and most of what a decision costs
_FIGURES = TypeAdapter(list[RuleFigure])


def largest_stake(failed: Sequence[Finding], findings: Sequence[Finding]) -> int | None:
    """Return the largest stake that every rule takes; None where no stake mends it, or none limits it."""
    if any(finding.max_stake is None for finding in failed):
        return None
    return min((finding.max_stake for finding in findings if finding.max_stake is not None), default=None)
