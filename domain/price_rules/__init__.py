"""What offered prices keep to, rule by rule, in the order in which they are applied.

A new rule is a module with one class, and a line here. Rules before ``OnLadder`` may leave any price; those
after it only ever shorten prices, to a rung of the ladder.
"""

from domain.price_rules.as_short_as import AsShortAs
from domain.price_rules.largest_move import LargestMove
from domain.price_rules.market_arbitrage import MarketArbitrage
from domain.price_rules.on_ladder import OnLadder
from domain.price_rules.own_arbitrage import OwnArbitrage
from domain.price_rules.rule import PriceQuestion, PriceRule, shortened
from domain.price_rules.smallest_move import SmallestMove

PRICE_RULES: tuple[PriceRule, ...] = (
    LargestMove(),
    OnLadder(),
    SmallestMove(),
    AsShortAs(),
    MarketArbitrage(),
    OwnArbitrage(),
)

__all__ = ["PRICE_RULES", "PriceQuestion", "PriceRule", "shortened"]
