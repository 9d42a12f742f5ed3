"""The demo's two operators: what they charge, what they risk."""

from schemas import MarginProfile, OperatorProfile

WAIT_S = 4 * 3600.0
"""The recording is played so fast that hours of it pass in seconds."""

PROFILES = (
    OperatorProfile(
        operator="north",
        version=1,
        currency="EUR",
        margins={
            "default": MarginProfile(overround=1.06, min_books=3),
            "1x2": MarginProfile(overround=1.05, min_books=4),
        },
        max_stake=50_000,
        max_payout=1_000_000,
        market_limit=500_000,
        event_limit=1_000_000,
        price_tolerance=0.01,
        reservation_s=WAIT_S,
    ),
    OperatorProfile(
        operator="south",
        version=1,
        currency="GBP",
        margins={
            "default": MarginProfile(overround=1.07, min_books=3),
            "1x2": MarginProfile(overround=1.065, min_books=3),
        },
        max_stake=20_000,
        max_payout=400_000,
        market_limit=150_000,
        event_limit=300_000,
        skew=5e-7,
        reservation_s=WAIT_S,
    ),
)
"""North is large, cheap and leaves its prices alone; south is small and leans against its book."""

NAMES = [profile.operator for profile in PROFILES]
