"""Kafka's jars: named with their digests in ``kafka.lock.json``, fetched once by jgo, then from the cache."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests

from deploy.embedded.errors import EmbeddedError

VERSION = "4.3.1"
LOCK = Path(__file__).with_name("kafka.lock.json")
DOWNLOADS_AT_ONCE = 8

OnJar = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One entry of ``kafka.lock.json``."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def cache_dir(otherwise: Path) -> Path:
    """Return where downloads are kept.

    That is ``OVERROUND_CACHE_DIR``, else the user's cache directory, else ``otherwise`` where the user has no
    home that can be written.
    """
    given = os.environ.get("OVERROUND_CACHE_DIR")
    if given:
        return Path(given)
    usual = Path(platformdirs.user_cache_dir("overround"))
    with suppress(OSError):
        usual.mkdir(parents=True, exist_ok=True)
    return usual if os.access(usual, os.W_OK) else otherwise


def locked() -> tuple[Jar, ...]:
    """Return the jars that ``kafka.lock.json`` names."""
    return tuple(Jar(**entry) for entry in json.loads(LOCK.read_text()))


def jars(
    cache: Path,
    on_jar: OnJar,
    wanted: tuple[Jar, ...] | None = None,
    remotes: dict[str, str] | None = None,
) -> Path:
    """Return the directory that holds the locked jars, after fetching what the cache lacks.

    Parameters
    ----------
    on_jar : callable
        Given the number of jars that are there and the number of all, after each download.
    wanted : tuple of Jar, optional
        Instead of ``locked()``.
    remotes : dict of str, optional
        Maven repositories by name; Maven Central and those of jgo's configuration by default.

    Raises
    ------
    EmbeddedError
        A jar can neither be found nor fetched, or is not the one that was locked.
    """
    folder = cache / f"kafka-{VERSION}"
    wanted = wanted or locked()
    if not _missing(folder, wanted):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / ".lock"):
            _fetch(folder, wanted, on_jar, remotes)
    except OSError as error:
        raise EmbeddedError(
            f"cannot keep Kafka's jars in {folder}: {error.strerror}. "
            "Make room there, or set OVERROUND_CACHE_DIR to a directory that can be written."
        ) from error
    return folder


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(folder: Path, wanted: tuple[Jar, ...]) -> list[Jar]:
    # A jar gets its name only when it is whole and its digest is right, so the name is enough.
    return [jar for jar in wanted if not (folder / jar.filename).exists()]


@contextmanager
def alone(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Let one process at a time in.

    Raises
    ------
    BlockingIOError
        Another one is in, and ``wait`` is False.
    """
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _fetch(folder: Path, wanted: tuple[Jar, ...], on_jar: OnJar, remotes: dict[str, str] | None) -> None:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - takes a third of a second, only ever needed once
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    settings = GlobalSettings.load()
    part = folder / ".part"
    shutil.rmtree(part, ignore_errors=True)
    context = MavenContext(
        repo_cache=part,
        local_repos=[],
        remote_repos=remotes or {"central": MAVEN_CENTRAL_URL, **settings.repositories},
        timeout=60,
    )

    def fetch(jar: Jar) -> None:
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        shared = settings.repo_cache / component.path_prefix / jar.filename
        if shared.exists() and digest(shared) == jar.sha256:
            path = Path(shutil.copy(shared, folder / f".{jar.filename}"))
        else:
            path = _download(component.artifact().resolve, jar)
        path.replace(folder / jar.filename)

    missing = _missing(folder, wanted)
    there = len(wanted) - len(missing)
    on_jar(there, len(wanted))
    pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
    try:
        for done in as_completed([pool.submit(fetch, jar) for jar in missing]):
            done.result()
            there += 1
            on_jar(there, len(wanted))
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(part, ignore_errors=True)


def _download(resolve: Callable[[], Path], jar: Jar) -> Path:
    try:
        path = resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise EmbeddedError(
            f"cannot download {jar.filename} ({type(error).__name__}). The first start needs Maven Central: "
            "look at the network and HTTPS_PROXY, then try again; what has come so far is kept."
        ) from error
    if digest(path) != jar.sha256:
        raise EmbeddedError(
            f"{jar.filename} is not the file that deploy/embedded/kafka.lock.json names: it was altered on "
            "its way, or the download broke off. Try again, or on another network."
        )
    return path
