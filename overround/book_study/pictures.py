"""Pictures of docs/book.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from overround.book_study.outcome import Outcome

NAMES = {
    "plain": "neither",
    "skew": "skew",
    "dynamic": "dynamic margin",
    "both": "skew and dynamic margin",
}
HOUR_MS = 3_600_000


def handle_picture(curves: Mapping[str, Sequence[tuple[float, Outcome]]], path: Path) -> None:
    """Draw handle against hold, a point for each base margin."""
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    panel = figure.subplots()
    for name, points in curves.items():
        hold = [100 * (one.hold or 0.0) for _, one in points]
        handle = [one.handle / 100_000 for _, one in points]
        panel.plot(hold, handle, marker="o", ms=4, label=NAMES[name])
        for (margin, _), x, y in zip(points, hold, handle, strict=True):
            panel.annotate(
                f"{100 * (margin - 1):.0f}%", (x, y), fontsize=7, xytext=(3, 3), textcoords="offset points"
            )
    panel.set_xlabel("hold by the closing probabilities, %")
    panel.set_ylabel("handle, thousands")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def exposure_picture(found: Mapping[str, Outcome], path: Path) -> None:
    """Draw the worst case over event time."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    panel = figure.subplots()
    for name, one in found.items():
        start = one.worst[0][0]
        hours = [(at_ms - start) / HOUR_MS for at_ms, _ in one.worst]
        panel.plot(hours, [worst / 100_000 for _, worst in one.worst], label=NAMES[name])
    panel.set_xlabel("hours into the recording")
    panel.set_ylabel("worst case, thousands")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8)
    _save(figure, path)


def saved_picture(found: Mapping[str, Outcome], path: Path) -> None:
    """Draw what the bets that each rule stopped would have won of the book."""
    rules = sorted({rule for one in found.values() for rule in one.saved})
    figure = Figure(figsize=(7, 0.9 + 0.45 * max(1, len(rules))), layout="constrained")
    panel = figure.subplots()
    height = 0.8 / len(found)
    for place, (name, one) in enumerate(found.items()):
        at = [row + place * height for row in range(len(rules))]
        panel.barh(at, [one.saved.get(rule, 0) / 100 for rule in rules], height=height, label=NAMES[name])
    panel.set_yticks([row + 0.4 - height / 2 for row in range(len(rules))], rules)
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_xlabel("expected winnings of the bets stopped, by the closing probabilities")
    panel.grid(alpha=0.3, axis="x")
    panel.legend(fontsize=7)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    # No date and no version: the same figures give the same file.
    figure.savefig(path, dpi=110, metadata={"Software": None})
