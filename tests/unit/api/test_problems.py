import json

import pytest

from api.problems import KINDS, ProblemBody
from storage.errors import Unreachable

BET = {
    "bettor": "bob",
    "bet_id": "b1",
    "legs": [{"event_id": "e", "market": "1x2", "outcome": "home", "price": 2.0}],
    "stake": 100,
}


def problem(answer) -> ProblemBody:
    """The problem that an answer tells, after a check of its form."""
    assert answer.headers["content-type"] == "application/problem+json"
    found = ProblemBody.model_validate(answer.json())
    assert found.status == answer.status_code
    assert KINDS[found.type.removeprefix("/problems/")].title == found.title
    return found


@pytest.fixture
def post(client, bearer):
    def send(content, content_type="application/json", path="/v1/bets", **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return client.post(path, content=body, headers={**bearer(), "Content-Type": content_type, **headers})

    return send


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/", "not-found"),
        ("GET", "/v1", "not-found"),
        ("GET", "/v1/markets/", "not-found"),
        ("GET", "/v1/markets/x%0Ay/1x2", "not-found"),
        ("GET", "/problems/none", "not-found"),
        ("GET", "/docs/assets/none.js", "not-found"),
        ("GET", "/docs/assets/..%2f..%2fx.py", "not-found"),
        ("DELETE", "/v1/bets", "method-not-allowed"),
        ("GET", "/v1/bets", "method-not-allowed"),
        ("POST", "/v1/markets", "method-not-allowed"),
        ("PUT", "/docs", "method-not-allowed"),
        ("GET", "/oauth/token", "method-not-allowed"),
    ],
)
def test_an_address_or_method_that_is_not_there_is_a_problem(client, bearer, method, path, name):
    answer = client.request(method, path, headers=bearer(), follow_redirects=False)
    assert problem(answer).type == f"/problems/{name}"
    assert ("allow" in answer.headers) == (answer.status_code == 405)


def test_every_kind_of_problem_has_a_page(client):
    listed = client.get("/problems").text
    for kind in KINDS.values():
        assert kind.type in listed
        page = client.get(kind.type)
        assert page.status_code == 200
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert kind.title in page.text


@pytest.mark.parametrize("path", ["/v1/markets", "/v1/exposure", "/v1/bets/x?bettor=y"])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp5"])
def test_nothing_is_read_without_a_token(client, path, header):
    answer = client.get(path, headers={} if header is None else {"Authorization": header})
    assert problem(answer).type == "/problems/invalid-token"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/markets", "prices:read"),
        ("GET", "/v1/markets/e/m", "prices:read"),
        ("POST", "/v1/bets", "bets:write"),
        ("GET", "/v1/bets/b?bettor=x", "bets:read"),
        ("GET", "/v1/exposure", "exposure:read"),
        ("POST", "/v1/commands", "commands:write"),
    ],
)
def test_each_operation_wants_its_own_scope(client, bearer, method, path, scope):
    from api.scopes import SCOPES

    others = [name for name in SCOPES if name != scope]
    refused = client.request(method, path, headers=bearer(*others))
    assert problem(refused).type == "/problems/insufficient-scope"
    assert f'scope="{scope}"' in refused.headers["www-authenticate"]
    assert client.request(method, path, headers=bearer(scope)).status_code not in (401, 403)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/jsonx", "application/json; charset=latin-1", "multipart/form-data"],
)
def test_another_media_type_is_refused(post, content_type):
    assert problem(post(BET, content_type)).type == "/problems/unsupported-media-type"


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_json_is_taken_however_it_is_named(post, content_type):
    assert problem(post({}, content_type)).type == "/problems/invalid-bet"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"stake": NaN}',
        b'{"stake": -Infinity}',
        b'{"bettor": "\xff"}',
        b'"\\ud800"',
        b"[" * 10_000,
        b"{'stake': 1}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_json_is_told_from_what_is_no_bet(post, content):
    assert problem(post(content)).type == "/problems/malformed-json"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"stake": "100"}, "/stake"),
        ({"stake": True}, "/stake"),
        ({"stake": 1.5}, "/stake"),
        ({"stake": None}, "/stake"),
        ({"stake": 2**53}, "/stake"),
        ({"bettor": ""}, "/bettor"),
        ({"bettor": "a|b"}, "/bettor"),
        ({"bettor": "a\u0000"}, "/bettor"),
        ({"bettor": "x" * 201}, "/bettor"),
        ({"legs": []}, "/legs"),
        ({"legs": BET["legs"] * 13}, "/legs"),
        ({"legs": [{**BET["legs"][0], "price": "2"}]}, "/legs/0/price"),
        ({"legs": [{**BET["legs"][0], "price": False}]}, "/legs/0/price"),
        ({"legs": [{**BET["legs"][0], "odds": 2}]}, "/legs/0/odds"),
        ({"operator": "south"}, "/operator"),
        ({"event_time_ms": 1}, "/event_time_ms"),
    ],
)
def test_a_bet_of_the_wrong_form_is_told_where(post, deps, change, where):
    found = problem(post({**BET, **change}))
    assert found.type == "/problems/invalid-bet"
    assert [fault.where for fault in found.errors] == [where]
    assert deps.producer.sent == []


