"""The one place where stages, stores and settings are put together."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from overround.settings import settings

if TYPE_CHECKING:
    from overround.settings import Settings
    from streams.stage import Sink, Stage

# Imports stand inside the functions: a verb should not load what it does not use.


def _compile(config: "Settings") -> "Stage":
    from agents.compile import Compile
    from overround import consensus_file

    consensus = consensus_file.load(config.consensus_file, config.learned_weights_file)
    if not config.fair_odds:
        return Compile(config.operators, consensus)
    from agents.fair import FairOdds
    from overround.models import library

    return Compile(config.operators, consensus, FairOdds(library(config)))


def _derive(config: "Settings") -> "Stage":
    from agents.derive import Derive
    from domain.derivation import DeriveConfig
    from overround.consensus_file import SettingsError

    try:
        return Derive(DeriveConfig(config.derived_markets))
    except ValueError as error:
        raise SettingsError(f"OVERROUND_DERIVED_MARKETS: {error}") from None


def _assess(_: "Settings") -> "Stage":
    from agents.assess import Assess

    return Assess()


def _book(config: "Settings") -> "Stage":
    from agents.book import Book

    return Book(config.operators)


def _mark(_: "Settings") -> "Stage":
    from agents.mark import MarkBets

    return MarkBets()


def _profile(_: "Settings") -> "Stage":
    from agents.profile import Classifier, Profile

    def classifier() -> Classifier:
        from ml.sharps.live import shipped

        return shipped()

    return Profile(classifier)


def _surveil(config: "Settings") -> "Stage":
    from agents.surveil import Surveil
    from domain.arbitrage import ArbitrageConfig

    return Surveil(config.operators, ArbitrageConfig(middle_cost=config.middle_cost))


def _health(config: "Settings") -> "Stage":
    from agents.health import Health
    from domain.liveness import LivenessConfig

    return Health(LivenessConfig(config.feed_silent_after_s, config.feeds_silent_after_s))


def _sink(config: "Settings") -> "Sink":
    from agents.sink import PostgresSink

    return PostgresSink(config.postgres, config.operators)


def _cache(config: "Settings") -> "Sink":
    from agents.cache import RedisCache

    return RedisCache(config.redis, config.operators, config.kafka)


STAGES: dict[str, "Callable[[Settings], Stage | Sink]"] = {
    "compile": _compile,
    "derive": _derive,
    "assess": _assess,
    "book": _book,
    "mark": _mark,
    "profile": _profile,
    "surveil": _surveil,
    "health": _health,
    "sink": _sink,
    "cache": _cache,
}
"""Every stage by name, in the order of the flow. A new stage is a module in agents/ and a line here."""

PACE_S = {
    "compile": 0.004,
    "derive": 0.02,
    "assess": 0.002,
    "book": 0.002,
    "mark": 0.05,
    "profile": 0.05,
    "surveil": 0.05,
    "health": 0.05,
    "sink": 0.1,
    "cache": 0.03,
}
"""Least seconds between two reads of a stage: fewer, longer chunks cost less, where nobody waits for them."""

_PATIENT_S = 0.03
"""From this pace on a worker leaves the processor to others first."""

STATEFUL = ("compile", "derive", "assess", "book", "mark", "profile", "surveil", "health")
"""Stages that keep a table."""


def stages(names: Sequence[str], config: "Settings") -> "list[Stage | Sink]":
    """Return stages by name, ready to run."""
    return [STAGES[name](config) for name in names]


def apply_topics() -> list[str]:
    """Make the topics that are missing; return their names."""
    from streams import admin
    from streams.topics import registry

    config = settings()
    return admin.apply(
        registry(config.operators), config.kafka, config.partitions, config.replication, stages=STATEFUL
    )


def topic_rows() -> Iterator[tuple[object, ...]]:
    """Yield the topics of the registry: name, key, partitions on the broker (None: missing), cleanup."""
    from streams import admin
    from streams.topics import registry

    config = settings()
    there = {info.name: info.partitions for info in admin.list_topics(config.kafka)}
    for topic in registry(config.operators):
        yield topic.name, topic.key, there.get(topic.name), topic.cleanup, topic.message.__name__


def run_worker(names: Sequence[str], port: int) -> None:
    """Run stages in this process until it is told to end."""
    from streams.seam import SeamConfig, run

    config = settings()
    if all(PACE_S[name] >= _PATIENT_S for name in names):
        os.nice(10)
    run(
        stages(names, config),
        SeamConfig(
            kafka=config.kafka,
            partitions=config.partitions,
            store=config.store,
            state_dir=config.state_dir,
            host=config.worker_host,
            port=port,
            pace_s=PACE_S,
        ),
    )
