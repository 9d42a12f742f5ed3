"""What the probabilities behind a price rest on."""

from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ml.fair.library import Library
from ml.fair.match import Market
from ml.fair.model import FairModel
from overround.explaining import explained
from schemas import BookShare, Correction, FairPrice

CONSENSUS = {"home": 0.5, "draw": 0.27, "away": 0.23}


@pytest.fixture(scope="module")
def library():
    return Library(FairModel)


@pytest.fixture(scope="module")
def fair(library):
    """A price that the shipped champion has corrected."""
    ready = library.shipped("1x2")
    books = {"pinnacle": (1.95, 3.6, 4.2), "bet365": (1.9, 3.5, 4.1)}
    market = Market("E0", "Arsenal", "Chelsea", 10**12 + 10**8, 10**12, tuple(CONSENSUS.values()), books)
    rows = ready.model.rows([market], ready.form)
    features = [None if np.isnan(value) else value for value in rows[0].tolist()]
    bare = FairPrice(
        event_id="e/1",
        market="1x2",
        sequence=7,
        probabilities=CONSENSUS,
        books=[BookShare(book="pinnacle", partition=0, offset=1, weight=1.0)],
        model=ready.name,
        consensus=CONSENSUS,
        correction=Correction(features=features, evidence=0.8),
        event_time_ms=10**12,
        as_of_ms=10**12,
    )
    return bare.model_copy(update={"probabilities": ready.model.recomputed(bare)})


class Recorded:
    def __init__(self, fair, library):
        self.fair, self.library = fair, library

    async def explain(self, offered):
        if offered.fair_sequence != self.fair.sequence:
            return None
        return explained(offered, self.fair, self.library)


@pytest.fixture
def ask(deps, fair, library, price, bearer):
    deps.snapshots.found_prices["e/1|1x2"] = price("e/1", "1x2", 3, fair_sequence=7)
    deps.snapshots.found_prices["late|1x2"] = price("late", "1x2", 3, fair_sequence=8)

    def get(path, scopes=("prices:read",), explanations=None):
        app = create_app(replace(deps, explanations=explanations or Recorded(fair, library)))
        with TestClient(app, base_url="https://api.example") as client:
            return client.get(path, headers=bearer(*scopes))

    return get


def test_a_corrected_price_is_explained_by_contributions_that_sum_to_the_trees_own_answer(ask, fair, library):
    found = ask("/v1/markets/e%2F1/1x2/explain")
    assert found.status_code == 200
    body = found.json()
    assert (body["price_sequence"], body["fair_sequence"], body["model"]) == (3, 7, fair.model)
    assert (body["probabilities"], body["consensus"]) == (fair.probabilities, CONSENSUS)
    assert (body["evidence"], len(body["features"])) == (0.8, 40)
    assert body["books"][0]["book"] == "pinnacle"
    model = library.shipped("1x2").model
    row = np.array([[np.nan if v is None else v for v in fair.correction.features]], dtype=np.float32)
    base = np.log(np.array([list(CONSENSUS.values())], dtype=np.float64)).astype(np.float32)
    margins = model.booster.inplace_predict(row, predict_type="margin", base_margin=base)[0]
    for outcome, margin in zip(CONSENSUS, margins, strict=True):
        assert sum(body["contributions"][outcome].values()) == pytest.approx(float(margin), abs=2e-5)


def test_a_price_of_the_consensus_has_nothing_added(ask, fair, library):
    plain = fair.model_copy(
        update={"model": "consensus", "correction": None, "consensus": {}, "probabilities": CONSENSUS}
    )
    body = ask("/v1/markets/e%2F1/1x2/explain", explanations=Recorded(plain, library)).json()
    assert (body["model"], body["contributions"], body["evidence"]) == ("consensus", {}, None)
    assert body["consensus"] == CONSENSUS


def test_a_price_whose_model_is_gone_is_still_told_of(ask, fair, library):
    gone = fair.model_copy(update={"model": "forgotten"})
    body = ask("/v1/markets/e%2F1/1x2/explain", explanations=Recorded(gone, library)).json()
    assert (body["model"], body["contributions"], body["features"]) == ("forgotten", {}, {})


@pytest.mark.parametrize("path", ["/v1/markets/none/1x2/explain", "/v1/markets/late/1x2/explain"])
def test_what_is_not_known_is_not_found(ask, path):
    assert ask(path).status_code == 404


def test_it_takes_the_scope_of_prices(ask):
    assert ask("/v1/markets/e%2F1/1x2/explain", scopes=("bets:read",)).status_code == 403
