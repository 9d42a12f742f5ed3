"""Portfolios: the open bets that they are made of, and the last that was simulated of each operator."""

from schemas import Decision, Portfolio, Settlement
from storage.database import Database

_FIND = "SELECT body FROM portfolios WHERE operator = $1"

_SINGLES = """
    SELECT event_id, market, outcome,
        sum(decided.stake)::bigint AS stakes, sum(decided.payout)::bigint AS payouts
    FROM decisions decided LEFT JOIN settled_latest settled
        ON settled.operator = $1 AND settled.bet_id = decided.bet_id AND settled.bettor = decided.bettor
    WHERE decided.operator = $1 AND decision = 'accepted' AND NOT combined
        AND (settled.status IS NULL OR settled.status = 'open')
    GROUP BY event_id, market, outcome
    ORDER BY event_id, market, outcome
"""

_COMBINED = """
    SELECT decided.body AS decision, settled.body AS settlement
    FROM decisions decided LEFT JOIN settled_latest settled
        ON settled.operator = $1 AND settled.bet_id = decided.bet_id AND settled.bettor = decided.bettor
    WHERE decided.operator = $1 AND decided.decision = 'accepted' AND decided.combined
        AND (settled.status IS NULL OR settled.status = 'open')
    ORDER BY decided.bettor, decided.bet_id
"""

_SPORTS = "SELECT event_id, sport FROM fixtures WHERE event_id = ANY($1::text[])"


class Portfolios:
    """One operator's portfolio at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def portfolio(self, operator: str) -> Portfolio | None:
        """Return the last that was simulated."""
        rows = await self._database.read(_FIND, operator)
        return Portfolio.model_validate_json(rows[0]["body"]) if rows else None

    async def singles(self, operator: str) -> list[tuple[str, str, str, int, int]]:
        """Return what open plain singles hold: event, market, outcome, stakes and payouts."""
        rows = await self._database.read(_SINGLES, operator)
        names = ("event_id", "market", "outcome", "stakes", "payouts")
        return [tuple(row[name] for name in names) for row in rows]

    async def combined(self, operator: str) -> list[tuple[Decision, Settlement | None]]:
        """Return open bets that have legs, each with the last of what it came to."""
        rows = await self._database.read(_COMBINED, operator)
        return [
            (
                Decision.model_validate_json(row["decision"]),
                Settlement.model_validate_json(row["settlement"]) if row["settlement"] else None,
            )
            for row in rows
        ]

    async def sports(self, event_ids: list[str]) -> dict[str, str]:
        """Return the sports of events that are known."""
        rows = await self._database.read(_SPORTS, event_ids)
        return {row["event_id"]: row["sport"] for row in rows}
