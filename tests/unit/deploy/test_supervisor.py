"""A supervisor with real, small processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import psutil
import pytest

from deploy.embedded.supervisor import Part, PartError, Supervisor

FOREVER = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


def script(text):
    return [sys.executable, "-S", "-u", "-c", text]


async def until(condition, within_s=10.0):
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_part_killed_with_9_comes_back_under_its_name(tmp_path):
    async with Supervisor([Part("feed", FOREVER, tmp_path / "feed.log")]) as supervisor:
        first = supervisor.pids()["feed"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids().get("feed", first) != first)
        await supervisor.wait_ready("feed")
        status = supervisor.status()["feed"]
        assert (status.state, status.restarts, status.exit_code) == ("ready", 1, -9)


async def test_leaving_ends_every_part(tmp_path):
    parts = [Part(name, FOREVER, tmp_path / f"{name}.log") for name in ("one", "two")]
    async with Supervisor(parts) as supervisor:
        pids = supervisor.pids()
    assert set(pids) == {"one", "two"}
    assert all(gone(pid) for pid in pids.values())
    assert supervisor.pids() == {}
    assert {status.state for status in supervisor.status().values()} == {"stopped"}


async def test_a_part_that_ignores_the_request_to_end_is_killed_in_its_time(tmp_path):
    log = tmp_path / "deaf.log"
    deaf = script(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
    )

    async def listening():
        return "deaf" in log.read_text()

    async with Supervisor([Part("deaf", deaf, log, ready=listening, stop_within_s=0.3)]) as supervisor:
        pid = supervisor.pids()["deaf"]
        begun = time.monotonic()
    assert 0.3 <= time.monotonic() - begun < 3
    assert gone(pid)


async def test_what_a_part_has_started_ends_with_it(tmp_path):
    log = tmp_path / "family.log"
    family = script(
        "import subprocess, sys, time\n"
        "print(subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)']).pid)\n"
        "time.sleep(600)"
    )

    async def born():
        return log.read_text().endswith("\n")

    async with Supervisor([Part("family", family, log, ready=born)]):
        child = int(log.read_text())
        assert not gone(child)
    await until(lambda: gone(child))


async def test_a_part_that_ends_before_it_is_ready_fails_the_start_with_the_end_of_its_log(tmp_path):
    async def never():
        return False

    broken = Part("broken", script("raise SystemExit('no such table')"), tmp_path / "b.log", ready=never)
    other = Part("other", FOREVER, tmp_path / "o.log")
    supervisor = Supervisor([other, broken])
    with pytest.raises(PartError, match=r"broken ended with exit code 1 before it was ready\nno such table"):
        await supervisor.start()
    assert supervisor.pids() == {}


async def test_a_part_that_is_not_ready_in_its_time_fails_the_start(tmp_path):
    async def never():
        raise ConnectionRefusedError

    slow = Part("slow", FOREVER, tmp_path / "slow.log", ready=never, start_within_s=0.2)
    supervisor = Supervisor([slow])
    with pytest.raises(PartError, match=r"slow was not ready within 0\.2 s"):
        await supervisor.start()
    assert supervisor.pids() == {}


async def test_a_part_waits_for_those_it_comes_after(tmp_path):
    order = []
    allowed = asyncio.Event()

    async def first_is_ready():
        return allowed.is_set()

    def changed(name, status):
        order.append((name, status.state))
        if (name, status.state) == ("first", "starting"):
            allowed.set()

    parts = [
        Part("second", FOREVER, tmp_path / "2.log", after=("first",)),
        Part("first", FOREVER, tmp_path / "1.log", ready=first_is_ready),
    ]
    async with Supervisor(parts, on_change=changed):
        assert order.index(("first", "ready")) < order.index(("second", "starting"))


async def test_a_restart_that_cannot_be_prepared_is_tried_again(tmp_path):
    prepared = []

    async def prepare():
        prepared.append(len(prepared))
        if len(prepared) == 2:
            raise OSError("not yet")

    part = Part("part", FOREVER, tmp_path / "p.log", prepare=prepare)
    async with Supervisor([part], backoff_s=(0.01, 0.02)) as supervisor:
        os.kill(supervisor.pids()["part"], signal.SIGKILL)
        await until(lambda: supervisor.status()["part"].restarts == 2)
        await supervisor.wait_ready("part")
        assert len(prepared) == 3


async def test_a_part_that_keeps_dying_is_restarted_ever_more_slowly(tmp_path):
    at = []

    def changed(_, status):
        if status.state == "starting":
            at.append(time.monotonic())

    dying = Part("dying", script("pass"), tmp_path / "d.log")
    async with Supervisor([dying], on_change=changed, backoff_s=(0.05, 0.4)):
        await until(lambda: len(at) >= 5)
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert pauses[0] >= 0.05
    assert pauses[3] >= 0.4


async def test_environment_and_output_are_the_parts_own(tmp_path):
    log = tmp_path / "env.log"
    show = script("import os, time; print(os.environ['STAGE'], os.environ['PATH'] != ''); time.sleep(600)")

    async def shown():
        return log.read_text() == "compile True\n"

    async with Supervisor([Part("env", show, log, ready=shown, env={"STAGE": "compile"})]):
        pass


def test_parts_die_with_a_supervisor_that_is_killed_with_9(tmp_path):
    text = f"""
import asyncio, pathlib
from deploy.embedded.supervisor import Part, Supervisor
async def main():
    async with Supervisor([Part("part", {FOREVER!r}, pathlib.Path({str(tmp_path / "p.log")!r}))]) as s:
        print(s.pids()["part"], flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as supervisor:
        pid = int(supervisor.stdout.readline())
        assert not gone(pid)
        supervisor.kill()
    deadline = time.monotonic() + 5
    while not gone(pid):
        assert time.monotonic() < deadline
