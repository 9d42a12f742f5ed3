"""Repositories: what was written comes back, to its operator alone."""

from collections.abc import AsyncIterator

import pytest

from schemas import (
    Alert,
    Bet,
    BettorRisk,
    Coherence,
    Decision,
    Exposure,
    FairPrice,
    MarketExposure,
    OfferedPrice,
    OperatorCommand,
    OperatorProfile,
    Portfolio,
    Settlement,
)
from storage import tables
from storage.alerts import Alerts
from storage.bets import Bets, StoredBet
from storage.bettors import Bettors
from storage.clients import Client, Clients
from storage.coherence import Coherences
from storage.counts import counts
from storage.database import Database
from storage.exposures import Exposures, differences
from storage.operators import Operators
from storage.portfolios import Portfolios
from storage.prices import Prices
from storage.writer import Writer
from tests.unit.storage.messages import golden, rows

pytestmark = pytest.mark.integration


@pytest.fixture
async def store(database) -> AsyncIterator[Database]:
    found = Database(database.primary, database.replica)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
async def write(database, store):
    """Writes messages, and returns when the replica shows them."""
    writer = Writer(database.primary)
    await writer.open()

    async def put(table, *messages) -> None:
        assert await writer.write(table, rows(table, *messages)) == []
        await store.caught_up()

    yield put
    await writer.close()


def accepted(bet_id: str, outcome: str, stake: int, payout: int, **changes) -> Decision:
    return golden(
        Decision,
        "accepted",
        bet_id=bet_id,
        outcome=outcome,
        stake=stake,
        payout=payout,
        market="1x2",
        **changes,
    )


async def test_a_bet_comes_back_with_its_decision(store, write):
    bet, decision = golden(Bet, bet_id="b"), golden(Decision, bet_id="b", bettor=golden(Bet).bettor)
    await write(tables.BETS, bet)
    await write(tables.DECISIONS, decision)
    bets = Bets(store)
    assert await bets.find(bet.operator, "b") == [StoredBet(bet, decision)]
    assert await bets.bet(bet.operator, bet.bettor, "b") == bet
    assert await bets.decision(bet.operator, bet.bettor, "b") == decision
    assert await bets.find("south", "b") == []
    assert await bets.bet("south", bet.bettor, "b") is None
    assert await bets.decision("south", bet.bettor, "b") is None


async def test_a_bet_id_that_two_bettors_use_is_two_bets(store, write):
    await write(tables.BETS, golden(Bet, bet_id="b", bettor="x"), golden(Bet, bet_id="b", bettor="y"))
    bets = Bets(store)
    assert [found.bet.bettor for found in await bets.find("north", "b") if found.bet] == ["x", "y"]
    assert len(await bets.find("north", "b", "y")) == 1


async def test_a_decision_may_be_stored_before_its_bet(store, write):
    decision = golden(Decision, bet_id="b")
    await write(tables.DECISIONS, decision)
    assert await Bets(store).find(decision.operator, "b") == [StoredBet(None, decision)]


async def test_a_book_is_recomputed_from_its_accepted_decisions(store, write):
    await write(
        tables.DECISIONS,
        accepted("1", "home", 100, 250, event_id="e"),
        accepted("2", "home", 50, 130, event_id="e"),
        accepted("3", "away", 70, 300, event_id="e"),
        accepted("4", "home", 10, 20, event_id="f"),
        accepted("5", "home", 10, 20, event_id="e", operator="south"),
        golden(Decision, bet_id="6", event_id="e", decision="rejected", stake=0),
    )
    book = golden(
        Exposure,
        event_id="e",
        bets=3,
        markets={"1x2": MarketExposure(stakes=220, payouts={"home": 380, "draw": 0, "away": 300})},
    )
    exposures = Exposures(store)
    everything = await exposures.recomputed("north")
    assert sorted(everything) == ["e", "f"]
    assert differences([book], await exposures.recomputed("north", "e")) == []
    assert differences([book], everything) != []
    assert (await exposures.recomputed("south"))["e"].bets == 1


