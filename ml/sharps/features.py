"""What a classifier sees of a bettor: figures of its bets so far, NaN where a file lacks the column."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Self

import numpy as np
import numpy.typing as npt

from domain.rings import meetings
from domain.sharps import Behaviour, SharpPolicy, assess
from domain.sharps.behaviour import figures, is_round
from ml.sharps.history import evidence_of, take
from ml.sharps.marks import Marked

Array = npt.NDArray[np.float64]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "clv": (
        "bets",
        "clv_mean",
        "clv_sd",
        "clv_t",
        "clv_q10",
        "clv_q50",
        "clv_q75",
        "clv_q90",
        "clv_positive",
        "posterior_mean",
        "log_e",
    ),
    "price": ("log_price", "log_price_sd", "favourites"),
    "stake": ("log_stake", "stake_scatter", "round_stakes", "stake_with_price"),
    "time": ("log_gap", "gap_scatter", "bets_per_event"),
    "market": ("below_best", "at_best", "below_best_sd"),
    "moved": ("moved_mean", "moved_positive", "moved_with_clv"),
    "limit": ("limit_share",),
    "in_play": ("in_play", "in_play_clv"),
    "promotion": ("promotion",),
    "account": ("log_account_days",),
    "company": ("companion", "shared_device"),
    "league": ("obscure",),
    "origin": ("device_changes", "address_changes"),
    "timing": ("just_before", "just_before_in_play"),
}
"""Features by what they are computed from. The first four need required columns and a mark alone."""

NAMES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)

OPTIONAL_GROUPS = (
    "market",
    "moved",
    "limit",
    "in_play",
    "promotion",
    "account",
    "company",
    "league",
    "origin",
    "timing",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a population is like; features are measured by it, so that they mean the same elsewhere.

    Parameters
    ----------
    policy : SharpPolicy
        Of the population: its mean CLV and the scatter of marks.
    stake, price, gap : float
        Logs of the median stake, of the median price, and of the median bettor's median minutes between bets.
    """

    policy: SharpPolicy
    stake: float
    price: float
    gap: float

    @classmethod
    def of(cls, bettors: Mapping[str, Sequence[Marked]], policy: SharpPolicy) -> Self:
        """Return the scale of a population; one bettor at least has two bets."""
        bets = [each.bet for own in bettors.values() for each in own]
        gaps = [_median_gap(own) for own in bettors.values() if len(own) > 1]
        return cls(
            policy,
            log(median(bet.stake for bet in bets)),
            log(median(bet.price for bet in bets)),
            median(gaps) if gaps else 0.0,
        )


def table(bettors: Mapping[str, Sequence[Marked]], scale: Scale) -> Array:
    """Return a row of features for each bettor, in the mapping's order."""
    companions, shared = companion_shares(bettors), shared_devices(bettors)
    rows = [_row(own, scale, companions[bettor], shared[bettor]) for bettor, own in bettors.items()]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(NAMES))


def columns(groups: Iterable[str]) -> list[int]:
    """Return where the features of some groups stand in a row."""
    return [NAMES.index(name) for group in groups for name in GROUPS[group]]


def companion_shares(bettors: Mapping[str, Sequence[Marked]]) -> dict[str, float]:
    """Return what share of each bettor's selections its most frequent companion took within a minute."""
    first: dict[str, dict[str, int]] = {}
    for bettor, own in bettors.items():
        for each in own:
            takers = first.setdefault("|".join(each.bet.selected), {})
            takers.setdefault(bettor, each.bet.placed_at_ms)
    most: dict[str, int] = dict.fromkeys(bettors, 0)
    for pair, met in meetings(first).items():
        for bettor in pair:
            most[bettor] = max(most[bettor], met)
    return {
        bettor: most[bettor] / max(1, len({each.bet.selected for each in own}))
        for bettor, own in bettors.items()
    }


def shared_devices(bettors: Mapping[str, Sequence[Marked]]) -> dict[str, float]:
    """Return the share of each bettor's bets from a device that another has bet from; NaN: not known."""
    users: dict[str, set[str]] = {}
    for bettor, own in bettors.items():
        for each in own:
            if each.bet.device is not None:
                users.setdefault(each.bet.device, set()).add(bettor)
    return {
        bettor: _mean(
            np.array([float(len(users[each.bet.device]) > 1) for each in own if each.bet.device is not None])
        )
        for bettor, own in bettors.items()
    }


