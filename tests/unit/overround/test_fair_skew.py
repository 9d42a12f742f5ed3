"""Files and stream lead to the same features: the recording goes through the feed and the compiler."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.compilation import CompiledMarket, compile_fair, fair_price, take
from domain.consensus import ConsensusConfig
from feeds.account import Account
from feeds.files import lines
from feeds.football_data import messages
from feeds.football_data.times import CLOSE_MS
from ml.fair.features import features
from ml.fair.form import Form
from ml.fair.history import History
from ml.fair.match import OUTCOMES, Closed, Market
from ml.fair.messages import Snapshots, closed, closed_match
from ml.fair.table import table
from overround.commands.football import recorded
from schemas import Fixture, Quote, Result

FOLDER = Path(__file__).parents[2] / "fixtures" / "feeds" / "football"
CONFIG = ConsensusConfig()
FILES = ("native_2019.csv", "native_2017.csv", "merged.csv")


class Compiler:
    """What a stage does for the model: compile at every tick, keep snapshots, tell of finished matches."""

    def __init__(self):
        self.history = History(Form())
        self.markets = {}
        self.fixtures = {}
        self.snapshots = {}
        self.rows = {}

    def tick(self, quotes):
        touched = {}
        for quote in quotes:
            if quote.market not in OUTCOMES:
                continue
            market = self.markets.setdefault((quote.event_id, quote.market), CompiledMarket())
            take(market, quote, 0, 0)
            touched[quote.event_id, quote.market] = quote.event_time_ms
        for (event, name), at_ms in touched.items():
            compiled = self.markets[event, name]
            compile_fair(event, name, compiled, at_ms, CONFIG)
            # Not the published price, which stays where it is when the consensus hardly moves.
            fair = fair_price(event, name, compiled.quotes, at_ms, CONFIG, 1)
            if not fair.probabilities:
                continue
            fixture = self.fixtures[event]
            books = {
                share.book: tuple(compiled.quotes[share.book].prices[way] for way in OUTCOMES[name])
                for share in fair.books
                if share.rejected is None
            }
            consensus = tuple(fair.probabilities[way] for way in OUTCOMES[name])
            kept = self.snapshots.setdefault((event, name), Snapshots())
            if at_ms == fixture.starts_at_ms - CLOSE_MS:
                kept.closing = list(consensus)
            elif kept.opening is None:
                market = Market(
                    fixture.competition,
                    fixture.home,
                    fixture.away,
                    fixture.starts_at_ms,
                    at_ms,
                    consensus,
                    books,
                    name,
                )
                (found,) = features([market], self.history.as_of(at_ms))
                self.rows[name, event] = found
                kept.opened_at_ms, kept.opening = at_ms, list(consensus)
                kept.books = {book: list(prices) for book, prices in sorted(books.items())}

    def result(self, message):
        fixture = self.fixtures[message.event_id]
        over = Closed(
            fixture.competition,
            fixture.home,
            fixture.away,
            fixture.starts_at_ms,
            message.event_time_ms,
            None,
            None,
            message.home_score,
            message.away_score,
        )
        match, total = (
            self.snapshots.get((message.event_id, name), Snapshots()) for name in ("1x2", "ou:2.5")
        )
        told = closed_match(message.event_id, over, match, total)
        self.history.add(closed(type(told).model_validate_json(told.model_dump_json())))


@pytest.mark.parametrize("file", FILES)
def test_features_of_the_stream_are_those_of_the_table_bit_for_bit(file):
    told = list(messages.read(lines(FOLDER / file), Account()))
    told.sort(key=lambda message: message.event_time_ms)
    compiler = Compiler()
    while told:
        at_ms = told[0].event_time_ms
        now = [message for message in told if message.event_time_ms == at_ms]
        told = told[len(now) :]
        compiler.fixtures |= {message.event_id: message for message in now if isinstance(message, Fixture)}
        compiler.tick([message for message in now if isinstance(message, Quote)])
        for message in now:
            if isinstance(message, Result) and message.status == "final":
                compiler.result(message)

    for name in OUTCOMES:
        matches = recorded([FOLDER / file], name)
        matches = [
            match if match.market and "average" not in match.market.books else replace(match, market=None)
            for match in matches
        ]
        known = table(matches)
        online = {
            (compiler.fixtures[event].home, compiler.fixtures[event].starts_at_ms): row
            for (kind, event), row in compiler.rows.items()
            if kind == name
        }
        assert len(online) == len(known)
        for market, row in zip(known.markets, known.features, strict=True):
            found = online[market.home, market.starts_at_ms]
            np.testing.assert_array_equal(np.array(list(found.values()), dtype=np.float32), row)
