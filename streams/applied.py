"""Which inputs a value already contains: the highest offset applied, by source topic.

A value lives on one partition of the stage, and all inputs are partitioned alike, so one offset per topic is
enough. After a crash the source is read again from the last commit; offsets at or below the applied one are
known already.
"""

from streams.records import Record

Applied = dict[str, int]


def is_new(applied: Applied, record: Record) -> bool:
    """Tell whether ``record`` is not yet contained, and note it as contained."""
    if record.offset <= applied.get(record.topic, -1):
        return False
    applied[record.topic] = record.offset
    return True
