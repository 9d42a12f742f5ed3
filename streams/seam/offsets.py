"""Where partitions begin and end, as the broker has it."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Literal

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from streams import admin
from streams.seam.reader import Place

Which = Literal["begins", "ends"]

_SPECS: dict[Which, OffsetSpec] = {
    "begins": OffsetSpec.earliest(),  # type: ignore[no-untyped-call]
    "ends": OffsetSpec.latest(),  # type: ignore[no-untyped-call]
}
_GRACE_S = 5.0


class _Client:
    """A connection, and how many still wait for its answers."""

    def __init__(self, kafka: str) -> None:
        self.admin: AdminClient | None = admin.client(kafka)
        self.waiting = 0

    def end(self) -> None:
        """End it; who still waited would wait for ever."""
        self.admin = None


class Offsets:
    """Asks for offsets over one connection for all stages of a process.

    A client that knew a broker before its restart may go on asking in vain, so one that fails is replaced; it
    is ended when nobody waits for it any more. To end a client can take long; nobody waits for that.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    patience : float
        Seconds to wait for the broker's answer.
    """

    def __init__(self, kafka: str, patience: float = 10.0) -> None:
        self._kafka = kafka
        self.patience = patience
        self._client: _Client | None = None

    async def __call__(self, places: Sequence[Place], which: Which) -> dict[Place, int]:
        """Return the first offset that is there, or the one that the next record will get.

        Raises
        ------
        KafkaException
            When the broker does not say so, or not in time.
        """
        if not places:
            return {}
        client = self._client = self._client or _Client(self._kafka)
        client.waiting += 1
        try:
            return await self._ask(client, places, which)
        except KafkaException:
            if self._client is client:
                self._client = None
            raise
        finally:
            client.waiting -= 1
            if client is not self._client and client.waiting == 0:
                _end(client)

    async def _ask(self, client: _Client, places: Sequence[Place], which: Which) -> dict[Place, int]:
        assert client.admin is not None
        asked = {TopicPartition(topic, partition): _SPECS[which] for topic, partition in places}
        answers = client.admin.list_offsets(asked, request_timeout=self.patience)
        try:
            async with asyncio.timeout(self.patience + _GRACE_S):
                found = await asyncio.gather(*(asyncio.wrap_future(answer) for answer in answers.values()))
        except TimeoutError:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from None
        return {(tp.topic, tp.partition): at.offset for tp, at in zip(answers, found, strict=True)}

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None and client.waiting == 0:
            _end(client)


def _end(client: _Client) -> None:
    threading.Thread(target=client.end, name="offsets-end", daemon=True).start()
