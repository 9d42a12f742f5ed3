"""A season goes through the agents: what corrects its prices is what files would have led to."""

import hashlib
import json
import lzma
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from agents.compile import Compile
from agents.fair import SPORTS, FairOdds
from feeds import formats
from feeds.account import Account
from feeds.files import lines
from feeds.football_data.messages import LATENESS_MS
from feeds.ordering import in_order, with_heartbeats
from feeds.routing import key_of, topic_of
from ml.fair.form import Form
from ml.fair.library import Library, in_folder
from ml.fair.model import SHIPPED, FairModel
from ml.fair.table import table
from overround.audit import Archive
from overround.commands.football import recorded
from schemas import Alert, Champion, ClosedMatch, FairPrice, Fixture, Quote, Result
from streams.topics import ALERTS, CHAMPIONS, CLOSED, FAIR
from tests.unit.agents.pipeline import Pipeline

SEASON = Path(__file__).parents[2] / "fixtures" / "fair" / "premier_league_2019.csv.xz"
UNTIL = 40
"""Days of the season that most tests play."""


@cache
def messages():
    told = in_order(formats.read("football-data", lines(SEASON), Account()), LATENESS_MS)
    return list(with_heartbeats(told, "football-data", 30 * 60_000))


FIRST_MS = min(m.event_time_ms for m in messages())
DAY_MS = 86_400_000


def folder(path, market="1x2", name=None):
    """A model with the shipped trees that begins without form."""
    path.mkdir(parents=True)
    card = json.loads((SHIPPED[market] / "card.json").read_text())
    card["name"] = name or card["name"]
    (path / "card.json").write_text(json.dumps(card))
    (path / "model.ubj").write_bytes((SHIPPED[market] / "model.ubj").read_bytes())
    (path / "form.json.xz").write_bytes(lzma.compress(json.dumps(Form().dump()).encode()))
    return path


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    root = tmp_path_factory.mktemp("shipped")
    return {market: folder(root / market.partition(":")[0], market) for market in SHIPPED}


@pytest.fixture
def library(shipped, tmp_path):
    return Library(FairModel, (in_folder(tmp_path),), shipped)


def pipeline(library, days=UNTIL):
    made = Pipeline([Compile(["north"], fair_odds=FairOdds(library))])
    for message in messages():
        if message.event_time_ms < FIRST_MS + days * DAY_MS:
            put(made, topic_of(message), key_of(message), message)
    return made


def put(made, topic, key, message, at_ms=None):
    made.put(topic, key, message, at_ms=message.event_time_ms if at_ms is None else at_ms, wall_ms=1 << 41)


def fairs(made, market="1x2"):
    return [fair for fair in made.read(FAIR, FairPrice) if fair.market == market]


def corrections(made, market="1x2"):
    return [fair for fair in fairs(made, market) if fair.correction is not None]


def row(values):
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def test_features_of_the_stream_are_those_of_the_files_bit_for_bit(library):
    made = pipeline(library, days=120)
    made.run()
    for market in SPORTS["soccer"]:
        known = table(recorded([SEASON], market))
        names = library.shipped(market).card["features"]
        columns = [known.names.index(name) for name in names]
        ties = {fixture.event_id: fixture for fixture in messages() if isinstance(fixture, Fixture)}
        online = {
            (ties[fair.event_id].home, ties[fair.event_id].starts_at_ms, fair.as_of_ms): fair
            for fair in corrections(made, market)
        }
        compared = 0
        for market_then, features, trust in zip(known.markets, known.features, known.evidence, strict=True):
            key = market_then.home, market_then.starts_at_ms, market_then.as_of_ms
            fair = online.get(key)
            assert (fair is None) == (trust == 0.0), key
            if fair is not None:
                compared += 1
                assert fair.correction.evidence == trust
                np.testing.assert_array_equal(row(fair.correction.features), features[columns])
        assert compared > 100


def test_a_result_from_the_future_moves_no_feature(library):
    plain, warned = pipeline(library), pipeline(library)
    told = ClosedMatch(
        event_id="planted",
        competition="E0",
        home="Arsenal",
        away="Chelsea",
        starts_at_ms=FIRST_MS + 100 * DAY_MS,
        final_at_ms=FIRST_MS + 101 * DAY_MS,
        consensus=[0.2, 0.2, 0.6],
        closing=[0.6, 0.2, 0.2],
        home_score=9,
        away_score=0,
        event_time_ms=FIRST_MS + 101 * DAY_MS,
    )
    put(warned, CLOSED, "planted", told, at_ms=FIRST_MS)
    plain.run()
    warned.run()
    assert len(corrections(plain)) > 50
    assert fairs(warned) == fairs(plain)


