"""Features: what they say, and that they do not depend on units or on columns that are not there."""

from dataclasses import replace

import numpy as np
import pytest

from domain.sharps import POLICY
from ml.sharps.features import GROUPS, NAMES, OPTIONAL_GROUPS, Scale, columns, companion_shares, table
from ml.sharps.marks import Marked

THIN = (
    "best_price",
    "moved",
    "limit_share",
    "in_play",
    "promotion",
    "account_days",
    "device",
    "ip",
    "competition",
    "moved_after_ms",
)


def changed(own, **changes):
    return {
        bettor: [replace(each, bet=replace(each.bet, **changes)) for each in history]
        for bettor, history in own.items()
    }


@pytest.fixture
def few(own):
    return dict(list(own.items())[:20])


def at(rows, name):
    return rows[:, NAMES.index(name)]


def test_every_feature_is_a_number_where_all_columns_are_there(few):
    rows = table(few, Scale.of(few, POLICY))
    assert rows.shape == (20, len(NAMES))
    always = [name for name in NAMES if name not in ("in_play_clv", "just_before_in_play")]
    assert np.isfinite(rows[:, [NAMES.index(name) for name in always]]).all()


def test_the_unit_of_money_does_not_matter(few):
    cents = {
        bettor: [replace(each, bet=replace(each.bet, stake=each.bet.stake * 100)) for each in history]
        for bettor, history in few.items()
    }
    one, other = table(few, Scale.of(few, POLICY)), table(cents, Scale.of(cents, POLICY))
    assert np.allclose(one, other, equal_nan=True)


def test_a_thin_file_leaves_the_optional_features_empty_and_the_others_alone(few):
    thin = {
        bettor: [replace(each, obscure=None) for each in history]
        for bettor, history in changed(few, **dict.fromkeys((*THIN, "usual_gap_ms"))).items()
    }
    rows, full = table(thin, Scale.of(thin, POLICY)), table(few, Scale.of(few, POLICY))
    companion = NAMES.index("companion")
    optional = [column for column in columns(OPTIONAL_GROUPS) if column != companion]
    assert np.isnan(rows[:, optional]).all()
    kept = [i for i in range(len(NAMES)) if i not in optional and NAMES[i] not in ("posterior_mean", "log_e")]
    assert np.allclose(rows[:, kept], full[:, kept])


def test_groups_name_each_feature_once():
    assert len(NAMES) == len(set(NAMES)) == sum(len(names) for names in GROUPS.values())


def test_the_accounts_of_a_ring_have_a_companion_and_squares_have_none(own, people):
    companions = companion_shares(own)
    ring = [share for name, share in companions.items() if people.bettors[name].ring]
    square = [share for name, share in companions.items() if people.bettors[name].kind.name == "square"]
    assert min(ring) > 0.3
    assert np.mean(square) < 0.1


def test_round_stakes_are_those_that_a_person_picks(few):
    history = next(iter(few.values()))
    for stake, is_round in ((5.0, True), (2500.0, True), (0.5, True), (130.0, False), (137.55, False)):
        bet = replace(history[0].bet, stake=stake)
        rows = table({"x": [Marked(bet, 0.0, 1, True)]}, Scale(POLICY, 0.0, 0.0, 0.0))
        assert at(rows, "round_stakes")[0] == is_round
