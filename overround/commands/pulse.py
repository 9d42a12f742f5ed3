"""``overround pulse``."""

import signal
import threading
import time
from typing import Annotated

import typer

from overround.console import fail

FEED = "platform"


def pulse(
    every: Annotated[float, typer.Option(help="seconds between beats", min=0.1, max=60)] = 1.0,
    beats: Annotated[int | None, typer.Option(help="end after so many", min=1)] = None,
) -> None:
    """Send the wall clock's time as a heartbeat to every partition, until SIGTERM or Ctrl-C.

    Event time moves by messages alone: when all feeds are dead, this is what ages their quotes and tells
    that they are silent. One is enough for a platform; none beside a recording, whose time is another.
    """
    from overround.settings import settings
    from schemas import Heartbeat
    from streams import admin
    from streams.admin import UnreachableError
    from streams.producer import DeliveryError, Producer
    from streams.topics import HEARTBEATS

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        admin.list_topics(settings().kafka)
        with Producer(settings().kafka) as producer:
            sent = 0
            while not stop.is_set() and (beats is None or sent < beats):
                now_ms = time.time_ns() // 1_000_000
                beat = Heartbeat(feed=FEED, interval_ms=round(every * 1000), event_time_ms=now_ms)
                producer.broadcast(HEARTBEATS, FEED, beat, now_ms)
                producer.flush()
                sent += 1
                stop.wait(every)
    except (UnreachableError, DeliveryError) as error:
        fail(str(error), code=1)
