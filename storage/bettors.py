"""What is known of bettors."""

from schemas import BettorRisk
from storage.database import Database

_FIND = "SELECT body FROM bettors WHERE operator = $1 AND bettor = $2"

_ALL = "SELECT body FROM bettors WHERE operator = $1 AND bettor > $2 ORDER BY bettor LIMIT $3"

_FLAGGED = "SELECT body FROM bettors WHERE operator = $1 AND flagged AND bettor > $2 ORDER BY bettor LIMIT $3"


class Bettors:
    """One operator's bettors at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, operator: str, bettor: str) -> BettorRisk | None:
        """Return what is known of one bettor."""
        rows = await self._database.read(_FIND, operator, bettor)
        return BettorRisk.model_validate_json(rows[0]["body"]) if rows else None

    async def page(
        self, operator: str, *, flagged: bool = False, after: str = "", limit: int = 100
    ) -> list[BettorRisk]:
        """Return bettors by name.

        Parameters
        ----------
        flagged : bool
            Only those flagged as sharp.
        after : str
            The last bettor of the page before.
        """
        rows = await self._database.read(_FLAGGED if flagged else _ALL, operator, after, limit)
        return [BettorRisk.model_validate_json(row["body"]) for row in rows]
