"""What traders should see."""

from schemas import Alert
from storage.database import Database
from storage.tables import instant

_NEWEST = """
    SELECT body FROM (
        (SELECT event_time, alert_id, body FROM alerts
         WHERE operator = $1 AND (event_time, alert_id) < ($2, $3)
         ORDER BY event_time DESC, alert_id DESC LIMIT $4)
        UNION ALL
        (SELECT event_time, alert_id, body FROM alerts
         WHERE operator IS NULL AND (event_time, alert_id) < ($2, $3)
         ORDER BY event_time DESC, alert_id DESC LIMIT $4)
    ) newest
    ORDER BY event_time DESC, alert_id DESC LIMIT $4
"""

_END_MS = 253_402_300_799_999


class Alerts:
    """One operator's alerts at a time, and those that concern everyone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, operator: str, limit: int = 100, before: Alert | None = None) -> list[Alert]:
        """Return alerts of the operator and of the whole platform, newest first.

        Parameters
        ----------
        before : Alert, optional
            The last one of the page before.
        """
        at, name = (before.event_time_ms, before.alert_id) if before else (_END_MS, "\U0010ffff")
        rows = await self._database.read(_NEWEST, operator, instant(at), name, limit)
        return [Alert.model_validate_json(row["body"]) for row in rows]
