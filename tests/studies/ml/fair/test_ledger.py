import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fair.form import Form
from ml.fair.history import History
from ml.fair.ledger import Ledger
from ml.fair.match import Closed

HOUR = 3_600_000
OPENING, CLOSING = (0.4, 0.3, 0.3), (0.45, 0.28, 0.27)


def match(final_at, competition="E0", home="Leeds", away="Derby", score=(1, 0), closing=CLOSING):
    totals = (0.5, 0.5), (0.52, 0.48)
    return Closed(competition, home, away, final_at - 2 * HOUR, final_at, OPENING, closing, *score, *totals)


def played(size, seed):
    random_ = random.Random(seed)
    instants = random_.sample(range(1, 3 * size + 1), size)  # no team plays twice at once
    found = []
    for number in range(size):
        competition = random_.choice(["E0", "E1", "D1"])
        home, away = random_.sample([f"{competition[0]}{n}" for n in range(6)], 2)
        at = HOUR * instants[number]
        moved = 0.3 + random_.random() / 5
        closing = (moved, 0.3, 0.7 - moved)
        score = random_.randrange(4), random_.randrange(4)
        found.append((f"e{number}", match(at, competition, home, away, score, closing)))
    return found


def state(form, matches):
    sides = {(m.competition, name) for _, m in matches for name in (m.home, m.away)}
    return (
        {side: form.team(*side) for side in sides},
        {m.competition: form.competition(m.competition).move_home.value for _, m in matches},
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_form_depends_on_the_matches_and_not_on_the_order_of_their_news(size, seed, order):
    matches = played(size, seed)
    base = Form()
    base.apply(match(HOUR // 2))
    told = list(matches)
    order.shuffle(told)
    ledger, history = Ledger(base), History(Form.load(base.dump()))
    for event_id, each in told:
        ledger.add(event_id, each)
        ledger.team(each.competition, each.home)  # form is looked at between the news
    for _, each in matches:
        history.add(each)
    for now in (size * HOUR, 4 * size * HOUR):
        assert state(ledger.as_of(now), matches) == state(history.as_of(now), matches)


def test_a_match_counts_from_the_instant_after_it_was_final():
    ledger = Ledger(Form())
    ledger.add("e", match(10 * HOUR))
    assert ledger.as_of(10 * HOUR).team("E0", "Leeds").seen == 0
    assert ledger.as_of(10 * HOUR + 1).team("E0", "Leeds").seen == 1


def test_a_match_that_is_told_late_or_told_again_counts_where_it_belongs_and_once():
    one, two = match(10 * HOUR), match(20 * HOUR, home="Derby", away="Leeds", score=(3, 0))
    right = Ledger(Form())
    for event_id, each in (("one", one), ("two", two)):
        right.add(event_id, each)
    late = Ledger(Form())
    late.add("two", two)
    late.as_of(30 * HOUR).team("E0", "Leeds")
    late.add("one", match(10 * HOUR, score=(0, 5)))
    late.as_of(30 * HOUR).team("E0", "Leeds")
    late.add("one", one)
    right.as_of(30 * HOUR)
    assert late.team("E0", "Leeds") == right.team("E0", "Leeds")
    assert late.team("E0", "Leeds").seen == 2


@pytest.mark.parametrize("final_at", [1, HOUR])
def test_what_the_model_was_shipped_with_is_not_counted_again(final_at):
    base = Form()
    base.apply(match(HOUR))
    ledger = Ledger(base).as_of(9 * HOUR)
    ledger.add("e", match(final_at))
    assert ledger.team("E0", "Leeds") == base.team("E0", "Leeds")
    ledger.add("f", match(2 * HOUR))
    assert (ledger.team("E0", "Leeds").seen, base.team("E0", "Leeds").seen) == (2, 1)
