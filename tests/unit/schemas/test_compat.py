from dataclasses import replace

import pytest

from schemas import compat
from schemas.catalogue import CATALOGUE

CURRENT = compat.current()


def test_the_schemas_keep_what_was_released() -> None:
    assert list(compat.findings(compat.released(), CURRENT)) == []


def test_every_subject_has_a_key_and_its_cleanup() -> None:
    assert CURRENT.keys() == CATALOGUE.keys()
    for contract in CURRENT.values():
        assert contract.channel["key"]
        assert contract.channel["cleanup"] in {"compact", "delete"}


@pytest.mark.parametrize(("name", "value"), [("key", "bettor"), ("broadcast", True), ("cleanup", "compact")])
def test_another_key_broadcast_or_compaction_is_a_new_major(name: str, value: object) -> None:
    before = CURRENT["bets.decisions.v1"]
    after = CURRENT | {"bets.decisions.v1": replace(before, channel=before.channel | {name: value})}
    (line,) = compat.findings(CURRENT, after)
    assert line == (
        f"bets.decisions.v1: {name} was {before.channel[name]}, is {value}; "
        "undo it, or make bets.decisions.v2"
    )


def test_a_topic_that_is_gone_is_named() -> None:
    rest = {subject: contract for subject, contract in CURRENT.items() if subject != "risk.alerts.v1"}
    (line,) = compat.findings(CURRENT, rest)
    assert line.startswith("risk.alerts.v1: gone from the catalogue; keep it")


def test_a_new_topic_is_nobodys_loss() -> None:
    assert list(compat.findings(CURRENT, CURRENT | {"odds.quotes.v2": CURRENT["odds.quotes.v1"]})) == []


def test_a_finding_is_one_line_that_says_what_to_do(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(compat, "released", lambda: CURRENT)
    quotes = CURRENT["odds.quotes.v1"]
    properties = {name: part for name, part in quotes.schema["properties"].items() if name != "feed"}
    properties["tier"] = {"type": "integer"}
    required = [*(name for name in quotes.schema["required"] if name != "feed"), "tier"]
    broken = replace(quotes, schema=quotes.schema | {"properties": properties, "required": required})
    monkeypatch.setattr(compat, "current", lambda: CURRENT | {"odds.quotes.v1": broken})
    monkeypatch.setattr(compat, "release", lambda new: pytest.fail("released with findings"))
    assert compat.main(["--release"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "odds.quotes.v1: feed: removed: old readers miss it; undo it, or make odds.quotes.v2",
        "odds.quotes.v1: tier: new and required: recorded messages lack it; give it a default",
    ]


def test_a_release_is_what_the_next_change_is_compared_with(tmp_path) -> None:
    compat.release(CURRENT, tmp_path)
    assert compat.released(tmp_path) == CURRENT


def test_no_release_yet_means_nothing_to_keep(tmp_path) -> None:
    assert compat.released(tmp_path / "none") == {}
