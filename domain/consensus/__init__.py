"""From many books' prices of one market to one set of probabilities, and who counted how much."""

from domain.consensus.config import ConsensusConfig
from domain.consensus.pool import consensus
from domain.consensus.quote import BookQuote, Consensus

__all__ = ["BookQuote", "Consensus", "ConsensusConfig", "consensus"]
