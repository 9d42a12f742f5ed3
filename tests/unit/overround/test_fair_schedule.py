import os
import signal

import pytest
import typer

from overround.commands.fair_schedule import repeat, until_told_to_end


class Time:
    """A clock that waiting moves, and that ends after so many waits."""

    def __init__(self, waits):
        self.now, self.left, self.waited = 0.0, waits, []

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.waited.append(seconds)
        self.now += seconds
        self.left -= 1
        return self.left == 0


def test_work_begins_at_once_and_again_after_each_interval():
    time, began = Time(3), []
    repeat(lambda: began.append(time.now), 100.0, time.wait, print, time)
    assert began == [0.0, 100.0, 200.0]


def test_work_that_fails_is_tried_again_and_said():
    time, said, tries = Time(2), [], []

    def work():
        tries.append(time.now)
        raise typer.Exit(1)

    repeat(work, 100.0, time.wait, said.append, time)
    assert tries == [0.0, 100.0]
    assert len(said) == 2


def test_work_that_takes_longer_than_the_interval_leaves_the_missed_turns_out():
    time, began = Time(2), []

    def work():
        began.append(time.now)
        time.now += 250.0

    repeat(work, 100.0, time.wait, print, time)
    assert began == [0.0, 300.0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_and_the_handlers_before_it_come_back(number):
    before = signal.getsignal(number)
    with until_told_to_end() as wait:
        assert not wait(0.0)
        os.kill(os.getpid(), number)
        assert wait(10.0)
    assert signal.getsignal(number) == before
