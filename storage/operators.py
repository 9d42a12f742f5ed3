"""What operators have ordered, and every version of their settings."""

from schemas import OperatorCommand, OperatorProfile
from storage.database import Database

_NEWEST = """
    SELECT body FROM commands
    WHERE operator = $1
    ORDER BY event_time DESC, command_id DESC LIMIT $2
"""

_PROFILE = "SELECT body FROM operator_profiles WHERE operator = $1 AND version = $2"


class Operators:
    """One operator at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commands(self, operator: str, limit: int = 100) -> list[OperatorCommand]:
        """Return the operator's commands, newest first."""
        rows = await self._database.read(_NEWEST, operator, limit)
        return [OperatorCommand.model_validate_json(row["body"]) for row in rows]

    async def profile(self, operator: str, version: int) -> OperatorProfile | None:
        """Return the settings that prices and decisions name by their version."""
        rows = await self._database.read(_PROFILE, operator, version)
        return OperatorProfile.model_validate_json(rows[0]["body"]) if rows else None
