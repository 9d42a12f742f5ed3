import json
from pathlib import Path

import pytest

from agents.compile import Compile
from domain.consensus import ConsensusConfig
from overround.audit import Archive
from overround.consensus_file import SettingsError, load
from overround.learned import SHIPPED, SIGNIFICANT
from schemas import FairPrice
from streams.topics import FAIR
from tests.unit.agents.pipeline import START_MS, Pipeline

TEXT = """
[[rule]]
min_move = 0.05

[[rule]]
sport = "soccer"
market = "1x2"
mandatory = ["book0"]
min_books = 2
[rule.books.book1]
weight = 0
[rule.books.book2]
max_age_s = 30
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_file_says_who_counts_and_what_is_news_and_prices_made_so_recompute(tmp_path):
    table = load(written(tmp_path / "consensus.toml", TEXT))
    pipeline = Pipeline([Compile(["north"], table)])
    pipeline.open_market()
    pipeline.run()
    first = pipeline.read(FAIR, FairPrice)[-1]
    assert {share.book: share.rejected for share in first.books}["book1"] == "excluded"
    assert first.settings
    pipeline.quote("book0", {"home": 2.05, "draw": 3.4, "away": 4.0}, at_ms=START_MS + 10_000)
    pipeline.run()
    assert pipeline.read(FAIR, FairPrice)[-1] == first  # moved by less than five hundredths
    pipeline.heartbeat(START_MS + 60_000)
    pipeline.run()
    last = pipeline.read(FAIR, FairPrice)[-1]
    assert {share.book: share.rejected for share in last.books}["book2"] == "stale"
    pipeline.quote("book0", {}, at_ms=START_MS + 61_000)
    pipeline.run()
    assert pipeline.read(FAIR, FairPrice)[-1].probabilities == {}  # without the mandatory book
    assert pipeline.offers()[-1].suspended == "few_books"

    archive = Archive(["north"], table)
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    assert (archive.audit().differing, archive.audit().gone["fair"]) == (0, 0)
    other = Archive(["north"])
    for topic in other.topics:
        other.take(pipeline.replay.topic(topic))
    assert other.audit().gone["fair"] > 0  # made under settings that are not known here


def test_without_a_file_the_defaults_hold():
    assert load(None).of("soccer", "1x2")[0] == ""


def test_the_weights_that_were_learned_and_held_on_later_matches_are_shipped(tmp_path):
    shipped = json.loads(SHIPPED.read_text())
    assert {one["sport"] for one in shipped} == {"baseball"}
    assert all(one["divergence"] < one["default"] < one["average"] for one in shipped)
    judged = sum(one["judged"] for one in shipped)
    gained = sum(one["judged"] * one["better_by"] for one in shipped) / judged
    noise = sum((one["judged"] * one["se"]) ** 2 for one in shipped) ** 0.5 / judged
    assert gained > SIGNIFICANT * noise
    name, config = load(None).of("baseball", "ah:-1.5")
    assert name != "" and config.sharpness["betonlineag"] > config.sharpness["betmgm"]
    assert load(None, written(tmp_path / "none.json", "[]")).of("baseball", "ah:-1.5")[0] == ""


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[rule]]\nmin_bocks = 3", "rule.0.min_bocks: Extra inputs are not permitted"),
        ("[[rule]]\nmin_books = 0", "rule.0.min_books: Input should be greater than or equal to 1"),
        ("[[rule]", "Expected"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_one_line(tmp_path, text, what):
    with pytest.raises(SettingsError, match=r"consensus\.toml") as raised:
        load(written(tmp_path / "consensus.toml", text))
    assert what in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        load(tmp_path / "none.toml")


def test_learned_weights_hold_for_their_market_and_the_rules_win_over_them(tmp_path):
    learned = [
        {"sport": "baseball", "market": "ah", "books": {"bovada": 2.0, "betus": 1.5}},
        {"sport": "soccer", "market": "1x2", "books": {"bovada": 2.0}},
    ]
    weights = written(tmp_path / "weights.json", json.dumps(learned))
    rules = written(tmp_path / "c.toml", '[[rule]]\nsport = "baseball"\n[rule.books.betus]\nweight = 0')
    table = load(rules, weights)
    found = table.of("baseball", "ah:-1.5")[1].sharpness
    assert (found["bovada"], found["betus"]) == (2.0, 0.0)
    assert table.of("soccer", "1x2") == ("", ConsensusConfig())  # the models learned with the defaults


@pytest.mark.parametrize("text", ["{", '[{"sport": "baseball"}]', "3"])
def test_what_is_no_file_of_learned_weights_is_said_in_one_line(tmp_path, text):
    with pytest.raises(SettingsError, match=r"weights\.json"):
        load(None, written(tmp_path / "weights.json", text))
