"""The job in quixstreams, with its State. ``quix.py KAFKA IN OUT DIR``."""

import json
import sys
from typing import Any

from job import Event, apply
from quixstreams import Application  # type: ignore[import-not-found]


def main(kafka: str, source: str, target: str, folder: str) -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=kafka,
        consumer_group=f"bench-{source}",
        auto_offset_reset="earliest",
        state_dir=folder,
        loglevel="WARNING",
        producer_extra_config={"partitioner": "murmur2_random", "enable.idempotence": True},
    )
    quotes = app.topic(source, key_deserializer="bytes", value_deserializer="bytes")
    prices = app.topic(target, key_serializer="bytes", value_serializer="bytes")

    def price(value: bytes, state: Any) -> bytes:
        kept = state.get("event")
        event = Event(kept["books"], kept["sums"]) if kept is not None else Event()
        answer = apply(event, json.loads(value))
        state.set("event", {"books": event.books, "sums": event.sums})
        return answer

    app.dataframe(quotes).apply(price, stateful=True).to_topic(prices)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:5])
