"""Which ports a stack takes."""

import os
import socket
from contextlib import ExitStack
from dataclasses import asdict

import pytest

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import Bound, Claims, Ports


@pytest.fixture
def listener():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def settled(wanted=Ports(), before=Bound()):  # noqa: B008 - both are frozen
    with Claims() as claims:
        return claims.settle(wanted, before)


def test_ports_not_asked_for_are_free_and_different():
    found = set(asdict(settled()).values())
    assert len(found) == 5
    for port in found:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_the_ports_of_last_time_are_taken_again():
    before = settled()
    assert settled(before=before) == before


def test_a_port_asked_for_wins_over_that_of_last_time():
    before, wanted = settled(), settled().kafka
    now = settled(Ports(kafka=wanted, redis=0), before)
    assert now.kafka == wanted
    assert now.postgres == before.postgres
    assert now.redis not in (0, before.redis)


def test_two_stacks_at_once_never_share_a_port():
    with ExitStack() as stacks:
        claims = [stacks.enter_context(Claims()) for _ in range(40)]
        taken = [port for claim in claims for port in asdict(claim.settle(Ports(), Bound())).values()]
    assert len(set(taken)) == len(taken) == 200


def test_a_taken_port_says_by_whom_and_what_to_do(listener):
    with pytest.raises(EmbeddedError) as caught:
        settled(Ports(postgres_replica=listener))
    message = str(caught.value)
    assert f"port {listener}, wanted for postgres_replica, is taken" in message
    assert f"(process {os.getpid()})" in message
    assert "overround up --postgres-replica-port N" in message


def test_the_same_port_for_two_parts_is_refused():
    port = settled().kafka
    with pytest.raises(EmbeddedError, match=f"port {port}, wanted for redis, is taken"):
        settled(Ports(kafka=port, redis=port))
