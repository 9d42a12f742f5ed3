import json

import numpy as np
import pytest

from ml import registry
from ml.fair.candidate import Candidate
from ml.fair.model import CHAMPION, FairModel
from ml.registry import Registry, UnknownModelError


@pytest.fixture(scope="module")
def shipped():
    return registry.load()


def renamed(candidate, name, *, share=1.0):
    """The same model under another name, its walk-forward prices nearer to the consensus (share < 1)."""
    window = candidate.window
    weaker = window.consensus * (window.candidate / window.consensus) ** share
    changed = {**vars(window), "candidate": weaker / weaker.sum(axis=1, keepdims=True)}
    model = FairModel(candidate.model.trees, {**candidate.model.card, "name": name})
    return Candidate(model, candidate.form, type(window)(**changed))


def test_until_the_first_promotion_the_shipped_model_prices(tmp_path, shipped):
    models = Registry(tmp_path)
    assert models.champion() == shipped.model.name
    assert list(models.folders()) == [shipped.model.name]
    assert models.turns() == []


def test_a_candidate_comes_back_as_it_was_kept(tmp_path, shipped):
    models = Registry(tmp_path / "models")
    models.add(renamed(shipped, "b"))
    folder = models.add(renamed(shipped, "b"))
    assert sorted(each.name for each in folder.iterdir()) == sorted(registry.FILES)
    again = models.load("b")
    assert again.model.name == "b"
    assert again.form == shipped.form
    np.testing.assert_array_equal(again.window.features, shipped.window.features)


def test_a_folder_that_is_written_again_is_the_same_to_the_byte(tmp_path, shipped):
    registry.save(shipped, tmp_path / "again")
    for name in registry.FILES:
        assert (tmp_path / "again" / name).read_bytes() == (CHAMPION / name).read_bytes()


def test_a_model_no_worse_than_the_champion_is_promoted_and_can_be_taken_back(tmp_path, shipped):
    models = Registry(tmp_path)
    models.add(renamed(shipped, "b"))
    models.add(renamed(shipped, "c"))
    assert models.promote("b", 1).passed
    assert models.champion() == "b"
    assert models.promote("c", 2).passed
    assert models.rollback(3) == "b"
    assert models.champion() == "b"
    assert models.rollback(4) == shipped.model.name
    assert models.champion() == shipped.model.name
    with pytest.raises(UnknownModelError, match="none before"):
        models.rollback(5)
    turns = [(turn.name, turn.action, turn.at_ms) for turn in models.turns()]
    assert turns == [
        ("b", "promote", 1),
        ("c", "promote", 2),
        ("b", "rollback", 3),
        (shipped.model.name, "rollback", 4),
    ]


def test_promoting_the_champion_again_changes_nothing(tmp_path, shipped):
    models = Registry(tmp_path)
    models.add(renamed(shipped, "b"))
    models.promote("b", 1)
    models.promote("b", 2)
    assert len(models.turns()) == 1


def test_a_worse_model_is_refused_and_the_champion_stays(tmp_path, shipped):
    models = Registry(tmp_path)
    models.add(renamed(shipped, "weak", share=0.3))
    verdict = models.promote("weak", 1)
    assert not verdict.passed
    assert "further from the close than the champion" in verdict.refusals[0]
    assert models.champion() == shipped.model.name
    assert models.turns() == []


def test_an_unknown_model_is_named(tmp_path):
    models = Registry(tmp_path)
    with pytest.raises(UnknownModelError, match="no model nobody"):
        models.promote("nobody", 1)
    with pytest.raises(UnknownModelError, match="none ships"):
        Registry(tmp_path, tmp_path / "nothing").champion()


def test_a_half_written_list_of_champions_is_never_read(tmp_path, shipped):
    models = Registry(tmp_path)
    models.add(renamed(shipped, "b"))
    models.promote("b", 1)
    (tmp_path / "champions.json.new").write_text("[{")
    assert models.champion() == "b"
    assert json.loads((tmp_path / "champions.json").read_text())[0]["name"] == "b"


def test_a_champion_is_judged_on_what_it_has_not_learned_from(tmp_path, shipped):
    models = Registry(tmp_path)
    models.add(renamed(shipped, "b", share=0.9))
    verdict = models.verdict("b")
    near = verdict.intervals["divergence-champion"]
    assert near.mean > 0.0, "the champion's own walk-forward prices stand against it"


def test_a_candidate_from_other_times_than_the_champions_is_refused(tmp_path, shipped):
    old = renamed(shipped, "old")
    window = {**vars(old.window), "matches": np.char.add(old.window.matches, "x")}
    models = Registry(tmp_path)
    models.add(Candidate(old.model, old.form, type(old.window)(**window)))
    verdict = models.promote("old", 1)
    assert "cannot be held against the champion: 0 matches" in verdict.refusals[0]
    assert models.turns() == []
