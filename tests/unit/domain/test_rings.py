"""Rings are found beyond chance, and chance alone makes none."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rings import RingConfig, links, meetings, rings

HOUR_MS = 3_600_000


def crowd(seed, bettors=300, bets=12_000, selections=900, hours=240):
    """Bettors of very different activity on selections of very different popularity, at any time."""
    rng = Random(seed)
    names = [f"b{i:03d}" for i in range(bettors)]
    active = [rng.paretovariate(1.5) for _ in names]
    popular = [rng.paretovariate(1.2) for _ in range(selections)]
    who = rng.choices(names, active, k=bets)
    what = rng.choices(range(selections), popular, k=bets)
    return [(b, f"s{s}", rng.randrange(hours * HOUR_MS)) for b, s in zip(who, what, strict=True)]


def ring(seed, members, times=20, spread_ms=30_000):
    rng = Random(seed)
    bets = []
    for _ in range(times):
        selection, at_ms = f"s{rng.randrange(900)}", rng.randrange(240 * HOUR_MS)
        bets += [(member, selection, at_ms + rng.randrange(spread_ms)) for member in members]
    return bets


@pytest.mark.parametrize("seed", range(8))
def test_chance_alone_makes_no_ring(seed):
    assert rings(crowd(seed)) == []


@pytest.mark.parametrize("seed", range(4))
def test_two_rings_hidden_in_a_crowd_are_found_whole_and_apart(seed):
    one, other = ("r1", "r2", "r3", "r4", "r5"), ("x1", "x2", "x3")
    found = rings([*crowd(seed), *ring(seed, one), *ring(seed + 100, other)])
    assert [each.members for each in found] == [one, other]
    assert found[0].lift > 20
    assert len(found[0].links) == 10
    assert "5 bettors, 10 linked pairs, met" in found[0].reasons[0]


def test_the_order_of_the_bets_changes_nothing():
    bets = [*crowd(1), *ring(1, ("r1", "r2", "r3", "r4"))]
    shuffled = bets[:]
    Random(2).shuffle(shuffled)
    assert rings(shuffled) == rings(bets)


def test_a_bettor_who_repeats_a_selection_meets_each_other_bettor_once_on_it():
    takers = [("a", "s", 0), ("a", "s", 10), ("b", "s", 5), ("a", "s", 20), ("b", "s", 30)]
    found = links(takers, config=RingConfig(least_meetings=1, alpha=1.0))
    assert [(link.pair, link.meetings) for link in found] == [(("a", "b"), 1)]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 200_000), max_size=8), st.integers(0, 100_000)
)
def test_meetings_are_all_pairs_within_the_window(takers, window_ms):
    met = meetings({"s": takers}, RingConfig(window_ms=window_ms))
    assert met == {
        (a, b): 1 for a in takers for b in takers if a < b and abs(takers[a] - takers[b]) <= window_ms
    }


def test_a_whole_crowd_on_one_selection_tells_of_nobody():
    config = RingConfig(crowd=40)
    few = {f"b{i}": 0 for i in range(41)}
    assert len(meetings({"s": few}, config)) == 41 * 40 / 2
    many = {f"b{i:02d}": 0 for i in range(60)}
    assert {name for pair in meetings({"s": many}, config) for name in pair} == {
        f"b{i}" for i in range(19, 60)
    }


def test_shared_devices_alone_make_a_ring_but_a_public_one_does_not():
    devices = {"a": ["d1"], "b": ["d1", "d2"], "c": ["d2"], **{f"p{i}": ["cafe"] for i in range(60)}}
    found = rings([], devices)
    assert [each.members for each in found] == [("a", "b", "c")]
    assert found[0].lift == 0
    assert "2 pairs share a device" in found[0].reasons[1]


def test_a_pair_is_no_ring():
    assert rings([*crowd(3), *ring(3, ("r1", "r2"))]) == []


def test_nothing_gives_nothing():
    assert rings([]) == []
