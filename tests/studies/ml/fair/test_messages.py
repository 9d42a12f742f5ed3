from dataclasses import replace

from ml.fair.match import Closed, Market, Recorded
from ml.fair.messages import OPENING_MS, Snapshots, closed_match, recorded, told
from schemas import ClosedMatch

HOUR = 3_600_000
START = 100 * HOUR
OVER = Closed("E0", "Leeds", "Derby", START, START + 2 * HOUR, None, None, 2, 1)
EARLY, OPENING, LATE = (0.4, 0.3, 0.3), (0.5, 0.27, 0.23), (0.55, 0.25, 0.2)
BOOKS = {"pinnacle": (1.95, 3.6, 4.2)}


def test_a_match_opens_two_days_before_it_starts_and_closes_with_the_last_price_before():
    kept = Snapshots()
    kept.take(START - OPENING_MS - 1, START, EARLY, BOOKS)
    assert (kept.opening, kept.closing) == (None, list(EARLY))
    kept.take(START - OPENING_MS, START, OPENING, BOOKS, "fair-1x2-x", LATE)
    kept.take(START - 1, START, LATE, {})
    kept.take(START, START, EARLY, BOOKS)
    assert (kept.opened_at_ms, kept.opening, kept.closing) == (START - OPENING_MS, list(OPENING), list(LATE))
    assert (kept.model, kept.corrected) == ("fair-1x2-x", list(LATE))
    assert kept.books == {"pinnacle": [1.95, 3.6, 4.2]}


def test_a_match_that_is_quoted_late_opens_with_its_first_price():
    kept = Snapshots()
    kept.take(START - HOUR, START, OPENING, BOOKS)
    assert kept.opened_at_ms == START - HOUR


def test_what_a_stage_tells_is_what_the_model_learns_from():
    match, total = Snapshots(), Snapshots()
    match.take(START - HOUR, START, OPENING, BOOKS)
    match.take(START - 1, START, LATE, BOOKS)
    total.take(START - HOUR, START, (0.5, 0.5), {"pinnacle": (1.95, 1.95)})
    message = ClosedMatch.model_validate_json(
        closed_match("e", OVER, match, total, Snapshots()).model_dump_json()
    )
    whole = replace(OVER, opening=OPENING, closing=LATE, opening_total=(0.5, 0.5), closing_total=(0.5, 0.5))
    one, two = recorded(message), recorded(message, "ou:2.5")
    assert one.closed == two.closed == whole
    assert one.market == Market("E0", "Leeds", "Derby", START, START - HOUR, OPENING, BOOKS)
    assert two.market.name == "ou:2.5"
    assert two.close == (0.5, 0.5)


def test_a_match_without_prices_is_told_for_its_result(matches):
    message = closed_match("e", OVER, *[Snapshots()] * 3)
    assert recorded(message) == Recorded(None, OVER, None, None)
    assert told("e", Recorded(None, None, None, None)) is None


def test_files_and_messages_tell_the_same(matches, totals):
    for place in range(0, 400, 37):
        message = told(f"e{place}", matches[place], totals[place])
        assert recorded(message).market == matches[place].market
        assert recorded(message, "ou:2.5").market == totals[place].market
        assert recorded(message).closed == matches[place].closed
