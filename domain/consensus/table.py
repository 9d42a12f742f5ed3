"""Which settings of the consensus hold where: by sport and market type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from types import MappingProxyType

from domain.consensus.config import DEFAULT_CONFIG, ConsensusConfig
from domain.markets import type_of

PLAIN = ""
"""The name of the default settings."""


@dataclass(frozen=True)
class ConsensusRule:
    """Settings that differ for some markets.

    Parameters
    ----------
    sport, market : str
        Of which sport and market type; empty for all.
    settings : mapping of str to object
        By field of ``ConsensusConfig``, what is set in its place. ``sharpness`` and ``max_age_by_book`` are
        added to what stands, book by book.
    """

    sport: str = ""
    market: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)

    def holds(self, sport: str, market: str) -> bool:
        """Tell whether it holds for a sport and market type."""
        return self.sport in ("", sport) and self.market in ("", market)


class ConsensusTable:
    """The settings of all markets; of rules that hold for the same market a later one wins.

    Every price says by the name of its settings under which it was made, so that it can be made again.

    Parameters
    ----------
    rules : iterable of ConsensusRule
        In their order.
    base : ConsensusConfig
        Where no rule says otherwise.

    Raises
    ------
    ValueError
        For a setting that there is not, or that cannot be.
    """

    def __init__(self, rules: Iterable[ConsensusRule] = (), base: ConsensusConfig = DEFAULT_CONFIG) -> None:
        self._rules = tuple(rules)
        self._base = base
        self._found: dict[tuple[str, str], tuple[str, ConsensusConfig]] = {}
        self._named: dict[str, ConsensusConfig] = {PLAIN: base}
        for sport in {"", *(rule.sport for rule in self._rules)}:
            for market in {"", *(rule.market for rule in self._rules)}:
                self.of(sport, market)

    def of(self, sport: str, market: str) -> tuple[str, ConsensusConfig]:
        """Return the name of a market's settings, and the settings; the same settings have the same name."""
        key = (sport, type_of(market))
        found = self._found.get(key)
        if found is None:
            config = self._base
            for rule in self._rules:
                if rule.holds(*key):
                    config = _with(config, rule.settings)
            name = PLAIN if config == self._base else _name(config)
            found = self._found[key] = (name, config)
            self._named[name] = config
        return found

    def named(self, name: str) -> ConsensusConfig | None:
        """Return the settings of a name that ``of`` has given, or None."""
        return self._named.get(name)


def _with(config: ConsensusConfig, settings: Mapping[str, object]) -> ConsensusConfig:
    known = {one.name for one in fields(ConsensusConfig)}
    strange = sorted(settings.keys() - known)
    if strange:
        raise ValueError(f"the consensus has no setting {strange[0]!r}")
    merged = dict(settings)
    for name in ("sharpness", "max_age_by_book"):
        own = settings.get(name)
        if isinstance(own, Mapping):
            merged[name] = MappingProxyType({**getattr(config, name), **own})
    return replace(config, **merged)  # type: ignore[arg-type]  # checked by who reads the settings


def _name(config: ConsensusConfig) -> str:
    """Return eight hexadecimal digits that tell these settings from others."""
    said = []
    for one in fields(config):
        value = getattr(config, one.name)
        said.append((one.name, sorted(value.items()) if isinstance(value, Mapping) else value))
    return blake2b(repr(said).encode(), digest_size=4).hexdigest()
