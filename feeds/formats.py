"""The formats that can be read, by name. A new one is a module and a line here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from feeds.account import Account
from feeds.routing import FeedMessage, topic_of
from feeds.the_odds_api import snapshots

Reader = Callable[[Iterable[bytes], Account], Iterator[FeedMessage]]
"""Raw lines to messages, lazily; what became of the rows is in the account when all is consumed."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a recording is read.

    Parameters
    ----------
    lateness_ms : int
        By how much a message may come after one with a later event time; 0: the reader keeps the order.
    """

    summary: str
    reader: Reader
    lateness_ms: int = 0


FORMATS = {
    "the-odds-api": Format("The Odds API v4 JSON, a snapshot per line, American prices", snapshots.read),
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
