"""What each format's slice becomes, message by message, as files that a reader can check by eye.

``python tests/unit/feeds/test_golden_messages.py`` writes them anew.
"""

from collections.abc import Iterator
from json import dumps
from pathlib import Path

import pytest

from feeds.account import Account
from feeds.files import lines
from feeds.formats import FORMATS, read, recorded
from feeds.routing import topic_of

FIXTURES = Path(__file__).parents[2] / "fixtures/feeds"
SLICES = [
    ("the-odds-api", "the_odds_api/snapshots.jsonl"),
    ("the-odds-api-mlb-ticks", "the_odds_api/mlb_ticks.csv"),
    ("the-odds-api-epl-table", "the_odds_api/epl_table.csv"),
    ("the-odds-api-wide", "the_odds_api/wide.csv"),
    ("football-data", "football/merged.csv"),
    ("football-data", "football/native_2017.csv"),
    ("football-data", "football/native_2019.csv"),
    ("football-data", "football/further_leagues.csv"),
    ("football-data", "football/old_ht_at.csv"),
    ("tennis-data", "tennis/atp.csv"),
    ("tennis-data", "tennis/wta.csv"),
    ("betfair-stream", "betfair/match_odds.jsonl"),
]


def became(name: str, path: Path) -> Iterator[str]:
    account = Account()
    for message in read(name, lines(path), account):
        yield f"{topic_of(message).name} {message.model_dump_json(exclude_defaults=True)}"
    yield f"account {dumps(account.as_dict())}"


def golden(path: Path) -> Path:
    return path.with_name(f"{path.name}.messages")


@pytest.mark.parametrize(("name", "path"), SLICES)
def test_a_slice_becomes_the_messages_of_its_golden_file(name, path):
    file = FIXTURES / path
    assert list(became(name, file)) == golden(file).read_text().splitlines()


@pytest.mark.parametrize(("name", "path"), SLICES)
def test_a_slice_is_accounted_for_and_played_in_event_time_order(name, path):
    account = Account()
    times = [message.event_time_ms for message in recorded(name, lines(FIXTURES / path), account)]
    assert times == sorted(times)
    assert account.balanced
    assert account.published > 0


def test_every_format_has_a_slice():
    assert {name for name, _ in SLICES} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "raw", [[], [b"x"], [b"a,b", b"1,2"], [b"\xff\xfe\x00", b'"', b"{}", b"[]", b"null"]]
)
def test_what_is_in_no_format_is_rejected_row_by_row(name, raw):
    account = Account()
    assert list(read(name, raw, account)) == []
    assert account.rows == account.rejected.total() == len(raw)


if __name__ == "__main__":
    for format_name, slice_path in SLICES:
        source = FIXTURES / slice_path
        golden(source).write_text("".join(f"{line}\n" for line in became(format_name, source)))
