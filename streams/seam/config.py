"""How stages are run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from streams.producer import now_us


def _pass(_step: str) -> None:
    """Do nothing at a step."""


@dataclass(frozen=True, slots=True)
class SeamConfig:
    """Where Kafka is and how stages are run.

    Parameters
    ----------
    kafka : str
        Bootstrap servers, ``host:port[,host:port]``.
    partitions, replication : int
        Of every topic.
    store : str
        Where tables live while the worker runs: ``memory`` or ``rocksdb``.
    state_dir : Path
        Where RocksDB and Faust keep files; workers share it, each takes a place of its own.
    host, port : str, int
        Of the worker's web server; port 0 takes a free one.
    chunk : int
        The most records of one partition that a stage is handed at once.
    pace_s : mapping of str to float
        By stage the least time in seconds between two of its reads that bring something; more costs latency
        and saves work when little comes at a time. A stage that is not named does not rest.
    linger_ms : float
        How long a record waits in the producer for others to share its request.
    commit_s : float
        Seconds between two commits of offsets.
    session_s : float
        Seconds until the broker gives a silent worker's partitions to others.
    clock : callable
        Returns the wall clock in UTC microseconds.
    at_step : callable
        Called with the name of each step of a chunk that is done: ``processed``, ``written_ahead``, ``sent``,
        ``acked``, ``committed``; and ``url=...`` when the web server stands. For tests.
    """

    kafka: str
    partitions: int = 4
    replication: int = 1
    store: Literal["memory", "rocksdb"] = "memory"
    state_dir: Path = Path(".overround/state")
    host: str = "127.0.0.1"
    port: int = 0
    chunk: int = 1000
    pace_s: Mapping[str, float] = field(default_factory=dict)
    linger_ms: float = 0.5
    commit_s: float = 0.2
    session_s: float = 6.0
    clock: Callable[[], int] = now_us
    at_step: Callable[[str], None] = _pass
