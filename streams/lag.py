"""How far behind consumer groups are, as the broker knows it."""

from collections.abc import Sequence

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

_TIMEOUT_S = 10.0


class Lag:
    """Asks a broker for lags, over one connection.

    Parameters
    ----------
    kafka : str
        Bootstrap servers.
    """

    def __init__(self, kafka: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": kafka, "log_level": 2})

    def of(self, group: str, topics: Sequence[str], partitions: int) -> int:
        """Return how many records of ``topics`` the group has not committed yet.

        Parameters
        ----------
        group : str
            The consumer group, ``overround-<stage>``.
        partitions : int
            Of every topic.
        """
        wanted = [TopicPartition(topic, p) for topic in topics for p in range(partitions)]
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        ends = self._admin.list_offsets(dict.fromkeys(wanted, latest), request_timeout=_TIMEOUT_S)
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=_TIMEOUT_S
        )
        found = asked[group].result().topic_partitions
        committed = {(tp.topic, tp.partition): tp.offset for tp in found}
        return sum(
            max(0, end.result().offset - max(0, committed.get((tp.topic, tp.partition), 0)))
            for tp, end in ends.items()
        )
