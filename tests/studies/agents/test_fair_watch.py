"""A champion that goes wrong gives way to the consensus by itself, and comes back by itself."""

import json
import lzma
import random

import pytest
from prometheus_client import REGISTRY

from agents.compile import Compile
from agents.fair import FairOdds
from ml.fair.form import Form
from ml.fair.library import Library
from ml.fair.model import SHIPPED, FairModel
from schemas import Alert, ClosedMatch, FairPrice, Fixture
from streams.topics import ALERTS, CLOSED, FAIR, FIXTURES
from tests.unit.agents.pipeline import WALL_MS, Pipeline

START_MS = 1_692_000_000_000
"""August 2023: the form that ships is of the season before."""
HOUR_MS = 3_600_000
CONSENSUS = (0.5, 0.27, 0.23)


@pytest.fixture(scope="module")
def library():
    return Library(FairModel)


@pytest.fixture
def made(library):
    return Pipeline([Compile(["north"], fair_odds=FairOdds(library))])


def tilted(by):
    home, draw, away = CONSENSUS
    return [home + by, draw, away - by]


def close(made, library, number, at_ms, said, came, features=None):
    """A match that closes: the model said ``said`` beside the consensus, and ``came`` came."""
    ready = library.shipped("1x2")
    made.put(
        CLOSED,
        f"e{number}",
        ClosedMatch(
            event_id=f"e{number}",
            competition="none",
            home=f"h{number}",
            away=f"a{number}",
            starts_at_ms=at_ms - 2 * HOUR_MS,
            final_at_ms=at_ms,
            as_of_ms=at_ms - 20 * HOUR_MS,
            consensus=list(CONSENSUS),
            books={"pinnacle": [1.95, 3.6, 4.2]},
            closing=tilted(came),
            home_score=1,
            away_score=0,
            model=ready.name,
            corrected=tilted(said),
            features=features or [0.0] * len(ready.card["features"]),
            event_time_ms=at_ms,
        ),
        at_ms=at_ms,
    )


def ask(made, event, at_ms):
    """A match of clubs that the champion knows is quoted."""
    fixture = Fixture(
        event_id=event,
        sport="soccer",
        competition="E0",
        home="Arsenal",
        away="Chelsea",
        starts_at_ms=at_ms + 30 * HOUR_MS,
        event_time_ms=at_ms,
    )
    made.put(FIXTURES, event, fixture, at_ms=at_ms, wall_ms=WALL_MS * 2)
    for book in ("pinnacle", "bet365", "soft"):
        prices = {"home": 1.95, "draw": 3.5, "away": 4.0}
        made.quote(book, prices, event_id=event, at_ms=at_ms + 1, wall_ms=WALL_MS * 2)


def test_a_model_that_moves_away_from_the_close_falls_back_and_comes_back(made, library):
    at_ms, step = START_MS, HOUR_MS // 6
    number = 0
    random_ = random.Random(1)
    for phase, sign, matches in (("before", 1, 150), ("wrong", -1, 300), ("after", 1, 400)):
        for _ in range(matches):
            move = random_.gauss(0.02, 0.01)
            close(made, library, number, at_ms, sign * 0.02, move)
            number, at_ms = number + 1, at_ms + step
        ask(made, phase, at_ms)
        at_ms += step
    made.run()
    by_event = {fair.event_id: fair for fair in made.read(FAIR, FairPrice) if fair.sequence == 1}
    name = library.shipped("1x2").name
    assert {event: fair.model for event, fair in by_event.items()} == {
        "before": name,
        "wrong": "consensus",
        "after": name,
    }
    assert by_event["wrong"].correction is None
    alerts = [alert for alert in made.read(ALERTS, Alert) if alert.kind == "model_fallback"]
    assert [alert.figures["fallen_back"] for alert in sorted(alerts, key=lambda a: a.event_time_ms)] == [1, 0]
    figure = {"market": "1x2", "figure": "log_loss_model"}
    assert REGISTRY.get_sample_value("overround_fair_figure", figure) > 0
    assert REGISTRY.get_sample_value("overround_fair_fallen_back", {"market": "1x2"}) == 0.0


def test_a_standing_price_is_made_anew_when_its_model_has_fallen_back(made, library):
    ask(made, "match", START_MS)
    for number in range(400):
        close(made, library, number, START_MS + HOUR_MS + number, -0.03, 0.03)
    made.quote(
        "soft", {"home": 1.95, "draw": 3.5, "away": 4.0}, event_id="match", at_ms=START_MS + 90 * 60_000
    )
    made.run()
    assert [fair.model for fair in made.read(FAIR, FairPrice)] == [library.shipped("1x2").name, "consensus"]


def test_a_feature_that_is_no_longer_distributed_as_in_training_is_told_once(made, library):
    names = library.shipped("1x2").card["features"]
    odd = [5.0 if name == "residual_fast" else 0.0 for name in names]
    for number in range(250):
        close(made, library, number, START_MS + number, 0.01, 0.01, odd)
    made.run()
    alerts = [alert for alert in made.read(ALERTS, Alert) if alert.kind == "model_drift"]
    told = [name for alert in alerts for name in alert.figures]
    assert told.count("residual_fast") == 1
    assert len(told) == len(set(told))
    assert "day_of_year" not in told
    index = {"market": "1x2", "feature": "residual_fast"}
    assert REGISTRY.get_sample_value("overround_fair_stability_index", index) > 0.25


def test_a_model_that_prices_alone_is_shown_and_the_one_before_is_not(made, library, tmp_path):
    odds = FairOdds(Library(FairModel, (), {"1x2": _copy(tmp_path, "other")}))
    for stage in (made, Pipeline([Compile(["north"], fair_odds=odds)])):
        ask(stage, "match", START_MS)
        stage.run()
    shown = [
        sample.labels["model"]
        for metric in REGISTRY.collect()
        if metric.name == "overround_fair_model"
        for sample in metric.samples
        if sample.labels["market"] == "1x2"
    ]
    assert shown == ["other"]


def _copy(folder, name):
    card = json.loads((SHIPPED["1x2"] / "card.json").read_text()) | {"name": name}
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "model.ubj").write_bytes((SHIPPED["1x2"] / "model.ubj").read_bytes())
    (folder / "form.json.xz").write_bytes(lzma.compress(json.dumps(Form().dump()).encode()))
    return folder
