"""The models of this installation: on disk, and in PostgreSQL."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml.fair.library import Library
    from ml.fair.model import FairModel
    from overround.settings import Settings

_PATIENCE_S = 5.0


def library(config: "Settings") -> "Library":
    """Return the models that can be had here, the nearest first."""
    from ml.fair.library import Library, ModelUnavailableError, in_folder
    from storage.errors import Unreachable

    def in_postgres(_: str, name: str) -> dict[str, bytes]:
        try:
            with ThreadPoolExecutor(1) as beside:  # the event loop, which waits meanwhile
                return beside.submit(asyncio.run, _files(config, name)).result()
        except (Unreachable, TimeoutError) as error:
            raise ModelUnavailableError(f"PostgreSQL does not answer: {error}") from error

    return Library(_build, (in_folder(config.data_dir / "models"), in_postgres))


def shipped() -> "Library":
    """Return the models that ship, and no others."""
    from ml.fair.library import Library

    return Library(_build)


def _build(trees: bytes, card: Mapping[str, Any]) -> "FairModel":
    from ml.fair.model import FairModel

    return FairModel(trees, dict(card))


async def _files(config: "Settings", name: str) -> dict[str, bytes]:
    from storage.database import Database
    from storage.models import Models

    database = Database(config.postgres, config.postgres_replica, timeout_s=_PATIENCE_S)
    await database.open()
    try:
        return await asyncio.wait_for(Models(database).files(name), _PATIENCE_S)
    finally:
        await database.close()
