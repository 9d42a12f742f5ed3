"""What an operator may win and lose: as the stream last said it, and as the decisions say it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas import Exposure, MarketExposure
from storage.database import Database

_ALL = "SELECT body FROM exposures WHERE operator = $1 ORDER BY event_id"

_FIND = "SELECT body FROM exposures WHERE operator = $1 AND event_id = $2"

_RECOMPUTED = """
    WITH held AS (
        SELECT event_id, market, outcome, decided.stake, decided.payout
        FROM decisions decided LEFT JOIN settled_latest settled
            ON settled.operator = $1 AND settled.bet_id = decided.bet_id AND settled.bettor = decided.bettor
        WHERE decided.operator = $1 AND decision = 'accepted' AND NOT combined
            AND ($2::text IS NULL OR event_id = $2)
            AND (settled.status IS NULL OR settled.status = 'open')
        UNION ALL
        SELECT leg ->> 'event_id', hold ->> 'market', hold ->> 'outcome',
            (hold ->> 'stake')::bigint, (hold ->> 'payout')::bigint
        FROM decisions decided LEFT JOIN settled_latest settled
            ON settled.operator = $1 AND settled.bet_id = decided.bet_id AND settled.bettor = decided.bettor
            CROSS JOIN jsonb_array_elements(coalesce(settled.body, decided.body) -> 'legs') leg
            CROSS JOIN jsonb_array_elements(leg -> 'holds') hold
        WHERE decided.operator = $1 AND decision = 'accepted' AND combined
            AND ($2::text IS NULL OR leg ->> 'event_id' = $2)
    )
    SELECT event_id, market, outcome, count(*) AS bets, sum(stake) AS stakes, sum(payout) AS payouts
    FROM held
    GROUP BY event_id, market, outcome
    ORDER BY event_id, market, outcome
"""
"""What books hold: accepted bets until they are settled; of a combined bet what its legs carry."""


@dataclass(slots=True)
class Recomputed:
    """One event's book, from decisions and settlements: how many holds, their sums by market and outcome."""

    bets: int = 0
    markets: dict[str, MarketExposure] = field(default_factory=dict)


class Exposures:
    """One operator's books at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, operator: str) -> list[Exposure]:
        """Return the operator's books as last published, by event."""
        rows = await self._database.read(_ALL, operator)
        return [Exposure.model_validate_json(row["body"]) for row in rows]

    async def find(self, operator: str, event_id: str) -> Exposure | None:
        """Return the operator's book on one event as last published."""
        rows = await self._database.read(_FIND, operator, event_id)
        return Exposure.model_validate_json(rows[0]["body"]) if rows else None

    async def recomputed(self, operator: str, event_id: str | None = None) -> dict[str, Recomputed]:
        """Return the operator's books by event, summed up from what is accepted and not settled, minor units.

        Asked of the replica: call ``Database.caught_up`` before, where the very last decision counts.
        """
        books: dict[str, Recomputed] = {}
        for row in await self._database.read(_RECOMPUTED, operator, event_id):
            book = books.setdefault(row["event_id"], Recomputed())
            known = book.markets.get(row["market"]) or MarketExposure(stakes=0, payouts={})
            book.bets += row["bets"]
            book.markets[row["market"]] = MarketExposure(
                stakes=known.stakes + int(row["stakes"]),
                payouts={**known.payouts, row["outcome"]: int(row["payouts"])},
            )
        return books


def differences(published: Iterable[Exposure], recomputed: Mapping[str, Recomputed]) -> list[str]:
    """Return where books as published and books as recomputed disagree, in words; empty when nowhere.

    Both are of one operator. An outcome that pays nothing is like one that is not named.
    """
    known = {book.event_id: book for book in published}
    return [
        f"{event_id}: {what}"
        for event_id in sorted(known.keys() | recomputed.keys())
        for what in _book(known.get(event_id), recomputed.get(event_id, Recomputed()))
    ]


def _book(published: Exposure | None, recomputed: Recomputed) -> Iterator[str]:
    bets = 0 if published is None else published.bets
    if bets != recomputed.bets:
        yield f"{bets} bets, but {recomputed.bets} recomputed"
    markets = {} if published is None else published.markets
    nothing = MarketExposure(stakes=0, payouts={})
    for market in sorted(markets.keys() | recomputed.markets.keys()):
        ours, theirs = markets.get(market, nothing), recomputed.markets.get(market, nothing)
        if ours.stakes != theirs.stakes:
            yield f"{market}: stakes {ours.stakes}, but {theirs.stakes} recomputed"
        for outcome in sorted(ours.payouts.keys() | theirs.payouts.keys()):
            pays, paid = ours.payouts.get(outcome, 0), theirs.payouts.get(outcome, 0)
            if pays != paid:
                yield f"{market} {outcome}: pays {pays}, but {paid} recomputed"
