"""Which models price on a partition: told by ``models.champions.v1``, changed between chunks."""

import structlog

from ml.fair.library import Library, ModelUnavailableError, Ready
from ml.fair.match import OUTCOMES
from schemas import Alert, Champion
from streams import metrics
from streams.partitions import partition_of
from streams.records import Chunk
from streams.stage import Outbox, decoded
from streams.state import Kind, State
from streams.topics import ALERTS

SEAT = Kind("champion", Champion)
log = structlog.get_logger(__name__)


class Champions:
    """The champion of each market; the one that ships until another is named.

    Parameters
    ----------
    library : Library
        Where models come from.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def of(self, market: str, state: State) -> Ready | None:
        """Return who prices a market, None where nobody does."""
        key = f"champion {market}"
        if key not in state.local:
            state.local[key] = self._seated(market, state)
        found: Ready | None = state.local[key]
        return found

    def on_champions(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Let a new champion price from here on; one that cannot be had leaves the old one."""
        for record, champion in decoded(chunk, Champion, out):
            if champion.market not in OUTCOMES:
                out.reject(record, "unknown_market")
                continue
            try:
                ready = self._library.load(champion)
            except ModelUnavailableError as error:
                metrics.FAIR_REFUSED.labels(champion.market).set(1)
                log.error("a champion was refused", model=champion.model, why=str(error))
                if partition_of(champion.market, out.partitions) == chunk.partition:
                    alert = refused_alert(champion, str(error))
                    out.emit(ALERTS, champion.model, alert, champion.event_time_ms, cause=record)
                continue
            state.put(SEAT, champion.market, champion)
            state.local[f"champion {champion.market}"] = ready
            _show(champion.market, ready)

    def _seated(self, market: str, state: State) -> Ready | None:
        """Return the champion that the table names; where it cannot be had now, the consensus prices."""
        champion = state.get(SEAT, market)
        try:
            ready = self._library.shipped(market) if champion is None else self._library.load(champion)
        except (ModelUnavailableError, OSError, ValueError, KeyError) as error:
            metrics.FAIR_REFUSED.labels(market).set(1)
            log.error("a champion cannot be had: the consensus prices", market=market, why=str(error))
            return None
        if ready is not None:
            _show(market, ready)
        return ready


def _show(market: str, ready: Ready) -> None:
    for labels in [each.labels for metric in metrics.FAIR_MODEL.collect() for each in metric.samples]:
        if labels["market"] == market and labels["model"] != ready.name:
            metrics.FAIR_MODEL.remove(market, labels["model"])
    metrics.FAIR_MODEL.labels(market, ready.name).set(1)
    metrics.FAIR_REFUSED.labels(market).set(0)


def refused_alert(champion: Champion, why: str) -> Alert:
    """Return the alert that a champion could not be loaded."""
    return Alert(
        alert_id=f"model_refused:{champion.model}:{champion.event_time_ms}",
        kind="model_refused",
        subject=champion.model,
        market=champion.market,
        text=f"{champion.model} does not price {champion.market}: {why}. The champion before it goes on.",
        figures={},
        event_time_ms=champion.event_time_ms,
    )
