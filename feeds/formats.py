"""The formats that can be read, by name. A new one is a module and a line here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from feeds import tennis_data
from feeds.account import Account
from feeds.betfair import stream as betfair
from feeds.football_data import messages as football
from feeds.ordering import in_order, with_heartbeats
from feeds.routing import FeedMessage, topic_of
from feeds.the_odds_api import long, snapshots, wide

Reader = Callable[[Iterable[bytes], Account], Iterator[FeedMessage]]
"""Raw lines to messages, lazily; what became of the rows is in the account when all is consumed."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a recording is read.

    Parameters
    ----------
    feed : str
        The name that its messages carry.
    lateness_ms : int
        By how much a message may come after one with a later event time; 0: the reader keeps the order.
    heartbeat_ms : int
        How often a heartbeat comes between messages, in event time.
    """

    summary: str
    feed: str
    reader: Reader
    lateness_ms: int = 0
    heartbeat_ms: int = 30_000


FORMATS = {
    "the-odds-api": Format(
        "The Odds API v4 JSON, a snapshot per line, American prices", snapshots.FEED, snapshots.read
    ),
    "the-odds-api-mlb-ticks": Format(
        "The Odds API, MLB, a line per changed price, American", snapshots.FEED, long.reader(long.MLB)
    ),
    "the-odds-api-epl-table": Format(
        "The Odds API, EPL, a line per price, decimal", snapshots.FEED, long.reader(long.EPL)
    ),
    "the-odds-api-wide": Format(
        "The Odds API, NHL, NBA and WNBA, a line per book and game, American", snapshots.FEED, wide.read
    ),
    "football-data": Format(
        "football-data.co.uk, every layout: prices, closing prices, results",
        football.FEED,
        football.read,
        lateness_ms=football.LATENESS_MS,
        heartbeat_ms=6 * 3_600_000,
    ),
    "betfair-stream": Format(
        "Betfair Exchange Stream API, market change messages", betfair.FEED, betfair.read
    ),
    "tennis-data": Format(
        "tennis-data.co.uk: two-way prices and results of ATP and WTA",
        tennis_data.FEED,
        tennis_data.read,
        lateness_ms=tennis_data.LATENESS_MS,
        heartbeat_ms=6 * 3_600_000,
    ),
}


def read(name: str, raw: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of raw lines, counting them in ``account``.

    Raises
    ------
    KeyError
        No such format.
    """
    for message in FORMATS[name].reader(raw, account):
        account.messages[topic_of(message).name] += 1
        yield message


def recorded(name: str, raw: Iterable[bytes], account: Account) -> Iterator[FeedMessage]:
    """Yield the messages of a recording as ``play`` wants them: in event-time order, with heartbeats between.

    Raises
    ------
    KeyError
        No such format.
    """
    form = FORMATS[name]
    ordered = in_order(read(name, raw, account), form.lateness_ms)
    return with_heartbeats(ordered, form.feed, form.heartbeat_ms)
