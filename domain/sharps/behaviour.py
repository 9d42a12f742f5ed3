"""How a bettor bets, beside how its prices turn out: running figures of bounded size, and their features."""

from dataclasses import dataclass, field
from math import isfinite, log, nan, sqrt
from zlib import crc32

from domain.sharps.assessment import edge_probability, posterior
from domain.sharps.evidence import Evidence
from domain.sharps.policy import POLICY, SharpPolicy

AT_BEST = 0.001
"""A price within this of the market's best, in logarithms, is at the best."""

MOVED = 0.01
"""A fair probability that rose by this in the minutes before the bet has moved."""

LEAST_BETS = 5
"""Fewer bets tell of no class."""

SUMS = (
    "bets",
    "price",
    "price2",
    "stake",
    "stake2",
    "round",
    "known_best",
    "below",
    "below2",
    "at_best",
    "known_move",
    "moved",
    "moved_up",
    "in_play",
    "known_promotion",
    "promotion",
    "known_age",
    "age",
    "gaps",
    "gap",
    "gap2",
    "known_arbitrage",
    "arbitrage",
    "known_obscure",
    "obscure",
    "devices",
    "device_changes",
    "addresses",
    "address_changes",
    "known_timing",
    "just_before",
    "known_latency",
    "just_before_in_play",
)

NAMES = (
    "log_bets",
    "posterior_mean",
    "posterior_sd",
    "edge",
    "log_e",
    "price",
    "price_sd",
    "stake_sd",
    "round_stakes",
    "below_best",
    "below_best_sd",
    "at_best",
    "moved",
    "moved_up",
    "in_play",
    "promotion",
    "log_account_days",
    "gap",
    "gap_sd",
    "bets_per_event",
    "obscure",
    "device_changes",
    "address_changes",
    "just_before",
    "just_before_in_play",
)
"""Features, in the order of a row."""


@dataclass(slots=True)
class Behaviour:
    """Running sums over a bettor's bets, by ``SUMS``, and what the next bet is held against.

    Parameters
    ----------
    last_device, last_address : int
        Checksums of what the last bet came from; 0 for nothing known.
    """

    sums: list[float] = field(default_factory=lambda: [0.0] * len(SUMS))
    last_ms: int = 0
    last_event: str = ""
    events: int = 0
    last_device: int = 0
    last_address: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """What is known of a bet when it has been placed; None where nobody knows.

    Parameters
    ----------
    best_price : float or None
        The market's best at that time.
    moved : float or None
        By how much the log of the fair probability rose in the minutes before.
    arbitrage : float or None
        What it won for certain with the best prices elsewhere; above 0 it was an arbitrage.
    obscure : bool or None
        Whether it is on a competition that the crowd leaves alone (``crowd``).
    device, address : str or None
        What it came from.
    """

    event_id: str
    price: float
    stake: float
    placed_at_ms: int
    best_price: float | None = None
    moved: float | None = None
    in_play: bool = False
    promotion: bool | None = None
    account_days: float | None = None
    arbitrage: float | None = None
    obscure: bool | None = None
    device: str | None = None
    address: str | None = None


def observe(behaviour: Behaviour, bet: Placed) -> None:
    """Take a bet into the sums; each bet once, in the order in which they were placed."""
    price, stake = log(bet.price), log(max(1.0, bet.stake))
    known_best = bet.best_price is not None
    below = log(bet.best_price / bet.price) if bet.best_price is not None else 0.0
    moved = bet.moved if bet.moved is not None and isfinite(bet.moved) else None
    first = behaviour.sums[0] == 0.0
    gap = 0.0 if first else log(1.0 + max(0, bet.placed_at_ms - behaviour.last_ms) / 60_000)
    age = bet.account_days
    device = crc32(bet.device.encode()) if bet.device is not None else 0
    address = crc32(bet.address.encode()) if bet.address is not None else 0
    devices, addresses = device and behaviour.last_device, address and behaviour.last_address
    new = (
        1.0,
        price,
        price * price,
        stake,
        stake * stake,
        float(is_round(bet.stake)),
        float(known_best),
        below,
        below * below,
        float(known_best and below <= AT_BEST),
        float(moved is not None),
        moved or 0.0,
        float(moved is not None and moved > MOVED),
        float(bet.in_play),
        float(bet.promotion is not None),
        float(bool(bet.promotion)),
        float(age is not None),
        log(1.0 + age) if age is not None else 0.0,
        0.0 if first else 1.0,
        gap,
        gap * gap,
        float(bet.arbitrage is not None),
        float(bet.arbitrage is not None and bet.arbitrage > 0.0),
        float(bet.obscure is not None),
        float(bool(bet.obscure)),
        float(bool(devices)),
        float(bool(devices and device != behaviour.last_device)),
        float(bool(addresses)),
        float(bool(addresses and address != behaviour.last_address)),
        0.0,
        0.0,
        0.0,
        0.0,
    )
    # Rounded, so that what is kept stays short; the figures are means and scatters of a few digits.
    behaviour.sums = [round(a + b, 6) if b else a for a, b in zip(behaviour.sums, new, strict=True)]
    behaviour.last_ms = bet.placed_at_ms
    if bet.event_id != behaviour.last_event:
        behaviour.events += 1
        behaviour.last_event = bet.event_id
    behaviour.last_device = device or behaviour.last_device
    behaviour.last_address = address or behaviour.last_address


