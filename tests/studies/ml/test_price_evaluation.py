import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from domain.devig import METHODS, devig
from domain.margin import offer
from ml.price_evaluation import BLOCK_DAYS, blocks, evaluate_consensus, evaluate_devig, scaled
from ml.price_tables import is_closing, price_table

BOOKS = {"PS": 0.01, "B365": 0.06, "WH": 0.06, "IW": 0.08}


@dataclass(frozen=True)
class Row:
    date: date
    home: str
    away: str
    home_goals: int | None
    away_goals: int | None
    odds: dict[str, float] = field(default_factory=dict)
    division: str = "E0"


def prices(code, p, overround):
    return dict(zip((f"{code}H", f"{code}D", f"{code}A"), offer(p, overround), strict=True))


def nudged(rng, p, noise):
    weights = np.log(p) + rng.normal(0, noise, 3)
    return (np.exp(weights) / np.exp(weights).sum()).tolist()


def season(n=1500, seed=1, a_day=10):
    """Matches whose close is the truth; the books saw it with more or less noise, days before."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        truth = rng.dirichlet([6, 4, 5]).tolist()
        goals = [(1, 0), (1, 1), (0, 1)][rng.choice(3, p=truth)]
        odds = prices("PSC", truth, 1.03) | {"PSH>2.5": 1.9, "PAHH": 1.95, "PAHA": 1.95}
        for code, noise in BOOKS.items():
            odds |= prices(code, nudged(rng, truth, noise), 1.06)
        rows.append(Row(date(2020, 1, 1) + timedelta(days=i // a_day), f"h{i}", f"a{i}", *goals, odds))
    return rows


def test_a_table_has_the_three_prices_of_each_code_and_nothing_of_other_markets():
    rows = season(3)
    table = price_table(rows)
    assert set(table.odds) == {*BOOKS, "PSC"}
    assert table.books() == tuple(sorted(BOOKS))
    assert table.odds["PS"][1] == pytest.approx([rows[1].odds[f"PS{way}"] for way in "HDA"])


def test_matches_come_in_order_of_date_and_unfinished_ones_not_at_all():
    rows = season(30)
    unplayed = replace(rows[5], home_goals=None)
    table = price_table([*reversed(rows[6:]), unplayed, *rows[:5]])
    assert len(table) == 29
    assert (np.diff(table.dates.astype(int)) >= 0).all()


def test_a_match_that_comes_twice_is_one_with_the_prices_of_both():
    whole = season(1)[0]
    first = replace(whole, odds={k: v for k, v in whole.odds.items() if k.startswith("PS")})
    second = replace(
        whole, odds={k: v for k, v in whole.odds.items() if not k.startswith("PSC")} | {"PSH": 99.0}
    )
    table = price_table([first, second])
    assert len(table) == 1
    assert set(table.odds) == {*BOOKS, "PSC"}
    assert table.odds["PS"][0, 0] == whole.odds["PSH"]


def test_a_book_without_all_three_prices_has_not_quoted():
    row = season(1)[0]
    table = price_table([replace(row, odds={k: v for k, v in row.odds.items() if k != "WHD"})])
    assert "WH" not in table.odds


def test_vc_is_a_book_and_psc_a_close():
    assert [is_closing(code) for code in ("VC", "VCC", "PS", "PSC")] == [False, True, False, True]


def test_devig_scores_are_the_mean_scores_of_each_method():
    table = price_table(season(200))
    scores = evaluate_devig(table)
    assert set(scores) == set(METHODS)
    p = devig(table.odds["WH"], "shin")
    mine = np.mean([-math.log(p[i, table.results[i]]) for i in range(200)])
    assert scores["shin"]["WH"].log_loss == pytest.approx(mine, abs=1e-12)
    assert scores["shin"]["WH"].n == 200


def test_the_sharp_book_is_found_and_the_consensus_beats_the_average_and_each_soft_book():
    scores = evaluate_consensus(price_table(season(2500)))
    assert scores.n > 1500
    assert max(scores.weights, key=scores.weights.__getitem__) == "PS"
    for other in ("average", "B365", "WH", "IW"):
        assert scores.kl_to_close["consensus"] < scores.kl_to_close[other]
        assert scores.against[other]["n"] == scores.n
    assert set(scores.log_loss) == {"consensus", "average", "close", *BOOKS}


def test_weights_never_see_the_matches_that_they_are_judged_on():
    rows = season(1400)
    cut, end = (rows[0].date + timedelta(days=blocks * BLOCK_DAYS) for blocks in (3, 4))
    rng = np.random.default_rng(9)
    spoilt = [
        row
        if row.date < cut
        else replace(row, odds=row.odds | prices("PS", nudged(rng, [0.3, 0.3, 0.4], 0.5), 1.06))
        for row in rows
    ]

    def last_weights(some, until):
        return evaluate_consensus(price_table([row for row in some if row.date < until])).weights

    # The block from the cut on is judged with weights from before it, whatever it holds itself.
    assert last_weights(rows, end) == last_weights(spoilt, end)
    later = end + timedelta(days=BLOCK_DAYS)
    assert last_weights(rows, later)["PS"] > last_weights(spoilt, later)["PS"]


def test_blocks_are_whole_days_in_order():
    table = price_table(season(1500))
    usable = np.ones(len(table), dtype=bool)
    found = list(blocks(table.dates, usable))
    assert np.concatenate(found).tolist() == list(range(len(table)))
    for earlier, later in pairwise(found):
        assert table.dates[earlier].max() < table.dates[later].min()
    assert list(blocks(table.dates, ~usable)) == []


def test_too_few_matches_leave_nothing_to_judge():
    scores = evaluate_consensus(price_table(season(400)))
    assert (scores.n, scores.log_loss, scores.weights) == (0, {}, {})


def test_learned_weights_become_sharpness_with_none_forgotten():
    assert scaled({"PS": 0.8, "WH": 0.2, "IW": 0.0}) == {"ps": 10.0, "wh": 2.5, "iw": pytest.approx(0.1)}
    assert scaled({}) == {}
