import asyncio
import json
import time
import uuid

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.deps import Limits
from api.stream.messages import SERVER_MESSAGE
from api.tokens import Tokens
from streams.producer import now_us
from streams.topics import offered

pytestmark = pytest.mark.integration


def fresh() -> str:
    """An event that no other test has."""
    return f"e-{uuid.uuid4().hex[:8]}"


async def closed(socket) -> list[dict]:
    """Return what comes until the server closes."""
    found = []
    async with asyncio.timeout(20):
        while True:
            try:
                found.append(json.loads(await socket.recv()))
            except ConnectionClosed:
                return found


def prices(message: dict) -> dict[str, int]:
    """Sequence by market."""
    return {change["price"]["market"]: change["price"]["sequence"] for change in message["mc"]}


async def test_an_image_and_then_deltas_of_what_changed(edge):
    event = fresh()
    await edge.offer(edge.price(event, "1x2", 1), edge.price(event, "ou:2.5", 1))
    async with edge.stream() as client:
        image = await client.subscribe(filter={"eventIds": [event]})
        assert (image["ct"], prices(image)) == ("SUB_IMAGE", {"1x2": 1, "ou:2.5": 1})
        await edge.offer(edge.price(event, "1x2", 2))
        delta = await client.change()
    assert "ct" not in delta
    assert prices(delta) == {"1x2": 2}
    assert delta["mc"][0]["prev"] == 1
    assert delta["mc"][0]["price"] == edge.price(event, "1x2", 2).model_dump(mode="json")


async def test_everything_that_the_server_says_is_as_documented(edge):
    event = fresh()
    await edge.offer(*(edge.price(event, f"ou:{i}", 1) for i in range(3)))
    async with edge.stream() as client:
        await client.send(op="marketSubscription", id=7, filter={"eventIds": [event]}, heartbeatMs=500)
        await client.send(op="nonsense")
        kinds = set()
        while kinds < {"SUCCESS", "FAILURE", "SUB_IMAGE", "HEARTBEAT", None}:
            found = await client.receive()
            message = SERVER_MESSAGE.validate_json(json.dumps(found))
            assert message.op == "status" or message.id == 7
            kinds.add(found.get("statusCode", found.get("ct")))
            if found.get("ct") == "SUB_IMAGE":
                await edge.offer(edge.price(event, "ou:1", 2))


async def test_only_the_markets_that_fit_the_filter_are_told(edge):
    event, other = fresh(), fresh()
    offers = [edge.price(e, m, 1) for e in (event, other) for m in ("1x2", "ou:1.5", "ou:2.5")]
    await edge.offer(*offers)
    async with edge.stream() as client:
        types = await client.subscribe(filter={"eventIds": [event], "marketTypes": ["ou"]})
        assert prices(types).keys() == {"ou:1.5", "ou:2.5"}
        single = await client.subscribe(id=2, filter={"markets": [f"{other}|1x2"]})
        assert (single["id"], prices(single).keys()) == (2, {"1x2"})
        await edge.offer(edge.price(event, "1x2", 2))
        await edge.offer(edge.price(other, "1x2", 2))
        delta = await client.change()
    assert delta["mc"][0]["price"]["event_id"] == other


async def test_an_operator_sees_no_price_of_another(edge):
    event = fresh()
    await edge.offer(edge.price(event, "1x2", 1), edge.price(event, "1x2", 1, operator=edge.other))
    async with edge.stream(edge.other) as client:
        image = await client.subscribe(filter={"eventIds": [event]})
        assert [change["price"]["operator"] for change in image["mc"]] == [edge.other]
        await edge.offer(edge.price(event, "1x2", 2))
        await edge.offer(edge.price(event, "1x2", 2, operator=edge.other))
        delta = await client.change()
    assert delta["mc"][0]["price"]["operator"] == edge.other


