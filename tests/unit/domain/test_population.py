"""Synthetic bettors do what their class says, and the same again for the same seed."""

from dataclasses import replace
from random import Random
from time import perf_counter_ns

import pytest

from domain.clv import clv
from domain.population import CLASSES, DEMO_MIXTURE, Knowledge, Offer, Population

OVERROUND = 1.05


def board(seed, operators=("north", "south"), events=60):
    """Offers whose fair probabilities are known, as is the close, some percent away from them."""
    rng = Random(seed)
    offers = {operator: [] for operator in operators}
    for event in range(events):
        fair = _shares([rng.uniform(0.2, 1) for _ in range(3)])
        close = _shares([p * rng.lognormvariate(0, 0.08) for p in fair])
        names = ("home", "draw", "away")
        for operator in operators:
            prices = [1 / (p * OVERROUND) * rng.lognormvariate(0, 0.02) for p in fair]
            knowledge = Knowledge(
                fair=dict(zip(names, fair, strict=True)),
                close=dict(zip(names, close, strict=True)),
                soon=dict(zip(names, close, strict=True)),
                moved={name: rng.gauss(0, 0.03) for name in names},
                rivals={
                    name: 1 / (p * 1.0) * rng.lognormvariate(0, 0.01)
                    for name, p in zip(names, fair, strict=True)
                },
            )
            by_name = {name: round(max(1.01, price), 2) for name, price in zip(names, prices, strict=True)}
            offers[operator].append(Offer(operator, f"e{event}", "1x2", by_name, 1, knowledge))
    return offers


def _shares(weights):
    return [weight / sum(weights) for weight in weights]


def run(seed, mixture, rounds=40, n=25, **kwargs):
    population = Population(seed, mixture, ("north", "south"), **kwargs)
    placed = []
    for i in range(rounds):
        offers = board(seed * 1_000 + i)
        truth = {(o.operator, o.event_id): o.knowledge for some in offers.values() for o in some}
        placed += [(bet, truth[bet.operator, bet.event_id]) for bet in population.bets(i * 10_000, offers, n)]
    return population, placed


def mean_clv(placed):
    values = [clv(bet.price, known.close[bet.outcome]) for bet, known in placed]
    return sum(values) / len(values)


def test_the_same_seed_gives_the_same_bets_and_another_gives_others():
    once, again, other = (run(seed, DEMO_MIXTURE, rounds=10)[1] for seed in (1, 1, 2))
    assert [bet for bet, _ in once] == [bet for bet, _ in again]
    assert [bet for bet, _ in once] != [bet for bet, _ in other]


def test_every_class_bets_at_offered_prices_with_whole_stakes_at_its_own_operator():
    population, placed = run(3, dict.fromkeys(CLASSES, 3), rounds=80)
    assert {population.bettors[bet.bettor].kind.name for bet, _ in placed} == set(CLASSES)
    for bet, _ in placed:
        assert population.bettors[bet.bettor].operator == bet.operator
        assert bet.stake >= 100
        assert bet.stake % population.bettors[bet.bettor].round_to == 0 or bet.stake == 100


def test_squares_lose_the_margin_and_those_who_know_the_close_beat_it():
    _, squares = run(4, {"square": 50, "vip_square": 5})
    assert mean_clv(squares) == pytest.approx(1 / OVERROUND - 1, abs=0.012)
    assert mean_clv(run(5, {"value_bettor": 10})[1]) > 0.02
    assert mean_clv(run(5, {"courtsider": 10})[1]) > mean_clv(squares) + 0.02


def test_the_share_of_informed_bets_sets_the_edge():
    classes = {
        f"value_{share}": replace(CLASSES["value_bettor"], name=f"value_{share}", informed_share=share / 100)
        for share in (5, 25, 50)
    }
    edges = [mean_clv(run(6, {name: 10}, rounds=80, classes=classes)[1]) for name in classes]
    assert mean_clv(run(6, {"square": 10}, rounds=80)[1]) < edges[0] < edges[1] < edges[2]


def test_arbitrageurs_bet_only_where_the_prices_make_an_arbitrage():
    _, placed = run(7, {"arbitrageur": 10})
    assert placed
    for bet, known in placed:
        others = sum(1 / price for outcome, price in known.rivals.items() if outcome != bet.outcome)
        assert 1 / bet.price + others < 1


def test_steam_chasers_follow_what_has_shortened():
    _, placed = run(8, {"steam_chaser": 10})
    assert placed
    assert all(known.moved[bet.outcome] > 0.02 for bet, known in placed)


def test_informed_bettors_without_knowledge_do_not_bet():
    population = Population(9, {name: 2 for name in CLASSES if CLASSES[name].knows != "nothing"}, ("north",))
    offers = {"north": [replace(offer, knowledge=Knowledge()) for offer in board(9)["north"]]}
    assert population.bets(0, offers, 50) == []


def test_a_ring_takes_one_selection_within_its_window():
    population = Population(10, {"ring": 1}, ("north",), {"ring": replace(CLASSES["ring"], ring_follows=1.0)})
    offers = {"north": board(10)["north"]}
    first = population.bets(0, offers, 1)
    followed = population.bets(30_000, offers, 0)
    assert (len(first), len(followed)) == (1, CLASSES["ring"].ring - 1)
    assert {(bet.event_id, bet.outcome) for bet in [*first, *followed]} == {
        (first[0].event_id, first[0].outcome)
    }
    assert {bet.bettor for bet in [*first, *followed]} == set(population.bettors)
    assert all(0 < bet.time_ms <= 30_000 for bet in followed)


def test_followers_stay_away_when_the_price_is_gone():
    population = Population(11, {"ring": 1}, ("north",))
    offers = {"north": board(11)["north"]}
    population.bets(0, offers, 1)
    cut = {
        "north": [
            replace(o, prices={k: 1 + (v - 1) * 0.8 for k, v in o.prices.items()}) for o in offers["north"]
        ]
    }
    assert population.bets(60_000, cut, 0) == []
    assert population.bets(60_000, offers, 0) == []


def test_names_say_nothing_of_the_class_and_rings_share_a_device():
    population = Population(12, {"square": 50, "ring": 2}, ("north",))
    ordered = [population.bettors[name].kind.name for name in sorted(population.bettors)]
    assert ordered != sorted(ordered)
    ring = [one for one in population.bettors.values() if one.kind.name == "ring"]
    assert len({one.ring for one in ring}) == 2
    assert all(one.ring is None for one in population.bettors.values() if one.kind.name == "square")
    shared = {device for one in ring for device in one.devices if device.endswith("x")}
    assert 1 <= len(shared) <= 2


def test_a_hundred_bets_cost_less_than_20_ms():
    population = Population(13, DEMO_MIXTURE, ("north", "south"))
    offers = board(13, events=400)
    best = 10**12
    for i in range(10):
        start = perf_counter_ns()
        population.bets(i * 1_000, offers, 100)
        best = min(best, perf_counter_ns() - start)
    assert best < 20_000_000
