"""The file that says how the consensus is made: ``OVERROUND_CONSENSUS_FILE``, TOML.

[[rule]]                      # without sport and market: for all
mandatory = ["pinnacle"]
min_books = 2

[[rule]]
sport = "soccer"
market = "ou"
half_life_s = 900
price_range = [1.01, 101]

[rule.books.bovada]           # one book's part in it
weight = 0                    # never counts
[rule.books.fanduel]
weight = 2.5
max_age_s = 300
"""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.consensus.table import ConsensusRule, ConsensusTable
from overround.learned import SHIPPED
from overround.learned import rules as learned_rules


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BookSettings(_Strict):
    """One book's part.

    Parameters
    ----------
    weight : float or None
        Beside 10 of the sharpest; 0 leaves it out.
    max_age_s : float or None
        Beyond it the book's quotes are stale.
    """

    weight: Annotated[float, Field(ge=0)] | None = None
    max_age_s: Annotated[float, Field(gt=0)] | None = None


class Rule(_Strict):
    """Settings of some markets, as ``domain.consensus.config`` describes them; what is left out stays."""

    sport: str = ""
    market: str = ""
    books: dict[str, BookSettings] = Field(default_factory=dict)
    mandatory: list[str] | None = None
    min_books: Annotated[int, Field(ge=1)] | None = None
    min_move: Annotated[float, Field(ge=0, lt=1)] | None = None
    price_range: tuple[float, float] | None = None
    max_age_s: Annotated[float, Field(gt=0)] | None = None
    half_life_s: Annotated[float, Field(gt=0)] | None = None
    max_share: Annotated[float, Field(ge=0.5, le=1)] | None = None
    default_sharpness: Annotated[float, Field(ge=0)] | None = None
    tolerance: Annotated[float, Field(gt=0)] | None = None
    sharp_tolerance: Annotated[float, Field(gt=0)] | None = None
    full_weight: Annotated[float, Field(gt=0)] | None = None
    frozen_move: Annotated[float, Field(gt=0)] | None = None
    min_overround: Annotated[float, Field(gt=0)] | None = None
    max_overround: Annotated[float, Field(gt=0)] | None = None

    def rule(self) -> ConsensusRule:
        """Return it as the domain has it."""
        settings: dict[str, object] = {
            name: value
            for name in type(self).model_fields
            if name not in {"sport", "market", "books"} and (value := getattr(self, name)) is not None
        }
        if self.mandatory is not None:
            settings["mandatory"] = tuple(self.mandatory)
        weights = {book: own.weight for book, own in self.books.items() if own.weight is not None}
        ages = {book: own.max_age_s for book, own in self.books.items() if own.max_age_s is not None}
        if weights:
            settings["sharpness"] = weights
        if ages:
            settings["max_age_by_book"] = ages
        return ConsensusRule(self.sport, self.market, settings)


class _File(_Strict):
    rule: list[Rule] = Field(default_factory=list)


class SettingsError(ValueError):
    """A file of settings cannot be read, or a setting says what cannot be."""


def load(path: Path | None, learned: Path | None = None) -> ConsensusTable:
    """Return the settings that files give, else those that are shipped and the defaults.

    Parameters
    ----------
    path : Path or None
        The rules.
    learned : Path or None
        Learned weights of books (``overround.learned``), the shipped ones where none is named; the rules win
        over them.

    Raises
    ------
    SettingsError
        With the file and what is wrong in it, in one line.
    """
    return ConsensusTable([*_learned(learned), *_rules(path)])


def _learned(path: Path | None) -> list[ConsensusRule]:
    try:
        return learned_rules(SHIPPED if path is None else path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _rules(path: Path | None) -> list[ConsensusRule]:
    if path is None:
        return []
    try:
        said = _File.model_validate(tomllib.loads(path.read_text()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    return [rule.rule() for rule in said.rule]
