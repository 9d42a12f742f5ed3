"""How near an operator's own prices come to an arbitrage."""

from schemas import Coherence
from storage.database import Database

_FIND = "SELECT body FROM coherence WHERE operator = $1 AND event_id = $2"

_BY_EVENT = "SELECT body FROM coherence WHERE operator = $1 AND event_id > $2 ORDER BY event_id LIMIT $3"

_NEAREST = "SELECT body FROM coherence WHERE operator = $1 ORDER BY margin DESC, event_id LIMIT $2"


class Coherences:
    """One operator's events at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def coherence(self, operator: str, event_id: str) -> Coherence | None:
        """Return how coherent the operator's prices of an event are, as last scored."""
        rows = await self._database.read(_FIND, operator, event_id)
        return Coherence.model_validate_json(rows[0]["body"]) if rows else None

    async def coherences(self, operator: str, *, after: str = "", limit: int = 100) -> list[Coherence]:
        """Return the same of all events, by event.

        Parameters
        ----------
        after : str
            The last event of the page before.
        """
        rows = await self._database.read(_BY_EVENT, operator, after, limit)
        return [Coherence.model_validate_json(row["body"]) for row in rows]

    async def nearest(self, operator: str, limit: int = 100) -> list[Coherence]:
        """Return the events whose prices come nearest to an arbitrage, the nearest first."""
        rows = await self._database.read(_NEAREST, operator, limit)
        return [Coherence.model_validate_json(row["body"]) for row in rows]