async def test_a_settled_bet_leaves_its_book_and_a_combined_one_is_held_by_its_legs(store, write):
    decision = golden(Decision, "combined", bet_id="c", operator="north")
    single = accepted("1", "home", 100, 250, event_id="e")
    await write(tables.DECISIONS, single, accepted("2", "away", 50, 130, event_id="e"), decision)
    exposures = Exposures(store)
    first, second = decision.legs
    held = await exposures.recomputed("north")
    assert held["e"].bets == 2
    assert held[first.event_id].markets[first.market].stakes == first.holds[0].stake
    assert second.event_id not in held

    who = {"operator": "north", "bettor": single.bettor, "bet_id": "1"}
    settled = golden(Settlement, **who, version=1, status="settled", payout=250, difference=250)
    part = golden(Settlement, operator="north", bettor=decision.bettor, bet_id="c", version=1, status="open")
    await write(tables.SETTLEMENTS, settled, part)
    held = await exposures.recomputed("north")
    assert held["e"].bets == 1
    open_leg = part.legs[1]
    assert held[open_leg.event_id].markets[open_leg.market].payouts == {
        open_leg.outcome: open_leg.holds[0].payout
    }
    assert await Bets(store).settlement("north", single.bettor, "1") == settled

    await write(tables.SETTLEMENTS, golden(Settlement, **who, version=2, status="open", payout=0))
    assert (await exposures.recomputed("north"))["e"].bets == 2
    await write(tables.SETTLEMENTS, settled)  # an older version behind a newer one
    assert (await exposures.recomputed("north"))["e"].bets == 2


async def test_a_book_comes_back_as_last_published(store, write):
    books = [golden(Exposure, event_id=event, version=2) for event in ("e", "f")]
    await write(tables.EXPOSURES, *books, golden(Exposure, event_id="e", operator="south", version=7))
    exposures = Exposures(store)
    assert await exposures.all("north") == books
    assert await exposures.find("north", "f") == books[1]
    assert await exposures.find("south", "f") is None


async def test_alerts_come_newest_first_page_by_page_with_those_of_everyone(store, write):
    def alert(name: str, at: int, operator: str | None) -> Alert:
        return golden(Alert, alert_id=name, event_time_ms=at, operator=operator)

    await write(
        tables.ALERTS,
        alert("a", 10, "north"),
        alert("b", 20, None),
        alert("c", 20, "north"),
        alert("d", 30, "south"),
        alert("e", 30, "north"),
    )
    alerts = Alerts(store)
    first = await alerts.newest("north", limit=2)
    rest = await alerts.newest("north", limit=9, before=first[-1])
    assert [found.alert_id for found in first] == ["e", "c"]
    assert [found.alert_id for found in rest] == ["b", "a"]


async def test_bettors_come_by_name_and_flagged_ones_alone(store, write):
    await write(
        tables.BETTORS,
        *(golden(BettorRisk, bettor=f"b{n}", flagged=n % 2 == 0) for n in range(5)),
        golden(BettorRisk, bettor="b9", operator="south"),
    )
    bettors = Bettors(store)
    assert [found.bettor for found in await bettors.page("north", limit=3)] == ["b0", "b1", "b2"]
    assert [found.bettor for found in await bettors.page("north", after="b2")] == ["b3", "b4"]
    assert [found.bettor for found in await bettors.page("north", flagged=True)] == ["b0", "b2", "b4"]
    assert await bettors.find("north", "b9") is None
    assert await bettors.find("south", "b9") is not None


async def test_prices_come_back_as_they_stand_and_as_they_stood(store, write):
    stood, stands = (
        golden(OfferedPrice, event_id="e", market="1x2", sequence=n, event_time_ms=n * 86_400_000)
        for n in (1, 2)
    )
    fair = golden(FairPrice, event_id="e", market="1x2", sequence=5)
    await write(tables.OFFERED_PRICES, stood, stands)
    await write(tables.FAIR_PRICES, fair)
    prices = Prices(store)
    assert await prices.latest("north") == [stands]
    assert await prices.latest("north", "f") == []
    assert await prices.latest("south") == []
    assert await prices.offered("north", "e", "1x2", 1) == stood
    assert await prices.offered("south", "e", "1x2", 1) is None
    assert await prices.fair("e", "1x2", 5) == fair