async def test_a_heartbeat_comes_when_nothing_else_does(edge):
    event = fresh()
    async with edge.stream() as client:
        image = await client.subscribe(filter={"eventIds": [event]}, heartbeatMs=500)
        assert image["mc"] == []
        loop = asyncio.get_running_loop()
        beats = []
        for _ in range(3):
            beats.append(await client.receive())
            beats[-1]["at"] = loop.time()
    assert {beat["ct"] for beat in beats} == {"HEARTBEAT"}
    assert beats[2]["at"] - beats[1]["at"] >= 0.45
    assert all("status" not in beat for beat in beats)


async def test_a_resumed_client_gets_just_what_it_missed(edge):
    event = fresh()
    chosen = {"eventIds": [event]}
    await edge.offer(*(edge.price(event, f"ou:{i}", 1) for i in range(20)))
    async with edge.stream() as client:
        image = await client.subscribe(filter=chosen)
    await edge.offer(edge.price(event, "ou:3", 2), edge.price(event, "ou:3", 3), edge.price(event, "ou:9", 2))
    async with edge.stream() as client:
        missed = await client.subscribe(filter=chosen, clk=image["clk"])
        assert (missed["ct"], prices(missed)) == ("RESUB_DELTA", {"ou:3": 3, "ou:9": 2})
        await edge.offer(edge.price(event, "ou:9", 3))
        delta = await client.change()
        assert (prices(delta), delta["mc"][0]["prev"]) == ({"ou:9": 3}, 2)
    async with edge.stream() as client:
        nothing = await client.subscribe(filter=chosen, clk=delta["clk"])
    assert (nothing["ct"], nothing["mc"]) == ("RESUB_DELTA", [])


async def test_a_heartbeat_is_a_place_to_resume_from(edge):
    event = fresh()
    async with edge.stream() as client:
        await client.subscribe(filter={"eventIds": [event]}, heartbeatMs=500)
        await edge.offer(edge.price(fresh(), "1x2", 1))
        beat = await client.receive()
        assert beat["ct"] == "HEARTBEAT"
        resumed = await client.subscribe(filter={"eventIds": [event]}, clk=beat["clk"])
    assert resumed["mc"] == []


@pytest.mark.parametrize("clk", ["", "x", "bm9uc2Vuc2U.00000000", "W10.00000000"])
async def test_a_clk_that_is_not_one_is_refused_and_the_connection_stays(edge, clk):
    async with edge.stream() as client:
        status = await client.ask(op="marketSubscription", id=3, clk=clk)
        assert (status["errorCode"], status["id"], status["connectionClosed"]) == ("INVALID_CLOCK", 3, False)
        assert (await client.subscribe(filter={"eventIds": [fresh()]}))["ct"] == "SUB_IMAGE"


async def test_a_clk_of_another_filter_is_refused(edge):
    async with edge.stream() as client:
        image = await client.subscribe(filter={"eventIds": [fresh()]})
        status = await client.ask(op="marketSubscription", clk=image["clk"], filter={"eventIds": [fresh()]})
    assert status["errorCode"] == "INVALID_CLOCK"


async def test_a_conflated_client_gets_the_newest_and_can_tell(edge):
    event = fresh()
    await edge.offer(edge.price(event, "1x2", 1))
    async with edge.stream() as client:
        image = await client.subscribe(filter={"eventIds": [event]}, conflateMs=600)
        assert image["conflateMs"] == 600
        for sequence in range(2, 8):
            await edge.offer(edge.price(event, "1x2", sequence))
        [change] = (await client.change())["mc"]
    assert (change["price"]["sequence"], change["prev"], change["con"]) == (7, 1, True)


