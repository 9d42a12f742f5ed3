"""Quotes of markets of many outcomes while these rest: each kept by itself, not with the whole market.

A market of thousands of outcomes is a value of half a megabyte; to write it for every quote would keep others
waiting. What came while it rested is joined with it when it is looked at.
"""

from collections.abc import Iterator

from domain.compilation import CompiledMarket, StandingQuote, is_large, rests_until_ms
from streams.state import Kind, State

MARKET = Kind("market", CompiledMarket)
CAME = Kind("came", StandingQuote, kept=False)
"""By event, market and book."""


def keep(state: State, key: str, market: CompiledMarket, book: str, now: int) -> None:
    """Keep a market after a quote of ``book`` was taken: all of it, or that quote while it rests."""
    if is_large(market) and rests_until_ms(market) > now:
        state.put(CAME, f"{key}|{book}", market.quotes[book])
    else:
        state.put(MARKET, key, market)


def join(state: State, key: str, market: CompiledMarket) -> None:
    """Join a large market with the quotes that came while it rested; it is about to be looked at."""
    if not is_large(market):
        return
    came = list(state.items(CAME, f"{key}|"))
    for its_key, quote in came:
        book = its_key.rpartition("|")[2]
        standing = market.quotes.get(book)
        if standing is None or standing.event_time_ms <= quote.event_time_ms:
            market.quotes[book] = quote
            market.newest_ms = max(market.newest_ms, quote.event_time_ms)
        state.delete(CAME, its_key)
    if came:
        state.put(MARKET, key, market)


def waiting(state: State) -> Iterator[str]:
    """Yield the keys of the markets that have such quotes."""
    yield from dict.fromkeys(key.rpartition("|")[0] for key, _ in state.items(CAME))
