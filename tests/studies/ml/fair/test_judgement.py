import json
from dataclasses import replace

import numpy as np
import pytest

from ml.fair import walk
from ml.fair.candidate import candidate
from ml.fair.form import Form
from ml.fair.judgement import judge_matches
from ml.fair.scores import scores
from ml.fair.table import FOREVER_MS, table
from ml.fair.training import Settings
from ml.fair.walk import season_bounds, season_of, walk_forward

QUICK = Settings(rounds=20, eta=0.2)
UNTIL = season_bounds(2020)[0]


@pytest.fixture(scope="module")
def champion(matches):
    return candidate(matches, UNTIL, QUICK, lambda _: None, years=1)


def test_a_candidate_learns_nothing_from_its_date_on(matches, champion):
    cut = [match for match in matches if match.market.starts_at_ms < UNTIL]
    again = candidate(cut, UNTIL, QUICK, lambda _: None, years=1)
    assert again.model == champion.model
    assert again.form == champion.form
    assert again.window.dump() == champion.window.dump()


def test_the_card_says_what_it_is_made_of(champion):
    card = champion.model.card
    assert card["name"].startswith("fair-1x2-2020-07-01-")
    assert card["data"]["matches"] == 4 * 4 * 380
    assert card["until_ms"] == UNTIL
    assert sum(card["gain"].values()) == pytest.approx(1.0, abs=1e-3)
    assert card["walk_forward"]["seasons"].keys() == {"2019"}
    assert json.loads(json.dumps(card)) == card
    assert card["gate"]["refusals"] == []


def test_later_matches_are_judged_by_the_champion_whose_form_goes_on(matches, champion):
    judged = judge_matches(champion, matches, UNTIL)
    assert judged.models == (champion.model.name,)
    found = judged.found
    assert found["n"] == 2 * 4 * 380
    assert found["kl_to_close"]["model"] < 0.6 * found["kl_to_close"]["consensus"]


def test_earlier_matches_in_the_files_are_not_applied_a_second_time(matches, champion):
    later = [match for match in matches if match.market.starts_at_ms >= UNTIL]
    assert judge_matches(champion, matches, UNTIL) == judge_matches(champion, later, UNTIL)


def test_a_day_before_the_champions_changes_nothing_where_all_matches_come_later(matches, champion):
    later = [match for match in matches if match.market.starts_at_ms >= UNTIL]
    assert judge_matches(champion, later, UNTIL - 10**9) == judge_matches(champion, later, UNTIL)


def test_judging_leaves_the_champion_as_it_was(matches, champion):
    before = champion.form.dump()
    judge_matches(champion, matches, UNTIL)
    assert champion.form.dump() == before


def test_matches_that_the_champion_has_learned_from_are_priced_by_earlier_models(matches, champion):
    judged = judge_matches(champion, matches, season_bounds(2019)[0])
    assert judged.models == ("walk-forward 2019", champion.model.name)
    assert judged.found["n"] == 3 * 4 * 380


def test_a_walk_forward_price_does_not_know_its_own_season(matches):
    begins, ends = season_bounds(2019)
    spoiled = [
        replace(match, closed=replace(match.closed, closing=(0.98, 0.01, 0.01)))
        if begins <= match.market.starts_at_ms
        else match
        for match in matches
    ]
    one, two = (walk_forward(table(each), begins, ends, QUICK) for each in (matches, spoiled))
    assert one.models[2019].trees == two.models[2019].trees


def test_a_season_begins_in_july():
    begins, ends = season_bounds(2019)
    assert season_of(begins) == season_of(ends - 1) == 2019
    assert season_of(begins - 1) == 2018


def test_without_enough_earlier_matches_nothing_is_judged(matches, champion, monkeypatch):
    monkeypatch.setattr(walk, "MIN_MATCHES", 10**6)
    judged = judge_matches(champion, matches[:100], 0)
    assert judged.found["n"] == 0
    assert judged.models == (champion.model.name,)
    with pytest.raises(ValueError, match="too few matches"):
        candidate(matches[:500], UNTIL, QUICK, lambda _: None)


def test_scores_are_on_the_same_matches_and_name_all_entries(known):
    model = known.closing.copy()
    model[::3] = np.nan
    found = scores(known, model, np.ones(len(known), dtype=bool))
    assert found["n"] == (~np.isnan(model[:, 0])).sum()
    assert set(found) == {
        "n",
        "log_loss",
        "rps",
        "brier",
        "kl_to_close",
        "paired_se",
        "n_books",
        "divisions",
    }
    assert set(found["log_loss"]) == {"model", "consensus", "average", "close", "pinnacle", "soft"}
    assert found["kl_to_close"]["model"] == 0.0
    assert found["paired_se"]["model-average"] > 0.0
    assert found["n_books"]["soft"] == found["n"]
    assert sum(each["n"] for each in found["divisions"].values()) == found["n"]
    assert found["log_loss"]["model"] == found["log_loss"]["close"]


def test_no_match_gives_no_score(known):
    none = np.zeros(len(known), dtype=bool)
    assert scores(known, known.closing, none)["n"] == 0


def test_forever_lies_after_every_match(known):
    assert known.between(0, FOREVER_MS).all()
    assert Form().until_ms == 0


def test_goals_are_learned_and_judged_in_the_same_way(totals):
    made = candidate(totals, UNTIL, QUICK, lambda _: None, years=1)
    assert made.model.market == "ou:2.5"
    assert made.model.name.startswith("fair-ou-2020-07-01-")
    found = judge_matches(made, totals, UNTIL).found
    assert found["n"] == 2 * 4 * 380
    assert found["kl_to_close"]["model"] < 0.7 * found["kl_to_close"]["consensus"]
    market = totals[-1].market
    (corrected,) = made.model.correct([market], made.form)
    assert corrected.shape == (2,)
    assert corrected.sum() == pytest.approx(1.0)
    assert made.model.explain(market, made.form).keys() == {"over", "under"}
