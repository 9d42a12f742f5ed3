"""Pictures of docs/fair-odds.md."""

from pathlib import Path

from matplotlib.figure import Figure

from domain.evaluation import Bin
from ml.fair.study import Outcome


def calibration_picture(bins: list[Bin], path: Path) -> None:
    """Draw how often outcomes came against what the model had said, with two standard errors."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    panel = figure.subplots()
    errors = [2.0 * (one.observed * (1.0 - one.observed) / one.n) ** 0.5 for one in bins]
    panel.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--", label="perfect")
    forecasts, observed = [one.forecast for one in bins], [one.observed for one in bins]
    panel.errorbar(forecasts, observed, yerr=errors, fmt="o", ms=3, linewidth=1, label="model")
    panel.set_xlabel("forecast probability")
    panel.set_ylabel("share that came")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def learning_picture(learning: list[Outcome], by_season: list[Outcome], path: Path) -> None:
    """Draw the divergence as a share of the consensus's: by seasons learned from, and by season priced."""
    figure = Figure(figsize=(7.6, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for panel, outcomes, label in (
        (left, learning, "seasons learned from"),
        (right, by_season, "season priced"),
    ):
        names = [one.name for one in outcomes]
        panel.plot(names, [one.of_consensus for one in outcomes], marker="o", ms=3)
        panel.axhline(1.0, color="black", linewidth=1, linestyle="--")
        panel.set_xlabel(label)
        panel.grid(alpha=0.3)
        panel.tick_params(axis="x", labelsize=7)
    left.set_ylabel("divergence from the close,\nas a share of the consensus's")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
