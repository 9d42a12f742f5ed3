from dataclasses import replace

import numpy as np
import pytest

from ml.book_weights import LOOK_MS, Learned, gain, learn
from schemas import Fixture, Quote

DAY_MS = 86_400_000
SHARP, NOISY = ("sharp1", "sharp2"), ("noisy1", "noisy2", "noisy3")


def season(matches=200, seed=1):
    """Two books that already know the close three hours before the start, and three that hardly do."""
    random = np.random.default_rng(seed)
    for number in range(matches):
        start = (1 + number) * DAY_MS
        event = f"e{number}"
        yield Fixture(
            event_id=event,
            sport="baseball",
            competition="c",
            home="a",
            away="b",
            starts_at_ms=start,
            event_time_ms=start - 5 * LOOK_MS,
        )
        close = random.uniform(0.35, 0.65)
        for at_ms, sd in ((start - LOOK_MS - 60_000, 1.0), (start - 60_000, 0.0)):
            for book in (*SHARP, *NOISY):
                off = random.normal(0.0, 0.004 if book in SHARP else 0.04) * sd
                p = close + off
                yield Quote(
                    event_id=event,
                    market="ml",
                    book=book,
                    feed="f",
                    prices={"home": 0.96 / p, "away": 0.96 / (1 - p)},
                    event_time_ms=at_ms,
                    quoted_at_ms=at_ms,
                )


def test_books_that_know_the_close_earlier_weigh_more_and_later_matches_confirm_it():
    found = learn(season())["baseball", "ml"]
    assert min(found.books[book] for book in SHARP) > 3 * max(found.books[book] for book in NOISY)
    assert found.judged == 60
    assert found.better_by > 2 * found.se > 0


def test_a_book_that_is_hardly_seen_weighs_what_the_sport_and_the_defaults_say():
    """Of 140 matches before the cut it quotes 20."""
    few = [
        message.model_copy(update={"book": "rare"})
        for message in season()
        if isinstance(message, Quote)
        and message.book == "noisy1"
        and not 20 <= int(message.event_id.removeprefix("e")) < 140
    ]
    messages = sorted([*season(), *few], key=lambda m: (m.event_time_ms, isinstance(m, Quote)))
    found = learn(messages)["baseball", "ml"].books
    assert found["noisy1"] < found.get("rare", 0.7) < min(found[book] for book in SHARP)


def test_gains_of_several_market_types_are_weighed_by_their_markets():
    one = Learned(100, 60, {"a": 1.0}, 1e-4, 2e-4, 3e-4, 4e-4, 1e-4, 2e-5)
    by, se = gain([one, replace(one, judged=0, better_by=9.0)])
    assert (by, se) == pytest.approx((one.better_by, one.se))
    assert gain([one, one])[1] == pytest.approx(one.se / 2**0.5)


def test_too_few_matches_teach_nothing():
    assert learn(season(30)) == {}


def test_the_weights_never_see_what_judges_them():
    whole, other = list(season(200, 1)), list(season(200, 2))
    cut = next(i for i, m in enumerate(whole) if isinstance(m, Fixture) and m.event_id == "e140")
    cut_other = next(i for i, m in enumerate(other) if isinstance(m, Fixture) and m.event_id == "e140")
    mixed = learn([*whole[:cut], *other[cut_other:]])["baseball", "ml"]
    assert mixed.books == learn(whole)["baseball", "ml"].books
