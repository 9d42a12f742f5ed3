import base64
import time

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport

from api.clients import Client, MemoryClients, authenticate, hash_secret

FORM = {"grant_type": "client_credentials"}


@pytest.fixture
def ask(client, secret):
    def post(form: dict | None = None, **options):
        return client.post("/oauth/token", data=FORM if form is None else form, **options)

    return post


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_client_of_the_oauth_library_gets_a_token_that_opens_the_api(app, method):
    library = AsyncOAuth2Client(
        "library", "plain-secret", token_endpoint_auth_method=method, transport=ASGITransport(app=app)
    )
    async with library:
        token = await library.fetch_token("https://api.example/oauth/token", grant_type="client_credentials")
        assert token["token_type"] == "Bearer"
        assert (await library.get("https://api.example/v1/markets")).status_code == 200


def test_a_token_has_all_that_the_client_may_have_unless_it_asks_for_less(ask, secret, deps):
    everything = ask(auth=("screen", secret)).json()
    assert everything["scope"] == "prices:read bets:read"
    less = ask({**FORM, "scope": "bets:read"}, auth=("screen", secret)).json()
    assert less["scope"] == "bets:read"
    assert deps.tokens.check(less["access_token"]).scopes == {"bets:read"}


def test_a_token_is_stored_by_no_cache(ask, secret):
    answer = ask(auth=("desk", secret))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expires_in"] == 600


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "bets:read"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({**FORM, "scope": "commands:write"}, "invalid_scope"),
        ({**FORM, "scope": "prices:read all"}, "invalid_scope"),
        ({**FORM, "scope": " "}, "invalid_scope"),
        ({**FORM, "client_secret": "twice"}, "invalid_request"),
        ({**FORM, "client_id": "desk"}, "invalid_request"),
    ],
)
def test_a_request_that_cannot_be_granted_says_why(ask, secret, form, error):
    answer = ask(form, auth=("screen", secret))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("desk", "wrong"),
        basic("nobody", "wrong"),
        basic("", ""),
        {"Authorization": "Basic !"},
        {"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:x").decode()},
        {"Authorization": "Bearer x"},
    ],
)
def test_who_is_not_known_is_not_let_in_and_not_told_whether_the_client_exists(ask, headers):
    answer = ask(headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    if "Authorization" in headers and "desk" not in str(headers):
        assert "desk" not in answer.text


def test_unknown_clients_and_wrong_secrets_are_answered_alike(ask):
    unknown, wrong = ask(headers=basic("nobody", "x")), ask(headers=basic("desk", "x"))
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


async def test_an_unknown_client_takes_as_long_as_a_wrong_secret():
    store = MemoryClients(Client("desk", "north", hash_secret("right"), ()))

    async def seconds(client_id: str) -> float:
        spent = []
        for _ in range(2):
            began = time.process_time()
            assert await authenticate(store, client_id, "wrong") is None
            spent.append(time.process_time() - began)
        return min(spent)

    unknown, wrong = await seconds("nobody"), await seconds("desk")
    assert unknown > wrong / 2


def test_secrets_may_hold_any_character(ask, secret):
    assert ask(headers=basic("desk", "s3cret+%26+more%3A+%C3%BC")).status_code == 200
    assert ask({**FORM, "client_id": "desk", "client_secret": secret}).status_code == 200


def test_guessing_is_stopped_for_a_while_and_for_that_client_alone(ask, secret, clock):
    for _ in range(10):
        assert ask(headers=basic("desk", "guess")).status_code == 401
    stopped = ask(auth=("desk", secret))
    assert (stopped.status_code, stopped.json()["type"]) == (429, "/problems/too-many-requests")
    assert int(stopped.headers["retry-after"]) == 60
    assert ask(auth=("screen", secret)).status_code == 200
    clock.now += 61
    assert ask(auth=("desk", secret)).status_code == 200


def test_a_parameter_given_twice_is_refused(client, secret):
    body = "grant_type=client_credentials&scope=prices:read&scope=bets:read"
    headers = {"Content-Type": "application/x-www-form-urlencoded", **basic("desk", "x")}
    answer = client.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_only_a_form_is_read(client):
    answer = client.post("/oauth/token", json=FORM)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
    huge = client.post("/oauth/token", data={**FORM, "scope": "x" * 10_000})
    assert (huge.status_code, huge.json()["type"]) == (413, "/problems/body-too-large")


async def test_a_broken_hash_in_the_store_lets_nobody_in():
    store = MemoryClients(Client("odd", "north", "not a hash", ()))
    assert await authenticate(store, "odd", "not a hash") is None


def test_the_metadata_leads_to_the_token_endpoint(client, ask, secret):
    about = client.get("/.well-known/oauth-authorization-server").json()
    assert about["issuer"] == "https://api.example"
    assert client.post(about["token_endpoint"], data=FORM, auth=("desk", secret)).status_code == 200
    assert client.get(about["jwks_uri"]).json()["keys"][0]["alg"] == "ES256"
