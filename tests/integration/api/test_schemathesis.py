"""The running edge against its own OpenAPI document: fuzzing finds no answer that it does not allow."""

import asyncio
import sys

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_answer_breaks_the_document(edge, book, seed, tmp_path):
    options = {
        "header": f"Authorization: Bearer {edge.token()}",
        "seed": str(seed),
        "max-examples": "20",
        "checks": "all",
        "request-timeout": "20",
        "generation-database": "none",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "schemathesis.cli", "run", f"{edge.url}/openapi.json", "--no-color", *arguments),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-8000:]
