"""Stage derive: markets that nobody quotes, priced from those that are, before the match and in play."""

import pytest

from agents.compile import Compile
from agents.derive import Derive
from domain.derivation import DeriveConfig
from overround.audit import Archive
from overround.settings import Settings
from schemas import FairPrice, Fixture, Result
from streams.topics import DERIVED, FAIR, FIXTURES, RESULTS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, Pipeline

MARKETS = ("dc", "dnb", "btts", "cs", "oe", "ou:1.5", "ou:3.25", "ah:-1", "ah:0.25")
RESULT = {"home": 2.1, "draw": 3.4, "away": 3.7}
TOTAL = {"over": 1.9, "under": 2.0}


@pytest.fixture
def pipeline():
    return Pipeline([Compile(["north"]), Derive(DeriveConfig({"soccer": MARKETS}))])


def quotes(pipeline, at_ms, *, books=4, result=RESULT, total=TOTAL):
    for n in range(books):
        pipeline.quote(f"book{n}", result, at_ms=at_ms + n)
        pipeline.quote(f"book{n}", total, market="ou:2.5", at_ms=at_ms + n)


def begin(pipeline, **how):
    pipeline.fixture()
    pipeline.operator()
    quotes(pipeline, START_MS + 1_000, **how)
    pipeline.run()


def latest(pipeline, topic=FAIR):
    return {fair.market: fair for fair in pipeline.read(topic, FairPrice)}


def live(pipeline, at_ms, home, away, clock_s, **reds):
    result = Result(
        event_id="match",
        status="live",
        home_score=home,
        away_score=away,
        clock_s=clock_s,
        event_time_ms=at_ms,
        **reds,
    )
    pipeline.put(RESULTS, "match", result, at_ms=at_ms)


def differences(pipeline):
    archive = Archive(["north"])
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    found = archive.audit()
    assert found.agreed["fair"] > 10
    return found.differences, found.gone["fair"]


