"""A changelog in memory, and a stage that counts words."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from pydantic import BaseModel

from schemas.base import Message
from streams.records import PRODUCED_AT, Chunk, PlainRecord
from streams.seam.emitter import Ends
from streams.seam.handlers import Tools
from streams.seam.offsets import Offsets
from streams.seam.outcome import Frame, Framer
from streams.stage import Outbox, Stage, decoded
from streams.state import Kind, State
from streams.topics import Topic

NOW_US = 1_700_000_000_000_000
CHANGELOG = "overround-words-state-changelog"


class Word(Message):
    """What comes in."""

    word: str


class Seen(Message):
    """What goes out."""

    word: str
    times: int


class Times(BaseModel):
    """What is remembered."""

    times: int = 0


TIMES = Kind("times", Times)
WORDS = Topic("words.v1", "word", Word)
SEEN = Topic("seen.v1", "word", Seen)


class Words(Stage):
    """Counts words; ``bad`` makes it fail after it has changed its state, ``big`` makes it say a lot."""

    name = "words"
    kinds = (TIMES,)

    def __init__(self) -> None:
        self.chunks: list[int] = []

    def handlers(self):
        return {WORDS.name: self.count}

    def count(self, chunk: Chunk, state: State, out: Outbox) -> None:
        self.chunks.append(len(chunk.records))
        for record, message in decoded(chunk, Word, out):
            times = state.get(TIMES, message.word) or Times()
            times.times += 1
            if message.word == "gone":
                state.delete(TIMES, "kept")
            state.put(TIMES, message.word, times)
            if message.word == "bad":
                raise ValueError("bad word")
            said = message.word if not message.word.startswith("big") else message.word * (1 << 18)
            out.emit(SEEN, message.word, Seen(word=said, times=times.times), 5, cause=record, route="r")


def record(word: str, offset: int, partition: int = 1) -> PlainRecord:
    value = word.encode() if word.startswith("{") else b'{"word":"%s"}' % word.encode()
    headers = [(PRODUCED_AT, b"%d" % (NOW_US - 5000))]
    return PlainRecord(WORDS.name, partition, offset, 0, word.encode(), value, headers)


def chunk(*words: str, begin: int = 0) -> Chunk:
    return Chunk(WORDS.name, 1, [record(word, begin + n) for n, word in enumerate(words)])


class Broker:
    """Keeps what is written, as topics do; ``before`` is called with each batch before it is taken."""

    def __init__(self) -> None:
        self.logs: dict[tuple[str, int], list[PlainRecord]] = defaultdict(list)
        self.batches: list[list[Frame]] = []
        self.before: Callable[[list[Frame]], None] = lambda _: None

    async def write(self, frames: Sequence[Frame]) -> Ends:
        self.before(list(frames))
        self.batches.append(list(frames))
        return {place: self.put(frame) for frame in frames for place in [frame[:2]]}

    def put(self, frame: Frame) -> int:
        topic, partition, key, value, timestamp, headers = frame
        log = self.logs[topic, partition]
        log.append(PlainRecord(topic, partition, len(log), timestamp, key, value, headers))
        return len(log) - 1

    async def look(self, topic: str, partition: int, begin: int, end: int) -> list[PlainRecord]:
        return self.logs[topic, partition][begin:end]

    def words(self) -> list[bytes | None]:
        return [record.value for place, log in self.logs.items() if place[0] == SEEN.name for record in log]


def tools(broker: Broker, steps: Callable[[str], None] = lambda _: None) -> Tools:
    return Tools(broker, broker.look, Offsets("127.0.0.1:1"), Framer(4, lambda: NOW_US), 4, steps)
