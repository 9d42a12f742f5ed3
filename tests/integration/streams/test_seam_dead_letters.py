"""What cannot be handled goes to the dead letters, and all else goes on."""

import json

import pytest
from confluent_kafka import Producer

from streams.producer import client_config
from tests.integration.streams.bed import until

pytestmark = pytest.mark.integration


def put(bed, value: bytes) -> None:
    client = Producer(client_config(bed.kafka))
    client.produce(bed.source.name, value, b"raw", 1, headers=[("trace-id", b"t-1")])
    assert client.flush(30) == 0


def test_poison_in_the_middle_goes_to_the_dead_letters_with_its_origin_and_the_rest_goes_on(bed):
    bed.send(range(100), keys=1)
    bed.poison("k0")
    put(bed, b"{no json")
    put(bed, b'{"key":"k0","id":"seven"}')
    bed.send(range(100, 200), keys=1)
    worker = bed.start()
    bed.wait_done()
    assert worker.table() == bed.expected_table()
    bed.assert_outputs()
    letters = {dict(letter.headers)["reason"].split(b":")[0]: letter for letter in bed.read(bed.source.dlq)}
    assert set(letters) == {b"stage_error", b"not_json", b"schema"}
    raw = letters[b"not_json"]
    headers = dict(raw.headers)
    assert (raw.key, raw.value) == (b"raw", b"{no json")
    assert headers["trace-id"] == b"t-1"
    assert headers["origin-topic"] == bed.source.name.encode()
    [source] = [record for record in bed.read(bed.source.name) if record.value == b"{no json"]
    assert (int(headers["origin-partition"]), int(headers["origin-offset"])) == (
        source.partition,
        source.offset,
    )
    status, metrics = worker.get("/metrics")
    assert status == 200
    for reason in ("stage_error", "not_json", "schema"):
        counted = f'{{reason="{reason}",stage="{bed.name}",topic="{bed.source.name}"}} 1.0'
        assert f"overround_dead_letters_total{counted}" in metrics


def test_a_sink_waits_for_its_service_and_then_carries_everything(bed, tmp_path):
    gate, file = tmp_path / "gate", tmp_path / "filed"
    file.touch()
    bed.send(range(100))
    bed.poison()
    bed.send(range(100, 200))
    worker = bed.start(kind="sink", gate=str(gate), sink_file=str(file))
    worker.wait_ready()
    unavailable = f'overround_service_unavailable{{stage="{bed.name}"}}'
    until(lambda: f"{unavailable} 1.0" in worker.get("/metrics")[1])
    assert worker.get("/health/live")[0] == 200
    assert file.read_text() == ""
    assert sum(bed.committed().values()) == 0
    gate.touch()
    bed.wait_done()
    assert set(file.read_text().split("\n")) - {""} == {f"{key} {number}" for key, number in bed.sent}
    [letter] = bed.read(bed.source.dlq)
    assert dict(letter.headers)["reason"].startswith(b"stage_error")
    assert f"{unavailable} 0.0" in worker.get("/metrics")[1]


def test_a_sink_that_waits_ends_in_time(bed, tmp_path):
    bed.send(range(10))
    worker = bed.start(kind="sink", gate=str(tmp_path / "gate"), sink_file=str(tmp_path / "filed"))
    until(lambda: "service_unavailable" in worker.get("/metrics")[1])
    assert worker.stop() < 5


def test_what_a_worker_shows_is_there(bed):
    worker = bed.start()
    worker.wait_ready()
    bed.send(range(10), keys=2)
    bed.wait_done()
    status, body = worker.get(f"/tables/{bed.name}")
    assert status == 200
    lines = [json.loads(line) for line in body.splitlines()]
    assert {line["key"] for line in lines} == {"tally/k0", "tally/k1"}
    assert worker.get("/tables/other")[0] == 404
    assert worker.get("/health/live") == (200, '{"status": "ok", "stalled": []}')
    metrics = worker.get("/metrics")[1]
    assert f'overround_records_total{{stage="{bed.name}",topic="{bed.source.name}"}} 10.0' in metrics
    assert (
        f'overround_lag_records{{partition="0",stage="{bed.name}",topic="{bed.source.name}"}} 0.0' in metrics
    )
