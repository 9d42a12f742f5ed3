"""The models that a worker can price with: found by name, checked, and kept."""

import hashlib
import json
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.fair.form import Form
from ml.fair.match import OUTCOMES, Market
from ml.fair.names import Names
from ml.fair.shipped import SHIPPED
from schemas import Champion

if TYPE_CHECKING:
    from ml.fair.model import FairModel

NEEDED = ("model.ubj", "card.json", "form.json.xz")
Build = Callable[[bytes, dict[str, Any]], "FairModel"]
"""Makes a model of trees and card; what is behind it takes seconds to import, so it is called late."""
Source = Callable[[str, str], Mapping[str, bytes]]
"""From market and name to a model's files; empty where it has none. May raise ``ModelUnavailableError``."""


class ModelUnavailableError(LookupError):
    """A model cannot be used; says why."""


@dataclass(frozen=True)
class Ready:
    """A model with the form that its features begin with.

    Parameters
    ----------
    trees : bytes
        XGBoost's UBJSON.
    card : dict
        The model card.
    form : Form
        Not to be changed.
    """

    trees: bytes
    card: dict[str, Any]
    form: Form
    build: Build

    @property
    def name(self) -> str:
        """What prices name as their model."""
        return str(self.card["name"])

    @cached_property
    def model(self) -> "FairModel":
        """The model itself."""
        return self.build(self.trees, self.card)

    @cached_property
    def names(self) -> Names:
        """The names of competitions and teams that it knows."""
        return Names(self.form)


class Library:
    """Models by name.

    Parameters
    ----------
    build : callable
        Makes the model.
    sources : sequence of callable
        Where models are looked for beyond those that ship, in this order.
    shipped : mapping of str to Path
        Folders of the models that price until a champion is named, by market.
    """

    def __init__(
        self, build: Build, sources: Sequence[Source] = (), shipped: Mapping[str, Path] = SHIPPED
    ) -> None:
        self._build = build
        self._sources = sources
        self._folders = shipped
        self._found: dict[tuple[str, str, str], Ready] = {}

    def shipped(self, market: str) -> Ready | None:
        """Return the model of a market that ships, None where none does."""
        folder = self._folders.get(market)
        if folder is None:
            return None
        key = market, "", ""
        if key not in self._found:
            self._found[key] = self._ready({name: (folder / name).read_bytes() for name in NEEDED})
        return self._found[key]

    def load(self, champion: Champion) -> Ready:
        """Return a champion that has been found, is what was promoted, and prices.

        Raises
        ------
        ModelUnavailableError
            It cannot be found, its trees are others, or they do not work with this version.
        """
        key = champion.market, champion.model, champion.sha256
        if key not in self._found:
            self._found[key] = self._search(champion)
        return self._found[key]

    def named(self, market: str, name: str) -> Ready:
        """Return a model by name alone, to recompute what it has priced.

        Raises
        ------
        ModelUnavailableError
            There is none.
        """
        for ready in self._found.values():
            if ready.name == name and str(ready.card.get("market", "1x2")) == market:
                return ready
        for files in self._files(market, name):
            ready = self._ready(files)
            self._found[market, name, ""] = ready
            return ready
        raise ModelUnavailableError(f"there is no model {name}")

    def _search(self, champion: Champion) -> Ready:
        seen = ""
        for files in self._files(champion.market, champion.model):
            seen = hashlib.sha256(files["model.ubj"]).hexdigest()
            if seen == champion.sha256:
                try:
                    ready = self._ready(files)
                    _try(ready, champion.market)
                except (ValueError, KeyError, TypeError, lzma.LZMAError) as error:
                    raise ModelUnavailableError(
                        f"it does not work here: {type(error).__name__}: {error}"[:500]
                    ) from error
                return ready
        if seen:
            raise ModelUnavailableError(f"its trees have SHA-256 {seen}, and not {champion.sha256}")
        raise ModelUnavailableError("its files are not to be found")

    def _files(self, market: str, name: str) -> Iterator[Mapping[str, bytes]]:
        """Yield what the sources have under a name, complete or not at all."""
        ours = self.shipped(market)
        if ours is not None and ours.name == name:
            yield {each: (self._folders[market] / each).read_bytes() for each in NEEDED}
        for source in self._sources:
            files = source(market, name)
            if all(each in files for each in NEEDED):
                yield files

    def _ready(self, files: Mapping[str, bytes]) -> Ready:
        form = Form.load(json.loads(lzma.decompress(files["form.json.xz"])))
        return Ready(files["model.ubj"], json.loads(files["card.json"]), form, self._build)


def in_folder(root: Path) -> Source:
    """Return the source that a registry of models on disk is (see ``ml.registry``), one folder per market."""

    def read(market: str, name: str) -> dict[str, bytes]:
        folder = root / market.partition(":")[0] / name
        paths = [folder / each for each in NEEDED]
        return {path.name: path.read_bytes() for path in paths if path.is_file()}

    return read


def _try(ready: Ready, market: str) -> None:
    """Price a market that says nothing, so that what is wrong with a model shows before it prices others."""
    outcomes = len(OUTCOMES[market])
    even, price = (1.0 / outcomes,) * outcomes, (0.95 * outcomes,) * outcomes
    probe = Market("none", "none", "none", 7_200_000, 0, even, {"none": price}, market)
    ready.model.correct([probe], ready.form)
