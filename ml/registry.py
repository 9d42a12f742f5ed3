"""Models on disk: candidates, the champion, and what was the champion before.

A model is a folder: ``model.ubj``, ``card.json``, ``form.json.xz`` and ``window.npz``. ``champions.json`` is
the list of promotions and rollbacks; the last one says who prices. Until the first promotion that is the
model that ships with the package.
"""

import json
import lzma
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from ml.fair.candidate import Candidate
from ml.fair.form import Form
from ml.fair.gate import Verdict
from ml.fair.model import CHAMPION, FairModel
from ml.fair.window import Window, judge

FILES = ("model.ubj", "card.json", "form.json.xz", "window.npz")


class UnknownModelError(LookupError):
    """There is no model of that name, or nothing to go back to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of champion.

    Parameters
    ----------
    name : str
        Who prices from then on.
    action : str
        ``promote`` or ``rollback``.
    at_ms : int
        UTC milliseconds.
    """

    name: str
    action: str
    at_ms: int


def contents(candidate: Candidate) -> dict[str, bytes]:
    """Return a candidate's files by name; the same candidate gives the same bytes."""
    return {
        "model.ubj": candidate.model.trees,
        "card.json": (json.dumps(candidate.model.card, indent=2) + "\n").encode(),
        "form.json.xz": packed(candidate.form),
        "window.npz": candidate.window.dump(),
    }


def of_contents(files: Mapping[str, bytes]) -> Candidate:
    """Return the candidate that ``contents`` gave."""
    model = FairModel(files["model.ubj"], json.loads(files["card.json"]))
    return Candidate(model, unpacked(files["form.json.xz"]), Window.load(BytesIO(files["window.npz"])))


def save(candidate: Candidate, folder: Path) -> None:
    """Write a candidate's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents(candidate).items():
        (folder / name).write_bytes(data)


def packed(form: Form) -> bytes:
    """Return a form's JSON, compressed; the same form gives the same bytes."""
    return lzma.compress(json.dumps(form.dump(), separators=(",", ":"), sort_keys=True).encode())


def unpacked(data: bytes) -> Form:
    """Return the form that ``packed`` gave."""
    return Form.load(json.loads(lzma.decompress(data)))


def load(folder: Path = CHAMPION) -> Candidate:
    """Return the model of a folder with its form and window.

    Raises
    ------
    OSError
        There is none.
    """
    return of_contents({name: (folder / name).read_bytes() for name in FILES})


class Registry:
    """The models under one folder, with the one that ships.

    Parameters
    ----------
    folder : Path
        Made when the first model is added.
    shipped : Path
        Folder of the model that prices until another is promoted.
    """

    def __init__(self, folder: Path, shipped: Path = CHAMPION) -> None:
        self.folder = folder
        self._shipped = shipped

    def add(self, candidate: Candidate) -> Path:
        """Keep a candidate; the same one twice is one. Returns its folder."""
        folder = self.folder / candidate.model.name
        save(candidate, folder)
        return folder

    def folders(self) -> dict[str, Path]:
        """Return where each model lies, by name, the shipped one first."""
        found = {}
        for card in [self._shipped / "card.json", *sorted(self.folder.glob("*/card.json"))]:
            if card.exists():
                found[str(json.loads(card.read_text())["name"])] = card.parent
        return found

    def turns(self) -> list[Turn]:
        """Return all promotions and rollbacks, oldest first."""
        path = self.folder / "champions.json"
        return [Turn(**turn) for turn in json.loads(path.read_text())] if path.exists() else []

    def champion(self) -> str:
        """Return the name of the model that prices.

        Raises
        ------
        UnknownModelError
            There is none.
        """
        turns = self.turns()
        if turns:
            return turns[-1].name
        if not (self._shipped / "card.json").exists():
            raise UnknownModelError("no model has been promoted, and none ships")
        return str(json.loads((self._shipped / "card.json").read_text())["name"])

    def load(self, name: str) -> Candidate:
        """Return a model by name.

        Raises
        ------
        UnknownModelError
            There is none of that name.
        """
        folder = self.folders().get(name)
        if folder is None:
            raise UnknownModelError(f"there is no model {name}")
        return load(folder)

    def verdict(self, name: str) -> Verdict:
        """Return what the gate says of a model beside the champion."""
        challenger = self.load(name)
        champion = self.load(self.champion())
        if champion.model.name == name:
            return judge(challenger.window)
        return judge(challenger.window, champion.model, champion.window)

    def promote(self, name: str, at_ms: int) -> Verdict:
        """Make a model the champion if the gate lets it; the verdict says."""
        verdict = self.verdict(name)
        if verdict.passed and self.champion() != name:
            self._turn(Turn(name, "promote", at_ms))
        return verdict

    def before(self) -> str:
        """Return the champion before this one.

        Raises
        ------
        UnknownModelError
            There was none before.
        """
        line: list[str] = []
        for turn in self.turns():
            if turn.action == "promote":
                line.append(turn.name)
            elif line:
                line.pop()
        if not line:
            raise UnknownModelError("the champion is the model that ships: there is none before it")
        return line[-2] if len(line) > 1 else next(iter(self.folders()))

    def rollback(self, at_ms: int) -> str:
        """Go back to the champion before this one, and return its name.

        Raises
        ------
        UnknownModelError
            There was none before.
        """
        name = self.before()
        self._turn(Turn(name, "rollback", at_ms))
        return name

    def _turn(self, turn: Turn) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps([asdict(each) for each in [*self.turns(), turn]], indent=2)
        fresh = self.folder / "champions.json.new"
        fresh.write_text(text + "\n")
        fresh.replace(self.folder / "champions.json")
