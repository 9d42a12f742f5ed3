"""Stage compile: what is offered, when it is suspended, and what it stands on."""

from itertools import pairwise

import pytest

from agents.compile import Compile
from domain.compilation import REST_MS
from schemas import FairPrice, Quote, Result
from streams.topics import COMMANDS, FAIR, QUOTES, RESULTS
from tests.unit.agents.pipeline import KICK_OFF_MS, START_MS, WALL_MS, Pipeline


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline([Compile(["north"])])


def test_enough_fresh_books_open_a_market_with_the_operators_margin(pipeline):
    pipeline.open_market()
    pipeline.run()
    price = pipeline.offers()[-1]
    assert price.suspended is None
    assert list(price.prices) == ["home", "draw", "away"]
    assert 1.05 <= price.overround < 1.06  # the ladder rounds in the operator's favour


def test_sequences_are_contiguous_and_name_the_fair_price_they_stand_on(pipeline):
    pipeline.open_market()
    for n in range(20):
        at_ms = START_MS + 10_000 * (n + 1)
        pipeline.quote("book1", {"home": 2.0 + n / 50, "draw": 3.4, "away": 4.2}, at_ms=at_ms)
    pipeline.run()
    fairs = {fair.sequence: fair for fair in pipeline.read(FAIR, FairPrice)}
    offers = pipeline.offers()
    assert [offer.sequence for offer in offers] == list(range(1, len(offers) + 1))
    assert sorted(fairs) == list(range(1, len(fairs) + 1))
    assert all(offer.fair_sequence in fairs for offer in offers)
    assert len(offers) > 3


