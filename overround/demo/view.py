"""The demo's live view in the terminal."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from overround.demo.observer import Seen
from overround.demo.report import milliseconds
from schemas import OperatorProfile


@dataclass
class Playing:
    """How far the play is."""

    quotes: int = 0
    total: int = 0
    elapsed_s: float = 0.0
    event_time: str = ""
    bets: int = 0


@dataclass
class View:
    """Renders itself anew each time that rich asks.

    Parameters
    ----------
    seen, playing
        What is shown; changed by others.
    profiles : sequence of OperatorProfile
        Whose exposure to show, in which currency.
    processes : callable
        Returns a line on the processes.
    """

    seen: Seen
    playing: Playing
    profiles: tuple[OperatorProfile, ...]
    processes: Callable[[], str]

    def __rich__(self) -> RenderableType:
        """Return what is shown now."""
        return Group(
            self._progress(),
            Columns([self._prices(), self._bets(), self._risk()], expand=False, equal=False),
            Text(self.processes(), style="dim"),
        )

    def _progress(self) -> RenderableType:
        playing = self.playing
        grid = Table.grid(padding=(0, 1))
        rate = playing.quotes / playing.elapsed_s if playing.elapsed_s else 0.0
        grid.add_row(
            Text("World Cup 2026", style="bold"),
            ProgressBar(total=max(1, playing.total), completed=playing.quotes, width=36),
            f"{playing.quotes:,} of {playing.total:,} messages",
            f"{rate:,.0f}/s",
            Text(playing.event_time, style="cyan"),
        )
        return grid

    def _prices(self) -> Panel:
        events = {event for _, event, _ in self.seen.offers}
        rows = [
            ("events priced", f"{len(events)}"),
            ("markets offered", f"{len(self.seen.offers)}"),
            ("open now", f"{self.seen.open_markets}"),
            ("prices published", f"{self.seen.prices:,}"),
            ("suspensions", f"{self.seen.suspensions:,}"),
            *_latency("feed to price", self.seen.feed_to_price_s),
        ]
        return _panel("prices", rows)

    def _bets(self) -> Panel:
        decisions = self.seen.decisions
        rows = [
            ("placed", f"{self.playing.bets:,}"),
            *((name, f"{decisions[name]:,}") for name in ("accepted", "alternative", "rejected")),
            *((f"  {reason}", f"{n:,}") for reason, n in self.seen.reasons.most_common(5)),
            *_latency("bet to decision", self.seen.bet_to_decision_s),
        ]
        return _panel("bets", rows)

    def _risk(self) -> Panel:
        alerts = [alert.kind for alert in self.seen.alerts.values()]
        rows = [
            *(
                (f"worst case {p.operator}", f"{self.seen.worst_case(p.operator) / 100:,.2f} {p.currency}")
                for p in self.profiles
            ),
            ("bettors marked", f"{len(self.seen.bettors):,}"),
            ("bettors flagged, suspected", f"{len(self.seen.flagged):,}, {len(self.seen.suspected):,}"),
            ("arbitrage across books", f"{alerts.count('arbitrage'):,}"),
            ("against own prices", f"{alerts.count('own_arbitrage'):,}"),
            ("dead letters", f"{sum(self.seen.dead_letters.values()):,}"),
        ]
        return _panel("risk", rows)


def _latency(name: str, seconds: list[float]) -> list[tuple[str, str]]:
    recent = milliseconds(seconds[-2000:])
    if not recent:
        return []
    return [(f"{name} p50", f"{recent['p50']:.1f} ms"), (f"{name} p99", f"{recent['p99']:.1f} ms")]


def _panel(title: str, rows: list[tuple[str, str]]) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    for row in rows:
        grid.add_row(*row)
    return Panel(grid, title=title, title_align="left", border_style="dim")
