"""How the champions do on matches that close: drift, and the way back to the consensus."""

from collections.abc import Mapping, Sequence
from math import nan

from agents.fair_champions import Champions
from ml.fair.drift import ALERT_PSI, Watch
from ml.fair.library import Ready
from schemas import Alert, ClosedMatch
from streams import metrics
from streams.partitions import partition_of
from streams.records import Record
from streams.stage import Outbox
from streams.state import Kind, State
from streams.topics import ALERTS

WATCH = Kind("watch", Watch)


class Watches:
    """A watch per model. Every partition sees every match, so all come to the same.

    Parameters
    ----------
    champions : Champions
        Whom to watch.
    """

    def __init__(self, champions: Champions) -> None:
        self._champions = champions

    def fallen_back(self, ready: Ready, state: State) -> bool:
        """Tell whether the consensus prices in a model's place."""
        watch = state.get(WATCH, ready.name)
        return watch is not None and watch.fallen_back

    def note(self, message: ClosedMatch, state: State, out: Outbox, cause: Record) -> None:
        """Take a match that has closed: metrics, and alerts of what has changed."""
        goals = message.home_score - message.away_score
        result = 0 if goals > 0 else 2 if goals < 0 else 1
        self._note(
            "1x2",
            message.model,
            message.features,
            (message.corrected, message.consensus, message.closing),
            result,
            message,
            (state, out, cause),
        )
        self._note(
            "ou:2.5",
            message.total_model,
            message.total_features,
            (message.total_corrected, message.total_consensus, message.total_closing),
            0 if message.home_score + message.away_score > 2 else 1,
            message,
            (state, out, cause),
        )
        won = 0 if goals > 0 else 1
        self._note(
            "ml",
            message.two_way_model,
            message.two_way_features,
            # it has learned from results, so it is judged by results
            (message.two_way_corrected, message.two_way_consensus, [1.0 - won, float(won)]),
            won,
            message,
            (state, out, cause),
        )

    def _note(
        self,
        market: str,
        model: str,
        row: Sequence[float | None],
        views: tuple[list[float] | None, list[float] | None, list[float] | None],
        result: int,
        message: ClosedMatch,
        where: tuple[State, Outbox, Record],
    ) -> None:
        state, out, cause = where
        corrected, consensus, close = views
        ready = self._champions.of(market, state)
        if ready is None or ready.name != model or not (corrected and consensus and close):
            return
        names = ready.card["features"]
        if len(row) != len(names):
            return
        expected = ready.card["reference"]
        watch = state.get(WATCH, model) or Watch()
        before = watch.fallen_back
        values = {name: nan if value is None else value for name, value in zip(names, row, strict=True)}
        watch.note(expected, values, corrected, consensus, close, result)
        alerts = [drift_alert(market, model, watch.drifted(expected), message.event_time_ms)]
        if watch.fallen_back != before:
            alerts.append(fallback_alert(market, model, watch, message.event_time_ms))
        state.put(WATCH, model, watch)
        show(market, watch, expected)
        if partition_of(message.event_id, out.partitions) == cause.partition:
            for alert in alerts:
                if alert is not None:
                    out.emit(ALERTS, model, alert, message.event_time_ms, cause=cause)


def show(market: str, watch: Watch, expected: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """Set the metrics of a market."""
    for name, value in watch.figures().items():
        metrics.FAIR_FIGURE.labels(market, name).set(value)
    metrics.FAIR_FALLEN_BACK.labels(market).set(float(watch.fallen_back))
    for name, value in watch.stability(expected).items():
        metrics.FAIR_STABILITY.labels(market, name).set(value)


def drift_alert(market: str, model: str, drifted: Mapping[str, float], at_ms: int) -> Alert | None:
    """Return the alert that features have drifted, None where none has."""
    if not drifted:
        return None
    return Alert(
        alert_id=f"model_drift:{model}:{at_ms}:{'+'.join(sorted(drifted))}"[:200],
        kind="model_drift",
        subject=model,
        market=market,
        text=f"{', '.join(drifted)} of {market} not as when {model} learned (index above {ALERT_PSI:g})",
        figures=dict(drifted),
        event_time_ms=at_ms,
    )


def fallback_alert(market: str, model: str, watch: Watch, at_ms: int) -> Alert:
    """Return the alert that the consensus prices in a model's place, or that the model prices again."""
    figures = watch.figures()
    what = "the consensus prices in its place" if watch.fallen_back else "it prices again"
    ours, plain = (1e5 * figures[f"divergence_{whose}"] for whose in ("model", "consensus"))
    return Alert(
        alert_id=f"model_fallback:{model}:{at_ms}:{int(watch.fallen_back)}",
        kind="model_fallback",
        subject=model,
        market=market,
        text=f"{model}, {ours:.1f}e-5 from the close where the consensus is {plain:.1f}e-5: {what}",
        figures=figures,
        event_time_ms=at_ms,
    )
