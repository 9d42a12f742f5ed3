"""Who gets which rights on the broker."""

import shlex

import pytest

from deploy.acls import ROLES, Right, api, feed, main, operator, worker
from streams.topics import changelog, registry


def allows(rights, operation, topic):
    return any(
        right.operation == operation
        and right.resource == "topic"
        and (topic.startswith(right.name) if right.prefixed else topic == right.name)
        for right in rights
    )


TOPICS = [topic.name for topic in registry(["north", "south"])]
DEAD = [topic.dlq for topic in registry(["north", "south"])]


def allowed(role, operation, user="north"):
    rights = list(ROLES[role](user))
    return {topic for topic in (*TOPICS, *DEAD) if allows(rights, operation, topic)}


def test_a_feed_writes_what_comes_in_and_reads_which_events_are_known():
    assert allowed("feed", "Write") == {
        "odds.quotes.v1",
        "events.fixtures.v1",
        "events.results.v1",
        "events.matches.v1",
        "feeds.heartbeats.v1",
    }
    assert allowed("feed", "Read") == {"events.fixtures.v1", "events.matches.v1"}
    assert all(right.resource == "topic" for right in feed("x"))


def test_an_operator_reads_its_own_prices_and_nobody_elses():
    assert allowed("operator", "Read", "north") == {"prices.offered.north.v1"}
    assert allowed("operator", "Write", "north") == set()
    assert Right("Read", "group", "north.", prefixed=True) in set(operator("north"))


def test_workers_reach_every_topic_of_the_platform():
    every = {*TOPICS, *DEAD}
    assert allowed("worker", "Read") == allowed("worker", "Write") == every
    assert allows(list(worker("w")), "Write", changelog("book"))
    assert not allows(list(worker("w")), "Read", "somebody.elses.v1")


def test_the_edge_writes_bets_and_commands_alone():
    assert allowed("api", "Write") == {"bets.placed.v1", "operators.commands.v1"}
    assert allowed("api", "Read") >= {
        "prices.offered.north.v1",
        "prices.offered.south.v1",
        "bets.decisions.v1",
    }
    assert all(right.resource == "topic" for right in api("x"))


def test_the_commands_can_be_pasted(capsys):
    main(["operator", "north sea", "--bootstrap", "kafka:9092", "--config", "admin.properties"])
    first, second = (shlex.split(line) for line in capsys.readouterr().out.splitlines())
    assert first[:5] == [
        "kafka-acls.sh",
        "--bootstrap-server",
        "kafka:9092",
        "--command-config",
        "admin.properties",
    ]
    assert "User:north sea" in first
    assert second[-2:] == ["--resource-pattern-type", "prefixed"]


def test_an_unknown_role_is_refused(capsys):
    with pytest.raises(SystemExit) as left:
        main(["punter", "bob", "--bootstrap", "kafka:9092"])
    assert left.value.code == 2
    assert "invalid choice: 'punter'" in capsys.readouterr().err
