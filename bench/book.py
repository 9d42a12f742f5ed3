"""What pricing, deciding and hedging cost. ``book.py [--bets N] [--events N]``; prints one JSON object."""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from agents.assess import Assess
from agents.book import Book
from agents.compile import Compile
from domain.acceptance import decide
from domain.book import EventBook, payout
from domain.decisions import decide_bet
from domain.price_bounds import PriceBounds
from domain.pricing import priced
from domain.risk import Position, Venue, hedge
from domain.rules import BetRequest
from domain.states import FOOTBALL, compile_measure
from domain.states.board import football_board
from schemas import (
    AssessedBet,
    Bet,
    BookShare,
    FairPrice,
    Fixture,
    Leg,
    MarginProfile,
    OfferedPrice,
    OperatorCommand,
    OperatorProfile,
    Quote,
    StakeFactor,
)
from schemas.base import Message
from streams.records import EVENT_TIME, Chunk, Output, PlainRecord
from streams.seam.rocks import RocksShelf
from streams.stage import Outbox, Stage
from streams.state import DictStore, State
from streams.topics import ASSESSED, BETS, COMMANDS, FIXTURES, QUOTES, Topic, offered

OPERATOR = "north"
T = 1_750_000_000_000
PRICES = {"home": 2.0, "draw": 3.4, "away": 4.0}
OUTCOMES = tuple(PRICES)
PROFILE = OperatorProfile(
    operator=OPERATOR,
    version=1,
    margins={"default": MarginProfile(overround=1.05, min_books=1)},
    market_limit=10**15,
    event_limit=10**15,
    max_bets_per_minute=10**9,
)
CHUNK = 500


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bets", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--outcomes", type=int, default=2_000)
    wanted = parser.parse_args()
    found = {
        "decide_us": {str(bets): _deciding(bets) for bets in (1_000, 10_000, 100_000)},
        "price_us": _pricing(),
        "hedge_ms": _hedging(),
        "large_market": _large_market(wanted.outcomes),
        "stages": _stages(wanted.bets, wanted.events),
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _timed(work: Callable[[], object], times: int) -> dict[str, float]:
    """Return median and 99th percentile of the CPU time, in microseconds."""
    work()
    took = []
    for _ in range(times):
        start = time.thread_time_ns()
        work()
        took.append((time.thread_time_ns() - start) / 1_000)
    took.sort()
    return {"p50": round(median(took), 1), "p99": round(took[int(0.99 * len(took))], 1)}


# one decision, by the number of bets in the book


def _deciding(bets: int) -> dict[str, dict[str, float]]:
    book, rng = EventBook(), Random(1)
    for _ in range(bets):
        outcome = OUTCOMES[int(rng.random() * 3)]
        stake = 100 + int(rng.random() * 10_000)
        book.reserve(f"m{int(rng.random() * 30)}", outcome, stake, payout(stake, PRICES[outcome]))
    request = BetRequest(
        market="m3",
        outcome="home",
        stake=1_000,
        price=2.0,
        price_sequence=1,
        standing_price=2.0,
        suspended=None,
        event_known=True,
        event_started=False,
        profile=PROFILE,
        stake_factor=1.0,
        bets_last_minute=1,
        book=book,
        outcomes=PRICES,
    )
    price = offer("e", "m3")
    assessed = AssessedBet(
        bet=bet_on(0, "e", "m3", 0),
        standing=StakeFactor(factor=1.0, bets_last_minute=1),
        received_at_ms=T,
        event_time_ms=T,
    )

    def whole() -> object:
        return decide_bet(assessed, price=price, profile=PROFILE, starts_at_ms=T + 10**7, book=book)

    return {"rules": _timed(lambda: decide(request), 5_000), "with_message": _timed(whole, 5_000)}


# one price, and one hedge


def _pricing() -> dict[str, dict[str, float]]:
    fair = FairPrice(
        event_id="e",
        market="1x2",
        sequence=1,
        probabilities={"home": 0.5, "draw": 0.27, "away": 0.23},
        books=[BookShare(book=f"b{n}", partition=0, offset=n, weight=0.1) for n in range(10)],
        model="consensus",
        event_time_ms=T,
        as_of_ms=T,
    )
    bounds = PriceBounds()
    own = {"home": 1.9, "away": 1.85}
    others = {"1x2": {"home": 1.9, "draw": 3.5, "away": 4.0}}

    def check() -> object:
        return bounds.of("soccer", "ah:-0.5", own, lambda: others)

    def anew() -> object:
        return PriceBounds().of("soccer", "ah:-0.5", own, lambda: others)

    return {
        "price_of_three_outcomes": _timed(lambda: priced(fair, None, PROFILE), 5_000),
        "own_arbitrage_kept_proof": _timed(check, 5_000),
        "own_arbitrage_new_proof": _timed(anew, 100),
    }


def _hedging() -> dict[str, float]:
    measure = compile_measure("soccer", {"1x2": {"home": 0.5, "draw": 0.27, "away": 0.23}})
    if measure is None:
        raise AssertionError
    venues = [
        Venue("other", market, outcome, 0.97 / measure.probability(market, outcome), 10**9)
        for market, outcome in football_board().selections[:20]
    ]
    rng = np.random.default_rng(1)
    position = Position()
    for market, outcome in football_board().selections[:60]:
        position.take_at(market, outcome, int(rng.integers(1_000, 1_000_000)), 2.0)
    profits = position.by_state(FOOTBALL)
    found = _timed(lambda: hedge(profits, FOOTBALL, venues, measure.p), 200)
    return {name: round(value / 1_000, 2) for name, value in found.items()}


# a market with thousands of outcomes beside small ones


def _large_market(outcomes: int) -> dict[str, object]:
    """Measure the delay of small markets' quotes in a stage, without and with a large market beside them.

    What a read finds waiting is one chunk, as the seam does it. Every hundredth quote is of the large market.
    Arrivals are simulated, a quote each ``GAP`` milliseconds: a chunk takes the CPU time that the stage
    really spent on it.
    """
    without = _delays(0)
    beside = _delays(outcomes)
    return {"outcomes": outcomes, "others_alone_ms": without, "others_beside_it_ms": beside}


def _delays(outcomes: int) -> dict[str, float]:
    lane = _Lane(Compile([OPERATOR]))
    lane.give(COMMANDS, [settings()])
    lane.give(FIXTURES, [fixture(f"e{n}") for n in range(50)] + [fixture("large")])
    large = {f"o{n}": 0.9 * outcomes for n in range(outcomes)}
    quotes: list[tuple[float, bool, Message]] = []
    rng = Random(2)
    for n in range(20_000):
        is_large = bool(outcomes) and n % 100 == 99
        around = large if is_large else PRICES
        prices = {name: round(price * (0.98 + 0.04 * rng.random()), 2) for name, price in around.items()}
        event = "large" if is_large else f"e{n % 50}"
        quote = Quote(
            event_id=event,
            market="1x2" if not is_large else "outright",
            book=f"b{int(rng.random() * 5)}",
            feed="bench",
            prices=prices,
            event_time_ms=T + int(n * GAP),
            quoted_at_ms=T + int(n * GAP),
        )
        quotes.append((n / 1_000 * GAP, is_large, quote))
    now, place, delays = 0.0, 0, []
    while place < len(quotes):  # one turn of the lane
        now = max(now, quotes[place][0])
        end = place
        while end < len(quotes) and quotes[end][0] <= now:
            end += 1
        start = time.thread_time()
        lane.give(QUOTES, [quote for _, _, quote in quotes[place:end]], T + int(1_000 * now))
        now += time.thread_time() - start
        if place > 1_000:
            delays += [now - came for came, is_large, _ in quotes[place:end] if not is_large]
        place = end
    delays.sort()
    return {
        "p50": round(1_000 * median(delays), 2),
        "p99": round(1_000 * delays[int(0.99 * len(delays))], 2),
    }


GAP = 2.0
"""Milliseconds between quotes: 500 a second on one partition."""


# many bets through the stages that assess and decide


def _stages(bets: int, events: int) -> dict[str, object]:
    """Let bets pass assess and book with tables in RocksDB, as a worker holds them, and no broker."""
    names = [f"event{n:04d}" for n in range(events)]
    with TemporaryDirectory(prefix="overround-bench-") as folder:
        assess = _Lane(Assess(), Path(folder) / "assess")
        book = _Lane(Book([OPERATOR]), Path(folder) / "book")
        for lane in (assess, book):
            lane.give(COMMANDS, [settings()])
        book.give(FIXTURES, [fixture(name) for name in names])
        book.give(offered(OPERATOR), [offer(name, "1x2") for name in names])
        process = psutil.Process()
        marks: list[tuple[int, float, float]] = []
        done, busy = 0, 0.0
        part = max(CHUNK, bets // 20)
        since = 0.0
        for chunk in _chunks(bets, names):
            start = time.process_time()
            answers = assess.give_records(BETS, chunk)
            book.give_records(ASSESSED, [_plain(o) for o in answers if o.topic == ASSESSED.name])
            busy += time.process_time() - start
            done += len(chunk)
            if done // part > (done - len(chunk)) // part:
                marks.append((done, part / (busy - since), process.memory_info().rss / 2**20))
                since = busy
        accepted = book.emitted
        book.close()
        assess.close()
    first, last = marks[1], marks[-1]
    return {
        "how": "stages assess and book in one process with RocksDB, no broker; rate per second of CPU",
        "bets": bets,
        "events": events,
        "answers_of_book": accepted,
        "bets_per_cpu_second": {"start": round(first[1]), "end": round(last[1])},
        "rate_end_of_start": round(last[1] / first[1], 3),
        "rss_mib": {"start": round(first[2]), "end": round(last[2])},
        "rss_end_of_start": round(last[2] / first[2], 3),
        "path": [(n, round(rate), round(rss)) for n, rate, rss in marks],
        "max_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _chunks(bets: int, names: list[str]) -> Iterator[list[PlainRecord]]:
    rng = Random(3)
    for first in range(0, bets, CHUNK):
        chunk = []
        for n in range(first, min(first + CHUNK, bets)):
            bet = bet_on(n, names[int(rng.random() * len(names))], "1x2", int(rng.random() * 3))
            chunk.append(_record(BETS, f"{OPERATOR}|{bet.bettor}", bet, T + n))
        yield chunk


class _Lane:
    """One partition of a stage, as the seam runs it: a chunk, then its changes to the table."""

    def __init__(self, stage: Stage, folder: Path | None = None) -> None:
        self._stage = stage
        self._shelf = RocksShelf(folder) if folder is not None else None
        self._memory = DictStore()
        self._state = State(self._shelf if self._shelf is not None else self._memory)
        self.emitted = 0

    def give(self, topic: Topic, messages: Sequence[Message], at_ms: int = T) -> None:
        """Process messages as one chunk."""
        self.give_records(topic, [_record(topic, "k", message, at_ms) for message in messages])

    def give_records(self, topic: Topic, records: list[PlainRecord]) -> list[Output]:
        """Process a chunk and keep what it changed; return what came out."""
        out = Outbox(1)
        self._stage.process(Chunk(topic.name, 0, records), self._state, out)
        changes = self._state.take_changes()
        if self._shelf is not None:
            self._shelf.write(changes)
        else:
            self._memory.apply(changes)
        self.emitted += len(out.outputs)
        return out.outputs

    def close(self) -> None:
        """Close the table."""
        if self._shelf is not None:
            self._shelf.close()


def settings() -> OperatorCommand:
    """Return the operator's settings: limits that no bet comes to."""
    return OperatorCommand(
        operator=OPERATOR,
        command_id="settings",
        kind="profile",
        issued_by="bench",
        event_time_ms=T,
        profile=PROFILE,
    )


def fixture(event: str) -> Fixture:
    """Return a match that has not started."""
    return Fixture(
        event_id=event,
        sport="soccer",
        competition="cup",
        home="Home",
        away="Away",
        starts_at_ms=T + 10**10,
        event_time_ms=T,
    )


def offer(event: str, market: str) -> OfferedPrice:
    """Return prices of three outcomes."""
    return OfferedPrice(
        operator=OPERATOR,
        event_id=event,
        market=market,
        sequence=1,
        prices=PRICES,
        fair_sequence=1,
        exposure_version=0,
        settings_version=1,
        overround=1.05,
        starts_at_ms=T + 10**10,
        event_time_ms=T,
    )


def bet_on(n: int, event: str, market: str, place: int) -> Bet:
    """Return the single of that number, a millisecond after the one before."""
    outcome = OUTCOMES[place]
    leg = Leg(event_id=event, market=market, outcome=outcome, price=PRICES[outcome], price_sequence=1)
    return Bet(
        operator=OPERATOR,
        bettor=f"b{n % 20_000}",
        bet_id=f"x{n}",
        legs=[leg],
        stake=100 + n % 900,
        event_time_ms=T + n,
    )


def _record(topic: Topic, key: str, message: Message, at_ms: int) -> PlainRecord:
    value = message.__pydantic_serializer__.to_json(message)
    headers = ((EVENT_TIME, str(at_ms).encode()),)
    return PlainRecord(topic.name, 0, 0, at_ms, key.encode(), value, headers)


def _plain(output: Output) -> PlainRecord:
    return PlainRecord(output.topic, 0, 0, output.event_time_ms, output.key, output.value)


if __name__ == "__main__":
    main()
