"""The job in Faust by its manual: event by event, with a Table. ``plain_faust.py KAFKA IN OUT DIR``."""

import sys
from typing import Any

import faust
from job import PARTITIONS, Event, apply


def build(kafka: str, source: str, target: str, folder: str) -> faust.App:
    """Return the app."""
    app = faust.App(
        f"bench-{source}",
        broker=f"kafka://{kafka}",
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        table_standby_replicas=0,
        producer_linger=0,
    )
    quotes = app.topic(source, key_type=bytes, value_serializer="json")
    prices = app.topic(target, key_serializer="raw", value_serializer="raw")
    events = app.Table("events", key_type=bytes, partitions=PARTITIONS)

    @app.agent(quotes)
    async def price(stream: Any) -> None:
        async for message in stream.events():
            kept = events.get(message.key)
            event = Event(kept["books"], kept["sums"]) if kept is not None else Event()
            answer = apply(event, message.value)
            events[message.key] = {"books": event.books, "sums": event.sums}
            await prices.send(key=message.key, value=answer)

    return app


if __name__ == "__main__":
    faust.Worker(build(*sys.argv[1:5]), loglevel="warn", quiet=True).execute_from_commandline()