def test_every_wanted_market_gets_a_price_that_agrees_with_the_quoted_ones(pipeline):
    begin(pipeline)
    fair = latest(pipeline)
    assert set(MARKETS) <= fair.keys()
    result, total = fair["1x2"].probabilities, fair["ou:2.5"].probabilities
    assert fair["dc"].probabilities["home_draw"] == pytest.approx(result["home"] + result["draw"], abs=0.002)
    decided = result["home"] + result["away"]
    assert fair["dnb"].probabilities["home"] == pytest.approx(result["home"] / decided, abs=0.002)
    assert fair["ou:1.5"].probabilities["over"] > total["over"] > fair["ou:3.25"].probabilities["over"]
    assert sum(fair["cs"].probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    drawn = sum(
        p for way, p in fair["cs"].probabilities.items() if way in {"0-0", "1-1", "2-2", "3-3", "4-4"}
    )
    assert drawn + fair["cs"].probabilities["draw_other"] == pytest.approx(result["draw"], abs=0.002)
    assert all(fair[market].model == "states" for market in MARKETS)


def test_derived_markets_are_offered_with_the_operators_margin(pipeline):
    begin(pipeline)
    offered = {price.market: price for price in pipeline.offers()}
    for market in ("btts", "dnb", "ou:1.5"):
        assert offered[market].suspended is None
        assert 1.05 <= offered[market].overround < 1.08


def test_a_price_says_what_it_stands_on_and_comes_out_of_it_again(pipeline):
    begin(pipeline)
    quotes(pipeline, START_MS + 60_000, result={"home": 1.9, "draw": 3.5, "away": 4.3})
    pipeline.run()
    fairs = {(f.market, f.sequence): f for f in pipeline.read(FAIR, FairPrice)}
    on = latest(pipeline)["btts"].derived
    assert set(on.sources) == {"1x2", "ou:2.5"}
    assert all(item in fairs for item in on.sources.items())
    assert on.support == 4
    assert differences(pipeline) == ([], 0)


def test_sequences_have_no_gap_whoever_makes_the_price(pipeline):
    begin(pipeline)
    for n in range(4):
        pipeline.quote(f"book{n}", {"yes": 1.8, "no": 2.0}, market="btts", at_ms=START_MS + 30_000)
    pipeline.run()
    for n in range(4):
        pipeline.quote(f"book{n}", {}, market="btts", at_ms=START_MS + 60_000)
    pipeline.run()
    prices = [fair for fair in pipeline.read(FAIR, FairPrice) if fair.market == "btts"]
    assert [fair.sequence for fair in prices] == list(range(1, len(prices) + 1))
    models = list(dict.fromkeys((fair.model, bool(fair.probabilities)) for fair in prices))
    assert models == [("states", True), ("consensus", True), ("consensus", False)]
    assert prices[-1].model == "states"


def test_what_books_quote_is_not_derived(pipeline):
    pipeline.quote("book0", {"yes": 1.8, "no": 2.0}, market="btts", at_ms=START_MS + 500)
    begin(pipeline)
    assert latest(pipeline)["btts"].model == "consensus"
    assert "btts" not in latest(pipeline, DERIVED)


@pytest.mark.parametrize("how", [{"books": 2}, {"total": {}}])
def test_without_enough_to_stand_on_nothing_is_derived(pipeline, how):
    begin(pipeline, **how)
    assert not pipeline.read(DERIVED, FairPrice)


def test_when_its_sources_go_a_derived_market_closes_and_it_comes_back_with_them(pipeline):
    begin(pipeline)
    quotes(pipeline, START_MS + 60_000, total={})
    pipeline.run()
    assert latest(pipeline)["btts"].probabilities == {}
    closed = {price.market: price.suspended for price in pipeline.offers()}
    assert closed["btts"] == "few_books"
    assert closed["1x2"] is None
    quotes(pipeline, START_MS + 90_000)
    pipeline.run()
    assert {price.market: price.suspended for price in pipeline.offers()}["btts"] is None
    assert differences(pipeline) == ([], 0)


def test_a_move_too_small_to_be_news_fits_nothing_anew(pipeline):
    begin(pipeline)
    before = len(pipeline.read(DERIVED, FairPrice))
    pipeline.quote("book0", {**RESULT, "away": 3.7001}, at_ms=START_MS + 30_000)
    pipeline.run()
    assert len(pipeline.read(DERIVED, FairPrice)) == before


def test_a_sport_for_which_nothing_is_wanted_gets_nothing():
    pipeline = Pipeline([Compile(["north"]), Derive(DeriveConfig({"icehockey": ["oe"]}))])
    begin(pipeline)
    assert not pipeline.read(DERIVED, FairPrice)


def test_hockey_is_derived_from_its_own_states():
    pipeline = Pipeline([Compile(["north"]), Derive(DeriveConfig({"icehockey": ["ou:4.5", "ah:-1.5"]}))])
    fixture = Fixture(
        event_id="match",
        sport="icehockey",
        competition="NHL",
        home="A",
        away="B",
        starts_at_ms=KICK_OFF_MS,
        event_time_ms=START_MS,
    )
    pipeline.put(FIXTURES, "match", fixture, at_ms=START_MS)
    for n in range(3):
        pipeline.quote(f"book{n}", {"home": 1.8, "away": 2.1}, market="ml", at_ms=START_MS + 1)
        pipeline.quote(f"book{n}", {"over": 1.95, "under": 1.95}, market="ou:5.5", at_ms=START_MS + 1)
    pipeline.run()
    fair = latest(pipeline)
    assert fair["ou:4.5"].probabilities["over"] > fair["ou:5.5"].probabilities["over"]
    assert fair["ah:-1.5"].probabilities["home"] < fair["ml"].probabilities["home"]


def test_in_play_the_measure_is_carried_on_with_clock_score_and_red_cards(pipeline):
    begin(pipeline)
    before = latest(pipeline)["dnb"].probabilities["home"]
    said = []
    for n, (home, away, clock_s, reds) in enumerate(
        [(0, 0, 60, 0), (1, 0, 1800, 0), (1, 0, 3600, 0), (1, 0, 3660, 1), (1, 2, 5000, 1)]
    ):
        live(pipeline, KICK_OFF_MS + 60_000 * (n + 1), home, away, clock_s, home_reds=reds)
        pipeline.run()
        said.append(latest(pipeline)["dnb"])
    homes = [fair.probabilities["home"] for fair in said]
    assert homes[0] == pytest.approx(before, abs=0.01)
    assert homes[0] < homes[1] < homes[2]
    assert homes[3] < homes[2]
    assert homes[4] < 0.2
    assert said[-1].derived.state.home_reds == 1
    assert latest(pipeline)["btts"].probabilities == {}  # decided
    assert not {"0-0", "1-0", "0-1", "2-0"} & latest(pipeline)["cs"].probabilities.keys()
    assert differences(pipeline) == ([], 0)


def test_in_play_live_quotes_are_the_anchor_until_the_next_goal(pipeline):
    begin(pipeline)
    live(pipeline, KICK_OFF_MS + 60_000, 0, 0, 60)
    pipeline.run()
    quotes(pipeline, KICK_OFF_MS + 120_000, result={"home": 1.5, "draw": 4.5, "away": 7.5})
    pipeline.run()
    anchored = latest(pipeline)
    result = anchored["1x2"].probabilities
    assert set(anchored["dc"].derived.anchors) == {"1x2"}  # the total has not moved since the start
    assert anchored["dc"].probabilities["home_draw"] == pytest.approx(
        result["home"] + result["draw"], abs=0.004
    )
    live(pipeline, KICK_OFF_MS + 180_000, 0, 1, 180)
    pipeline.run()
    last = latest(pipeline)["dc"]
    assert last.derived.anchors == {}
    assert last.probabilities["home_draw"] < anchored["dc"].probabilities["home_draw"]
    assert differences(pipeline) == ([], 0)


def test_a_started_match_offers_no_derived_price(pipeline):
    begin(pipeline)
    live(pipeline, KICK_OFF_MS + 60_000, 0, 0, 60)
    pipeline.run()
    assert {price.market: price.suspended for price in pipeline.offers()}["btts"] == "started"


def test_a_score_beyond_the_states_withdraws_what_was_derived(pipeline):
    begin(pipeline)
    live(pipeline, KICK_OFF_MS + 60_000, 13, 0, 60)
    pipeline.run()
    assert latest(pipeline)["btts"].probabilities == {}
    assert differences(pipeline) == ([], 0)


def test_what_is_derived_survives_a_restart(pipeline):
    begin(pipeline)
    for state in pipeline.replay.states():
        state.roll_back()
    quotes(pipeline, START_MS + 60_000, result={"home": 1.9, "draw": 3.5, "away": 4.3})
    pipeline.run()
    assert latest(pipeline)["btts"].sequence == 2
    assert differences(pipeline) == ([], 0)


@pytest.mark.parametrize("markets", [{"cricket": ["btts"]}, {"soccer": ["winner"]}, {"soccer": ["ou"]}])
def test_what_cannot_be_derived_is_refused_at_the_start(markets):
    with pytest.raises(ValueError, match=r"measure|type|line"):
        DeriveConfig(markets)


def tie(pipeline, sport, best_of=None):
    fixture = Fixture(
        event_id="match",
        sport=sport,
        competition="cup",
        home="Home",
        away="Away",
        starts_at_ms=KICK_OFF_MS,
        best_of=best_of,
        event_time_ms=START_MS,
    )
    pipeline.put(FIXTURES, "match", fixture, at_ms=START_MS)
    pipeline.operator()


def shown(pipeline, at_ms, **markets):
    for market, prices in markets.items():
        for n in range(3):
            pipeline.quote(f"book{n}", prices, market=market.replace("_", ":"), at_ms=at_ms + n)
    pipeline.run()


def by_default(sport):
    config = DeriveConfig(Settings().derived_markets)
    return Pipeline([Compile(["north"]), Derive(config)]), set(config.markets[sport])


@pytest.mark.parametrize(("best_of", "gone"), [(3, {"ou_sets:3.5", "ou_sets:4.5"}), (5, {"ou_sets:2.5"})])
def test_who_wins_a_tennis_match_prices_its_sets(best_of, gone):
    pipeline, wanted = by_default("tennis")
    tie(pipeline, "tennis", best_of)
    shown(pipeline, START_MS + 1_000, ml={"home": 1.5, "away": 2.6})
    fair = latest(pipeline)
    assert fair.keys() == {"ml", *(wanted - gone)}  # a line that no match can pass is none
    sets = fair["sets"].probabilities
    wins = best_of // 2 + 1
    assert set(sets) == {f"{wins}-{n}" for n in range(wins)} | {f"{n}-{wins}" for n in range(wins)}
    won = sum(p for score, p in sets.items() if score.startswith(f"{wins}-"))
    assert won == pytest.approx(fair["ml"].probabilities["home"], abs=0.002)
    far = sum(p for score, p in sets.items() if score.startswith(f"{wins}-") and int(score[-1]) <= wins - 2)
    assert fair["ah_sets:-1.5"].probabilities["home"] == pytest.approx(far, abs=1e-9)
    offered = {price.market: price.suspended for price in pipeline.offers()}
    assert offered["sets"] is None and offered["ah_sets:-1.5"] is None
    assert differences_of(pipeline) == ([], 0)


def differences_of(pipeline):
    archive = Archive(["north"])
    for topic in archive.topics:
        archive.take(pipeline.replay.topic(topic))
    found = archive.audit()
    return found.differences, found.gone["fair"]


def test_a_quoted_total_of_sets_is_met_and_one_of_games_is_none_of_sets():
    pipeline, _ = by_default("tennis")
    tie(pipeline, "tennis", 3)
    quoted = {"ml": {"home": 1.5, "away": 2.6}, "ou_21.5": {"over": 1.9, "under": 1.9}}
    shown(pipeline, START_MS + 1_000, **quoted)
    before = latest(pipeline)["ou_sets:2.5"].probabilities["over"]
    for n in range(3):
        total = {"over": 1.8, "under": 2.0}
        pipeline.quote(f"book{n}", total, market="ou_sets:2.5", at_ms=START_MS + 5_000 + n)
    pipeline.run()
    fair = latest(pipeline)
    over = fair["ou_sets:2.5"].probabilities["over"]
    sets = fair["sets"].probabilities
    assert 0.3 < before < 0.4 < 0.5 < over
    assert sets["2-1"] + sets["1-2"] == pytest.approx(over, abs=0.003)
    assert set(fair["sets"].derived.sources) == {"ml", "ou_sets:2.5"}


def test_a_tennis_match_of_which_nobody_says_how_long_it_is_has_no_sets():
    pipeline, _ = by_default("tennis")
    tie(pipeline, "tennis")
    shown(pipeline, START_MS + 1_000, ml={"home": 1.5, "away": 2.6})
    assert latest(pipeline).keys() == {"ml"}


@pytest.mark.parametrize(
    ("sport", "total", "lower", "higher"),
    [("baseball", "ou_8.5", "ou:7.5", "ou:9.5"), ("icehockey", "ou_6", "ou:5.5", "ou:6.5")],
)
def test_run_and_puck_lines_and_totals_follow_from_winner_and_total(sport, total, lower, higher):
    pipeline, wanted = by_default(sport)
    tie(pipeline, sport)
    shown(pipeline, START_MS + 1_000, ml={"home": 1.8, "away": 2.1}, **{total: {"over": 1.9, "under": 1.95}})
    fair = latest(pipeline)
    assert wanted <= fair.keys()
    won = fair["ml"].probabilities["home"]
    assert fair["ah:-1.5"].probabilities["home"] < won < fair["ah:1.5"].probabilities["home"]
    middle = fair[total.replace("_", ":")].probabilities["over"]
    assert fair[lower].probabilities["over"] > middle > fair[higher].probabilities["over"]
    assert all(fair[market].model == "states" for market in ("ah:-1.5", "ah:1.5", lower, higher))
    assert differences_of(pipeline) == ([], 0)
