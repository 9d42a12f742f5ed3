"""Models as they are kept beside the records: their files, their cards, and who priced from when."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas import Champion, ClosedMatch
from storage.database import Database
from storage.tables import instant

_ADD = """
    WITH given AS (SELECT * FROM unnest($3::text[], $4::text[], $5::bytea[]) AS given (file, sha256, body)),
    kept AS (
        INSERT INTO model_files (sha256, body) SELECT DISTINCT ON (sha256) sha256, body FROM given
        ON CONFLICT DO NOTHING
    )
    INSERT INTO models (name, card, files)
    SELECT $1, $2::jsonb, jsonb_object_agg(file, sha256) FROM given
    ON CONFLICT DO NOTHING RETURNING name
"""

_FILES = """
    SELECT file.key AS file, model_files.body
    FROM models, jsonb_each_text(models.files) AS file JOIN model_files ON model_files.sha256 = file.value
    WHERE models.name = $1
"""

_LIST = "SELECT name, card::text FROM models ORDER BY added_at, name"

_TURN = """
    INSERT INTO champions (market, name, action, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING turn
"""

_TURNS = "SELECT name, action, at FROM champions WHERE market = $1 ORDER BY turn"

_CLOSED = """
    SELECT body::text AS body, starts_at, event_id FROM closed_matches
    WHERE (starts_at, event_id) > ($1, $2) AND starts_at < $3
    ORDER BY starts_at, event_id LIMIT $4
"""

BATCH = 2000


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One change of champion; ``at_ms`` in UTC milliseconds."""

    name: str
    action: str
    at_ms: int


class Models:
    """The models in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str, card: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
        """Keep a model; False, and no change, if there is one of that name."""
        sums = [hashlib.sha256(body).hexdigest() for body in files.values()]
        rows = await self._database.at_primary(
            _ADD, name, json.dumps(card), list(files), sums, list(files.values())
        )
        return bool(rows)

    async def files(self, name: str) -> dict[str, bytes]:
        """Return a model's files by name; empty where there is no such model."""
        return {row["file"]: bytes(row["body"]) for row in await self._database.at_primary(_FILES, name)}

    async def cards(self) -> dict[str, dict[str, Any]]:
        """Return the cards of all models by name, the oldest first."""
        return {row["name"]: json.loads(row["card"]) for row in await self._database.at_primary(_LIST)}

    async def turn(self, champion: Champion) -> bool:
        """Note who prices from now on; False if that has been noted."""
        at = instant(champion.event_time_ms)
        rows = await self._database.at_primary(_TURN, champion.market, champion.model, champion.action, at)
        return bool(rows)

    async def turns(self, market: str) -> list[StoredTurn]:
        """Return all changes of champion of a market type, oldest first."""
        rows = await self._database.at_primary(_TURNS, market)
        return [StoredTurn(row["name"], row["action"], round(row["at"].timestamp() * 1000)) for row in rows]

    async def closed_matches(self, until_ms: int) -> AsyncIterator[ClosedMatch]:
        """Yield the matches that started before an instant, in the order of their starts."""
        after = (instant(-1), "")
        while True:
            rows = await self._database.read(_CLOSED, *after, instant(until_ms), BATCH)
            for row in rows:
                yield ClosedMatch.model_validate_json(row["body"])
            if len(rows) < BATCH:
                return
            after = (rows[-1]["starts_at"], rows[-1]["event_id"])
