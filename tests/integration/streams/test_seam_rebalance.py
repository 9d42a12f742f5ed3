"""Workers come and go while chunks are in flight."""

import threading

import pytest

from tests.integration.streams.bed import Bed, until

pytestmark = pytest.mark.integration


def keep_sending(bed: Bed, numbers: range) -> threading.Thread:
    """Send numbers in the background, a few at a time."""

    def send() -> None:
        for start in range(numbers.start, numbers.stop, 100):
            bed.send(range(start, start + 100))

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_a_worker_that_joins_and_one_that_leaves_lose_and_repeat_nothing(bed, store):
    first = bed.start(state="first", store=store, chunk=20)
    first.wait_ready()
    sending = keep_sending(bed, range(3000))
    second = bed.start(state="second", store=store, chunk=20)
    until(lambda: 0 < len(second.table()) < 10 if second.get("/health/ready")[0] == 200 else False)
    assert set(first.table()).isdisjoint(second.table())
    assert first.stop() < 5
    sending.join()
    bed.wait_done()
    until(lambda: len(second.table()) == 10)
    assert second.table() == bed.expected_table()
    bed.assert_outputs()


def test_a_killed_workers_partitions_go_to_the_other(bed):
    first = bed.start(state="first", chunk=20)
    second = bed.start(state="second", chunk=20)
    first.wait_ready()
    second.wait_ready()
    bed.send(range(500))
    bed.wait_done()
    first.kill()
    bed.send(range(500, 1000))
    bed.wait_done()
    assert second.table() == bed.expected_table()
    bed.assert_outputs()


def test_more_workers_than_partitions_leave_one_idle_and_ready(stack, tmp_path):
    bed = Bed(stack.kafka, tmp_path, partitions=1)
    try:
        workers = [bed.start(state=name) for name in ("first", "second")]
        for worker in workers:
            worker.wait_ready()
        bed.send(range(100))
        bed.wait_done()
        tables = sorted((worker.table() for worker in workers), key=len)
        assert tables == [{}, bed.expected_table()]
    finally:
        bed.close()
