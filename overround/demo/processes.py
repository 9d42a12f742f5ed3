"""The demo's processes: workers by groups of stages, and the API."""

import asyncio
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.supervisor import Part

WORKERS: Mapping[str, tuple[str, ...]] = {
    "pricing": ("compile",),
    "betting": ("assess", "book"),
    "watching": ("mark", "profile", "surveil", "health"),
    "deriving": ("derive",),
    "recording": ("sink", "cache"),
}
"""Stages that share a process: what a price waits for, what a bet waits for, and the rest."""


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def fetch(url: str) -> bytes:
    """Return what an address of this machine answers.

    Raises
    ------
    OSError
        It does not answer, or not with success.
    """

    def get() -> bytes:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own processes
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            error.close()
            raise

    return await asyncio.to_thread(get)


def part(name: str, arguments: list[str], port: int, logs: Path, env: Mapping[str, str]) -> Part:
    """Return one process of ours; it is ready when its ``/health/ready`` says so."""

    async def ready() -> bool:
        await fetch(f"http://127.0.0.1:{port}/health/ready")
        return True

    return Part(
        name,
        [sys.executable, "-m", "overround.cli", *arguments],
        logs / f"{name}.log",
        ready=ready,
        env=env,
        stop_within_s=4.0,
    )


def parts(ports: Mapping[str, int], logs: Path, env: Mapping[str, str]) -> list[Part]:
    """Return all processes; ``ports`` has one for each of ``WORKERS`` and for ``api``."""
    workers = [
        part(name, ["worker", *stages, "--port", str(ports[name])], ports[name], logs, env)
        for name, stages in WORKERS.items()
    ]
    api = part("api", ["api", "--port", str(ports["api"])], ports["api"], logs, env)
    return [*workers, api]
