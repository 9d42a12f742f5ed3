"""A candidate: a model with its card, the form at the end of its data, and its walk-forward window."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xgboost

from domain.arrays import Mask
from domain.evaluation import reliability
from ml.fair.drift import reference
from ml.fair.form import Form
from ml.fair.match import Recorded
from ml.fair.model import CAP, FairModel
from ml.fair.scores import scores
from ml.fair.table import Table, table
from ml.fair.training import YEAR_MS, Settings, temperature, train, usable
from ml.fair.walk import SETTLED_MS, Walk, season_bounds, walk_forward
from ml.fair.window import Window, judge, window

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A model that may become the champion, with all that must go along."""

    model: FairModel
    form: Form
    window: Window


def candidate(
    matches: Sequence[Recorded], until_ms: int, settings: Settings, say: Progress, years: int = 2
) -> Candidate:
    """Return a model of the matches before an instant; the same matches give the same bytes.

    Parameters
    ----------
    until_ms : int
        Matches that start later are not looked at.
    years : int
        How many are walked through before, for the card's figures, the temperature and the gate.

    Raises
    ------
    ValueError
        Too few matches.
    """
    form = Form()
    known = table([match for match in matches if _starts_ms(match) < until_ms], form)
    say(f"{len(known)} matches with prices before the close")
    walk = walk_forward(known, until_ms - years * YEAR_MS, until_ms, settings, say)
    priced = ~np.isnan(walk.probabilities).any(axis=1)
    if not priced.any():
        raise ValueError("too few matches to judge a model by: give more seasons before the last one")
    newest = window(known, walk.probabilities, priced & known.between(until_ms - YEAR_MS, until_ms))
    say("learning from all matches")
    trees = train(known, known.between(0, until_ms - SETTLED_MS), settings)
    card = _card(known, trees, walk, newest, settings, until_ms)
    return Candidate(FairModel(bytes(trees.save_raw("ubj")), card), form, newest)


def _card(
    known: Table, trees: xgboost.Booster, walk: Walk, newest: Window, settings: Settings, until_ms: int
) -> dict[str, Any]:
    data = data_hash(known)
    market = known.markets[0].name
    learned = usable(known, settings)
    priced = np.asarray(~np.isnan(walk.probabilities).any(axis=1))
    closed = priced & ~np.isnan(known.closing).any(axis=1)
    settled = priced & (known.results >= 0)
    verdict = judge(newest)
    identity = f"{data}{sorted(asdict(settings).items())}{known.names}{xgboost.__version__}"
    day = datetime.fromtimestamp(until_ms / 1000, UTC).date()
    return {
        "name": f"fair-{market.partition(':')[0]}-{day}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}",
        "market": market,
        "until": day.isoformat(),
        "until_ms": until_ms,
        "data": {
            "sha256": data,
            "matches": int(learned.sum()),
            "since": datetime.fromtimestamp(known.starts_ms.min() / 1000, UTC).date().isoformat(),
            "divisions": sorted({str(name) for name in known.competitions}),
        },
        "settings": asdict(settings),
        "features": list(known.names),
        "gain": _gain(trees, known.names),
        "temperature": _temperature(walk, known, closed) if settings.target == "close" else 1.0,
        "cap": CAP,
        "walk_forward": {
            "all": scores(known, walk.probabilities, priced),
            "seasons": {
                str(season): scores(
                    known, walk.probabilities, np.asarray(priced & known.between(*season_bounds(season)))
                )
                for season in walk.models
            },
        },
        "calibration": [
            asdict(each) for each in reliability(walk.probabilities[settled], known.results[settled])
        ],
        "gate": {
            "n": verdict.n,
            "refusals": list(verdict.refusals),
            "intervals": {name: asdict(each) for name, each in verdict.intervals.items()},
        },
        "reference": reference(known.features[learned], known.names),
        "xgboost": xgboost.__version__,
    }


def _temperature(walk: Walk, known: Table, closed: Mask) -> float:
    return temperature(walk.probabilities[closed], known.closing[closed])


def data_hash(known: Table) -> str:
    """Return the SHA-256 of what a model learns from."""
    digest = hashlib.sha256()
    for array in (known.features, known.consensus, known.closing, known.results, known.starts_ms):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _gain(trees: xgboost.Booster, names: Sequence[str]) -> dict[str, float]:
    """Return each feature's share of the loss that the trees took away, largest first."""
    found = trees.get_score(importance_type="total_gain")
    by_name = {names[int(key[1:])]: float(np.mean(value)) for key, value in found.items()}
    total = sum(by_name.values())
    return {name: round(by_name[name] / total, 5) for name in sorted(by_name, key=by_name.__getitem__)[::-1]}


def _starts_ms(match: Recorded) -> int:
    if match.market is not None:
        return match.market.starts_at_ms
    return match.closed.starts_at_ms if match.closed is not None else 0
