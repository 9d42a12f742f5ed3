"""From many books' prices of one market to one set of probabilities, and who counted how much."""

from domain.consensus.config import DEFAULT_CONFIG, ConsensusConfig
from domain.consensus.pool import consensus
from domain.consensus.quote import BookQuote, Consensus
from domain.consensus.table import ConsensusRule, ConsensusTable

__all__ = [
    "DEFAULT_CONFIG",
    "BookQuote",
    "Consensus",
    "ConsensusConfig",
    "ConsensusRule",
    "ConsensusTable",
    "consensus",
]
