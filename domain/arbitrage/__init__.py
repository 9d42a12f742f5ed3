"""Arbitrage: prices that stand at the same time and leave a profit whatever happens.

Within a market (``market``), over all markets that one score settles (``claims``, ``program``), and for how
long (``episodes``); with a small loss at worst, ``middles``. An event as a whole is an ``EventSurvey``. An
exchange's commission c on winnings makes a price o into 1 + (o - 1)(1 - c). A quote stands from its event
time until the book replaces or withdraws it, or its last confirmation is older than allowed.
"""

from domain.arbitrage.coherence import Incoherence, incoherence
from domain.arbitrage.config import ArbitrageConfig
from domain.arbitrage.episodes import Change, Episode, Episodes, follow
from domain.arbitrage.market import find, find_against
from domain.arbitrage.opportunity import Leg, Offer, Opportunity
from domain.arbitrage.survey import ACROSS, MARKET_ITSELF, MIDDLE, EventSurvey, Scope
from domain.arbitrage.watch import Stand, Watch, take

__all__ = [
    "ACROSS",
    "MARKET_ITSELF",
    "MIDDLE",
    "ArbitrageConfig",
    "Change",
    "Episode",
    "Episodes",
    "EventSurvey",
    "Incoherence",
    "Leg",
    "Offer",
    "Opportunity",
    "Scope",
    "Stand",
    "Watch",
    "find",
    "find_against",
    "follow",
    "incoherence",
    "take",
]
