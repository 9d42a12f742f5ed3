"""docs/sharps.md: the study in words and tables."""

from collections.abc import Iterable, Sequence

from domain.rings import CONFIG
from ml.sharps.classifier import CLASSES, HARMLESS
from ml.sharps.curves import Auc
from ml.sharps.evaluation import Evaluation, Half
from ml.sharps.study import CUTOFFS, FALSE_ALARM_BETS, Study

PICTURES = ("sharps-auc.png", "sharps-false-alarms.png", "sharps-ring.png")


def report(found: Study, real: Evaluation | None, command: str) -> str:
    """Return the document in Markdown.

    Parameters
    ----------
    real : Evaluation or None
        Of real bettors, where a file of them was given.
    command : str
        What made it.
    """
    parts = [
        _head(found, command),
        _auc(found),
        _detection(found),
        _alarms(found),
        _classes(found),
        _rings(found),
    ]
    if real is not None:
        parts.append(_real(real))
    parts.append(_limits())
    return "\n".join(part.strip() + "\n" for part in parts)


def _head(found: Study, command: str) -> str:
    policy = found.policy
    rows = [(label, f"{mean:+.1%}", f"{sd:.1%}") for label, (mean, sd) in found.mean_clv.items()]
    return f"""# How well sharps are told from squares

Made by `{command}`; the figures below are its output.
What the live stage does with it, its own classifier and the operator's policy: [profile.md](profile.md).

Bettors are simulated (`domain/population`), odds are recorded: football matches with the prices of a soft
bookmaker and the best of the market before the match, and the sharpest book's before it and at the close, the
margin taken out. The classifier and the population's prior are learned on {found.trained_on:,} matches, all
else is measured on the {found.judged_on:,} matches that came later, with other bettors. Between the two
snapshots of a match, and in play, prices are made up (`ml/sharps/world.py` says how); results and both
snapshots are real.

What a bet tells is its closing line value (CLV): price x closing probability - 1. The population's prior
here: mean {policy.prior_mean:+.1%}, sd {policy.prior_sd:.1%} between bettors; one mark scatters by
{policy.mark_sd:.1%} before the start, and a bet in play counts {policy.in_play_weight:.2f} of one before it.
A bettor has no edge up to a CLV of {policy.null_mean:+.1%}.

{_table(("class", "mean CLV", "sd of a bet's CLV"), rows)}

`value_5` to `value_100` pick 5 to 100% of their bets by a noisy knowledge of the close and the others as the
crowd does. In all else (stakes, account, promotions) they are drawn from the same distributions as squares,
so that what is measured is whether skill is seen, not whether the simulator has habits.
"""


def _auc(found: Study) -> str:
    blocks = []
    for share in next(iter(found.aucs.values())):
        rows = [
            (name, *(_interval(by_share[share].get(n)) for n in CUTOFFS))
            for name, by_share in found.aucs.items()
        ]
        blocks.append(
            f"### {share}% of bets sharp\n\n" + _table(("score", *(f"{n} bets" for n in CUTOFFS)), rows)
        )
    return f"""## AUC against the number of bets

The probability that a sharp scores above a square, with 95% intervals (bettors resampled). `profit` is what a
bookmaker sees without CLV. `posterior` needs the price and the close alone; `classifier, thin file` what
every file of bets has; `classifier` also the best price of the market, moves before and after the bet,
promotions, account age, company, devices, addresses and competitions.

![AUC]({PICTURES[0]})

{chr(10).join(block + chr(10) for block in blocks)}"""


def _detection(found: Study) -> str:
    rows = [
        (label, each.n, f"{each.flagged:.0%}", _number(each.mean_bets), _number(each.median_bets))
        for label, each in found.detections.items()
    ]
    return f"""## Bets until a flag

Flags come from the e-process alone, at alpha = {found.policy.alpha:.0%}, over each bettor's whole history
of about 270 bets. A steam chaser or an occasional sharp who still loses more than
{-found.policy.null_mean:.1%} on average is not flagged, and is not meant to be: the classifier names the
first, the posterior sets the limit of both. Arbitrageurs and bonus abusers lose little
because they take only the best prices there are, and so are flagged without knowing anything.

{_table(("class", "bettors", "flagged", "mean bets", "median bets"), rows)}
"""


