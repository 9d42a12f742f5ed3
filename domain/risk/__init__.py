"""What an operator's books may cost it, how much it takes of a bet, and what it would hedge."""

from domain.risk.accumulators import Accumulator, Leg, carried
from domain.risk.hedge import Hedge, HedgeLeg, Venue, hedge
from domain.risk.limits import event_room
from domain.risk.position import Lottery, Position, lotteries
from domain.risk.tail import Estimate, Tail, tail
from domain.risk.tilt import tilted

__all__ = [
    "Accumulator",
    "Estimate",
    "Hedge",
    "HedgeLeg",
    "Leg",
    "Lottery",
    "Position",
    "Tail",
    "Venue",
    "carried",
    "event_room",
    "hedge",
    "lotteries",
    "tail",
    "tilted",
]
