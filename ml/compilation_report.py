"""docs/compilation.md: what was measured of compilation, in words and tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from domain.consensus import ConsensusConfig
from ml.half_time import HalfTime
from ml.match_evaluation import MatchingScores
from ml.price_evaluation import BLOCK_DAYS, BURN_IN, ConsensusScores, Score
from ml.quote_ages import AgeStudy

PICTURES = ("compilation-reliability.png", "compilation-ages.png")


@dataclass(frozen=True)
class Compilation:
    """All that the document reports.

    Parameters
    ----------
    matches : int
        With a result and 1X2 prices.
    costs : mapping of str to float, optional
        Microseconds of processor time by what is done (``tests/bench/compilation.py``).
    """

    command: str
    matches: int
    devig: Mapping[str, Mapping[str, Score]]
    consensus: ConsensusScores
    ages: AgeStudy | None
    half_time: HalfTime
    matching: MatchingScores | None
    costs: Mapping[str, float] | None = None


def report(found: Compilation) -> str:
    """Return the document in Markdown."""
    parts = [_head(found), _devig(found), _consensus(found.consensus)]
    if found.ages is not None:
        parts.append(_ages(found.ages))
    parts.append(_half_time(found.half_time))
    if found.matching is not None:
        parts.append(_matching(found.matching))
    if found.costs is not None:
        parts.append(_costs(found.costs))
    return "\n".join(part.strip() + "\n" for part in parts)


def _head(found: Compilation) -> str:
    made = _prose(
        f"Made by `{found.command}`; figures below are its output, on {found.matches:,} football matches. "
        "How all of it runs live and is set: [consensus.md](consensus.md)."
    )
    return f"# From many prices to one: what was measured\n\n{made}"


def _devig(found: Compilation) -> str:
    methods = list(found.devig)
    codes = sorted(found.devig[methods[0]], key=lambda code: -found.devig[methods[0]][code].n)
    rows = []
    for code in codes:
        losses = [found.devig[method][code].log_loss for method in methods]
        best = min(losses)
        cells = [f"**{loss:.5f}**" if loss == best else f"{loss:.5f}" for loss in losses]
        rows.append((code, f"{found.devig[methods[0]][code].n:,}", *cells))
    what = _prose(
        "Log loss of the 1X2 result by method (`domain/devig`); the codes are those of football-data.co.uk,"
        " with C at the end for closing prices (PS Pinnacle, VC BetVictor, Avg and BbAv averages, Max and"
        " BbMx best prices). The best of each row is in bold. Power is the default."
    )
    return f"## Taking the margin out\n\n{what}\n\n{_table(('prices', 'n', *methods), rows)}"


def _consensus(scores: ConsensusScores) -> str:
    rows = [
        (
            name,
            f"{loss:.5f}",
            _difference(scores.against.get(name)),
            f"{1000 * scores.kl_to_close[name]:.3f}" if name in scores.kl_to_close else "",
            f"{scores.weights[name]:.2f}" if name in scores.weights else "",
        )
        for name, loss in scores.log_loss.items()
    ]
    others = [
        (name, f"{figures['n']:,.0f}", _difference(figures))
        for name, figures in scores.against.items()
        if name not in scores.log_loss
    ]
    what = _prose(
        f"{scores.n:,} matches with at least four books, each judged with weights learned on earlier matches"
        f" only: learned anew every {BLOCK_DAYS} days, after the first {BURN_IN} matches. `average` is the"
        " plain mean of the books' probabilities, `close` the sharpest closing price. Differences are the"
        " consensus's log loss less the other's, with their standard errors: below zero the consensus is"
        " better. KL is the divergence from the close; the weights are those last learned."
    )
    return f"""## Consensus

{what}

{_table(("", "log loss", "difference", "KL x 1000", "weight"), rows)}

Prices that not all of these matches have, each on its own part of them:

{_table(("", "n", "difference"), others)}

![Reliability of the consensus]({PICTURES[0]})
"""


def _ages(ages: AgeStudy) -> str:
    config = ConsensusConfig()
    lags = sorted({lag for moves in ages.moves.values() for lag in moves})
    sides = ("near", "far")
    rows = [
        (
            f"{lag / 3600:g}",
            *(f"{1e6 * ages.moves[when][lag]:.0f}" if lag in ages.moves[when] else "" for when in sides),
            *(f"{ages.weights(when)[lag]:.2f}" if lag in ages.moves[when] else "" for when in sides),
            f"{0.5 ** (lag / config.half_life_s):.2f}" if lag <= config.max_age_s else "stale",
        )
        for lag in lags
    ]
    what = _prose(
        f"On {ages.quotes:,} quotes: a book's fresh quote diverges from the mean of all by"
        f" {1e6 * ages.disagreement:.0f}e-6 on average; the mean itself moves, by the divergences below"
        " (x 1e-6), near the start (within three hours) and far from it. A quote's weight beside a fresh one"
        f" follows; the consensus uses a half-life of {config.half_life_s / 60:.0f} minutes and takes nothing"
        f" older than {config.max_age_s / 60:.0f}: right near the start, severe before."
    )
    head = ("hours", "move near", "move far", "weight near", "weight far", "used")
    return f"## What age costs\n\n{what}\n\n{_table(head, rows)}\n\n![Weight by age]({PICTURES[1]})"


def _half_time(half: HalfTime) -> str:
    rows = [
        ("before the match", f"{half.log_loss_before:.5f}", f"{half.rps_before:.5f}"),
        ("at half time", f"{half.log_loss:.5f}", f"{half.rps:.5f}"),
    ]
    what = _prose(
        "Pinnacle's closing 1X2 prices and the total of 2.5 goals make a measure over 169 final scores"
        f" (`domain/states`); at half time it is carried on with the score. {half.n:,} matches:"
    )
    return f"## One measure, carried on in play\n\n{what}\n\n{_table(('', 'log loss', 'RPS'), rows)}"


def _matching(scores: MatchingScores) -> str:
    what = _prose(
        f"{scores.n:,} matches of a second layout were put to the events of the first; the truth is where"
        " day, score and closing prices agree. Part of them had home and away turned, the kick-off moved,"
        " women's or youth sides in the names, or no counterpart."
        f" Merged: {scores.right + len(scores.wrong):,}, of which right {scores.precision:.3%};"
        f" of {scores.paired:,} with a counterpart {scores.recall:.2%} were"
        f" merged; {scores.review:,} were put before a person. The table of aliases"
        " (`domain/matching/aliases.py`) was made by hand with these names in view."
    )
    return f"## The same match from two sources\n\n{what}"


def _costs(costs: Mapping[str, float]) -> str:
    rows = [(what, f"{cost:,.3f}" if cost < 1 else f"{cost:,.1f}") for what, cost in costs.items()]
    what = _prose(
        "Microseconds of processor time on one of two cores, the best of several times, all in one run"
        " (`python -m tests.bench.compilation --penaltyblog`). De-vig is per 3-way market, in batches of"
        " 10,000 where it says so, beside the shin package and penaltyblog on the same markets. A measure has"
        " 169 states. Aimed at: 0.5 for power in batches, 30 for repricing 300 selections and more, 2,000 for"
        " a refit."
    )
    return f"## What it costs\n\n{what}\n\n{_table(('what', 'microseconds'), rows)}"


def _prose(text: str) -> str:
    return fill(text, width=110, break_long_words=False, break_on_hyphens=False)


def _difference(figures: Mapping[str, float] | None) -> str:
    return f"{figures['difference']:+.5f} ± {figures['se']:.5f}" if figures else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
