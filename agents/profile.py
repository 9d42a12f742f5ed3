"""Stage profile (by bettor): marks move what is believed of a bettor, and what is done about it follows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agents.operators import PROFILE, profile_of, take_profile
from domain.sharps import (
    LEAST_BETS,
    Behaviour,
    Dossier,
    Placed,
    assess,
    classify,
    edge_probability,
    evidence_in_words,
    features,
    note_arbitrage,
    note_timing,
    observe,
    told_now,
    treat,
    update,
)
from schemas import Alert, BettorRisk, Mark, OperatorCommand, OperatorProfile
from streams.records import Chunk
from streams.stage import Handler, Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import ALERTS, BETTORS, COMMANDS, MARKS

DOSSIER = Kind("dossier", Dossier)

FIRST_MARK_MS = 10_000
"""A close that comes within this after the bet is the bet's first mark."""


class Classifier(Protocol):
    """Tells classes of behaviour from rows of ``domain.sharps.behaviour``."""

    classes: tuple[str, ...]

    @property
    def threshold(self) -> float:
        """From which sharp score on a bettor is suspected."""
        ...

    def probabilities(self, rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
        """Return class probabilities, one row per bettor."""
        ...

    def sharp_scores(self, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of all classes that beat the close, from class probabilities."""
        ...


class Profile(Stage):
    """Every bettor's dossier.

    Parameters
    ----------
    classifier : callable or None
        Gives the classifier when it is first needed: to load one takes longer than to start. Without one,
        only the posterior and the e-process speak.
    """

    name = "profile"
    kinds = (DOSSIER, PROFILE)

    def __init__(self, classifier: Callable[[], Classifier] | None = None) -> None:
        self._classifier = classifier
        self._handlers: dict[str, Handler] = {
            MARKS.name: self.on_marks,
            COMMANDS.name: self.on_commands,
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Return what handles which topic."""
        return self._handlers

    def on_marks(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take all marks, then publish each bettor that they moved once."""
        moved: dict[str, Mark] = {}
        dossiers: dict[str, Dossier] = {}
        for _, mark in decoded(chunk, Mark, out):
            key = f"{mark.operator}|{mark.bettor}"
            dossier = dossiers.get(key)
            if dossier is None:
                dossier = dossiers[key] = state.get(DOSSIER, key) or Dossier()
            take(dossier.behaviour, mark)
            update(
                dossier.evidence,
                mark.bet_id,
                mark.event_id,
                mark.horizon,
                mark.clv,
                mark.event_time_ms,
                in_play=mark.in_play,
            )
            moved[key] = mark
        self._classify(list(dossiers.values()))
        for key, dossier in dossiers.items():
            self._publish(key, moved[key], dossier, state, out)
            state.put(DOSSIER, key, dossier)

    def on_commands(self, chunk: Chunk, state: State, out: Outbox) -> None:
        """Take an operator's settings: how it treats whom; they hold from a bettor's next mark on."""
        for _, command in decoded(chunk, OperatorCommand, out):
            take_profile(state, command)

    def _classify(self, dossiers: list[Dossier]) -> None:
        known = [each for each in dossiers if each.behaviour.sums[0] >= LEAST_BETS]
        if self._classifier is None or not known:
            return
        classifier = self._classifier()
        found = classifier.probabilities([features(each.behaviour, each.evidence) for each in known])
        scores = classifier.sharp_scores(found).tolist()
        likeliest = found.argmax(axis=1).tolist()
        for dossier, score, best, row in zip(known, scores, likeliest, found, strict=True):
            kind = classifier.classes[best]
            classify(dossier, score, kind, float(row[best]), classifier.threshold)

    def _publish(self, key: str, mark: Mark, dossier: Dossier, state: State, out: Outbox) -> None:
        risk = risk_of(mark, dossier, profile_of(state, mark.operator))
        was_flagged, was_suspected = dossier.flagged, dossier.suspected_told
        dossier.version = risk.version
        dossier.flagged, dossier.suspected_told = risk.flagged, risk.suspected
        out.emit(BETTORS, key, risk, mark.event_time_ms)
        if risk.flagged and not was_flagged:
            out.emit(ALERTS, mark.bettor, sharp_alert(risk, "sharp"), mark.event_time_ms)
        elif risk.suspected and not was_suspected and not risk.flagged:
            out.emit(ALERTS, mark.bettor, sharp_alert(risk, "suspect"), mark.event_time_ms)


def _is_first(mark: Mark) -> bool:
    """Tell whether a mark is the first of its bet; each bet has one."""
    if mark.horizon != "close":
        return mark.horizon == "10s"
    return mark.placed_at_ms is not None and mark.event_time_ms - mark.placed_at_ms <= FIRST_MARK_MS


def take(behaviour: Behaviour, mark: Mark) -> None:
    """Take what a mark tells of how its bettor bets, and no earlier mark of the bet has told."""
    if _is_first(mark):
        observe(behaviour, placed(mark))
    if mark.arbitrage_alert is not None:
        note_arbitrage(behaviour, mark.arbitrage)
    if mark.placed_at_ms is not None:
        waited_ms = mark.event_time_ms - mark.placed_at_ms
        timing = told_now(mark.moved_after_ms, mark.usual_gap_ms, waited_ms)
        if timing is not None:
            note_timing(behaviour, timing, in_play=mark.in_play)


def placed(mark: Mark) -> Placed:
    """Return the bet behind a mark."""
    context = mark.context
    return Placed(
        mark.event_id,
        mark.price,
        mark.stake,
        mark.placed_at_ms if mark.placed_at_ms is not None else mark.event_time_ms,
        mark.best_price,
        mark.moved,
        mark.in_play,
        context.promotion if context is not None else None,
        context.account_days if context is not None else None,
        mark.arbitrage,
        mark.obscure,
        context.device if context is not None else None,
        context.ip if context is not None else None,
    )


def risk_of(mark: Mark, dossier: Dossier, profile: OperatorProfile | None) -> BettorRisk:
    """Return what is published of a bettor after a mark."""
    found = assess(dossier.evidence)
    treated = treat(found.factor, dossier.traits, profile.treatments if profile is not None else {})
    return BettorRisk(
        operator=mark.operator,
        bettor=mark.bettor,
        version=dossier.version + 1,
        bets=found.bets,
        marks=found.marks,
        clv_mean=found.clv_mean,
        posterior_mean=found.posterior_mean,
        posterior_sd=found.posterior_sd,
        log_e_value=found.log_e_value,
        flagged=found.flagged,
        factor=treated.factor,
        reasons=[*found.reasons, *evidence_in_words(dossier), *treated.reasons],
        event_time_ms=mark.event_time_ms,
        suspected=dossier.suspected,
        edge_probability=edge_probability(found.posterior_mean, found.posterior_sd),
        kind=dossier.kind,
        kind_probability=dossier.kind_probability,
        review=treated.review,
        delay_ms=treated.delay_ms,
        policy_version=profile.version if profile is not None else 0,
    )


def sharp_alert(risk: BettorRisk, kind: str) -> Alert:
    """Return the alert that a bettor has been flagged (``sharp``), or is suspected (``suspect``)."""
    return Alert(
        alert_id=f"{kind}:{risk.operator}:{risk.bettor}" + (f":{risk.version}" if kind == "suspect" else ""),
        kind="sharp" if kind == "sharp" else "suspect",
        subject=risk.bettor,
        operator=risk.operator,
        text="; ".join(risk.reasons),
        figures={
            "clv_mean": risk.clv_mean,
            "posterior_mean": risk.posterior_mean,
            "log_e_value": risk.log_e_value,
            "edge_probability": risk.edge_probability,
            "factor": risk.factor,
        },
        event_time_ms=risk.event_time_ms,
    )
