"""Lanes: chunks of a partition in order, one at a time; partitions side by side."""

import asyncio
from collections.abc import Sequence

from streams.records import Chunk, PlainRecord
from streams.seam.lane import Lane


def chunk(*offsets: int, topic: str = "t") -> Chunk:
    return Chunk(topic, 0, [PlainRecord(topic, 0, offset, 0, None, None) for offset in offsets])


class Desk:
    """Handles chunks when it is told to."""

    def __init__(self) -> None:
        self.handled: list[list[int]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.open = asyncio.Event()
        self.error: Exception | None = None

    async def handle(self, turn: Sequence[Chunk]) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await self.open.wait()
        self.at_once -= 1
        if self.error is not None:
            raise self.error
        self.handled.append([record.offset for chunk in turn for record in chunk.records])

    async def settle(self) -> None:
        """Nothing."""


def lane_on(desk: Desk, failures: list[BaseException], most: int = 4) -> Lane:
    return Lane("s", desk, failures.append, most)


async def test_chunks_are_handled_in_order_one_at_a_time_and_acked_after():
    desk, done = Desk(), []
    lane = lane_on(desk, [], most=2)
    for number in range(0, 10, 2):
        lane.put(chunk(number, number + 1), lambda number=number: done.append(number))
    await asyncio.sleep(0)
    assert (desk.handled, done, lane.busy) == ([], [], True)
    desk.open.set()
    await lane.idle()
    assert desk.handled == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert done == [0, 2, 4, 6, 8]
    assert desk.most_at_once == 1


async def test_a_lane_that_has_fallen_behind_takes_longer_chunks_but_not_longer_than_it_may():
    desk, done = Desk(), []
    lane = lane_on(desk, [], most=4)
    for number in range(7):
        lane.put(chunk(number), lambda number=number: done.append(number))
    desk.open.set()
    await lane.idle()
    assert desk.handled == [[0, 1, 2, 3], [4, 5, 6]]
    assert done == list(range(7))


async def test_a_turn_takes_what_waits_of_all_topics_each_in_order():
    desk = Desk()
    lane = lane_on(desk, [], most=10)
    for number in range(6):
        lane.put(chunk(number, topic="even" if number % 2 == 0 else "odd"), lambda: None)
    desk.open.set()
    await lane.idle()
    assert desk.handled == [[0, 2, 4, 1, 3, 5]]


async def test_a_lane_is_full_before_it_holds_much():
    desk = Desk()
    lane = lane_on(desk, [], most=2)
    for number in range(20):
        lane.put(chunk(number), lambda: None)
    assert lane.full
    desk.open.set()
    await lane.idle()
    assert not lane.full


async def test_a_failure_ends_the_lane_loudly_and_acks_nothing():
    desk, failures, done = Desk(), [], []
    lane = lane_on(desk, failures, most=1)
    desk.error = ValueError("no")
    lane.put(chunk(0), lambda: done.append(0))
    lane.put(chunk(1), lambda: done.append(1))
    desk.open.set()
    await lane.idle()
    assert failures == [desk.error]
    lane.put(chunk(2), lambda: done.append(2))
    assert (done, lane.busy) == ([], False)


async def test_a_stopped_lane_finishes_what_it_is_at_and_drops_the_rest():
    desk, done = Desk(), []
    lane = lane_on(desk, [], most=1)
    for number in range(3):
        lane.put(chunk(number), lambda number=number: done.append(number))
    await asyncio.sleep(0)
    lane.stop()
    desk.open.set()
    await lane.idle()
    assert desk.handled == [[0]]
    assert done == [0]


async def test_a_cancelled_lane_acks_nothing():
    desk, failures, done = Desk(), [], []
    lane = lane_on(desk, failures)
    lane.put(chunk(0), lambda: done.append(0))
    await asyncio.sleep(0)
    lane.cancel()
    while lane.busy:
        await asyncio.sleep(0)
    assert (desk.handled, failures, done) == ([], [], [])


class Post:
    """Sends what it is given, and is told when it has arrived."""

    def __init__(self) -> None:
        self.letters: list[asyncio.Future[None]] = []

    async def handle(self, turn: Sequence[Chunk]) -> asyncio.Future[None]:
        self.letters.append(asyncio.get_running_loop().create_future())
        return self.letters[-1]

    async def settle(self) -> None:
        """Nothing."""


async def test_a_turn_on_its_way_is_acked_when_it_arrives_and_does_not_hold_up_the_next():
    post, done = Post(), []
    lane = Lane("s", post, lambda _: None, 1)
    for number in range(2):
        lane.put(chunk(number), lambda number=number: done.append(number))
    while len(post.letters) < 2:
        await asyncio.sleep(0)
    assert (done, lane.busy) == ([], True)
    idle = asyncio.create_task(lane.idle())
    for letter in post.letters:
        letter.set_result(None)
    await idle
    assert (done, lane.busy) == ([0, 1], False)


async def test_a_turn_that_does_not_arrive_ends_the_lane_and_is_not_acked():
    post, failures, done = Post(), [], []
    lane = Lane("s", post, failures.append, 1)
    lane.put(chunk(0), lambda: done.append(0))
    while not post.letters:
        await asyncio.sleep(0)
    error = ValueError("no")
    post.letters[0].set_exception(error)
    await lane.idle()
    lane.put(chunk(1), lambda: done.append(1))
    assert (failures, done, lane.busy) == ([error], [], False)