async def test_a_client_that_reads_nothing_holds_up_nobody_and_costs_no_queue(edge):
    event = fresh()
    names = [f"ou:{i}" for i in range(200)]
    async with (
        edge.stream(max_queue=1) as slow,
        edge.stream() as quick,
    ):
        await slow.ask(op="marketSubscription", id=1, filter={"eventIds": [event]})
        await quick.subscribe(filter={"eventIds": [event]})
        slow.socket.transport.pause_reading()
        rounds = 200
        for sequence in range(1, rounds + 1):
            await edge.offer(*(edge.price(event, name, sequence) for name in names))
        seen: dict[str, int] = {}
        while seen != dict.fromkeys(names, rounds):
            for change in (await quick.change())["mc"]:
                market, sequence = change["price"]["market"], change["price"]["sequence"]
                assert change["prev"] == seen.get(market, 0)
                seen[market] = sequence
        slow.socket.transport.resume_reading()
        late: dict[str, int] = {}
        received = 0
        while late != dict.fromkeys(names, rounds):
            for change in (await slow.change())["mc"]:
                late[change["price"]["market"]] = change["price"]["sequence"]
                received += 1
    assert received < rounds * len(names) / 2


async def test_a_large_image_comes_in_segments_that_every_client_takes(edge):
    event = fresh()
    await edge.offer(*(edge.price(event, f"ou:{i}", 1) for i in range(4000)))
    async with edge.stream(max_size=2**19) as client:
        await client.ask(op="marketSubscription", id=1, filter={"eventIds": [event]})
        parts = [await client.change()]
        while parts[-1].get("seg") != "SEG_END":
            parts.append(await client.change())
    assert [part["seg"] for part in parts] == ["SEG_START", *["SEG"] * (len(parts) - 2), "SEG_END"]
    assert ["clk" in part for part in parts] == [False] * (len(parts) - 1) + [True]
    assert sum(len(part["mc"]) for part in parts) == 4000


async def test_a_removed_market_is_told_and_is_in_no_later_image(edge):
    event = fresh()
    await edge.offer(edge.price(event, "1x2", 1), edge.price(event, "ou:1", 1))
    async with edge.stream() as client:
        await client.subscribe(filter={"eventIds": [event]})
        edge.producer.send(offered(edge.operator), f"{event}|1x2", None, 1, route=event)
        await edge.producer.acknowledged()
        [change] = (await client.change())["mc"]
        assert change == {"removed": {"event_id": event, "market": "1x2"}, "prev": 1}
        image = await client.subscribe(filter={"eventIds": [event]})
    assert prices(image) == {"ou:1": 1}


async def test_a_price_written_again_after_a_crash_is_not_told_again(edge):
    event = fresh()
    await edge.offer(edge.price(event, "1x2", 1), edge.price(event, "1x2", 2))
    async with edge.stream() as client:
        await client.subscribe(filter={"eventIds": [event]})
        await edge.offer(
            edge.price(event, "1x2", 1), edge.price(event, "1x2", 2), edge.price(event, "ou:1", 1)
        )
        await edge.offer(edge.price(event, "1x2", 3))
        seen = {}
        while seen.get("1x2") != 3:
            delta = prices(await client.change())
            assert delta.get("1x2", 3) == 3
            seen |= delta


async def test_a_record_that_is_no_price_is_counted_and_holds_up_nothing(edge):
    event, topic = fresh(), offered(edge.operator).name
    before = edge.metric("overround_tail_unreadable_total", topic=topic)
    async with edge.stream() as client:
        await client.subscribe(filter={"eventIds": [event]})
        for key, value in ((b"nobar", b"{}"), (b"a|b", b"{"), (b"\xff|b", b"{}")):
            edge.raw.produce(topic, value, key, partition=0)
        edge.raw.flush(10)
        await edge.offer(edge.price(event, "1x2", 1))
        assert prices(await client.change()) == {"1x2": 1}
        async with asyncio.timeout(20):
            while edge.metric("overround_tail_unreadable_total", topic=topic) < before + 3:
                await asyncio.sleep(0.01)


async def test_late_prices_are_said_to_be_late(edge):
    event = fresh()
    late = edge.price(event, "1x2", 1)
    header = [("produced-at", str(now_us() - 60_000_000).encode())]
    async with edge.stream(edge.other) as client:
        await client.subscribe(filter={"eventIds": [event]}, heartbeatMs=500)
        value = late.model_copy(update={"operator": edge.other}).model_dump_json().encode()
        edge.raw.produce(offered(edge.other).name, value, f"{event}|1x2".encode(), headers=header)
        edge.raw.flush(10)
        assert (await client.change())["status"] == 503
        while "status" in (await client.receive()):
            pass  # it is over after a while


