"""Prices: the latest, and those that a decision or another price says it stood on."""

from schemas import FairPrice, OfferedPrice
from storage.database import Database

_LATEST = """
    SELECT body FROM offered_latest
    WHERE operator = $1 AND ($2::text IS NULL OR event_id = $2)
    ORDER BY event_id, market
"""

_OFFERED = """
    SELECT body FROM offered_prices
    WHERE operator = $1 AND event_id = $2 AND market = $3 AND sequence = $4
    ORDER BY event_time LIMIT 1
"""

_FAIR = """
    SELECT body FROM fair_prices
    WHERE event_id = $1 AND market = $2 AND sequence = $3
    ORDER BY event_time LIMIT 1
"""


class Prices:
    """One operator's prices at a time; fair prices are everyone's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, operator: str, event_id: str | None = None) -> list[OfferedPrice]:
        """Return what the operator offers, on one event or on all."""
        rows = await self._database.read(_LATEST, operator, event_id)
        return [OfferedPrice.model_validate_json(row["body"]) for row in rows]

    async def offered(self, operator: str, event_id: str, market: str, sequence: int) -> OfferedPrice | None:
        """Return one of the operator's prices by its sequence number."""
        rows = await self._database.read(_OFFERED, operator, event_id, market, sequence)
        return OfferedPrice.model_validate_json(rows[0]["body"]) if rows else None

    async def fair(self, event_id: str, market: str, sequence: int) -> FairPrice | None:
        """Return a fair price by its sequence number."""
        rows = await self._database.read(_FAIR, event_id, market, sequence)
        return FairPrice.model_validate_json(rows[0]["body"]) if rows else None
