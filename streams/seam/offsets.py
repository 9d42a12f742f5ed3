"""Where partitions begin and end, as the broker has it."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from streams import admin
from streams.seam.reader import Place

Which = Literal["begins", "ends"]

_SPECS: dict[Which, OffsetSpec] = {
    "begins": OffsetSpec.earliest(),  # type: ignore[no-untyped-call]
    "ends": OffsetSpec.latest(),  # type: ignore[no-untyped-call]
}
_ASK_S = 10.0


class Offsets:
    """Asks for offsets over one connection for all stages of a process.

    A client that knew a broker before its restart may go on asking in vain, so one that fails is replaced.
    To end a client can take a second or more; that is done on a thread.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    """

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._clients: list[AdminClient] = []

    async def __call__(self, places: Sequence[Place], which: Which) -> dict[Place, int]:
        """Return the first offset that is there, or the one that the next record will get."""
        if not places:
            return {}
        if not self._clients:
            self._clients.append(admin.client(self._kafka))
        asked = {TopicPartition(topic, partition): _SPECS[which] for topic, partition in places}
        try:
            answers = self._clients[-1].list_offsets(asked, request_timeout=_ASK_S)
            found = await asyncio.gather(*(asyncio.wrap_future(answer) for answer in answers.values()))
        except KafkaException:
            await self.close()
            raise
        return {(tp.topic, tp.partition): at.offset for tp, at in zip(answers, found, strict=True)}

    async def close(self) -> None:
        """Let go of the connection."""
        gone, self._clients = self._clients, []
        await asyncio.to_thread(gone.clear)
