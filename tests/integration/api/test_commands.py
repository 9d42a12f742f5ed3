"""The verbs ``overround api`` and ``overround clients`` as processes."""

import asyncio
import re
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

from agents.compacted import read
from schemas import OperatorCommand
from streams.topics import COMMANDS

pytestmark = pytest.mark.integration


@pytest.fixture
def env(edge, tmp_path, monkeypatch) -> None:
    """Settings like the shared edge's, but for the data directory."""
    config = edge.config
    for name in ("kafka", "postgres", "postgres_replica", "redis"):
        monkeypatch.setenv(f"OVERROUND_{name.upper()}", getattr(config, name))
    monkeypatch.setenv("OVERROUND_OPERATORS", f'["{edge.operator}", "{edge.other}"]')
    monkeypatch.setenv("OVERROUND_DATA_DIR", str(tmp_path))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overround.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_a_client_that_was_added_reads_from_a_server_that_ends_when_asked(edge, env, tmp_path):
    name = f"{edge.operator}-desk"
    secret = run("clients", "add", name, "--operator", edge.operator, "--scope", "prices:read").stdout.strip()
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "overround.cli", "api", "--port", "0"),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        line = (await server.stderr.readline()).decode()
        url = re.search(r"http://\S+", line)[0]
        async with httpx2.AsyncClient(base_url=url) as client:
            while True:
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        break
                except httpx2.ConnectError:
                    pass
                await asyncio.sleep(0.05)
            form = {"grant_type": "client_credentials"}
            answer = await client.post("/oauth/token", data=form, auth=(name, secret))
            assert answer.json()["scope"] == "prices:read"
            token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            assert (await client.get("/v1/markets", headers=token)).status_code == 200

            renewed = run("clients", "renew", name, "--operator", edge.operator).stdout.strip()
            assert (await client.post("/oauth/token", data=form, auth=(name, secret))).status_code == 401
            assert (await client.post("/oauth/token", data=form, auth=(name, renewed))).status_code == 200
            assert run("clients", "disable", name, "--operator", edge.operator).returncode == 0
            assert (await client.post("/oauth/token", data=form, auth=(name, renewed))).status_code == 401
        server.send_signal(signal.SIGTERM)
        _, said = await server.communicate()
    assert server.returncode == 0, said.decode()
    assert (tmp_path / "signing-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "says", "status"),
    [
        (("clients", "add", "x", "--operator", "nobody"), "unknown operator 'nobody'", 2),
        (("clients", "add", "x", "--operator", "{me}", "--scope", "all"), "unknown scope 'all'", 2),
        (("clients", "add", "x:y", "--operator", "{me}"), "no ':' in it", 2),
        (("clients", "renew", "nobody", "--operator", "{me}"), "has no client nobody", 1),
        (("clients", "disable", "nobody", "--operator", "{me}"), "has no enabled client nobody", 1),
        (("clients", "add", "the-client", "--operator", "{me}"), "there is a client the-client already", 1),
        (("api", "--port", "{taken}"), "cannot listen on 127.0.0.1 port {taken}: Address already in use", 1),
        (("api", "--host", "256.1.1.1"), "cannot listen on 256.1.1.1", 1),
        (("api", "--port", "x"), "Invalid value for '--port'", 2),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(edge, env, arguments, says, status):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        names = {"me": edge.operator, "taken": taken.getsockname()[1]}
        done = run(*(argument.format(**names) for argument in arguments))
    assert (done.returncode, done.stdout) == (status, "")
    assert says.format(**names) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_signing_key_is_said_in_one_line(env, tmp_path):
    (tmp_path / "signing-key.pem").write_text("nonsense")
    done = run("api")
    assert done.returncode == 1
    assert "signing-key.pem" in done.stderr
    assert done.stderr.count("\n") == 1


async def test_an_order_of_the_command_line_is_on_every_partition_in_its_users_name(edge, env):
    done = run("order", "state", "reducing", "--operator", edge.other)
    assert done.returncode == 0, done.stderr
    given = OperatorCommand.model_validate_json(done.stdout)
    assert (given.kind, given.state, given.issued_by[:4]) == ("state", "REDUCING", "cli:")
    found = []
    await read(edge.config.kafka, [COMMANDS.name], found.extend)
    assert len([1 for record in found if record.value == given.model_dump_json().encode()]) == len(
        {record.partition for record in found}
    )