def note_timing(behaviour: Behaviour, just_before: bool, *, in_play: bool) -> None:
    """Take whether a bet came just before a move (``timing``); each bet once, when that is known.

    In play this is the latency that a courtsider lives on: its bets lie between what happens and the price's
    reaction.
    """
    known = _LATENCY if in_play else _TIMING
    behaviour.sums[known] += 1.0
    behaviour.sums[known + 1] += float(just_before)


def note_arbitrage(behaviour: Behaviour, arbitrage: float | None) -> None:
    """Take that a bet was a leg of an arbitrage that was told of; once per bet, after ``observe``.

    Parameters
    ----------
    arbitrage : float or None
        As ``observe`` had it of this bet: what is counted already is not counted again.
    """
    if arbitrage is None:
        behaviour.sums[_ARBITRAGE] += 1.0
    if arbitrage is None or arbitrage <= 0.0:
        behaviour.sums[_ARBITRAGE + 1] += 1.0


_ARBITRAGE = SUMS.index("known_arbitrage")
_TIMING, _LATENCY = SUMS.index("known_timing"), SUMS.index("known_latency")


def is_round(stake: float) -> bool:
    """Tell whether a stake is one that a person picks: one digit, or two of which the second is 5."""
    digits = f"{stake:.6g}".partition("e")[0].replace(".", "").strip("0")
    return len(digits) == 1 or (len(digits) == 2 and digits[1] == "5")


def figures(behaviour: Behaviour) -> dict[str, float]:
    """Return means and scatters of the bets; NaN where nothing is known. Prices and gaps are logarithms."""
    s = dict(zip(SUMS, behaviour.sums, strict=True))
    n = s["bets"]
    return {
        "price": _share(s["price"], n),
        "price_sd": _sd(s["price"], s["price2"], n),
        "stake_sd": _sd(s["stake"], s["stake2"], n),
        "round_stakes": _share(s["round"], n),
        "below_best": _share(s["below"], s["known_best"]),
        "below_best_sd": _sd(s["below"], s["below2"], s["known_best"]),
        "at_best": _share(s["at_best"], s["known_best"]),
        "moved": _share(s["moved"], s["known_move"]),
        "moved_up": _share(s["moved_up"], s["known_move"]),
        "in_play": _share(s["in_play"], n),
        "promotion": _share(s["promotion"], s["known_promotion"]),
        "log_account_days": _share(s["age"], s["known_age"]),
        "gap": _share(s["gap"], s["gaps"]),
        "gap_sd": _sd(s["gap"], s["gap2"], s["gaps"]),
        "bets_per_event": _share(n, behaviour.events),
        "obscure": _share(s["obscure"], s["known_obscure"]),
        "device_changes": _share(s["device_changes"], s["devices"]),
        "address_changes": _share(s["address_changes"], s["addresses"]),
        "just_before": _share(s["just_before"], s["known_timing"]),
        "just_before_in_play": _share(s["just_before_in_play"], s["known_latency"]),
    }


def arbitrage_bets(behaviour: Behaviour) -> tuple[int, int]:
    """Return how many bets took a price that was an arbitrage, and of how many that is known."""
    known, taken = behaviour.sums[_ARBITRAGE : _ARBITRAGE + 2]
    return int(taken), int(known)


def features(behaviour: Behaviour, evidence: Evidence, policy: SharpPolicy = POLICY) -> list[float]:
    """Return a bettor's row, in the order of ``NAMES``; what CLV says is in units of the population's."""
    mean, sd, _ = posterior(evidence, policy)
    found = figures(behaviour)
    return [
        log(1.0 + behaviour.sums[0]),
        (mean - policy.prior_mean) / policy.prior_sd,
        sd / policy.prior_sd,
        edge_probability(mean, sd, policy),
        evidence.log_e,
        *[found[name] for name in NAMES[5:]],
    ]


def _share(total: float, of: float) -> float:
    return total / of if of else nan


def _sd(total: float, squares: float, n: float) -> float:
    return sqrt(max(0.0, squares / n - (total / n) ** 2)) if n >= 2 else nan
