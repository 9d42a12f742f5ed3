"""The demo as a whole, on real Kafka, PostgreSQL and Valkey: it reconciles, whoever is killed meanwhile.

One demo is up for all of these tests; each plays the next part of the recording.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator

import pytest
import pytest_asyncio

from agents.compacted import read
from deploy import embedded
from feeds.routing import FeedMessage
from overround.audit import Archive
from overround.demo.operators import NAMES
from overround.demo.processes import WORKERS
from overround.demo.run import Demo, Options
from overround.demo.start import running

pytestmark = [
    pytest.mark.integration,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

PARTS = 6
FIGURES = {
    "quotes",
    "prices",
    "bets",
    "decisions",
    "flagged",
    "arbitrage",
    "suspensions",
    "feed_to_price_ms",
    "bet_to_decision_ms",
    "exposure",
    "rows",
    "reconciled",
}


class Playing:
    """A demo, and what of its recording has yet to be played."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self._parts = _parts(demo.messages)

    async def play(self, meanwhile: Awaitable[object] | None = None) -> dict:
        self._play = asyncio.create_task(self.demo.play(next(self._parts)))
        await asyncio.sleep(0)  # the play has begun: nothing of it has been sent
        if meanwhile is not None:
            await meanwhile
        figures = await self._play
        assert figures["disagreements"] == []
        assert figures["reconciled"] is True
        assert figures["bets"] == sum(
            figures["decisions"].get(what, 0) for what in ("accepted", "alternative", "rejected")
        )
        return figures

    async def until_decided(self, more: int) -> None:
        """Wait until so many more bets have been decided, or until no more are placed."""
        seen = self.demo.observer.seen
        wanted = len(seen.decided) + more
        async with asyncio.timeout(60):
            while len(seen.decided) < wanted and not (self.demo.sent or self._play.done()):
                await asyncio.sleep(0.02)

    async def kill(self, name: str, pid: int) -> None:
        """Kill a process, and wait until another one has taken its place."""
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            while self.pid(name) in (None, pid):
                await asyncio.sleep(0.05)

    def pid(self, name: str) -> int | None:
        ours = self.demo.supervisor.pids()
        if name in WORKERS or name == "api":
            return ours.get(name)
        parts = embedded.status(self.demo.options.data_dir).parts
        return next((part.pid for part in parts if part.name == name), None)


def _parts(messages: list[FeedMessage]) -> Iterator[list[FeedMessage]]:
    size = -(-len(messages) // PARTS)
    for start in range(0, len(messages), size):
        yield messages[start : start + size]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playing(tmp_path_factory) -> AsyncIterator[Playing]:
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    options = Options(data_dir, quotes_per_s=600, bets_per_s=60, limit=24_000, partitions=3)
    async with running(options, lambda _: None) as demo:
        yield Playing(demo)


async def test_the_demo_reconciles_and_reports_its_figures(playing):
    figures = await playing.play()
    assert figures.keys() >= FIGURES
    assert figures["quotes"] > 2_000
    assert figures["prices"] > 500
    assert figures["decisions"]["accepted"] > 50
    assert figures["rows"]["decisions"] == figures["bets"]
    assert set(figures["exposure"]) == set(NAMES)
    assert figures["feed_to_price_ms"].keys() == figures["bet_to_decision_ms"].keys() == {"p50", "p95", "p99"}
    assert figures["dead_letters"] == {}


async def test_killed_workers_lose_no_decision_and_double_none(playing):
    async def kill() -> None:
        for name in WORKERS:
            await playing.until_decided(20)
            await playing.kill(name, playing.pid(name))

    figures = await playing.play(kill())
    assert figures["rows"]["decisions"] == figures["bets"]
    assert figures["rows"]["decision_conflicts"] == 0


@pytest.mark.parametrize("part", ["kafka", "postgres", "redis"])
async def test_a_killed_server_is_restarted_and_nothing_is_lost(playing, part):
    async def kill() -> None:
        await playing.until_decided(50)
        await playing.kill(part, playing.pid(part))

    figures = await playing.play(kill())
    assert figures["rows"]["decisions"] == figures["bets"]
    assert figures["rows"]["decision_conflicts"] == 0


async def test_every_live_price_and_decision_recomputes_to_itself(playing):
    """After the kills: what was decided by workers that died explains itself as well."""
    await playing.play()
    archive = Archive(NAMES)
    await read(playing.demo.settings.kafka, archive.topics, archive.take)
    audit = archive.audit()
    assert audit.differences == []
    assert audit.agreed["decision"] + audit.agreed["combined"] == len(archive.decisions) > 100
    assert audit.agreed["combined"] > 0
    assert audit.agreed["offered"] > 500
    assert audit.agreed["fair"] > 500
