"""Settings: from ``OVERROUND_*`` in the environment, else the embedded stack, else defaults."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class EmbeddedAddresses(PydanticBaseSettingsSource):
    """What ``overround up`` wrote to ``<data dir>/addresses.json``, if that stack is there."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: all fields come at once, by call."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the addresses of the embedded stack, or nothing."""
        data_dir = Path(self.current_state.get("data_dir") or ".overround")
        try:
            found: dict[str, Any] = json.loads((data_dir / "addresses.json").read_text())
        except (OSError, ValueError):
            return {}
        return found


class Settings(BaseSettings):
    """Where everything is and how much of it there is.

    Parameters
    ----------
    kafka : str
        Bootstrap servers, ``host:port[,host:port]``.
    postgres, postgres_replica : str
        DSNs: writes go to the first, reads to the second.
    redis : str
        URL of Redis or Valkey.
    partitions : int
        Of every topic; how far a stage can be scaled out.
    operators : list of str
        Who has a price topic.
    state_dir : Path
        Where workers keep their tables (RocksDB) and Faust its own files.
    store : str
        Where tables live while a worker runs: ``memory`` or ``rocksdb``.
    consensus_file : Path or None
        TOML of how the consensus is made, by sport, market type and book (``overround.consensus_file``).
    learned_weights_file : Path or None
        What ``overround evaluate weights ... --write`` has found of books, by sport and market type; where
        none is named, what is shipped.
    derived_markets : dict of str to list of str
        By sport, the markets that are offered where no book quotes them (``domain.derivation``).
    feed_silent_after_s : float
        After so long without a sign of life a feed is silent and its quotes do not count; longer for one that
        promises signs more rarely (2.5 times its interval).
    feeds_silent_after_s : dict of str to float
        Exactly so long, by feed.
    middle_cost : float
        What a middle that is told of may lose at worst, per unit staked (``domain.arbitrage``); 0: none is.
    fair_odds : bool
        Whether models correct the consensus; if not, the consensus prices.
    api_url : str
        The address that the API's clients use, where it is not ``http://host:port``.
    worker_host : str
        The address that a worker's metrics and health listen on; its tables can be read there, so it is one
        that only operations reach.
    secret_file : Path or None
        PEM file of the key that signs access tokens (P-256); made in the data directory where none is named.
    """

    model_config = SettingsConfigDict(env_prefix="OVERROUND_", extra="ignore")

    data_dir: Path = Path(".overround")
    kafka: str = "127.0.0.1:9092"
    postgres: str = "postgresql://overround:overround@127.0.0.1:5432/overround"
    postgres_replica: str = ""
    redis: str = "redis://127.0.0.1:6379/0"
    partitions: int = Field(default=4, ge=1, le=1000)
    replication: int = Field(default=1, ge=1, le=7)
    operators: list[str] = ["north", "south"]
    store: Literal["memory", "rocksdb"] = "memory"
    consensus_file: Path | None = None
    learned_weights_file: Path | None = None
    derived_markets: dict[str, list[str]] = {
        "soccer": ["dc", "dnb", "btts"],
        "icehockey": ["ah:-1.5", "ah:1.5", "ou:4.5", "ou:5.5", "ou:6.5"],
        "baseball": ["ah:-1.5", "ah:1.5", "ou:6.5", "ou:7.5", "ou:8.5", "ou:9.5"],
        "tennis": ["sets", "ou_sets:2.5", "ou_sets:3.5", "ou_sets:4.5", "ah_sets:-1.5", "ah_sets:1.5"],
    }
    feed_silent_after_s: float = Field(default=60.0, gt=0)
    feeds_silent_after_s: dict[str, float] = {}
    middle_cost: float = Field(default=0.0, ge=0, lt=1)
    fair_odds: bool = True
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65535)
    api_url: str = ""
    worker_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    secret_file: Path | None = None
    admin_password: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def signing_key(self) -> Path:
        """PEM file of the key that signs access tokens."""
        return self.secret_file or self.data_dir / "signing-key.pem"

    @property
    def state_dir(self) -> Path:
        """Where workers keep files."""
        return self.data_dir / "state"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments win over the environment, and that over the embedded stack."""
        return init_settings, env_settings, EmbeddedAddresses(settings_cls)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