def _alarms(found: Study) -> str:
    names = list(found.false_alarms)
    rows = [
        (f"{n:,}", *(f"{found.false_alarms[name][n]:.3%}" for name in names))
        for n in found.false_alarms[names[0]]
    ]
    return f"""## False alarms for life

{found.false_alarm_bettors:,} squares of {FALSE_ALARM_BETS:,} bets each, looked at after every bet; the bound
is alpha = {found.policy.alpha:.0%}. `squares` bet as the crowd does, on recorded odds. `squares at the edge`
have all their marks lifted until their mean is exactly the null's: nobody without an edge is harder to tell.

![False alarms]({PICTURES[1]})

{_table(("bets", *names), rows)}
"""


def _classes(found: Study) -> str:
    blocks = []
    for n, counts in found.classes.items():
        rows = [
            (label, *(row.get(kind, 0) or "" for kind in CLASSES)) for label, row in sorted(counts.items())
        ]
        blocks.append(f"After {n} bets:\n\n" + _table(("is", *CLASSES), rows))
    return f"""## Classes

What the likeliest class is, by what a bettor is (rows). The sharp score is the probability of all classes but
{", ".join(sorted(HARMLESS))}. Classes of the simulator differ more cleanly than people do: read this as
what the features can tell, not as what to expect of real bettors.

{chr(10).join(block + chr(10) for block in blocks)}"""


def _rings(found: Study) -> str:
    rings = found.rings
    picture = ""
    if rings.example is not None:
        picture = f"\n![A ring]({PICTURES[2]})\n\n{'; '.join(rings.example.reasons)}.\n"
    return f"""## Rings

Looked for by selections taken within {CONFIG.window_ms // 1000} s of each other alone, devices left out: of
{rings.rings} rings {rings.found_whole} were found whole, of their {rings.members} accounts
{rings.members_found}; {rings.wrong_members} other accounts were linked.
{picture}"""


def _real(real: Evaluation) -> str:
    flagged = sum(score.flagged_at is not None for score in real.scores)
    rows = [_half(name.replace("_", " "), half) for name, half in real.split_half.items()]
    columns = ("in the first half", "bettors", "bets", "CLV in the second", "95%", "ROI in the second", "95%")
    return f"""## Real bettors

{len(real.scores):,} accounts, {sum(score.bets for score in real.scores):,} matched bets on one match of an
exchange, mostly in play. There is no close; `{real.source}` stands in for it ({real.marked:,} bets marked):
the price of the same selection at least five minutes after the bet. The null is a CLV of
{real.policy.null_mean:+.1%}, one mark scatters by {real.policy.mark_sd:.1%}. Over all their bets {flagged}
accounts are flagged. Scored on the first half of each account's bets, judged on the second:

{_table(columns, rows)}

One match is one result: the ROI says who was on the winner, whatever the intervals, which resample accounts
and cannot know of other matches. The CLV is what to read.
"""


def _limits() -> str:
    return """## What this does not show

- Real sharps are not these. The simulated ones know the close up to noise and pick the best of a few
  offers; that a full sharp beats the close by 2 to 3% is an assumption, and the AUC follows from it.
- Marks at 10, 60 and 300 s are not in recordings with two snapshots a match; they move the posterior in the
  live pipeline and are tested there, but no error rate is claimed for them.
- That bets in play must weigh less was seen on the later matches; how much less is estimated on the earlier.
- The e-process takes the first bet on each event and assumes that price moves of different events are
  independent; a sport-wide shock (a rule change, a storm) breaks that.
- That the crowd prefers the great leagues, that sharps bet just before a price moves with a share of their
  bets, and how often who changes device and address, is made up (`domain/population/classes.py`,
  `ml/sharps/world.py`). The shares overlap, but no recording says that they are these.
"""


def _half(name: str, half: Half) -> tuple[object, ...]:
    return (
        name,
        half.n,
        half.bets,
        _share(half.clv),
        _range(half.clv_interval),
        _share(half.roi),
        _range(half.roi_interval),
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:+.2%}"


def _range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:+.2%} to {interval[1]:+.2%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _interval(value: Auc | None) -> str:
    return "" if value is None else f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"


def _table(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(map(str, columns)) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)
