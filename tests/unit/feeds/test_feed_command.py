import gzip
import json

import pytest
import typer
from typer.testing import CliRunner

from feeds.files import lines
from feeds.recordings.cut import BUNDLED
from overround.commands.feed import feed

app = typer.Typer()
app.command()(feed)


def run(*args: object):
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def recording(tmp_path):
    """The first three snapshots of the bundled slice, packed."""
    path = tmp_path / "three.jsonl.gz"
    path.write_bytes(
        gzip.compress(b"\n".join(line for line, _ in zip(lines(BUNDLED), range(3), strict=False)))
    )
    return path


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["no-such", "x"], ["unknown format 'no-such'", "the-odds-api"]),
        (["the-odds-api"], ["which file?"]),
        (["the-odds-api", "/no/such/file"], ["no such file: /no/such/file"]),
        (["the-odds-api", BUNDLED, "--speed", "fast"], ["--speed", "fast"]),
        (["the-odds-api", BUNDLED, "--speed", "0"], ["--speed", "above 0"]),
        (["the-odds-api", BUNDLED, "--speed", "nan"], ["--speed"]),
        (["the-odds-api", BUNDLED, "--rate", "-1"], ["--rate", "above 0"]),
        (["the-odds-api", BUNDLED, "--rate", "1", "--speed", "max"], ["exclude"]),
    ],
)
def test_a_wrong_argument_gets_one_clear_line_and_status_two(args, words):
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert all(word in line for word in words)


def test_a_dry_run_accounts_for_every_row_without_a_broker(recording):
    result = run("the-odds-api", recording, "--dry-run", "--json")
    assert result.exit_code == 0
    account = json.loads(result.stdout)
    events = [event for line in lines(recording) for event in json.loads(line)["events"]]
    markets = sum(len(book["markets"]) for event in events for book in event["bookmakers"])
    assert account["rows"] == account["published"] + sum(account["rejected"].values()) == markets
    messages = account["messages"]
    assert messages["feeds.heartbeats.v1"] == 3
    decided = sum(account["matches"].values())
    assert account["sent"] == messages["odds.quotes.v1"] + messages["events.fixtures.v1"] + decided


def test_the_account_is_shown_as_a_table(recording):
    result = run("the-odds-api", recording, "--dry-run")
    assert "odds.quotes.v1" in result.stdout
    assert "1449" in result.stdout


def test_a_file_in_another_format_is_accounted_for_and_fails(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    result = run("the-odds-api", path, "--dry-run", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejected"] == {"not_json": 2}
    assert "no row of" in result.stderr


@pytest.mark.parametrize("name", ["broken.gz", "broken.xz", "broken.bz2"])
def test_a_file_that_is_not_packed_as_its_name_says_gets_one_clear_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"not packed")
    result = run("the-odds-api", path, "--dry-run")
    assert result.exit_code == 1
    assert "cannot read" in result.stderr.splitlines()[-1]


def test_the_formats_can_be_listed():
    result = run("list")
    assert result.exit_code == 0
    assert "the-odds-api" in result.stdout
