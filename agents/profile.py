"""Stage profile (by bettor): marks move what is believed of a bettor, and the stake factor follows."""

from collections.abc import Mapping

from domain.sharps import Assessment, Evidence, assess, update
from schemas import Alert, BettorRisk, Mark
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, BETTORS, MARKS

EVIDENCE = Kind("evidence", Evidence)
RISK = Kind("risk", BettorRisk)


class Profile(Stage):
    """Every bettor's evidence, and the risk that was last published of it."""

    name = "profile"
    kinds = (EVIDENCE, RISK)

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {MARKS.name: self.on_marks}

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_marks(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take all marks, then publish each bettor that they moved once."""
        moved: dict[str, Mark] = {}
        for _, mark in decoded(chunk, Mark, out):
            key = f"{mark.operator}|{mark.bettor}"
            evidence = state.get(EVIDENCE, key) or Evidence()
            update(evidence, mark.bet_id, mark.event_id, mark.horizon, mark.clv, mark.event_time_ms)
            state.put(EVIDENCE, key, evidence)
            moved[key] = mark
        for key, mark in moved.items():
            self._publish(key, mark, state, out)

    def _publish(self, key: str, mark: Mark, state: State, out: Outbox) -> None:
        evidence = state.get(EVIDENCE, key)
        if evidence is None:
            return
        before = state.get(RISK, key)
        risk = risk_of(mark, assess(evidence), 1 if before is None else before.version + 1)
        state.put(RISK, key, risk)
        out.emit(BETTORS, key, risk, mark.event_time_ms)
        if risk.flagged and not (before is not None and before.flagged):
            out.emit(ALERTS, mark.bettor, sharp_alert(risk), mark.event_time_ms)


def risk_of(mark: Mark, found: Assessment, version: int) -> BettorRisk:
    """Return what is published of a bettor after a mark."""
    return BettorRisk(
        operator=mark.operator,
        bettor=mark.bettor,
        version=version,
        bets=found.bets,
        marks=found.marks,
        clv_mean=found.clv_mean,
        posterior_mean=found.posterior_mean,
        posterior_sd=found.posterior_sd,
        log_e_value=found.log_e_value,
        flagged=found.flagged,
        factor=found.factor,
        reasons=found.reasons,
        event_time_ms=mark.event_time_ms,
    )


def sharp_alert(risk: BettorRisk) -> Alert:
    """Return the alert that a bettor has been flagged."""
    return Alert(
        alert_id=f"sharp:{risk.operator}:{risk.bettor}",
        kind="sharp",
        subject=risk.bettor,
        operator=risk.operator,
        text="; ".join(risk.reasons),
        figures={
            "clv_mean": risk.clv_mean,
            "posterior_mean": risk.posterior_mean,
            "log_e_value": risk.log_e_value,
            "factor": risk.factor,
        },
        event_time_ms=risk.event_time_ms,
    )
