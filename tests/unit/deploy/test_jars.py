"""Where Kafka's jars come from, against a Maven repository of the test's own."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.jars import Jar, cache_dir, jars, locked

CONTENT = {name: name.encode() * 1000 for name in ("broker", "log", "codec")}
WANTED = tuple(
    Jar("org.example", name, "1.0", hashlib.sha256(content).hexdigest()) for name, content in CONTENT.items()
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def no_other_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("JGO_CONFIG_FILE", str(tmp_path / "none.conf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def maven(tmp_path):
    for name, content in CONTENT.items():
        folder = tmp_path / "maven/org/example" / name / "1.0"
        folder.mkdir(parents=True)
        (folder / f"{name}-1.0.jar").write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "maven"))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield {"central": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def nowhere():
    return {"central": "http://127.0.0.1:9"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def test_the_first_time_fetches_every_jar_and_tells_how_far_it_is(tmp_path, maven):
    told = []
    folder = jars(tmp_path / "cache", lambda *step: told.append(step), WANTED, maven)
    assert contents(folder) == {f"{name}-1.0.jar": content for name, content in CONTENT.items()}
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_later_times_work_from_the_cache_with_no_repository_in_reach(tmp_path, maven, nowhere):
    cache = tmp_path / "cache"
    told = []
    assert jars(cache, lambda *_: None, WANTED, maven) == jars(
        cache, lambda *step: told.append(step), WANTED, nowhere
    )
    assert told == []


def test_a_download_that_broke_off_goes_on_where_it_was(tmp_path, maven):
    cache = tmp_path / "cache"
    folder = jars(cache, lambda *_: None, WANTED[:2], maven)
    (folder / ".part").mkdir()
    (folder / ".part/half.jar").touch()
    told = []
    jars(cache, lambda *step: told.append(step), WANTED, maven)
    assert told == [(2, 3), (3, 3)]
    assert len(contents(folder)) == 3


def test_jars_that_maven_has_fetched_before_are_taken_from_its_cache(tmp_path, nowhere):
    for jar in WANTED:
        folder = tmp_path / "m2/org/example" / jar.artifact / "1.0"
        folder.mkdir(parents=True)
        (folder / jar.filename).write_bytes(CONTENT[jar.artifact])
    assert len(contents(jars(tmp_path / "cache", lambda *_: None, WANTED, nowhere))) == 3
    assert (tmp_path / "m2/org/example/broker/1.0/broker-1.0.jar").exists()


def test_no_repository_in_reach_is_said_with_what_to_do(tmp_path, nowhere):
    with pytest.raises(EmbeddedError, match=r"cannot download .*-1\.0\.jar .*look at the network"):
        jars(tmp_path / "cache", lambda *_: None, WANTED, nowhere)


def test_an_altered_jar_is_refused_and_not_kept(tmp_path, maven):
    (tmp_path / "maven/org/example/log/1.0/log-1.0.jar").write_bytes(b"something else")
    with pytest.raises(EmbeddedError, match=r"log-1\.0\.jar is not the file that .* names"):
        jars(tmp_path / "cache", lambda *_: None, WANTED, maven)
    assert "log-1.0.jar" not in contents(tmp_path / "cache/kafka-4.3.1")


def test_a_cache_that_cannot_be_written_is_said_with_what_to_do(tmp_path, maven):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="set OVERROUND_CACHE_DIR"):
        jars(tmp_path / "file", lambda *_: None, WANTED, maven)


def test_many_at_once_fetch_once(tmp_path, maven):
    told = []
    threads = [
        threading.Thread(
            target=jars, args=(tmp_path / "cache", lambda *step: told.append(step), WANTED, maven)
        )
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count((3, 3)) >= 1
    assert sum(step == (0, 3) for step in told) == 1


def test_the_cache_is_where_the_environment_says_else_the_users_else_the_data_directorys(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("OVERROUND_CACHE_DIR", str(tmp_path / "given"))
    assert cache_dir(tmp_path / "otherwise") == tmp_path / "given"
    monkeypatch.delenv("OVERROUND_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))
    assert cache_dir(tmp_path / "otherwise") == tmp_path / "users/overround"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_dir(tmp_path / "otherwise") == tmp_path / "otherwise"


def test_the_lock_names_kafka_and_each_jar_once():
    found = locked()
    assert len({jar.filename for jar in found}) == len(found)
    assert any(jar.filename == "kafka_2.13-4.3.1.jar" for jar in found)
    assert all(len(jar.sha256) == 64 for jar in found)
