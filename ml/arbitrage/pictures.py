"""Pictures of docs/arbitrage.md."""

from pathlib import Path

from matplotlib.figure import Figure

from ml.arbitrage.evaluation import ArbitrageEvaluation

FLOOR_S = 1.0


def lifetimes_picture(found: ArbitrageEvaluation, max_age_s: float, path: Path) -> None:
    """Draw how long opportunities stood: the share that still stands after so many seconds."""
    lives = sorted(max(FLOOR_S, each.lifetime_s) for each in found.found if each.closed)
    figure = Figure(figsize=(6.0, 3.4), layout="constrained")
    panel = figure.subplots()
    shares = [1.0 - n / len(lives) for n in range(len(lives))]
    panel.step(lives, shares, where="post")
    panel.axvline(max_age_s, color="grey", linestyle=":", label="largest age of a quote")
    panel.set_xscale("log")
    panel.set_xlabel("seconds")
    panel.set_ylabel("share still standing")
    panel.set_ylim(0, 1)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def margins_picture(found: ArbitrageEvaluation, path: Path) -> None:
    """Draw the best margin of each opportunity against its life time."""
    figure = Figure(figsize=(6.0, 3.4), layout="constrained")
    panel = figure.subplots()
    kinds = {
        "within a market": [each for each in found.found if each.market is not None],
        "across markets": [each for each in found.found if each.market is None],
    }
    for name, some in kinds.items():
        panel.scatter(
            [max(FLOOR_S, each.lifetime_s) for each in some],
            [100 * each.best_margin for each in some],
            s=9,
            alpha=0.6,
            label=f"{name} ({len(some)})",
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("seconds")
    panel.set_ylabel("best margin, %")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})
