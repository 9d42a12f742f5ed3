from dataclasses import replace

import pytest

from api.stream.hub import Hub


@pytest.fixture
def hub(deps):
    return Hub(deps)


def test_prices_are_late_while_kafka_does_not_answer(hub, deps):
    board = deps.boards.by_operator["north"]
    assert not hub.late(board)
    deps.tails[0].healthy = False
    assert hub.late(board)


def test_nobody_is_served_before_all_prices_have_been_read(hub, deps):
    assert hub.ready
    deps.tails[0].at_end = False
    assert not hub.ready


def test_each_operator_has_its_own_room(deps):
    hub = Hub(replace(deps, limits=replace(deps.limits, streams_per_operator=1)))
    assert hub.enter_operator("north")
    assert not hub.enter_operator("north")
    assert hub.enter_operator("south")
    hub.leave_operator("north")
    assert hub.enter_operator("north")
    assert deps.registry.get_sample_value("overround_stream_clients", {"operator": "north"}) == 1
