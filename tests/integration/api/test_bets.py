import asyncio
import json
import uuid

import pytest

from api.deps import Limits
from schemas import Bet
from streams.topics import BETS, DECISIONS

pytestmark = pytest.mark.integration


def bet(**changes) -> dict:
    leg = {"event_id": "e1", "market": "1x2", "outcome": "home", "price": 2.1, "price_sequence": 3}
    return {"bettor": "bob", "bet_id": uuid.uuid4().hex, "legs": [leg], "stake": 1000, **changes}


def sent(edge, body: dict) -> Bet:
    """The message that a posted bet becomes, but for its time."""
    return Bet.model_validate({"operator": edge.operator, "event_time_ms": 1, **body})


async def test_a_posted_bet_is_answered_with_its_decision(edge, book):
    body = bet()
    async with edge.client("bets:write") as client:
        answer = await client.post("/v1/bets", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["decision"] == "accepted"
    assert answer.json()["operator"] == edge.operator
    assert answer.headers["location"] == f"/v1/bets/{body['bet_id']}?bettor=bob"
    assert [b.bet_id for b in book] == [body["bet_id"]]


async def test_the_same_bet_again_gets_the_same_decision_and_is_placed_once(edge, book):
    body = bet()
    async with edge.client() as client:
        first = await client.post("/v1/bets", json=body)
        again = await client.post("/v1/bets", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(book) == 1


async def test_a_bet_sent_many_times_at_once_is_one_decision(edge, book):
    body = bet()
    async with edge.client() as client:
        answers = await asyncio.gather(*(client.post("/v1/bets", json=body) for _ in range(10)))
    assert {a.status_code for a in answers} <= {200, 201}
    assert len({a.text for a in answers}) == 1


async def test_a_decision_from_before_this_server_started_is_answered_as_a_repetition(edge):
    body = bet()
    async with edge.client() as client:
        posting = asyncio.create_task(client.post("/v1/bets", json=body))
        while not edge.deps.waiting.waiters:
            await asyncio.sleep(0.005)
        decision = edge.decision(sent(edge, body))
        edge.producer.send(DECISIONS, "e1", decision, decision.event_time_ms)
        await edge.producer.acknowledged()
        answer = await posting
    assert answer.status_code == 200
    assert answer.json() == decision.model_dump(mode="json")


async def test_another_bet_under_a_known_id_is_refused_at_once(edge, book):
    body = bet()
    async with edge.client() as client:
        await client.post("/v1/bets", json=body)
        answer = await client.post("/v1/bets", json={**body, "stake": 1001})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/duplicate-bet-id"
    assert len(book) == 1


async def test_a_bet_that_the_platform_finds_to_be_a_duplicate_is_refused(edge):
    body = bet()
    async with edge.client() as client:
        posting = asyncio.create_task(client.post("/v1/bets", json=body))
        while not edge.deps.waiting.waiters:
            await asyncio.sleep(0.005)
        # the first bet's decision, which is not about this one
        other = sent(edge, {**body, "stake": 5})
        decision = edge.decision(other)
        edge.producer.send(DECISIONS, "e1", decision, decision.event_time_ms)
        await edge.producer.acknowledged()
        value = sent(edge, body).model_dump_json().encode()
        edge.raw.produce(BETS.dlq, value, b"k", headers=[("reason", b"duplicate_bet_id")])
        edge.raw.flush(10)
        answer = await posting
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"] == "/problems/duplicate-bet-id"


async def test_a_bet_that_comes_to_the_dead_letters_is_told_why(edge):
    body = bet()
    async with edge.client() as client:
        posting = asyncio.create_task(client.post("/v1/bets", json=body))
        while not edge.deps.waiting.waiters:
            await asyncio.sleep(0.005)
        value = sent(edge, body).model_dump_json().encode()
        edge.raw.produce(BETS.dlq, value, b"k", headers=[("reason", b"schema: stake: too odd")])
        edge.raw.flush(10)
        answer = await posting
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/bet-not-processed"
    assert answer.json()["detail"] == "schema: stake: too odd"


class TestSlowDecisions:
    @pytest.fixture
    def limits(self):
        return Limits(decision_s=0.2)

    async def test_a_slow_decision_is_promised_and_found_where_the_answer_says(self, own_edge):
        body = bet(bet_id="a/b c?ü")
        async with own_edge.client() as client:
            answer = await client.post("/v1/bets", json=body)
            assert answer.status_code == 202
            assert answer.headers["retry-after"] == "1"
            where = answer.headers["location"]
            waiting = await client.get(where)
            assert (waiting.status_code, waiting.json()["state"]) == (200, "waiting")
            decision = own_edge.decision(sent(own_edge, body))
            own_edge.producer.send(DECISIONS, "e1", decision, decision.event_time_ms)
            await own_edge.producer.acknowledged()
            async with asyncio.timeout(10):
                while (found := (await client.get(where)).json())["state"] == "waiting":
                    await asyncio.sleep(0.01)
        assert found["decision"] == decision.model_dump(mode="json")
        assert own_edge.deps.waiting.waiters == 0

    async def test_a_bet_can_be_sent_again_while_it_is_undecided(self, own_edge):
        body = bet()
        async with own_edge.client() as client:
            assert (await client.post("/v1/bets", json=body)).status_code == 202
            assert (await client.post("/v1/bets", json=body)).status_code == 202
            other = await client.post("/v1/bets", json={**body, "stake": 7})
        assert other.status_code == 409

    async def test_beyond_the_bound_bets_are_turned_away_and_room_comes_back(self, own_edge):
        own_edge.deps.waiting.capacity = 2
        async with own_edge.client() as client:
            posting = [asyncio.create_task(client.post("/v1/bets", json=bet())) for _ in range(2)]
            while own_edge.deps.waiting.waiters < 2:
                await asyncio.sleep(0.005)
            refused = await client.post("/v1/bets", json=bet())
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-many-waiting-bets")
            assert refused.headers["retry-after"] == "1"
            assert {a.status_code for a in await asyncio.gather(*posting)} == {202}
            assert own_edge.deps.waiting.waiters == 0


async def test_a_bet_from_the_record_is_read_from_the_replica(edge, record):
    placed = sent(edge, bet())
    decision = edge.decision(placed)
    await record(placed, decision)
    async with edge.client("bets:read") as client:
        found = await client.get(f"/v1/bets/{placed.bet_id}", params={"bettor": "bob"})
        nobody = await client.get(f"/v1/bets/{placed.bet_id}", params={"bettor": "eve"})
    assert found.json() == {
        "bettor": "bob",
        "bet_id": placed.bet_id,
        "state": "decided",
        "decision": decision.model_dump(mode="json"),
        "settlement": None,
    }
    assert nobody.status_code == 404


async def test_an_operator_sees_no_bet_of_another(edge, record):
    placed = sent(edge, bet())
    await record(placed, edge.decision(placed))
    async with edge.client(operator=edge.other) as client:
        answer = await client.get(f"/v1/bets/{placed.bet_id}", params={"bettor": "bob"})
    assert answer.status_code == 404


async def test_the_message_that_goes_out_says_what_was_asked(edge, book):
    body = bet(stake=-5, legs=[{"event_id": "e", "market": "m", "outcome": "o", "price": 0.5}])
    async with edge.client() as client:
        answer = await client.post("/v1/bets", json=body)
    assert answer.status_code == 201  # whether it makes sense is not the edge's to say
    found = json.loads(book[0].model_dump_json(exclude={"event_time_ms"}))
    body["legs"][0]["price_sequence"] = None
    not_asked = {"kind": None, "each_way": False, "price": None, "context": None}
    assert found == {"operator": edge.operator, **body, **not_asked}
