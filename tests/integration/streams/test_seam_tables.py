"""Tables come back from their changelogs as they were."""

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_table_recovered_from_its_changelog_equals_the_table(bed, store, end):
    worker = bed.start(state="before", store=store)
    bed.send(range(2000), keys=300)
    bed.wait_done()
    before = worker.table()
    assert before == bed.expected_table()
    getattr(worker, end)()
    elsewhere = bed.start(state="elsewhere", store=store)
    elsewhere.wait_ready()
    assert elsewhere.table() == before


def test_a_table_in_rocksdb_comes_back_from_its_files_and_what_the_changelog_has_beyond_them(bed):
    worker = bed.start(state="first", store="rocksdb")
    bed.send(range(500), keys=50)
    bed.wait_done()
    worker.stop()
    other = bed.start(state="other", store="memory")
    bed.send(range(500, 900), keys=50)
    bed.wait_done()
    other.stop()
    again = bed.start(state="first", store="rocksdb")
    again.wait_ready()
    assert again.table() == bed.expected_table()
    bed.assert_outputs()


def test_a_worker_that_ended_well_sends_nothing_again_when_it_starts(bed):
    worker = bed.start()
    bed.send(range(200))
    bed.wait_done()
    worker.stop()
    before = len(bed.read(bed.counts.name))
    again = bed.start()
    again.wait_ready()
    bed.send(range(200, 210))
    bed.wait_done()
    assert len(bed.read(bed.counts.name)) == before + 10 == 210
