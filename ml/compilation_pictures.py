"""Pictures of docs/compilation.md."""

from pathlib import Path

from matplotlib.figure import Figure

from domain.evaluation import Bin
from ml.quote_ages import AgeStudy


def reliability_picture(bins: list[Bin], path: Path) -> None:
    """Draw how often outcomes came against what the consensus had forecast, with two standard errors."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    panel = figure.subplots()
    forecasts, observed = [one.forecast for one in bins], [one.observed for one in bins]
    errors = [2.0 * (one.observed * (1.0 - one.observed) / one.n) ** 0.5 for one in bins]
    panel.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--", label="perfect")
    panel.errorbar(forecasts, observed, yerr=errors, fmt="o", ms=3, linewidth=1, label="consensus")
    panel.set_xlabel("forecast probability")
    panel.set_ylabel("share that came")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def age_picture(study: AgeStudy, half_life_s: float, path: Path) -> None:
    """Draw what a quote is worth by its age, measured and as the consensus has it."""
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    panel = figure.subplots()
    names = {"near": "measured, within 3 h of the start", "far": "measured, earlier"}
    for when, name in names.items():
        weights = study.weights(when)
        if weights:
            panel.plot([lag / 3600 for lag in weights], list(weights.values()), marker="o", ms=3, label=name)
    hours = [step / 20 for step in range(161)]
    used = [0.5 ** (hour * 3600 / half_life_s) for hour in hours]
    panel.plot(hours, used, color="black", linewidth=1, linestyle="--", label="used")
    panel.set_xlabel("age of the quote, hours")
    panel.set_ylabel("weight beside a fresh one")
    panel.set_ylim(0, 1.02)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
