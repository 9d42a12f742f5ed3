"""The operators of the study: one set of settings, with and without what follows the risk."""

from schemas import DynamicMargin, MarginProfile, OperatorProfile, TimeFactor

OPERATOR = "book"
SKEW = 1e-6
"""Per minor unit: ten thousand units of currency are the sum that matters."""

DYNAMIC = DynamicMargin(
    times=[
        TimeFactor(within_h=2, factor=1.0),
        TimeFactor(within_h=12, factor=1.1),
        TimeFactor(within_h=1000, factor=1.25),
    ],
    distrust=0.4,
    sharp=1.0,
    exposure=0.5,
    most=1.15,
)

VARIANTS = ("plain", "skew", "dynamic", "both")


def usual(overround: float = 1.05) -> OperatorProfile:
    """Return the settings that are studied where none are given."""
    return OperatorProfile(
        operator=OPERATOR,
        version=1,
        margins={"default": MarginProfile(overround=overround, min_books=3)},
        max_stake=50_000,
        max_payout=1_000_000,
        market_limit=300_000,
        event_limit=500_000,
        price_tolerance=0.01,
        max_bets_per_minute=60,
        skew=SKEW,
    )


def variant(profile: OperatorProfile, name: str) -> OperatorProfile:
    """Return settings with the skew, the dynamic margin, both or neither; where they have none, the usual."""
    skews, moves = name in {"skew", "both"}, name in {"dynamic", "both"}
    margins = {}
    for market, margin in profile.margins.items():
        own = margin.dynamic if margin.dynamic != DynamicMargin() else DYNAMIC
        margins[market] = margin.model_copy(update={"dynamic": own if moves else DynamicMargin()})
    skew = (profile.skew or SKEW) if skews else 0.0
    return profile.model_copy(update={"margins": margins, "skew": skew})
