"""Tennis: how the model of who wins does on the seasons that it has not learned from, and what was tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from domain.arrays import Array
from domain.evaluation import Difference, log_loss, paired
from ml.fair.scores import scores
from ml.fair.study import without
from ml.fair.table import Table
from ml.fair.training import Settings, settings_of
from ml.fair.walk import walk_forward

Progress = Callable[[str], None]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "ratings (Elo, Elo on the surface)": ("elo_edge", "surface"),
    "the surface": ("surface",),
    "results against the price": ("residual_",),
    "the books beside the consensus": ("sharp_", "mean_", "overround"),
    "rest, matches seen": ("rest", "recent", "seen"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """By how much the log loss is below that of the consensus and of the average, with standard errors."""

    name: str
    over_consensus: Difference
    over_average: Difference


@dataclass(frozen=True)
class TennisStudy:
    """The model's scores, as ``overround evaluate fair`` has them, and one change to it at a time."""

    found: dict[str, Any]
    tried: list[Variant]


def tennis_study(known: Table, say: Progress = lambda _: None) -> TennisStudy:
    """Walk the model and its variants through all seasons that have enough matches before them."""
    chosen = settings_of("ml")
    begins, ends = int(known.starts_ms.min()), int(known.starts_ms.max()) + 1
    base = walk_forward(known, begins, ends, chosen, say).probabilities
    changed: dict[str, tuple[Table, Settings]] = {
        "half as many rounds": (known, replace(chosen, rounds=chosen.rounds // 2)),
        "twice as many rounds": (known, replace(chosen, rounds=chosen.rounds * 2)),
        "five times as many rounds": (known, replace(chosen, rounds=chosen.rounds * 5)),
        "depth 1, twice as many rounds": (
            known,
            replace(chosen, max_depth=1, rounds=chosen.rounds * 2),
        ),
        "depth 4": (known, replace(chosen, max_depth=4)),
        "another seed": (known, replace(chosen, seed=1)),
        **{f"without {name}": (without(known, starts), chosen) for name, starts in GROUPS.items()},
    }
    tried = [_variant("as it is", known, base)]
    for name, (table, settings) in changed.items():
        say(name)
        walked = walk_forward(table, begins, ends, settings).probabilities
        tried.append(_variant(name, known, walked))
    return TennisStudy(scores(known, base, known.between(begins, ends)), tried)


def _variant(name: str, known: Table, model: Array) -> Variant:
    judged = known.results >= 0
    for each in (model, known.average):
        judged = judged & ~np.isnan(each).any(axis=1)
    results = known.results[judged]
    loss = log_loss(model[judged], results)
    return Variant(
        name,
        paired(log_loss(known.consensus[judged], results), loss),
        paired(log_loss(known.average[judged], results), loss),
    )


def section(study: TennisStudy) -> str:
    """Return the section of docs/fair-odds.md, in Markdown."""
    whole = study.found
    loss, errors = whole["log_loss"], whole["paired_se"]
    books = [
        f"| {name} | {loss[name]:.5f} | {_less(loss['model'] - loss[name]) if name != 'model' else ''} | "
        f"{_plain(errors.get(f'model-{name}'))} | {whole['brier'][name]:.5f} |"
        for name in loss
    ]
    tried = [
        f"| {each.name} | {_said(each.over_consensus)} | {_said(each.over_average)} |" for each in study.tried
    ]
    return f"""## Who wins a tennis match

The files of tennis have one price for each book and no closing prices, so there is no move to learn: the
target is the result, the base margin the consensus. A result says far less than a close, hence
{settings_of("ml").rounds} shallow trees. What they go by: Elo of both players, over all and on the surface,
held against the price; results against the price; rest and matches played; Pinnacle's price and the books'
mean beside the consensus. Each match is learned from twice, the second time with the players in each other's
place, and priced as the mean of both, so that the order of names tells nothing. A match between players of
whom one has never been seen keeps the consensus.

Walk forward over the seasons from July 2023 on, ATP and WTA, {whole["n"]:,} matches, each season priced by
what was learned before it. The gate judges the last year of them by results, since there is no close.

| | log loss | model less this, 1e-5 | se, 1e-5 | Brier |
| --- | --- | --- | --- | --- |
{chr(10).join(books)}

| | log loss below the consensus, 1e-5 | below the average, 1e-5 |
| --- | --- | --- |
{chr(10).join(tried)}

Less correction is surer than more: with more rounds the mean gain grows, its error grows faster. Rounds and
depth were chosen on 2023 after a look at a dozen variants on 2023 and 2024; the gain over the consensus is
two to three standard errors, the gain over the average price one. More seasons will tell. The rank of the
players and the number of sets were features at first: with them the gain was smaller.
"""


def _less(value: float) -> str:
    return f"{1e5 * value:+.1f}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{1e5 * value:.1f}"


def _said(found: Difference) -> str:
    return f"{1e5 * found.mean:+.1f} \N{PLUS-MINUS SIGN} {1e5 * found.se:.1f}"