async def test_settings_come_back_by_the_version_that_a_decision_names(store, write):
    profile = OperatorProfile(operator="north", version=3)
    command = golden(OperatorCommand, "profile", operator="north", profile=profile)
    await write(tables.COMMANDS, command)
    operators = Operators(store)
    assert await operators.profile("north", 3) == profile
    assert await operators.profile("south", 3) is None
    assert await operators.commands("north") == [command]
    assert await operators.commands("south") == []


async def test_a_client_is_found_at_once_until_it_is_disabled(store):
    clients = Clients(store)
    client = Client("desk", "north", ("bets:write", "prices:read"), "$argon2id$...")
    assert await clients.find("desk") is None
    assert await clients.add(client)
    assert await clients.find("desk") == client
    assert not await clients.add(Client("desk", "south", (), "other"))
    assert not await clients.disable("south", "desk")
    assert await clients.disable("north", "desk")
    await store.caught_up()
    assert await clients.find("desk") is None


async def test_a_client_is_renewed_by_its_own_operator_alone(store):
    clients = Clients(store)
    await clients.add(Client("desk", "north", ("prices:read",), "old"))
    await clients.disable("north", "desk")
    assert not await clients.renew(Client("desk", "south", (), "new"))
    renewed = Client("desk", "north", ("bets:read",), "new")
    assert await clients.renew(renewed)
    await store.caught_up()
    assert await clients.find("desk") == renewed


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "", "x" * 100_000])
async def test_a_name_that_no_client_can_have_is_nobodys(store, name):
    assert await Clients(store).find(name) is None


async def test_a_clients_secret_is_not_in_its_text():
    assert "argon2" not in repr(Client("desk", "north", (), "$argon2id$..."))


async def test_rows_are_counted_by_table(store, write):
    await write(tables.DECISIONS, accepted("1", "home", 1, 2), accepted("2", "home", 1, 2))
    await write(tables.OFFERED_PRICES, golden(OfferedPrice))
    found = await counts(store)
    assert found["decisions"] == 2
    assert found["offered_prices"] == found["offered_latest"] == 1
    assert found["bets"] == found["decision_conflicts"] == 0


async def test_scores_of_coherence_come_back_to_their_operator_nearest_first_or_by_event(store, write):
    margins = {"e1": -0.04, "e2": -0.01, "e3": -0.02}
    scores = [golden(Coherence, operator="north", event_id=name, margin=m) for name, m in margins.items()]
    await write(tables.COHERENCE, *scores, golden(Coherence, operator="south", event_id="e1"))
    older = golden(Coherence, operator="north", event_id="e1", margin=-0.9, event_time_ms=1)
    await write(tables.COHERENCE, older)
    coherences = Coherences(store)
    assert await coherences.coherence("north", "e1") == scores[0]
    assert await coherences.coherence("north", "e9") is None
    assert await coherences.coherences("north", after="e1", limit=1) == [scores[1]]
    assert [each.event_id for each in await coherences.nearest("north")] == ["e2", "e3", "e1"]


async def test_open_bets_of_a_portfolio_are_what_is_not_settled(store, write):
    await write(
        tables.DECISIONS,
        accepted("1", "home", 100, 250, event_id="e"),
        accepted("2", "home", 50, 130, event_id="e"),
        accepted("3", "away", 70, 300, event_id="e"),
        accepted("4", "home", 10, 20, event_id="e", operator="south"),
        golden(Decision, "combined", bet_id="5"),
        golden(Decision, "combined", bet_id="6"),
    )
    bettor = golden(Decision, "accepted").bettor
    await write(
        tables.SETTLEMENTS,
        golden(Settlement, bettor=bettor, bet_id="3", status="settled"),
        golden(Settlement, bettor=bettor, bet_id="6", status="open"),
    )
    records = Portfolios(store)
    assert await records.singles("north") == [("e", "1x2", "home", 150, 380)]
    found = await records.combined("north")
    assert [(bet.bet_id, said is not None) for bet, said in found] == [("5", False), ("6", True)]
    assert await records.combined("south") == []


async def test_the_last_portfolio_of_an_operator_is_its_own(store, write):
    portfolio = golden(Portfolio, operator="north", event_time_ms=5)
    await write(tables.PORTFOLIOS, portfolio)
    await write(tables.PORTFOLIOS, golden(Portfolio, operator="north", event_time_ms=4, draws=1))
    assert await Portfolios(store).portfolio("north") == portfolio
    assert await Portfolios(store).portfolio("south") is None
