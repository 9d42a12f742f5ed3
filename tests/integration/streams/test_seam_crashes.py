"""Workers killed between any two steps: nothing is lost, nothing is counted twice, no output contradicts."""

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
@pytest.mark.parametrize(
    ("step", "after"), [("processed", 3), ("written_ahead", 3), ("sent", 3), ("acked", 3), ("committed", 0)]
)
def test_a_worker_killed_at_a_step_and_started_again_gives_what_an_unhurt_one_gives(bed, step, after, store):
    bed.send(range(600))
    assert bed.start(store=store, die_at=step, die_after=after, chunk=50).wait_dead() == -9
    bed.send(range(600, 700))
    again = bed.start(store=store, chunk=70)
    bed.wait_done()
    assert again.table() == bed.expected_table()
    bed.assert_outputs()