def test_a_price_keeps_the_consensus_beside_it_and_comes_out_again_from_what_it_stood_on(library):
    made = pipeline(library)
    made.run()
    plain = Pipeline([Compile(["north"])])
    plain._inputs = list(pipeline(library)._inputs)
    plain.run()
    consensus = {(f.event_id, f.market, f.sequence): f for f in plain.read(FAIR, FairPrice)}
    for market in SPORTS["soccer"]:
        model = library.shipped(market).model
        for fair in corrections(made, market):
            before = consensus[fair.event_id, fair.market, fair.sequence]
            assert (fair.consensus, before.model) == (before.probabilities, "consensus")
            assert fair.model == model.name
            assert sum(fair.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
            again = model.recomputed(fair)
            assert again == fair.probabilities
    assert all(fair.model == "consensus" for fair in plain.read(FAIR, FairPrice))


def test_every_corrected_price_audits_to_itself_and_a_forged_one_does_not(library):
    made = pipeline(library)
    made.run()
    records = [record for log in made.replay.logs.values() for record in log]
    honest, forged = Archive(["north"]), Archive(["north"])
    for archive in (honest, forged):
        archive.take([record for record in records if record.topic in archive.topics])
    found = honest.audit()
    assert (found.differing, found.gone["fair"]) == (0, 0), found.differences
    assert found.agreed["fair"] == len(made.read(FAIR, FairPrice))
    fair = corrections(made)[0]
    price, shares = honest.explained(fair.event_id, "1x2")
    assert price == max(
        (each for each in corrections(made) if each.event_id == fair.event_id), key=lambda each: each.sequence
    )
    for outcome, by_feature in shares.items():
        assert len(by_feature) == len(price.correction.features) + 2
        # the trees' part: what comes after it, cap and evidence, only makes it less
        assert by_feature["consensus"] == pytest.approx(np.log(price.consensus[outcome]), abs=1e-6)
    assert honest.explained(fair.event_id, "ah:-0.5") is None
    features = [*fair.correction.features]
    features[0] += 0.5
    correction = fair.correction.model_copy(update={"features": features})
    forged.fairs[fair.event_id, fair.market, fair.sequence] = fair.model_copy(
        update={"correction": correction}
    )
    assert forged.audit().differing == 1


def champion(path, market, name, at_ms, action="promote"):
    digest = hashlib.sha256((path / "model.ubj").read_bytes()).hexdigest()
    return Champion(market=market, model=name, sha256=digest, action=action, event_time_ms=at_ms)


def test_models_change_between_batches_and_back_and_each_price_names_its_own(library, tmp_path):
    other = folder(tmp_path / "1x2" / "other", name="other")
    old = library.shipped("1x2").name
    made = pipeline(library)
    swap, back = FIRST_MS + 20 * DAY_MS, FIRST_MS + 30 * DAY_MS
    put(made, CHAMPIONS, "1x2", champion(other, "1x2", "other", swap))
    put(made, CHAMPIONS, "1x2", champion(SHIPPED["1x2"], "1x2", old, back, "rollback"))
    undisturbed = pipeline(library)
    made.run()
    undisturbed.run()
    assert [(f.event_id, f.as_of_ms) for f in fairs(made)] == [
        (f.event_id, f.as_of_ms) for f in fairs(undisturbed)
    ], "no price lost, none twice"
    for fair in corrections(made):
        assert fair.model == ("other" if swap < fair.as_of_ms <= back else old)
    assert {fair.model for fair in corrections(made)} == {"other", old}


@pytest.mark.parametrize("damage", ["missing", "changed", "unknown feature", "torn"])
def test_a_champion_that_cannot_be_loaded_leaves_the_old_one_with_an_alert(library, tmp_path, damage):
    other = folder(tmp_path / "1x2" / "other", name="other")
    at_ms = FIRST_MS + 20 * DAY_MS
    told = champion(other, "1x2", "other", at_ms)
    if damage == "missing":
        (other / "form.json.xz").unlink()
    elif damage == "changed":
        told = told.model_copy(update={"sha256": "0" * 64})
    elif damage == "torn":
        (other / "form.json.xz").write_bytes(b"nothing")
    else:
        card = json.loads((other / "card.json").read_text())
        (other / "card.json").write_text(json.dumps(card | {"features": ["unheard_of"]}))
    made = pipeline(library)
    put(made, CHAMPIONS, "1x2", told)
    made.run()
    assert {fair.model for fair in corrections(made)} == {library.shipped("1x2").name}
    assert max(fair.as_of_ms for fair in corrections(made)) > at_ms
    (alert,) = [alert for alert in made.read(ALERTS, Alert) if alert.kind == "model_refused"]
    assert (alert.subject, alert.market) == ("other", "1x2")


def test_what_the_table_holds_is_enough_to_go_on_with(library):
    """A partition that moves to another worker between any two messages."""
    whole, moved = pipeline(library, days=15), pipeline(library, days=15)
    whole.run()
    replay = moved.replay
    feed = replay._feed

    def forgetful(stage, topic, partition):
        replay._states[stage.name, partition].roll_back()
        return feed(stage, topic, partition)

    replay._feed = forgetful
    moved.run()
    assert corrections(moved)
    assert fairs(moved) == fairs(whole)


def test_every_match_that_ends_is_told_to_each_partition_once_with_what_the_champion_said(library):
    made = pipeline(library)
    made.run()
    told = made.read(CLOSED, ClosedMatch)
    over = {m.event_id for m in messages() if isinstance(m, Result) and m.status == "final"}
    once = {message.event_id: message for message in told}
    assert len(told) == 2 * len(once)
    assert set(once) <= over
    by_price = {(f.event_id, f.as_of_ms): f for f in corrections(made)}
    said = [message for message in once.values() if message.corrected]
    assert said
    for message in said:
        fair = by_price[message.event_id, message.as_of_ms]
        assert message.features == fair.correction.features
        assert message.corrected == list(fair.probabilities.values())
        assert message.consensus == list(fair.consensus.values())


def test_a_feed_with_names_of_its_own_finds_the_form():
    library = Library(FairModel)
    made = Pipeline([Compile(["north"], fair_odds=FairOdds(library))])
    long = "Wolverhampton Wanderers", "Manchester United"
    names = {"known": ("E0", "Wolves", "Man United"), "other": ("EPL", *long), "unknown": ("Cup", *long)}
    for event, (competition, home, away) in names.items():
        fixture = Fixture(
            event_id=event,
            sport="soccer",
            competition=competition,
            home=home,
            away=away,
            starts_at_ms=FIRST_MS + DAY_MS,
            event_time_ms=FIRST_MS,
        )
        put(made, topic_of(fixture), event, fixture)
        for book, home_price in (("pinnacle", 2.5), ("bet365", 2.45), ("soft", 2.4)):
            quote = Quote(
                event_id=event,
                market="1x2",
                book=book,
                feed="test",
                prices={"home": home_price, "draw": 3.3, "away": 2.9},
                event_time_ms=FIRST_MS + 1,
                quoted_at_ms=FIRST_MS + 1,
            )
            put(made, topic_of(quote), event, quote)
    made.run()
    found = {fair.event_id: fair for fair in fairs(made)}
    assert found["known"].correction == found["other"].correction
    assert found["known"].model == library.shipped("1x2").name
    assert (found["unknown"].model, found["unknown"].correction) == ("consensus", None)


def test_a_result_that_comes_before_its_fixture_is_told_when_the_fixture_comes(library):
    made = Pipeline([Compile(["north"], fair_odds=FairOdds(library))])
    fixture = next(message for message in messages() if isinstance(message, Fixture))
    result = next(
        message
        for message in messages()
        if isinstance(message, Result) and (message.event_id, message.status) == (fixture.event_id, "final")
    )
    put(made, topic_of(result), key_of(result), result)
    put(made, topic_of(fixture), key_of(fixture), fixture, at_ms=result.event_time_ms + 60_000)
    made.run()
    told = made.read(CLOSED, ClosedMatch)
    assert len(told) == 2
    assert {(each.home, each.home_score, each.away_score) for each in told} == {
        (fixture.home, result.home_score, result.away_score)
    }
