"""A model judged on the matches of files, as it would have priced them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.fair.candidate import Candidate
from ml.fair.form import Form
from ml.fair.match import Recorded
from ml.fair.scores import scores
from ml.fair.table import FOREVER_MS, table
from ml.fair.training import Settings
from ml.fair.walk import walk_forward

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Judgement:
    """Scores, and who priced.

    Parameters
    ----------
    found : dict
        See ``scores``.
    models : tuple of str
        Names; ``walk-forward`` ones were trained on the files, since the champion had learned from those
        matches.
    """

    found: dict[str, Any]
    models: tuple[str, ...]


def judge_matches(
    champion: Candidate, matches: Sequence[Recorded], since_ms: int, say: Progress = lambda _: None
) -> Judgement:
    """Judge fair probabilities on the matches from an instant on, walk forward.

    Matches after the champion's data are priced by the champion, whose form goes on match by match in the
    order of time; matches that it has learned from are priced by models that are trained on the earlier
    matches of the same files, season by season.
    """
    until_ms = int(champion.model.card["until_ms"])
    if since_ms >= until_ms:
        form = Form.load(champion.form.dump())
        new = [match for match in matches if not _known(match, form.until_ms)]
        known = table(new, form)
        model = (
            champion.model.corrected(known.features, known.consensus, known.evidence) if len(known) else None
        )
        chosen = known.between(since_ms, FOREVER_MS)
        probabilities = np.full_like(known.consensus, np.nan) if model is None else model
        return Judgement(scores(known, probabilities, chosen), (champion.model.name,))
    known = table(matches)
    settings = Settings(**champion.model.card["settings"])
    walk = walk_forward(known, since_ms, until_ms, settings, say)
    probabilities = walk.probabilities
    names = [f"walk-forward {season}" for season in walk.models]
    after = known.between(until_ms, FOREVER_MS)
    if after.any():
        probabilities[after] = champion.model.corrected(
            known.features[after], known.consensus[after], known.evidence[after]
        )
        names.append(champion.model.name)
    return Judgement(scores(known, probabilities, known.between(since_ms, FOREVER_MS)), tuple(names))


def _known(match: Recorded, until_ms: int) -> bool:
    return match.closed is not None and match.closed.final_at_ms <= until_ms
