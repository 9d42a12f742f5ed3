"""The demo as a command: what it prints, how it ends, and what it leaves."""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_S = 10.0

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


async def demo(data_dir: Path, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "overround.cli",
        "demo",
        "--data-dir",
        str(data_dir),
        *options,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def left_over(data_dir: Path) -> list[str]:
    """Command lines of living processes that name the demo's directory."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ", "status"]):
        told = " ".join([*(process.info["cmdline"] or ()), *(process.info["environ"] or {}).values()])
        if str(data_dir) in told and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(" ".join(process.info["cmdline"] or ()))
    return found


async def test_once_json_prints_one_object_and_nothing_else_and_leaves_no_process(tmp_path):
    data_dir = tmp_path / "data"
    process = await demo(data_dir, "--once", "--json", "--limit", "3000")
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    figures = json.loads(out)
    assert out.count(b"\n") == 1
    assert figures["reconciled"] is True
    assert figures["bets"] == figures["rows"]["decisions"] > 0
    assert left_over(data_dir) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_in_mid_play_ends_everything_within_ten_seconds(tmp_path, number):
    data_dir = tmp_path / "data"
    process = await demo(data_dir, "--quotes-per-s", "200")
    try:
        async with asyncio.timeout(120):
            while not (data_dir / "env").exists():
                await asyncio.sleep(0.05)
        sent = time.monotonic()
        process.send_signal(number)
        await asyncio.wait_for(process.communicate(), 2 * ENDS_WITHIN_S)
        took = time.monotonic() - sent
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 130
    assert took < ENDS_WITHIN_S
    assert left_over(data_dir) == []


async def test_a_killed_demo_takes_its_processes_with_it(tmp_path):
    data_dir = tmp_path / "data"
    process = await demo(data_dir, "--quotes-per-s", "200")
    async with asyncio.timeout(120):
        while not (data_dir / "env").exists():
            await asyncio.sleep(0.05)
    process.kill()
    await process.communicate()
    async with asyncio.timeout(20):
        while left_over(data_dir):
            await asyncio.sleep(0.1)
