"""Writes ``kafka.lock`` anew: ``python -m deploy.embedded.lock``, after a change of Kafka's version."""

import tempfile
from dataclasses import replace
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from jgo.parse import Endpoint

from deploy.embedded.jars import LOCK, VERSION, Jar, digest

# slf4j-simple is of the version of slf4j-api that Kafka brings; without a backend Kafka would not log.
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
HEAD = "# Kafka's jars: group, artifact, version, SHA-256. Written by: python -m deploy.embedded.lock\n"


def resolve(repository: Path) -> list[Jar]:
    """Return what ``ENDPOINT`` needs at run time, by file name."""
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=repository,
        local_repos=[],
        remote_repos={"central": MAVEN_CENTRAL_URL},
        timeout=60,
    )
    coordinates = [replace(part, scope="compile") for part in Endpoint.parse(ENDPOINT).coordinates]
    inputs, transitive = context.resolver.resolve([context.create_dependency(part) for part in coordinates])
    found = [each.artifact for each in (*inputs, *transitive) if each.scope in ("compile", "runtime")]
    jars = [Jar(each.groupId, each.artifactId, each.version, digest(each.resolve())) for each in found]
    return sorted(jars, key=lambda jar: jar.filename)


def main() -> None:
    """Write the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        jars = resolve(Path(folder))
    LOCK.write_text(
        HEAD + "".join(f"{jar.group} {jar.artifact} {jar.version} {jar.sha256}\n" for jar in jars)
    )


if __name__ == "__main__":
    main()
