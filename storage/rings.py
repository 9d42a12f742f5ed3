"""What rings of bettors are looked for in: accepted bets, and what they were placed from."""

from storage.database import Database

_BETS = """
    SELECT bettor, event_id || '|' || market || '|' || outcome AS selection,
           (extract(epoch FROM event_time) * 1000)::bigint AS at_ms,
           body -> 'context' ->> 'device' AS device
    FROM decisions
    WHERE operator = $1 AND decision = 'accepted' AND event_time >= to_timestamp($2 / 1000.0)
"""

_NEWEST = (
    "SELECT (extract(epoch FROM max(event_time)) * 1000)::bigint AS at_ms FROM decisions WHERE operator = $1"
)


class RingBets:
    """One operator's accepted bets at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_ms(self, operator: str) -> int | None:
        """Return the event time of the operator's last decision, UTC milliseconds, or None."""
        rows = await self._database.read(_NEWEST, operator)
        found: int | None = rows[0]["at_ms"]
        return found

    async def since(
        self, operator: str, since_ms: int
    ) -> tuple[list[tuple[str, str, int]], dict[str, set[str]]]:
        """Return bets as (bettor, selection, UTC milliseconds), and the devices of each bettor."""
        rows = await self._database.read(_BETS, operator, float(since_ms))
        devices: dict[str, set[str]] = {}
        for row in rows:
            if row["device"] is not None:
                devices.setdefault(row["bettor"], set()).add(row["device"])
        return [(row["bettor"], row["selection"], row["at_ms"]) for row in rows], devices
