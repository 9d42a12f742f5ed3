"""Tennis: two players' form, the same to the bit from files and from the stream, and a price of two sides."""

from pathlib import Path

import numpy as np
import pytest

from agents.compile import Compile
from agents.fair import FairOdds
from feeds.account import Account
from feeds.files import lines
from feeds.tennis_data import read
from ml.fair.form import Form
from ml.fair.library import Library
from ml.fair.match import Closed, Market
from ml.fair.messages import recorded as told_again
from ml.fair.messages import told
from ml.fair.model import SHIPPED, FairModel
from ml.fair.table import table
from ml.fair.training import mirrored
from ml.registry import Registry, load, packed
from overround.commands.tennis import recorded_tennis
from schemas import ClosedMatch, FairPrice, Fixture, Quote
from streams.topics import CLOSED, FAIR, FIXTURES, QUOTES, RESULTS
from tests.unit.agents.pipeline import Pipeline

SEASON = Path(__file__).parents[2] / "fixtures" / "fair" / "atp_2024_winter.csv.xz"
ENDS_MS = 1 << 41


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The shipped champion, which begins without form."""
    folder = tmp_path_factory.mktemp("ml")
    for name in ("model.ubj", "card.json"):
        (folder / name).write_bytes((SHIPPED["ml"] / name).read_bytes())
    (folder / "form.json.xz").write_bytes(packed(Form()))
    return Library(FairModel, (), {"ml": folder})


@pytest.fixture(scope="module")
def messages():
    return list(read(lines(SEASON), Account()))


def played(library, messages, *planted):
    made = Pipeline([Compile(["north"], fair_odds=FairOdds(library))])
    for message in messages:
        topic = {Fixture: FIXTURES, Quote: QUOTES}.get(type(message), RESULTS)
        made.put(topic, message.event_id, message, at_ms=message.event_time_ms, wall_ms=ENDS_MS)
    for message in planted:
        made.put(CLOSED, message.event_id, message, at_ms=messages[0].event_time_ms, wall_ms=ENDS_MS)
    made.run()
    return made


@pytest.fixture(scope="module")
def stream(library, messages):
    return played(library, messages)


def row(values):
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def corrections(made):
    """The last price of each market that a model has corrected."""
    fairs = [fair for fair in made.read(FAIR, FairPrice) if fair.correction is not None]
    return {fair.event_id: fair for fair in fairs}


def test_features_of_the_stream_are_those_of_the_files_bit_for_bit(stream, messages):
    known = table(recorded_tennis([SEASON]))
    names = {(m.home, m.away, m.starts_at_ms): m.event_id for m in messages if isinstance(m, Fixture)}
    online, compared = corrections(stream), 0
    for market, features, trust in zip(known.markets, known.features, known.evidence, strict=True):
        fair = online.get(names[market.home, market.away, market.starts_at_ms])
        assert (fair is None) == (trust == 0.0)
        if fair is not None:
            compared += 1
            assert fair.correction.evidence == trust
            assert tuple(fair.consensus[way] for way in ("home", "away")) == market.consensus
            np.testing.assert_array_equal(row(fair.correction.features), features)
    assert compared > 100


def test_a_result_from_the_future_moves_no_feature(library, messages, stream):
    some = next(message for message in messages if isinstance(message, Fixture))
    planted = ClosedMatch(
        event_id="planted",
        competition=some.competition,
        home=some.home,
        away=some.away,
        starts_at_ms=ENDS_MS - 1,
        final_at_ms=ENDS_MS,
        two_way_consensus=[0.1, 0.9],
        two_way_closing=[0.1, 0.9],
        home_score=3,
        away_score=0,
        event_time_ms=ENDS_MS,
    )
    assert corrections(played(library, messages, planted)) == corrections(stream)


def test_each_corrected_price_comes_out_again_from_what_it_stood_on(stream, library):
    fairs = list(corrections(stream).values())[::7]
    assert len(fairs) > 20
    for fair in fairs:
        again = library.named("ml", fair.model).model.recomputed(fair)
        assert again == fair.probabilities
        assert sum(fair.probabilities.values()) == pytest.approx(1.0)


def test_a_match_that_ends_is_told_with_its_prices_and_what_the_champion_said(stream):
    told = {m.event_id: m for m in stream.read(CLOSED, ClosedMatch)}
    said = [m for m in told.values() if m.two_way_corrected is not None]
    assert len(said) > 100
    assert all(m.two_way_closing is not None and m.two_way_books and m.consensus is None for m in said)


def test_what_is_learned_from_messages_is_what_is_learned_from_files():
    known = recorded_tennis([SEASON])
    again = [told_again(told(f"e{n}", match), "ml") for n, match in enumerate(known)]
    one, other = table(known), table(again)
    np.testing.assert_array_equal(one.features, other.features)
    np.testing.assert_array_equal(one.results, other.results)
    assert np.isnan(one.close).all() and np.isnan(other.close).all()


def test_what_is_said_of_one_player_is_said_of_the_other(library):
    champion = load(SHIPPED["ml"])
    window, model = champion.window, champion.model
    rows, base = window.features[:500], window.consensus[:500]
    one = model.corrected(rows, base, window.evidence[:500])
    turned = np.ascontiguousarray(base[:, ::-1])
    other = model.corrected(mirrored(rows, model.card["features"]), turned, window.evidence[:500])
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-7)
    assert np.abs(np.log(one / base)).max() > 0.005


def test_of_players_never_seen_the_consensus_stands(library):
    model, form = library.shipped("ml").model, Form()
    market = Market("ATP Halle", "A", "B", 2, 1, (0.6, 0.4), {"pinnacle": (1.6, 2.3)}, "ml")
    np.testing.assert_allclose(model.correct([market], form), [[0.6, 0.4]], atol=1e-7)


def test_form_is_of_the_tour_and_of_the_surface():
    form = Form()
    for n in range(3):
        prices = (0.5, 0.5)
        names = "ATP Wimbledon", "A", "B", n, n + 1
        form.apply(Closed(*names, None, None, 3, 0, opening_two=prices, closing_two=prices))
    winner, loser = form.team("ATP Halle", "A"), form.team("ATP Halle", "B")
    assert winner.elo > 1500 > loser.elo
    assert winner.surfaces == {"grass": pytest.approx(-loser.surfaces["grass"])}
    assert (winner.seen, winner.residual_last) == (3, 0.5)
    assert form.team("WTA Wimbledon", "A").seen == 0
    assert Form.load(form.dump()) == form


def test_the_registry_lets_the_shipped_champion_through_its_gate(tmp_path):
    models = Registry(tmp_path, SHIPPED["ml"])
    assert models.verdict(models.champion()).passed