def _row(own: Sequence[Marked], scale: Scale, companion: float, shared: float) -> list[float]:
    clv = (np.array([each.clv for each in own]) - scale.policy.prior_mean) / scale.policy.mark_sd
    found = {
        **_clv(own, clv, scale.policy),
        **_price(own, scale),
        **_stake(own, scale),
        **_time(own, scale),
        **_market(own),
        **_moved(own, clv),
        "limit_share": _mean(_column(own, lambda each: each.bet.limit_share)),
        **_in_play(own, clv),
        "promotion": _mean(_column(own, lambda each: each.bet.promotion)),
        "log_account_days": _mean(np.log1p(_column(own, lambda each: each.bet.account_days))),
        "companion": companion,
        "shared_device": shared,
        **_running(own),
    }
    return [found[name] for name in NAMES]


def _clv(own: Sequence[Marked], clv: Array, policy: SharpPolicy) -> dict[str, float]:
    found = assess(evidence_of(own, policy), policy)
    q10, q50, q75, q90 = np.quantile(clv, (0.1, 0.5, 0.75, 0.9))
    sd = float(clv.std())
    return {
        "bets": len(own),
        "clv_mean": float(clv.mean()),
        "clv_sd": sd,
        "clv_t": float(clv.mean() / max(sd, 0.1) * len(own) ** 0.5),
        "clv_q10": float(q10),
        "clv_q50": float(q50),
        "clv_q75": float(q75),
        "clv_q90": float(q90),
        "clv_positive": float(np.mean([each.clv > 0 for each in own])),
        "posterior_mean": (found.posterior_mean - policy.prior_mean) / policy.mark_sd,
        "log_e": found.log_e_value,
    }


def _price(own: Sequence[Marked], scale: Scale) -> dict[str, float]:
    logs = np.log([each.bet.price for each in own]) - scale.price
    return {
        "log_price": float(logs.mean()),
        "log_price_sd": float(logs.std()),
        "favourites": float(np.mean(logs < 0)),
    }


def _stake(own: Sequence[Marked], scale: Scale) -> dict[str, float]:
    logs = np.log([each.bet.stake for each in own]) - scale.stake
    prices = np.log([each.bet.price for each in own])
    return {
        "log_stake": float(logs.mean()),
        "stake_scatter": float(logs.std()),
        "round_stakes": float(np.mean([is_round(each.bet.stake) for each in own])),
        "stake_with_price": _correlation(logs, prices),
    }


def _time(own: Sequence[Marked], scale: Scale) -> dict[str, float]:
    gaps = _log_gaps(own)
    return {
        "log_gap": float(np.median(gaps)) - scale.gap if len(gaps) else np.nan,
        "gap_scatter": float(gaps.std()) if len(gaps) else np.nan,
        "bets_per_event": len(own) / len({each.bet.event for each in own}),
    }


def _log_gaps(own: Sequence[Marked]) -> Array:
    times = np.array([each.bet.placed_at_ms for each in own], dtype=np.float64)
    gaps: Array = np.log1p(np.diff(times) / 60_000)
    return gaps


def _median_gap(own: Sequence[Marked]) -> float:
    return float(np.median(_log_gaps(own)))


def _market(own: Sequence[Marked]) -> dict[str, float]:
    below = np.log(_column(own, lambda each: each.bet.best_price and each.bet.best_price / each.bet.price))
    known = below[np.isfinite(below)]
    if not len(known):
        return {"below_best": np.nan, "at_best": np.nan, "below_best_sd": np.nan}
    return {
        "below_best": float(known.mean()),
        "at_best": float(np.mean(known <= 0.001)),
        "below_best_sd": float(known.std()),
    }


def _moved(own: Sequence[Marked], clv: Array) -> dict[str, float]:
    moved = _column(own, lambda each: each.bet.moved)
    known = np.isfinite(moved)
    if not known.any():
        return {"moved_mean": np.nan, "moved_positive": np.nan, "moved_with_clv": np.nan}
    return {
        "moved_mean": float(moved[known].mean()),
        "moved_positive": float(np.mean(moved[known] > 0.01)),
        "moved_with_clv": _correlation(moved[known], clv[known]),
    }


def _in_play(own: Sequence[Marked], clv: Array) -> dict[str, float]:
    flags = _column(own, lambda each: each.bet.in_play)
    live = flags == 1
    return {"in_play": _mean(flags), "in_play_clv": float(clv[live].mean()) if live.any() else np.nan}


def _running(own: Sequence[Marked]) -> dict[str, float]:
    """Return what the live stage counts as well, as it counts it."""
    behaviour = Behaviour()
    for each in own:
        take(behaviour, each)
    found = figures(behaviour)
    return {name: found[name] for group in ("league", "origin", "timing") for name in GROUPS[group]}


def _column(own: Sequence[Marked], value: Callable[[Marked], float | None]) -> Array:
    return np.array([np.nan if (v := value(each)) is None else float(v) for each in own])


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _correlation(one: Array, other: Array) -> float:
    if len(one) < 3 or one.std() < 1e-9 or other.std() < 1e-9:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])
