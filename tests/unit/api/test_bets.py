import pytest

BET = {
    "bettor": "bob",
    "bet_id": "b1",
    "legs": [{"event_id": "e", "market": "1x2", "outcome": "home", "price": 2}],
    "stake": 100.0,
}


@pytest.fixture
def post(client, bearer):
    return lambda body=BET: client.post("/v1/bets", json=body, headers=bearer())


def test_a_bet_goes_out_under_its_bettors_key_with_the_servers_time(post, deps, clock):
    assert post().status_code == 202
    [(topic, key, bet, at)] = deps.producer.sent
    assert (topic, key, at) == ("bets.placed.v1", "north|bob", int(clock() * 1000))
    assert (bet.operator, bet.stake, bet.event_time_ms) == ("north", 100, at)


def test_a_bet_that_kafka_did_not_take_can_be_sent_again_with_other_content(post, deps):
    deps.producer.takes = False
    answer = post()
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    answer = post({**BET, "stake": 5})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")


def test_a_bet_that_kafka_did_not_confirm_is_said_to_be_unconfirmed(post, deps):
    deps.producer.answers = False
    for _ in range(2):
        answer = post()
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/bet-unconfirmed")
        assert answer.headers["retry-after"] == "1"
    assert post({**BET, "stake": 5}).json()["type"] == "/problems/duplicate-bet-id"
    assert deps.waiting.waiters == 0


@pytest.mark.parametrize("part", ["opened", "healthy"])
@pytest.mark.parametrize("path", ["/v1/bets", "/v1/commands"])
def test_nothing_is_sent_while_nobody_listens_for_what_comes_back(client, bearer, deps, part, path):
    setattr(deps.tails[0], part, False)
    body = BET if path == "/v1/bets" else {"kind": "suspend", "event_id": "e", "command_id": "1"}
    answer = client.post(path, json=body, headers=bearer())
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    assert deps.producer.sent == []
