"""The classifier that comes with the package."""

import lzma
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from ml.sharps.classifier import SharpClassifier

NAME = "sharps.json.xz"


@lru_cache(maxsize=1)
def shipped() -> SharpClassifier:
    """Return the classifier of the package, trained on simulated bettors (see docs/sharps.md)."""
    return SharpClassifier.load(lzma.decompress((files("ml.models") / NAME).read_bytes()).decode())


def write(classifier: SharpClassifier, path: Path) -> None:
    """Write a classifier as the package ships it."""
    path.write_bytes(lzma.compress(classifier.dump().encode(), preset=9))
