"""What a stage without a table does with a turn, and what a sink does."""

import asyncio

import pytest

from streams.records import Chunk
from streams.seam.handlers import SinkHandler, StatelessStage
from streams.stage import Outbox, Sink, Unavailable
from tests.unit.streams.seam_parts import NOW_US, SEEN, WORDS, Broker, Words, chunk, tools


async def test_a_stateless_stage_only_sends():
    broker = Broker()
    await StatelessStage(Words(), tools(broker)).handle([chunk("a")])
    assert {place[0] for place in broker.logs} == {SEEN.name}


class Shop(Sink):
    """Takes words; closed a number of times first, and never takes ``bad``."""

    name = "shop"

    def __init__(self, closed: int = 0) -> None:
        self.closed = closed
        self.taken: list[bytes | None] = []

    def inputs(self):
        return (WORDS.name,)

    async def process(self, chunk: Chunk, out: Outbox) -> None:
        if self.closed:
            self.closed -= 1
            raise Unavailable("closed")
        if any(record.key == b"bad" for record in chunk.records):
            raise ValueError("bad")
        self.taken += [record.key for record in chunk.records]


async def test_a_sink_is_tried_again_until_its_service_answers(monkeypatch):
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    shop = Shop(closed=9)
    await SinkHandler(shop, tools(Broker())).handle([chunk("a")])
    assert shop.taken == [b"a"]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


async def test_a_sink_carries_all_but_the_record_on_which_it_fails():
    broker, shop = Broker(), Shop()
    await SinkHandler(shop, tools(broker)).handle([chunk("a", "bad", "b")])
    assert shop.taken == [b"a", b"b"]
    [letter] = broker.logs[WORDS.dlq, 1]
    assert dict(letter.headers)["reason"] == b"stage_error: ValueError: bad"


async def test_the_time_from_a_chains_origin_to_its_acknowledgement_is_measured(monkeypatch):
    from streams.seam import handlers

    seen: list[float] = []

    class Clock:
        def observe(self, seconds: float) -> None:
            seen.append(seconds)

    monkeypatch.setattr(handlers, "latency_of", lambda topic: "feed_to_price" if topic == SEEN.name else None)
    monkeypatch.setitem(handlers.metrics.LATENCY, "feed_to_price", Clock())
    await StatelessStage(Words(), tools(Broker())).handle([chunk("a")])
    assert seen == [pytest.approx(0.005)]
    assert NOW_US > 0
