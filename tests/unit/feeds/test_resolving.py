"""One event id for a match, whichever feed speaks of it; nothing uncertain is merged."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from feeds.resolving import Resolver, reviews
from schemas import EventMatch, Fixture, Heartbeat, Quote, Result

GOLDEN = Path(__file__).parents[1] / "domain" / "golden" / "matched_events.csv"
NOON_MS = 1_780_000_000_000


def fixture(event_id, home, away, *, competition="Premier League", at_ms=NOON_MS, sport="soccer"):
    return Fixture(
        event_id=event_id,
        sport=sport,
        competition=competition,
        home=home,
        away=away,
        starts_at_ms=at_ms,
        event_time_ms=at_ms - 3_600_000,
    )


def quote(event_id, market="1x2", prices=None):
    return Quote(
        event_id=event_id,
        market=market,
        book="b",
        feed="f",
        prices=prices or {"home": 2.0, "draw": 3.0, "away": 4.0},
        event_time_ms=NOON_MS,
        quoted_at_ms=NOON_MS,
    )


def published(feed, *messages, known=()):
    resolver = Resolver(feed)
    resolver.know(
        [one for one in known if isinstance(one, EventMatch)],
        [one for one in known if isinstance(one, Fixture)],
    )
    return list(resolver.resolve(messages))


def decisions(messages):
    return [message for message in messages if isinstance(message, EventMatch)]


FIRST = published("one", fixture("1", "Manchester United", "Wolverhampton Wanderers"), quote("1"))


def test_the_first_feed_gives_a_match_its_id_and_its_fixture():
    kinds = [type(message).__name__ for message in FIRST]
    assert kinds == ["EventMatch", "Fixture", "Quote"]
    assert (FIRST[0].kind, FIRST[0].event_id) == ("new", "1")


def test_the_second_feeds_quotes_come_under_the_first_ones_id_without_a_second_fixture():
    out = published("two", fixture("x9", "Man United", "Wolves"), quote("x9"), known=FIRST)
    assert [type(message).__name__ for message in out] == ["EventMatch", "Quote"]
    assert (out[0].kind, out[0].feed_id, out[0].event_id, out[0].swapped) == ("same", "x9", "1", False)
    assert out[1] == quote("1")


def test_with_home_and_away_turned_prices_lines_and_scores_are_turned_back():
    out = published(
        "two",
        fixture("x9", "Wolves", "Man United"),
        quote("x9"),
        quote("x9", "ah:-0.5", {"home": 1.8, "away": 2.1}),
        Result(
            event_id="x9",
            status="final",
            home_score=0,
            away_score=3,
            settled={"1x2": {"away": "won"}},
            event_time_ms=NOON_MS,
        ),
        known=FIRST,
    )
    assert out[0].swapped
    assert out[1].prices == {"away": 2.0, "draw": 3.0, "home": 4.0}
    assert (out[2].market, out[2].prices) == ("ah:0.5", {"away": 1.8, "home": 2.1})
    assert (out[3].home_score, out[3].away_score, out[3].settled) == (3, 0, {"1x2": {"home": "won"}})


def test_an_uncertain_match_is_put_before_a_person_and_stays_an_event_of_its_own():
    out = published("two", fixture("x9", "Manchester United", "West Ham"), quote("x9"), known=FIRST)
    assert out[0].kind == "review"
    assert out[0].event_id == "1"
    assert out[1:] == [fixture("x9", "Manchester United", "West Ham"), quote("x9")]
    assert reviews([*decisions(FIRST), *decisions(out)]) == [out[0]]


@pytest.mark.parametrize(
    ("kind", "event_id", "left"), [("same", "1", ["Quote"]), ("new", "x9", ["Fixture", "Quote"])]
)
def test_what_a_person_decides_holds_from_the_feeds_next_start(kind, event_id, left):
    before = published("two", fixture("x9", "Manchester United", "West Ham"), known=FIRST)
    decided = before[0].model_copy(update={"kind": kind, "event_id": event_id, "decided_by": "ann"})
    known = [*FIRST, *before, decided]
    out = published("two", fixture("x9", "Manchester United", "West Ham"), quote("x9"), known=known)
    assert [type(message).__name__ for message in out] == left
    assert out[-1].event_id == event_id
    assert reviews(decisions(known)) == []


def live(*parts, feed="two", known=FIRST):
    """What a feed publishes while persons decide: decisions stand where they fall between messages."""
    resolver = Resolver(feed)
    resolver.know(decisions(known))
    waiting, out = [], []

    def decided():
        found, waiting[:] = list(waiting), []
        return found

    def messages():
        for part in parts:
            if isinstance(part, tuple):
                kind, event_id = part
                review = next(one for one in decisions(out) if one.kind == "review")
                waiting.append(
                    review.model_copy(update={"kind": kind, "event_id": event_id, "decided_by": "ann"})
                )
            else:
                yield part

    for message in resolver.resolve(messages(), decided):
        out.append(message)  # as it comes: decisions are made of what was said before
    return out


UNSURE = fixture("x9", "Manchester United", "West Ham")
FINAL = Result(event_id="x9", status="final", home_score=1, away_score=0, event_time_ms=NOON_MS + 2)


def test_what_a_person_accepts_takes_effect_while_the_feed_runs():
    later = quote("x9").model_copy(update={"event_time_ms": NOON_MS + 1})
    gone = quote("x9", "dnb").model_copy(update={"prices": {}})
    out = live(UNSURE, quote("x9"), gone, ("same", "1"), later, FINAL)
    (review, *rest) = out
    assert review.kind == "review"
    said = [(type(one).__name__, one.event_id, getattr(one, "prices", None)) for one in rest]
    shown = quote("x9").prices
    assert said == [
        ("Fixture", "x9", None),
        ("Quote", "x9", shown),
        ("Quote", "x9", {}),  # the feed's own withdrawal
        ("Quote", "x9", {}),  # all that stood there is withdrawn
        ("Quote", "1", shown),
        ("Quote", "1", shown),
        ("Result", "x9", None),  # bets may have been taken there
        ("Result", "1", None),
    ]
    times = [one.event_time_ms for one in rest if isinstance(one, Quote) and one.event_id == "x9"]
    assert times == sorted(times)


def test_what_a_person_refuses_goes_on_as_it_was():
    out = live(UNSURE, quote("x9"), ("new", "x9"), quote("x9"), FINAL)
    assert out[1:] == [UNSURE, quote("x9"), quote("x9"), FINAL]


def test_decisions_on_other_feeds_and_of_what_this_one_has_not_shown_change_nothing():
    resolver = Resolver("two")
    resolver.know(decisions(FIRST))
    list(resolver.resolve([UNSURE]))
    other = FIRST[0].model_copy(update={"feed": "three", "feed_id": "x9", "kind": "same"})
    unseen = FIRST[0].model_copy(update={"feed": "two", "feed_id": "y1", "kind": "same"})
    assert [*resolver.decide(other), *resolver.decide(unseen)] == []
    assert list(resolver.resolve([quote("x9")])) == [quote("x9")]


def test_a_feed_that_starts_again_decides_nothing_anew():
    before = published("two", fixture("x9", "Man United", "Wolves"), known=FIRST)
    again = published("two", fixture("x9", "Man United", "Wolves"), quote("x9"), known=[*FIRST, *before])
    assert again == [quote("1")]


def test_a_fixture_that_was_never_matched_is_known_all_the_same():
    out = published(
        "two",
        fixture("x9", "Man United", "Wolves"),
        quote("x9"),
        known=[fixture("77", "Manchester Utd", "Wolverhampton")],
    )
    assert out[-1].event_id == "77"


def test_women_and_youth_are_other_events():
    for home, away in (("Man United Women", "Wolves Women"), ("Manchester United U21", "Wolves U21")):
        out = published("two", fixture("x9", home, away), known=FIRST)
        assert out[0].kind == "new"


def test_what_is_no_event_passes():
    beat = Heartbeat(feed="two", event_time_ms=NOON_MS)
    assert published("two", beat, known=FIRST) == [beat]


def test_through_the_feed_path_precision_and_recall_are_those_of_the_matcher():
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = Resolver("one")
    events = [
        fixture(
            f"a{number}",
            row["home"],
            row["away"],
            competition=row["competition"],
            at_ms=int(row["minute"]) * 60_000,
        )
        for number, row in enumerate(rows)
    ]
    known = decisions(first.resolve(events))
    second = Resolver("two")
    second.know(known)
    others = [
        fixture(
            f"b{number}",
            row["other_home"],
            row["other_away"],
            competition=row["other_competition"],
            at_ms=int(row["other_minute"]) * 60_000,
        )
        for number, row in enumerate(rows)
        if row["other_home"]
    ]
    found = decisions(second.resolve(others))
    merged = [one for one in found if one.kind == "same"]
    right = [one for one in merged if one.event_id[1:] == one.feed_id[1:]]
    assert len(right) >= 0.999 * len(merged)
    assert len(right) >= 0.98 * len(others) > 250, Counter(one.kind for one in found)
