import asyncio

import pytest


def test_a_server_whose_parts_answer_is_ready(client):
    for path in ("/health/live", "/health/ready"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("part", "detail"), [("at_end", "still reading a.topic"), ("healthy", "Kafka does not answer (a.topic)")]
)
def test_a_server_that_has_not_caught_up_is_not_ready_but_alive(client, deps, part, detail):
    setattr(deps.tails[0], part, False)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["detail"]) == (503, detail)
    assert client.get("/health/live").status_code == 200


def test_a_tail_that_has_ended_is_a_reason_to_restart(client, deps):
    deps.tails[0].failure = ValueError("x")
    assert client.get("/health/live").json()["detail"] == "the tail of a.topic has ended"


def test_a_part_that_hangs_is_not_well(client, deps, monkeypatch):
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(deps.snapshots, "check", hang)
    answer = client.get("/health/ready")
    assert answer.json()["detail"] == "Redis: TimeoutError; PostgreSQL: TimeoutError"
