"""Rings: found for an operator, told where something has changed, and limited as one by assess."""

import pytest

from agents.assess import Assess
from agents.rings import alerts_of, members_of, news
from schemas import AssessedBet, RingMember
from streams.topics import ASSESSED, RINGS
from tests.unit.agents.pipeline import START_MS, Pipeline


def bets_together(names: tuple[str, ...], selections: int) -> list[tuple[str, str, int]]:
    together = [
        (name, f"match-{n}|1x2|home", START_MS + n * 3_600_000 + 1_000 * i)
        for n in range(selections)
        for i, name in enumerate(names)
    ]
    crowd = [(f"c{n % 50}", f"match-{n % 40}|ou:2.5|over", START_MS + n * 600_000) for n in range(400)]
    return [*together, *crowd]


def test_those_who_bet_together_are_a_ring_and_share_one_limit():
    found, members = members_of("north", bets_together(("x", "y", "z", "w"), 12), {}, START_MS)
    (ring,) = found
    assert set(members) == set(ring.members) == {"x", "y", "z", "w"}
    assert {member.share for member in members.values()} == {0.25}
    assert members["x"].meetings == 36
    assert "met 72 times" in members["x"].reasons[0]


def test_only_what_has_changed_is_told_and_who_left_gets_the_limit_back():
    _, before = members_of("north", bets_together(("x", "y", "z", "w"), 12), {}, START_MS)
    found, now = members_of("north", bets_together(("x", "y", "z"), 12), {}, START_MS + 1)
    assert news(before, before, "north", START_MS) == []
    told = {member.bettor: member for member in news(before, now, "north", START_MS + 1)}
    assert told.keys() == {"w", "x", "y", "z"}
    assert (told["w"].ring, told["w"].share) == (None, 1.0)
    assert told["x"].share == pytest.approx(1 / 3)
    (alert,) = alerts_of("north", found, list(told.values()), START_MS + 1)
    assert (alert.kind, alert.operator) == ("ring", "north")
    assert news({"w": told["w"]}, {}, "north", START_MS) == []


def test_a_member_of_a_ring_of_four_gets_a_quarter_until_it_has_left():
    pipeline = Pipeline([Assess()])
    member = RingMember(
        operator="north", bettor="ann", ring="ann", members=4, share=0.25, event_time_ms=START_MS
    )
    pipeline.bet("b1", at_ms=START_MS + 1_000)
    pipeline.put(RINGS, "north|ann", member, at_ms=START_MS + 2_000)
    pipeline.bet("b2", at_ms=START_MS + 4_000)
    gone = RingMember(operator="north", bettor="ann", event_time_ms=START_MS + 6_000)
    pipeline.put(RINGS, "north|ann", gone, at_ms=START_MS + 6_000)
    pipeline.bet("b3", at_ms=START_MS + 8_000)
    pipeline.run()
    assert [each.standing.factor for each in pipeline.read(ASSESSED, AssessedBet)] == [1.0, 0.25, 1.0]
