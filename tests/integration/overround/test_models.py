"""A worker finds a champion that was trained elsewhere, and one that it cannot find does not end it."""

import asyncio
import hashlib

import pytest

from ml import registry
from ml.fair.library import ModelUnavailableError
from ml.fair.model import SHIPPED
from overround.models import library
from overround.settings import Settings
from schemas import Champion
from storage.database import Database
from storage.models import Models

pytestmark = pytest.mark.integration


@pytest.fixture
def config(database, tmp_path):
    return Settings(data_dir=tmp_path, postgres=database.primary, postgres_replica=database.replica)


def champion(name, trees):
    return Champion(
        market="1x2",
        model=name,
        sha256=hashlib.sha256(trees).hexdigest(),
        action="promote",
        event_time_ms=1,
    )


async def keep(dsn, name, files, card):
    base = Database(dsn)
    await base.open()
    await Models(base).add(name, card, files)
    await base.close()


async def test_a_champion_that_only_postgresql_has_is_loaded_from_within_a_running_worker(config):
    shipped = registry.load(SHIPPED["1x2"])
    files = registry.contents(shipped)
    await keep(config.postgres, "elsewhere", files, shipped.model.card)
    await asyncio.sleep(0)  # within an event loop, as a worker's stages are
    ready = library(config).load(champion("elsewhere", shipped.model.trees))
    assert ready.trees == shipped.model.trees
    assert ready.form.dump() == shipped.form.dump()


async def test_a_champion_whose_trees_are_others_is_refused(config):
    shipped = registry.load(SHIPPED["1x2"])
    await keep(config.postgres, "changed", registry.contents(shipped), shipped.model.card)
    with pytest.raises(ModelUnavailableError, match="SHA-256"):
        library(config).load(champion("changed", b"others"))


def test_without_postgresql_a_champion_cannot_be_had_and_the_worker_goes_on(tmp_path):
    away = Settings(data_dir=tmp_path, postgres="postgresql://nobody@127.0.0.1:9/none")
    models = library(away)
    with pytest.raises(ModelUnavailableError, match="PostgreSQL"):
        models.load(champion("anything", b""))
    assert models.shipped("1x2") is not None
