"""Pictures of docs/sharps.md."""

from collections.abc import Mapping
from math import cos, pi, sin
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure

from domain.rings import Ring
from ml.sharps.curves import Auc

SCORES = ("profit", "mean CLV", "posterior", "classifier")


def auc_picture(aucs: Mapping[str, Mapping[int, Mapping[int, Auc]]], path: Path) -> None:
    """Draw AUC against the number of bets, a panel for each share of sharp bets."""
    shares = list(next(iter(aucs.values())))
    figure = Figure(figsize=(4 * len(shares), 3.4), layout="constrained")
    panels = figure.subplots(1, len(shares), sharey=True, squeeze=False)[0]
    for share, panel in zip(shares, panels, strict=True):
        for name in SCORES:
            found = aucs[name][share]
            bets = list(found)
            (line,) = panel.plot(bets, [a.value for a in found.values()], marker="o", ms=3, label=name)
            low, high = [a.low for a in found.values()], [a.high for a in found.values()]
            panel.fill_between(bets, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
        panel.set_xscale("log")
        panel.set_xticks(list(found), [str(n) for n in found])
        panel.minorticks_off()
        panel.set_title(f"{share}% of bets sharp")
        panel.set_xlabel("bets")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("AUC against squares")
    panels[0].legend(fontsize=8)
    _save(figure, path)


def alarm_picture(alarms: Mapping[str, Mapping[int, float]], alpha: float, path: Path) -> None:
    """Draw the share of squares ever flagged against the number of bets."""
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    panel = figure.subplots()
    for name, shares in alarms.items():
        panel.plot(list(shares), [100 * share for share in shares.values()], marker="o", ms=3, label=name)
    panel.axhline(100 * alpha, color="black", linewidth=1, linestyle="--", label="bound")
    panel.set_xscale("log")
    panel.set_xlabel("bets, looked at after each")
    panel.set_ylabel("ever flagged, %")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def ring_picture(ring: Ring, path: Path) -> None:
    """Draw a ring: its members on a circle, links as wide as the pair met often."""
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    panel = figure.subplots()
    n = len(ring.members)
    place = {member: (cos(2 * pi * i / n), sin(2 * pi * i / n)) for i, member in enumerate(ring.members)}
    most = max(link.meetings for link in ring.links)
    for link in ring.links:
        (x0, y0), (x1, y1) = (place[member] for member in link.pair)
        panel.plot([x0, x1], [y0, y1], color="tab:blue", alpha=0.6, linewidth=5 * link.meetings / most)
        text = f"{link.meetings}"
        panel.text(0.6 * x0 + 0.4 * x1, 0.6 * y0 + 0.4 * y1, text, fontsize=7, ha="center", va="center")
    for member, (x, y) in place.items():
        panel.plot([x], [y], marker="o", ms=12, color="tab:orange")
        panel.text(1.12 * x, 1.12 * y, member, ha=_side(x), va="center", fontsize=8)
    panel.set_title(f"met as often as written; chance gives {ring.links[0].expected:.2g}", fontsize=9)
    panel.set_xlim(-1.6, 1.6)
    panel.set_ylim(-1.35, 1.35)
    panel.set_aspect("equal")
    panel.axis("off")
    _save(figure, path)


def _side(x: float) -> Literal["left", "center", "right"]:
    if abs(x) < 0.1:
        return "center"
    return "left" if x > 0 else "right"


def _save(figure: Figure, path: Path) -> None:
    # No date and no version: the same figures give the same file.
    figure.savefig(path, dpi=110, metadata={"Software": None})
