"""What a bet comes to: grades of legs, what lines pay, and versions that supersede each other."""

from domain.settlement.conditional import conditional_places, conditional_stakes, holds_of, pending_of
from domain.settlement.grades import LOST, VOID, WON, grade_of, place_grade_of
from domain.settlement.ledger import settle
from domain.settlement.payouts import Graded, bet_payout, factor

__all__ = [
    "LOST",
    "VOID",
    "WON",
    "Graded",
    "bet_payout",
    "conditional_places",
    "conditional_stakes",
    "factor",
    "grade_of",
    "holds_of",
    "pending_of",
    "place_grade_of",
    "settle",
]
