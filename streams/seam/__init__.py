"""Runs stages under Faust: chunks in, acknowledged batches out.

``run`` is all that others need. Inside: ``reader`` reads from Kafka on a thread; ``transport`` is Faust's
consumer over it; ``app`` is the Faust app of a stage, whose agent gives chunks to a ``lane`` per partition;
``handlers`` say what happens to a chunk, with ``work`` calling the stage and ``outcome`` making it one
write-ahead record; ``emitter`` writes; ``tables`` is Faust's table, recovered by ``changelog``; ``runner``
puts these together, ``web`` shows them.
"""

from streams.seam.config import SeamConfig
from streams.seam.runner import WorkerError, run

__all__ = ["SeamConfig", "WorkerError", "run"]
