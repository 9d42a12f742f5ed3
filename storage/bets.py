"""Bets with what became of them."""

from dataclasses import dataclass

from schemas import Bet, Decision, Settlement
from storage.database import Database

_BET = "SELECT body FROM bets WHERE operator = $1 AND bet_id = $2 AND bettor = $3"

_DECISION = "SELECT body FROM decisions WHERE operator = $1 AND bet_id = $2 AND bettor = $3"

_SETTLEMENT = "SELECT body FROM settled_latest WHERE operator = $1 AND bet_id = $2 AND bettor = $3"

_FIND = """
    SELECT b.body AS bet, d.body AS decision
    FROM (SELECT bettor, body FROM bets WHERE operator = $1 AND bet_id = $2) b
    FULL JOIN (SELECT bettor, body FROM decisions WHERE operator = $1 AND bet_id = $2) d USING (bettor)
    WHERE $3::text IS NULL OR bettor = $3
    ORDER BY bettor
"""


@dataclass(frozen=True, slots=True)
class StoredBet:
    """A bet and its decision; either may be stored before the other."""

    bet: Bet | None
    decision: Decision | None


class Bets:
    """One operator's bets at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bet(self, operator: str, bettor: str, bet_id: str) -> Bet | None:
        """Return a bet as it was placed."""
        rows = await self._database.read(_BET, operator, bet_id, bettor)
        return Bet.model_validate_json(rows[0]["body"]) if rows else None

    async def decision(self, operator: str, bettor: str, bet_id: str) -> Decision | None:
        """Return what became of a bet."""
        rows = await self._database.read(_DECISION, operator, bet_id, bettor)
        return Decision.model_validate_json(rows[0]["body"]) if rows else None

    async def settlement(self, operator: str, bettor: str, bet_id: str) -> Settlement | None:
        """Return the latest version of what a bet came to; None before the first."""
        rows = await self._database.read(_SETTLEMENT, operator, bet_id, bettor)
        return Settlement.model_validate_json(rows[0]["body"]) if rows else None

    async def check(self) -> None:
        """Return when the database answers; raise ``Unreachable`` otherwise."""
        await self._database.read("SELECT 1")

    async def find(self, operator: str, bet_id: str, bettor: str | None = None) -> list[StoredBet]:
        """Return the operator's bets with that id: one at most when the bettor is given too."""
        rows = await self._database.read(_FIND, operator, bet_id, bettor)
        return [
            StoredBet(
                None if row["bet"] is None else Bet.model_validate_json(row["bet"]),
                None if row["decision"] is None else Decision.model_validate_json(row["decision"]),
            )
            for row in rows
        ]
