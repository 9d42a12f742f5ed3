"""Reading what topics hold, as far as they go now."""

import asyncio
from collections.abc import Callable, Sequence

from streams.records import PlainRecord
from streams.stage import Unavailable
from streams.tail import Tail


async def read(
    kafka: str, topics: Sequence[str], handle: Callable[[Sequence[PlainRecord]], None], within_s: float = 60.0
) -> None:
    """Hand every record of ``topics`` to ``handle``, in batches; return when their ends have been reached.

    Raises
    ------
    Unavailable
        If that takes longer than ``within_s``: Kafka does not answer, or a topic is missing.
    """
    tail = Tail(kafka, topics, handle, start="beginning")
    await tail.start()
    try:
        async with asyncio.timeout(within_s):
            await tail.wait_end()
    except TimeoutError:
        raise Unavailable(f"Kafka: {', '.join(topics)} not read within {within_s:g} s") from tail.failure
    finally:
        await tail.stop()
