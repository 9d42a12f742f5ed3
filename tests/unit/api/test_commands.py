import pytest

from api.commands import MarginBody, ProfileSettings
from schemas import MarginProfile, OperatorProfile

COMMANDS = [
    {"kind": "suspend", "event_id": "e"},
    {"kind": "suspend", "event_id": "e", "market": "1x2"},
    {"kind": "resume", "event_id": "e"},
    {"kind": "override", "event_id": "e", "market": "1x2", "outcome": "home", "price": 2.5},
    {"kind": "factor", "bettor": "bob", "stake_factor": 0.1},
    {"kind": "factor", "bettor": "bob", "stake_factor": None},
    {"kind": "factor", "bettor": "bob", "stake_factor": 0.0},
    {"kind": "move", "event_id": "e", "market": "1x2", "outcome": "home", "log_odds": -0.1},
    {"kind": "limit", "limit": "market_limit", "amount": 500, "event_id": "e", "market": "1x2"},
    {"kind": "limit", "limit": "max_stake", "amount": None},
    {"kind": "state", "state": "REDUCING"},
    {"kind": "profile", "profile": {"version": 2, "max_stake": 5, "margins": {"ou": {"overround": 1.08}}}},
]


@pytest.fixture
def post(client, bearer):
    return lambda body: client.post("/v1/commands", json={"command_id": "c1", **body}, headers=bearer())


@pytest.mark.parametrize("body", COMMANDS)
def test_a_command_goes_out_in_the_name_of_the_token(post, deps, clock, body):
    answer = post(body)
    assert answer.status_code == 202, answer.text
    [(topic, key, command, at)] = deps.producer.sent
    assert (topic, key, at) == ("operators.commands.v1", "north|c1", int(clock() * 1000))
    assert (command.operator, command.issued_by, command.event_time_ms) == ("north", "desk", at)
    assert answer.json() == command.model_dump(mode="json")
    profile = body.pop("profile", None)
    assert body.items() <= answer.json().items()
    if profile is not None:
        assert (command.profile.operator, command.profile.version, command.profile.max_stake) == (
            "north",
            2,
            5,
        )
        assert command.profile.margins == {"ou": MarginProfile(overround=1.08)}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "explode", "event_id": "e"},
        {"kind": "suspend"},
        {"kind": "suspend", "event_id": "e", "outcome": "home"},
        {"kind": "override", "event_id": "e", "market": "m", "outcome": "o"},
        {"kind": "override", "event_id": "e", "market": "m", "outcome": "o", "price": 1.0},
        {"kind": "factor", "bettor": "bob"},
        {"kind": "factor", "bettor": "bob", "stake_factor": -0.1},
        {"kind": "move", "event_id": "e", "market": "m", "outcome": "o"},
        {"kind": "limit", "limit": "max_stake"},
        {"kind": "limit", "limit": "max_fun", "amount": 1},
        {"kind": "limit", "limit": "max_stake", "amount": -1},
        {"kind": "state", "state": "ASLEEP"},
        {"kind": "profile", "profile": {"version": 1, "prices": {"laddder": "betfair"}}},
        {"kind": "profile", "profile": {"version": 1, "margins": {"ou": {"dynamic": {"sharpp": 1}}}}},
        {"kind": "profile"},
        {"kind": "profile", "profile": {}},
        {"kind": "profile", "profile": {"version": 1, "max_stak": 5}},
        {"kind": "profile", "profile": {"version": 1, "operator": "south"}},
        {"kind": "profile", "profile": {"version": 1, "margins": {"ou": {"overrund": 1.1}}}},
        {"kind": "suspend", "event_id": "e", "operator": "south"},
        {"kind": "suspend", "event_id": "e", "issued_by": "somebody"},
    ],
)
def test_a_command_that_lacks_something_or_has_too_much_is_refused(post, deps, body):
    answer = post(body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-command")
    assert deps.producer.sent == []


def test_a_wrong_command_is_told_where_by_a_json_pointer(post):
    margins = {"a/b~c": {"overrund": 1.1}}
    answer = post({"kind": "profile", "profile": {"version": 0, "margins": margins}})
    places = {fault["where"] for fault in answer.json()["errors"]}
    assert places == {"/profile/version", "/profile/margins/a~1b~0c/overrund"}


def test_a_command_that_kafka_did_not_confirm_is_to_be_given_again(post, deps):
    deps.producer.answers = False
    answer = post(COMMANDS[0])
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")


def test_the_settings_that_can_be_given_are_the_settings_that_there_are():
    settings, profile = ProfileSettings.model_fields, OperatorProfile.model_fields
    assert settings.keys() == profile.keys() - {"operator"}
    given = ProfileSettings(version=1).model_dump()
    assert OperatorProfile(operator="north", version=1).model_dump(exclude={"operator"}) == given
    assert MarginBody.model_fields.keys() == MarginProfile.model_fields.keys()
