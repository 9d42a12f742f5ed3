"""What ``overround up`` says when it cannot: one message, what to do, and an exit status that is not 0."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from functools import partial

import pytest
from typer.testing import CliRunner

from deploy.embedded import status
from deploy.embedded.daemon import remembered
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.layout import PARTS, Layout, Memory, write_json
from overround.cli import build
from overround.settings import Settings


def up(data_dir, *options):
    """Run the command; no service gets as far as being started."""
    return CliRunner().invoke(build("up"), ["up", "--data-dir", str(data_dir), *options])


def refused(answer):
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("overround: ")
    assert "Traceback" not in answer.stderr
    return answer.stderr


def test_a_taken_port_is_named_with_the_option_that_changes_it(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        said = refused(up(tmp_path / "data", "--postgres-port", str(port)))
    assert f"port {port}, wanted for postgres, is taken" in said
    assert "--postgres-port N" in said


def test_a_full_disk_is_named_with_what_is_needed(tmp_path):
    said = refused(up(tmp_path / "data", "--min-free-mb", "999999999"))
    assert f"the disk of {tmp_path / 'data'} is full" in said
    assert "999999999 MB are needed" in said
    assert "--data-dir" in said


def test_a_half_made_data_directory_is_named_with_the_way_to_start_over(tmp_path):
    (tmp_path / "kafka").mkdir()
    said = refused(up(tmp_path))
    assert f"{tmp_path} is only half there: kafka without stack.json" in said
    assert f"rm -r {tmp_path}" in said
    assert (tmp_path / "kafka").is_dir(), "nothing of it may be touched"


@pytest.mark.parametrize("part", PARTS)
def test_any_parts_data_alone_are_half_a_data_directory(tmp_path, part):
    (tmp_path / part).mkdir()
    with pytest.raises(EmbeddedError, match=f"{part} without"):
        remembered(Layout(tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2, "ports": {}}', '{"ports": {"nntp": 119}}'])
def test_a_damaged_memory_is_named_with_the_way_to_start_over(tmp_path, text):
    memory = Layout(tmp_path).memory
    memory.write_text(text)
    with pytest.raises(EmbeddedError, match=f"(?s){memory}.*start over"):
        remembered(Layout(tmp_path))


def test_a_data_directory_that_cannot_be_written_is_named_with_the_way_to_choose_another(tmp_path):
    (tmp_path / "file").touch()
    said = refused(up(tmp_path / "file" / "data"))
    assert f"cannot write {tmp_path / 'file'}" in said
    assert "--data-dir DIR" in said


def test_a_lock_held_by_another_program_is_named_with_the_way_to_find_it(tmp_path):
    layout = Layout(tmp_path)
    with layout.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = refused(up(tmp_path))
    assert f"{layout.lock} is held by a process that is no supervisor" in said
    assert "fuser" in said


def test_a_lock_file_left_by_a_killed_supervisor_is_no_obstacle(tmp_path):
    # The supervisor's own lock is the kernel's to release; what is left are files that name a dead process.
    layout = Layout(tmp_path)
    layout.lock.touch()
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    write_json(layout.supervisor, {"pid": dead.pid, "started": 1.0, "parts": {}})
    assert status(tmp_path).supervisor is None
    said = refused(up(tmp_path, "--min-free-mb", "999999999"))
    assert "is full" in said, "it came as far as looking at the disk"


def test_a_process_with_a_dead_supervisors_id_is_not_taken_for_it(tmp_path):
    layout = Layout(tmp_path)
    write_json(layout.supervisor, {"pid": os.getpid(), "started": 1.0, "parts": {}})
    assert status(tmp_path).supervisor is None


def test_addresses_and_passwords_are_their_owners_to_read(tmp_path):
    layout = Layout(tmp_path)
    refused(up(tmp_path, "--min-free-mb", "999999999"))
    write_json(layout.memory, {"password": "x"})
    assert layout.memory.stat().st_mode & 0o077 == 0
    assert layout.lock.stat().st_size == 0


def test_settings_read_the_addresses_as_they_are_written(tmp_path, monkeypatch):
    addresses = Memory().addresses()
    write_json(Layout(tmp_path).addresses, asdict(addresses))
    for name in asdict(addresses):
        monkeypatch.delenv(f"OVERROUND_{name.upper()}", raising=False)
    found = Settings(data_dir=tmp_path)
    assert asdict(addresses) == {name: getattr(found, name) for name in asdict(addresses)}


@pytest.mark.parametrize("verb", ["up", "down", "status"])
def test_help_shows_an_example(verb):
    shown = CliRunner().invoke(build(verb), [verb, "--help"]).stdout
    assert f"Example: overround {verb}" in " ".join(shown.split())


def test_a_port_that_is_none_is_a_usage_error(tmp_path):
    command = [
        sys.executable,
        "-m",
        "overround.cli",
        "up",
        "--data-dir",
        str(tmp_path),
        "--kafka-port",
        "70000",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1


def test_nothing_up_is_said_and_is_not_an_error_to_end(tmp_path):
    asked = partial(CliRunner().invoke, build("status"))
    assert asked(["status", "--data-dir", str(tmp_path)]).exit_code == 3
    assert json.loads(asked(["status", "--json", "--data-dir", str(tmp_path)]).stdout)["supervisor"] is None
    assert CliRunner().invoke(build("down"), ["down", "--data-dir", str(tmp_path)]).exit_code == 0
