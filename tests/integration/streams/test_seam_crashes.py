"""Workers killed between any two steps: nothing is lost, nothing is counted twice, no output contradicts."""

import os
import signal
from pathlib import Path

import pytest

from tests.integration.streams.bed import until

pytestmark = pytest.mark.integration


STEPS = [("processed", 3), ("written_ahead", 3), ("sent", 3), ("acked", 3), ("committed", 0)]


@pytest.mark.parametrize(
    ("step", "after", "store"),
    [
        *((step, after, "memory") for step, after in STEPS),
        ("written_ahead", 2, "rocksdb"),
        ("sent", 4, "rocksdb"),
    ],
)
def test_a_worker_killed_at_a_step_and_started_again_gives_what_an_unhurt_one_gives(bed, step, after, store):
    bed.send(range(600))
    assert bed.start(store=store, die_at=step, die_after=after, chunk=50).wait_dead() == -9
    bed.assert_committed_only_what_is_answered()
    bed.send(range(600, 700))
    again = bed.start(store=store, chunk=70)
    bed.wait_done()
    assert again.table() == bed.expected_table()
    bed.assert_outputs()


def test_a_worker_killed_over_and_over_gets_through(bed):
    bed.send(range(1500))
    for die_after in (5, 4, 6):
        assert bed.start(die_at="written_ahead", die_after=die_after, chunk=40).wait_dead() == -9
        bed.assert_committed_only_what_is_answered()
    last = bed.start()
    bed.wait_done()
    assert last.table() == bed.expected_table()
    bed.assert_outputs()


@pytest.mark.parametrize("step", ["processed", "written_ahead"])
def test_a_worker_that_was_thought_dead_changes_nothing_and_stops(bed, step):
    sleeper = bed.start(state="sleeper", chunk=20, die_at=step, die_after=2, die_by="SIGSTOP")
    bed.send(range(300))
    until(lambda: asleep(sleeper.process.pid))
    other = bed.start(state="other")
    bed.wait_done()
    os.kill(sleeper.process.pid, signal.SIGCONT)
    assert sleeper.wait_dead() == 1
    assert "ContestedError" in sleeper.log.read_text()
    bed.send(range(300, 400))
    bed.wait_done()
    assert other.table() == bed.expected_table()
    bed.assert_outputs()
    other.kill()
    third = bed.start(state="third")
    third.wait_ready()
    assert third.table() == bed.expected_table()


def asleep(pid: int) -> bool:
    """Tell whether a process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
