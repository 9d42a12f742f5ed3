"""Work that is done again and again, until it is told to end."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import typer

Wait = Callable[[float], bool]
"""Waits so many seconds; True where it was told to end meanwhile."""
Say = Callable[[str], None]


def repeat(
    work: Callable[[], None],
    every_s: float,
    wait: Wait,
    say: Say,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Do ``work`` now and every ``every_s`` seconds from then on, whether or not it succeeds.

    Parameters
    ----------
    wait : callable
        Ends the repetition when it returns True.
    """
    due = clock()
    while True:
        try:
            work()
        except typer.Exit as end:
            if end.exit_code:
                say("that was nothing; it is tried again next time")
        due += every_s * max(1.0, (clock() - due) // every_s + 1.0)
        if wait(max(due - clock(), 0.0)):
            return


@contextmanager
def until_told_to_end() -> Iterator[Wait]:
    """Give a wait that SIGTERM and Ctrl-C end."""
    told = Event()
    before = {
        number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield told.wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
