"""Every block of the README that can be pasted, pasted, while the demo runs."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from overround.demo.run import Demo, Options
from overround.demo.start import environment, running, write_environment

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", (ROOT / "README.md").read_text(), re.S)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory) -> AsyncIterator[Demo]:
    options = Options(tmp_path_factory.mktemp("demo") / "data", bets_per_s=20, limit=3_000)
    async with running(options, lambda _: None) as demo:
        await demo.play()
        yield demo


def test_the_readme_has_a_block_for_rest_websocket_and_kafka():
    text = "".join(block for _, block in BLOCKS)
    assert len(BLOCKS) == 3
    assert all(word in text for word in ("curl", "websockets", "confluent_kafka"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_a_pasted_block_shows_a_price(demo, number):
    language, block = BLOCKS[number]
    env_file = write_environment(demo)
    variables = {**os.environ, **environment(demo.settings), **_exported(env_file)}
    if language == "bash":
        block = block.replace(".overround/demo/env", str(env_file))
        block = block.replace(".venv/bin/python", sys.executable)
        command = ["bash", "-euo", "pipefail", "-c", block]
    else:
        command = [sys.executable, "-c", block]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert re.search(r'"(home|over)":\s?\d+\.\d+', output.decode()), output.decode()


def _exported(path: Path) -> dict[str, str]:
    lines = (line.removeprefix("export ").partition("=") for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, _, value in lines}
