import csv
from dataclasses import replace
from pathlib import Path

import pytest

from domain.matching import EventRef, Matcher, Verdict

HOUR_MS = 3_600_000
NOON_MS = 1_700_000_000_000
FIXTURE = Path(__file__).parents[1] / "golden" / "matched_events.csv"


def ref(
    home="Arsenal",
    away="Chelsea",
    hours=0.0,
    feed="b",
    feed_id="1",
    sport="soccer",
    competition="Premier League",
):
    return EventRef(feed, feed_id, sport, competition, home, away, NOON_MS + int(hours * HOUR_MS))


def knowing(*refs):
    matcher = Matcher()
    for number, known in enumerate(refs):
        matcher.add(replace(known, feed="a", feed_id=str(number)), f"e{number}")
    return matcher


def test_the_same_match_under_other_spellings_is_the_same():
    found = knowing(ref("Man United", "Wolves")).match(ref("Manchester United", "Wolverhampton Wanderers"))
    assert found == Verdict("same", "e0", False, 1.0, "names")


def test_home_and_away_the_other_way_round_is_the_same_and_said():
    found = knowing(ref()).match(ref("Chelsea", "Arsenal"))
    assert (found.kind, found.event_id, found.swapped) == ("same", "e0", True)


@pytest.mark.parametrize(
    ("sport", "hours", "kind"),
    [
        ("soccer", 26, "same"),
        ("soccer", 31, "new"),
        ("tennis", 36, "same"),
        ("baseball", 2, "same"),
        ("baseball", 24, "new"),
        ("hockey", 5, "same"),
        ("hockey", 24, "new"),
    ],
)
def test_a_kick_off_may_move_as_far_as_the_sport_allows(sport, hours, kind):
    assert knowing(ref(sport=sport)).match(ref(sport=sport, hours=hours)).kind == kind


@pytest.mark.parametrize("mark", [" W", " Women", " U21", " II"])
def test_women_youth_and_reserves_are_never_merged_with_the_first_side(mark):
    first, other = ref(), ref("Arsenal" + mark, "Chelsea" + mark)
    assert knowing(first).match(other).kind == "new"
    assert knowing(other).match(first).kind == "new"
    assert knowing(other).match(ref("Arsenal" + mark, "Chelsea" + mark)).kind == "same"


def test_the_competition_tells_as_well():
    assert knowing(ref()).match(ref(competition="Women's Super League")).kind == "new"


def test_one_sure_side_carries_a_renamed_opponent():
    found = knowing(ref("Tianjin Jinmen Tiger", "Shanghai Port")).match(ref("Tianjin Teda", "Shanghai Port"))
    assert (found.kind, found.reason) == ("same", "one_side")


def test_one_sure_side_and_a_stranger_are_for_a_person_to_see():
    found = knowing(ref("Arsenal", "Chelsea")).match(ref("Arsenal", "Tottenham"))
    assert (found.kind, found.event_id, found.reason) == ("review", "e0", "unlike")


def test_two_events_that_are_equally_good_are_for_a_person_to_see():
    twice = [ref("Pittsburgh Pirates", "Milwaukee Brewers", hours, sport="baseball") for hours in (0, 2.5)]
    found = knowing(*twice).match(ref("Pittsburgh Pirates", "Milwaukee Brewers", 1.25, sport="baseball"))
    assert (found.kind, found.reason) == ("review", "rival")


def test_two_matches_of_one_feed_are_two_events():
    matcher = knowing(ref())
    assert matcher.match(ref(feed="a", feed_id="other")).kind == "new"


def test_what_a_feed_has_sent_before_is_known_whatever_becomes_of_it():
    matcher = knowing(ref())
    matcher.add(ref(), "e0")
    moved = matcher.match(ref("Arsenal", "Chelsea", hours=24 * 90))
    assert (moved.kind, moved.event_id, moved.reason) == ("same", "e0", "known")


def test_a_third_feed_is_matched_by_either_spelling_and_by_the_new_kick_off():
    matcher = knowing(ref("FC Steaua Bucuresti", "Zenit Petersburg"))
    matcher.add(ref("FCSB", "Zenit", hours=28), "e0")
    matcher.add(ref("FCSB", "Zenit", hours=50), "e0")
    assert matcher.match(ref("FCSB", "Zenit", hours=70, feed="c")).event_id == "e0"


def test_a_swapped_member_is_kept_the_right_way_round():
    matcher = knowing(ref())
    matcher.add(ref("Chelsea", "Arsenal"), "e0", swapped=True)
    third = matcher.match(ref(feed="c"))
    assert (third.event_id, third.swapped) == ("e0", False)
    assert matcher.match(ref("Chelsea", "Arsenal")) == Verdict("same", "e0", True, 1.0, "known")


def test_another_sport_is_another_event():
    assert knowing(ref()).match(ref(sport="hockey")).kind == "new"


def test_nothing_known_makes_everything_new():
    assert Matcher().match(ref()) == Verdict("new", None, False, 0.0, "none")


def test_real_matches_of_two_sources_come_together():
    """Days of 2014, 2017 and 2025: 576 events of one source, 258 of them in another under its own names."""
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    matcher = Matcher()
    for number, row in enumerate(rows):
        matcher.add(
            EventRef(
                "a",
                str(number),
                "soccer",
                row["competition"],
                row["home"],
                row["away"],
                int(row["minute"]) * 60_000,
            ),
            str(number),
        )
    merged = right = asked = 0
    for number, row in enumerate(rows):
        if row["other_home"]:
            found = matcher.match(
                EventRef(
                    "b",
                    str(number),
                    "soccer",
                    row["other_competition"],
                    row["other_home"],
                    row["other_away"],
                    int(row["other_minute"]) * 60_000,
                )
            )
            asked += 1
            merged += found.kind == "same"
            right += found.kind == "same" and found.event_id == str(number) and not found.swapped
    assert asked == 258
    assert right == merged
    assert right / asked >= 0.98