@pytest.mark.parametrize("content", [b"null", b"0", b"[]", b'""', b"{}"])
def test_json_that_is_no_object_is_no_bet(post, content):
    assert problem(post(content)).type == "/problems/invalid-bet"


def test_what_was_sent_is_not_echoed(post):
    answer = post({**BET, "stake": "a-secret-in-the-wrong-place"})
    assert "a-secret" not in answer.text


def test_a_body_beyond_the_limit_is_not_read(post, client, bearer):
    def parts():
        for _ in range(200):
            yield b" " * 1024

    assert problem(post(b" " * 70_000)).type == "/problems/body-too-large"
    headers = {**bearer(), "Content-Type": "application/json"}
    assert (
        problem(client.post("/v1/bets", content=parts(), headers=headers)).type == "/problems/body-too-large"
    )


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "query/limit"),
        ("limit=1001", "query/limit"),
        ("limit=1.0", "query/limit"),
        ("limit=%201", "query/limit"),
        ("limit=1_0", "query/limit"),
        ("limit=", "query/limit"),
        ("suspended=yes", "query/suspended"),
        ("suspended=1", "query/suspended"),
        ("cursor=!", "query/cursor"),
        ("cursor=abc", "query/cursor"),
        ("event_id=a%7Cb", "query/event_id"),
        ("event=1", "query/event"),
    ],
)
def test_a_parameter_of_the_wrong_form_is_told_where(client, bearer, query, where):
    found = problem(client.get(f"/v1/markets?{query}", headers=bearer()))
    assert (found.type, found.errors[0].where) == ("/problems/invalid-parameter", where)


def test_a_parameter_given_twice_is_refused(client, bearer):
    assert (
        problem(client.get("/v1/markets?limit=1&limit=1", headers=bearer())).type
        == "/problems/invalid-parameter"
    )


@pytest.mark.parametrize("error", [Unreachable("the secret dsn"), OSError("boom"), ValueError("a secret")])
def test_a_failure_inside_is_a_problem_that_gives_nothing_away(client, bearer, deps, error):
    deps.snapshots.broken = error
    answer = client.get("/v1/markets", headers=bearer())
    expected = "not-ready" if isinstance(error, Unreachable) else "internal"
    assert problem(answer).type == f"/problems/{expected}"
    assert "secret" not in answer.text
    seconds = deps.registry.get_sample_value(
        "overround_http_request_seconds_count",
        {"operation": "listMarkets", "status": "503" if expected == "not-ready" else "500"},
    )
    assert seconds == 1