def test_too_few_books_mean_suspended_and_a_further_book_opens_the_market(pipeline):
    pipeline.open_market(books=2)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "few_books"
    pipeline.quote("another", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 60_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None


def test_a_quote_that_grows_old_suspends_the_market_without_any_quote(pipeline):
    pipeline.open_market()
    pipeline.heartbeat(START_MS + 60_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None
    pipeline.heartbeat(START_MS + 3_600_000)
    pipeline.run()
    last = pipeline.offers()[-1]
    assert last.suspended == "few_books"
    shares = pipeline.read(FAIR, FairPrice)[-1].books
    assert {share.rejected for share in shares} == {"stale"}


def test_without_a_book_that_the_operator_insists_on_its_market_is_suspended(pipeline):
    pipeline.open_market()
    pipeline.operator(
        version=2, margins={"default": {"min_books": 2, "mandatory": ["book1"]}}, at_ms=START_MS + 2_000
    )
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None
    pipeline.quote("book1", {}, at_ms=START_MS + 30_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "mandatory"
    pipeline.quote("book1", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 60_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None


def test_kick_off_suspends(pipeline):
    pipeline.fixture(starts_at_ms=START_MS + 120_000)
    pipeline.operator()
    for n in range(4):
        pipeline.quote(f"book{n}", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 1_000)
    pipeline.heartbeat(START_MS + 119_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None
    pipeline.heartbeat(START_MS + 120_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "started"


def test_quotes_of_an_unknown_event_are_kept_and_open_when_the_fixture_comes(pipeline):
    pipeline.operator()
    for n in range(4):
        pipeline.quote(f"book{n}", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=START_MS + 1_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "unknown_fixture"
    pipeline.fixture(at_ms=START_MS + 5_000)
    pipeline.run()
    assert pipeline.offers()[-1].suspended is None


def test_a_finished_event_closes_and_a_rollback_opens_it(pipeline):
    pipeline.open_market()
    for n, status in enumerate(("final", "rollback")):
        at_ms = START_MS + 30_000 * (n + 1)
        result = Result(event_id="match", status=status, event_time_ms=at_ms)
        pipeline.put(RESULTS, "match", result, at_ms=at_ms)
    pipeline.run()
    assert [offer.suspended for offer in pipeline.offers()][-2:] == ["finished", None]


def test_an_operator_suspends_and_resumes_one_market(pipeline):
    pipeline.open_market()
    pipeline.command("suspend", event_id="match", market="1x2", at_ms=START_MS + 30_000)
    pipeline.command("resume", event_id="match", market="1x2", at_ms=START_MS + 60_000)
    pipeline.run()
    assert [offer.suspended for offer in pipeline.offers()][-2:] == ["operator", None]


def test_an_override_fixes_a_price_until_it_is_resumed(pipeline):
    pipeline.open_market()
    pipeline.command(
        "override", event_id="match", market="1x2", outcome="draw", price=9.0, at_ms=START_MS + 30_000
    )
    pipeline.run()
    assert pipeline.offers()[-1].prices["draw"] == 9.0
    pipeline.command("resume", event_id="match", at_ms=START_MS + 60_000)
    pipeline.run()
    assert pipeline.offers()[-1].prices["draw"] < 4.0


def test_new_settings_reprice_what_stands(pipeline):
    pipeline.open_market()
    pipeline.run()
    pipeline.operator(version=2, margins={"default": {"overround": 1.12}}, at_ms=START_MS + 30_000)
    pipeline.run()
    last = pipeline.offers()[-1]
    assert last.settings_version == 2
    assert last.overround >= 1.12


def test_a_quote_from_the_past_is_refused_with_its_reason_and_changes_nothing(pipeline):
    pipeline.open_market()
    pipeline.run()
    before = len(pipeline.offers())
    late = {"home": 9.0, "draw": 9.0, "away": 1.2}
    pipeline.put_raw(QUOTES, "match", _quote("book0", late, START_MS), at_ms=START_MS + 60_000)
    pipeline.run()
    assert pipeline.reasons(QUOTES) == ["out_of_order"]
    assert len(pipeline.offers()) == before


def test_a_future_timestamp_is_refused_with_its_reason(pipeline):
    pipeline.open_market()
    pipeline.quote("book9", {"home": 2.0, "draw": 3.4, "away": 4.2}, at_ms=WALL_MS + 6_000)
    pipeline.run()
    assert pipeline.reasons(QUOTES) == ["future_timestamp"]


@pytest.mark.parametrize(
    ("price", "reason"),
    [("1.0", "schema: prices.home"), ("0.5", "schema: prices.home"), ("NaN", "schema: prices.home")],
)
def test_a_price_that_is_none_is_a_dead_letter_and_the_rest_goes_on(pipeline, price, reason):
    pipeline.open_market()
    bad = _quote("bad", {"home": 2.0}, START_MS + 2_000).replace(b"2.0", price.encode())
    pipeline.put_raw(QUOTES, "match", bad, at_ms=START_MS + 1_001)
    pipeline.run()
    assert len(pipeline.reasons(QUOTES)) == 1
    assert pipeline.reasons(QUOTES)[0].startswith(reason) or pipeline.reasons(QUOTES)[0].startswith(
        "not_json"
    )
    assert pipeline.offers()[-1].suspended is None


def test_what_is_no_json_is_a_dead_letter(pipeline):
    pipeline.open_market()
    pipeline.put_raw(QUOTES, "match", b"\xff{", at_ms=START_MS + 1_001)
    pipeline.run()
    assert pipeline.reasons(QUOTES)[0].startswith("not_json")
    assert pipeline.offers()[-1].suspended is None


def test_a_command_of_an_unknown_operator_is_refused(pipeline):
    pipeline.operator("nobody")
    pipeline.run()
    assert set(pipeline.reasons(COMMANDS)) == {"unknown_operator"}


def test_timers_survive_a_restart(pipeline):
    """The index of what is due is rebuilt from the values."""
    pipeline.open_market()
    pipeline.run()
    for state in pipeline.replay.states():
        state.roll_back()
    pipeline.heartbeat(KICK_OFF_MS)
    pipeline.run()
    assert pipeline.offers()[-1].suspended == "started"


def _quote(book: str, prices: dict[str, float], at_ms: int) -> bytes:
    from schemas import Quote

    return (
        Quote(
            event_id="match",
            market="1x2",
            book=book,
            feed="test",
            prices=prices,
            event_time_ms=at_ms,
            quoted_at_ms=at_ms,
        )
        .model_dump_json()
        .encode()
    )


def many_outcomes(pipeline, rounds, *, many=150):
    for n in range(rounds):
        prices = {f"o{k}": many * (0.85 + (k + n // 8) % 3 / 50) for k in range(many)}
        at_ms = START_MS + 1_000 + n * 40
        pipeline.quote(f"book{n % 4}", prices, market="outright", at_ms=at_ms)
        pipeline.quote(f"book{n % 4}", {"home": 2.0 + n / 100, "draw": 3.4, "away": 4.2}, at_ms=at_ms)
    pipeline.replay.tick_ms = 10


def test_a_market_of_many_outcomes_rests_between_looks_and_ends_at_its_last_quotes():
    pipeline = Pipeline([Compile(["north"])])
    pipeline.fixture()
    pipeline.operator()
    many_outcomes(pipeline, 60)
    pipeline.heartbeat(START_MS + 4_000)
    pipeline.heartbeat(START_MS + 6_000)
    pipeline.run()
    fairs = pipeline.read(FAIR, FairPrice)
    large = [fair for fair in fairs if fair.market == "outright"]
    small = [fair for fair in fairs if fair.market == "1x2"]
    assert len(small) > 40
    assert 2 < len(large) < 10
    at = [fair.as_of_ms for fair in large]
    assert all(later - earlier >= 150 * REST_MS for earlier, later in pairwise(at))
    last = [quote for quote in pipeline.read(QUOTES, Quote) if quote.market == "outright"][-1]
    assert large[-1].as_of_ms >= last.event_time_ms


def test_what_came_while_a_large_market_rested_is_there_after_a_restart():
    pipeline = Pipeline([Compile(["north"])])
    pipeline.fixture()
    pipeline.operator()
    many_outcomes(pipeline, 8)
    pipeline.run()
    before = [fair for fair in pipeline.read(FAIR, FairPrice) if fair.market == "outright"]
    for state in pipeline.replay.states():
        state.roll_back()  # as a worker begins: with what is stored alone
    pipeline.heartbeat(START_MS + 4_000)
    pipeline.run()
    after = [fair for fair in pipeline.read(FAIR, FairPrice) if fair.market == "outright"]
    assert len(after) == len(before) + 1
    newest = sorted(r.offset for r in pipeline.replay.topic(QUOTES.name) if b"outright" in r.value)
    assert sorted(share.offset for share in after[-1].books) == newest[-4:]
