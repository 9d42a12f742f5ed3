"""A model judged on the matches of files, as it would have priced them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ml.fair.candidate import Candidate
from ml.fair.form import Form
from ml.fair.match import Recorded
from ml.fair.model import FairModel
from ml.fair.scores import scores
from ml.fair.table import FOREVER_MS, Table, table
from ml.fair.training import Settings
from ml.fair.walk import Walk, walk_forward

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
    if any(_judged(match, since_ms, until_ms) for match in matches):
        known = table(matches)
        settings = Settings(**champion.model.card["settings"])
        walk = walk_forward(known, since_ms, until_ms, settings, say)
        if walk.models:
            return _walked(champion.model, known, walk, since_ms, until_ms)
    form = Form.load(champion.form.dump())
    known = table([match for match in matches if not _known(match, form.until_ms)], form)
    if len(known):
        priced = champion.model.corrected(known.features, known.consensus, known.evidence)
    else:
        priced = known.consensus
    chosen = known.between(max(since_ms, until_ms), FOREVER_MS)
    return Judgement(scores(known, priced, chosen), (champion.model.name,))


def _walked(model: FairModel, known: Table, walk: Walk, since_ms: int, until_ms: int) -> Judgement:
    probabilities = walk.probabilities
    names = [f"walk-forward {season}" for season in walk.models]
    after = known.between(until_ms, FOREVER_MS)
    if after.any():
        probabilities[after] = model.corrected(
            known.features[after], known.consensus[after], known.evidence[after]
        )
        names.append(model.name)
    return Judgement(scores(known, probabilities, known.between(since_ms, FOREVER_MS)), tuple(names))


def _judged(match: Recorded, since_ms: int, until_ms: int) -> bool:
    return match.market is not None and since_ms <= match.market.starts_at_ms < until_ms


def _known(match: Recorded, until_ms: int) -> bool:
    return match.closed is not None and match.closed.final_at_ms <= until_ms