async def test_the_delay_of_pushes_is_measured_in_seconds(edge):
    event = fresh()
    before = edge.metric("overround_push_delay_seconds_count")
    async with edge.stream() as client:
        await client.subscribe(filter={"eventIds": [event]})
        await edge.offer(edge.price(event, "1x2", 1))
        await client.change()
        await client.ask(op="heartbeat")  # when it is answered, the push before it has been counted
    assert edge.metric("overround_push_delay_seconds_count") > before


class TestWhoMayListen:
    async def test_a_token_in_the_first_message(self, edge):
        async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream", compression=None) as socket:
            await socket.recv()
            for message in (
                {"op": "authentication", "token": edge.token("prices:read"), "id": 5},
                {"op": "heartbeat"},
            ):
                await socket.send(json.dumps(message))
                assert json.loads(await socket.recv())["statusCode"] == "SUCCESS"

    async def test_a_token_as_subprotocol_as_browsers_send_it(self, edge):
        protocols = ["overround.v1", f"bearer.{edge.token()}"]
        async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream", subprotocols=protocols) as socket:
            assert socket.subprotocol == "overround.v1"
            await socket.recv()
            assert json.loads(await socket.recv())["statusCode"] == "SUCCESS"

    @pytest.mark.parametrize(
        ("header", "status"), [("Bearer x", 401), ("Basic eDp5", 401), ("Bearer {no_scope}", 403)]
    )
    async def test_a_bad_token_in_the_handshake_is_a_problem(self, edge, header, status):
        headers = {"Authorization": header.format(no_scope=edge.token("bets:read"))}
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream", additional_headers=headers):
                pass
        assert refused.value.response.status_code == status
        assert refused.value.response.headers["content-type"] == "application/problem+json"

    async def test_any_other_address_is_a_problem(self, edge):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{edge.port}/v2/stream"):
                pass
        assert refused.value.response.status_code == 404

    @pytest.mark.parametrize(
        ("make", "code"),
        [
            (lambda edge: "x.y.z", "INVALID_TOKEN"),
            (lambda edge: edge.token("bets:read"), "MISSING_SCOPE"),
            (lambda edge: edge.token(operator="nobody"), "UNKNOWN_OPERATOR"),
        ],
    )
    async def test_a_bad_token_is_told_and_the_connection_closed(self, edge, make, code):
        async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream") as socket:
            await socket.send(json.dumps({"op": "authentication", "token": make(edge)}))
            *_, status = await closed(socket)
            assert (status["errorCode"], status["connectionClosed"]) == (code, True)
            assert socket.close_code == 1008

    async def test_another_operators_token_does_not_take_a_connection_over(self, edge):
        async with edge.stream() as client:
            await client.send(op="authentication", token=edge.token(operator=edge.other))
            *_, status = await closed(client.socket)
        assert status["errorCode"] == "OTHER_OPERATOR"

    async def test_no_subscription_without_a_token(self, edge):
        async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream") as socket:
            await socket.recv()
            await socket.send(json.dumps({"op": "marketSubscription", "id": 1}))
            status = json.loads(await socket.recv())
        assert (status["errorCode"], status["connectionClosed"]) == ("NOT_AUTHENTICATED", False)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{",
            '{"op":"heartbeat","id":"1"}',
            '{"op":"heartbeat","more":1}',
            '{"op":"marketSubscription","heartbeatMs":1}',
            '{"op":"marketSubscription","filter":{"eventIds":[]}}',
            '{"op":"marketSubscription","filter":{"event_ids":["a"]}}',
        ],
    )
    async def test_bad_input_is_told_and_the_connection_stays(self, edge, text):
        async with edge.stream() as client:
            await client.socket.send(text)
            status = await client.receive()
            assert (status["errorCode"], status["connectionClosed"]) == ("INVALID_INPUT", False)
            assert (await client.ask(op="heartbeat", id=9))["id"] == 9

    async def test_a_flood_of_messages_ends_the_connection(self, edge):
        async with edge.stream() as client:
            for _ in range(100):
                await client.send(op="heartbeat")
            *_, status = await closed(client.socket)
        assert status["errorCode"] == "TOO_MANY_REQUESTS"


