"""Kafka's jars: named with their digests in ``kafka.lock``, fetched once by jgo, then taken from the cache."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs
import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from jgo.parse import Endpoint

from deploy.embedded.errors import EmbeddedError

VERSION = "4.3.1"
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK = Path(__file__).with_name("kafka.lock")


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of ``kafka.lock``."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def cache_dir() -> Path:
    """Return where downloads are kept: ``OVERROUND_CACHE_DIR``, else the user's cache directory."""
    given = os.environ.get("OVERROUND_CACHE_DIR")
    return Path(given) if given else Path(platformdirs.user_cache_dir("overround"))


def locked() -> tuple[Jar, ...]:
    """Return the jars that ``kafka.lock`` names."""
    lines = LOCK.read_text().splitlines()
    return tuple(Jar(*line.split()) for line in lines if line and not line.startswith("#"))


def jars(on_progress: Callable[[int, int], None], cache: Path | None = None) -> Path:
    """Return the directory that holds exactly the locked jars, downloading what the cache lacks.

    Parameters
    ----------
    on_progress : callable
        Given the number of jars that are there and the number of all, after each.
    cache : Path, optional
        Instead of ``cache_dir()``.

    Raises
    ------
    EmbeddedError
        A jar can neither be found nor fetched, or is not the one that was locked.
    """
    folder = (cache or cache_dir()) / f"kafka-{VERSION}"
    wanted = locked()
    if not _missing(folder, wanted):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _fetch(folder, wanted, on_progress)
    except OSError as error:
        if isinstance(error, requests.RequestException):
            raise
        raise EmbeddedError(
            f"cannot keep Kafka's jars in {folder}: {error.strerror}. "
            "Free some space there, or set OVERROUND_CACHE_DIR to a directory that can be written."
        ) from error
    return folder


def _missing(folder: Path, wanted: tuple[Jar, ...]) -> list[Jar]:
    # A jar gets its name only when it is whole and its digest is right, so the name is enough.
    return [jar for jar in wanted if not (folder / jar.filename).exists()]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process download; the others wait and then find everything there."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path, wanted: tuple[Jar, ...], on_progress: Callable[[int, int], None]) -> None:
    missing = _missing(folder, wanted)
    part = folder / ".part"
    shutil.rmtree(part, ignore_errors=True)
    context = _context(part)
    there = len(wanted) - len(missing)
    on_progress(there, len(wanted))
    try:
        with ThreadPoolExecutor(8) as pool:
            try:
                for done in as_completed([pool.submit(_fetch_one, context, jar, folder) for jar in missing]):
                    done.result()
                    there += 1
                    on_progress(there, len(wanted))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fetch_one(context: MavenContext, jar: Jar, folder: Path) -> None:
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        path: Path = component.artifact().resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise EmbeddedError(
            f"cannot download {jar.filename} ({type(error).__name__}). The first start needs Maven Central: "
            "check the network and HTTPS_PROXY, then try again. What is already there is kept."
        ) from error
    if digest(path) != jar.sha256:
        raise EmbeddedError(
            f"{jar.filename} is not the file that deploy/embedded/kafka.lock names. Something between here "
            "and Maven Central altered it, or the download broke off: try again on another network."
        )
    path.replace(folder / jar.filename)


def _context(repository: Path) -> MavenContext:
    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(
        resolver=PythonResolver(), repo_cache=repository, local_repos=[], remote_repos=remotes, timeout=60
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve(repository: Path) -> list[Jar]:
    """Resolve ``ENDPOINT`` anew and return what a lock file of it holds."""
    context = _context(repository)
    coordinates = [replace(part, scope="compile") for part in Endpoint.parse(ENDPOINT).coordinates]
    inputs, transitive = context.resolver.resolve([context.create_dependency(part) for part in coordinates])
    artifacts = [found.artifact for found in (*inputs, *transitive) if found.scope in ("compile", "runtime")]
    return sorted(
        (
            Jar(found.groupId, found.artifactId, found.version, digest(found.resolve()))
            for found in artifacts
        ),
        key=lambda jar: jar.filename,
    )