class TestExpiry:
    @staticmethod
    def short(edge, lifetime_s: int) -> str:
        tokens = Tokens(edge.tokens._key, edge.url, time.time, lifetime_s)
        return tokens.issue("short", edge.operator, ["prices:read"])

    async def test_a_connection_ends_with_its_token(self, edge):
        async with connect(f"ws://127.0.0.1:{edge.port}/v1/stream") as socket:
            await socket.send(json.dumps({"op": "authentication", "token": self.short(edge, 2)}))
            await socket.send(json.dumps({"op": "marketSubscription", "filter": {"eventIds": [fresh()]}}))
            *_, image, status = await closed(socket)
        assert image["ct"] == "SUB_IMAGE"
        assert (status["errorCode"], status["connectionClosed"]) == ("EXPIRED_TOKEN", True)

    async def test_a_newer_token_keeps_it_open(self, edge):
        expires = time.time() + 2
        async with edge.stream() as client:
            assert (await client.ask(op="authentication", id=2, token=self.short(edge, 2)))["id"] == 2
            assert (await client.ask(op="authentication", id=3, token=edge.token()))["id"] == 3
            await client.subscribe(filter={"eventIds": [fresh()]}, heartbeatMs=500)
            while time.time() < expires + 0.5:
                assert (await client.receive())["ct"] == "HEARTBEAT"


class TestLimits:
    @pytest.fixture
    def limits(self):
        return Limits(streams=3, streams_per_operator=2, authentication_s=0.3, stalled_s=0.5)

    async def test_clients_beyond_the_limits_are_told_and_room_comes_back(self, own_edge):
        async with own_edge.stream(), own_edge.stream():
            address = f"ws://127.0.0.1:{own_edge.port}/v1/stream"
            async with connect(address) as socket:
                await socket.send(json.dumps({"op": "authentication", "token": own_edge.token()}))
                *_, status = await closed(socket)
                assert (status["errorCode"], socket.close_code) == ("TOO_MANY_CONNECTIONS", 1013)
            async with own_edge.stream(own_edge.other), connect(address) as socket:
                *_, status = await closed(socket)
                assert (status["errorCode"], socket.close_code) == ("TOO_MANY_CONNECTIONS", 1013)
        async with asyncio.timeout(10):
            while own_edge.metric("overround_stream_clients", operator=own_edge.operator):
                await asyncio.sleep(0.01)
        async with own_edge.stream(), own_edge.stream():
            pass

    async def test_a_client_without_a_token_is_not_kept(self, own_edge):
        async with connect(f"ws://127.0.0.1:{own_edge.port}/v1/stream") as socket:
            *_, status = await closed(socket)
        assert status["errorCode"] == "AUTHENTICATION_TIMEOUT"

    async def test_a_client_that_takes_nothing_is_dropped(self, own_edge):
        event = fresh()
        big = {f"score-{i}": 2.0 for i in range(500)}

        def clients() -> float:
            return own_edge.metric("overround_stream_clients", operator=own_edge.operator)

        async with own_edge.stream(max_queue=1) as client:
            await client.send(op="marketSubscription", filter={"eventIds": [event]})
            client.socket.transport.pause_reading()
            assert clients() == 1
            sequence = 0
            async with asyncio.timeout(60):
                while clients():  # until what lies between is full, and the time is over
                    sequence += 1
                    await own_edge.offer(
                        *(own_edge.price(event, f"cs:{i}", sequence, prices=big) for i in range(20))
                    )
