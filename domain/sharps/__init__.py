"""What is believed of a bettor: from the marks of bets to a posterior, an e-value and a stake factor.

**One mark per bet counts, the latest.** Until the close comes, the latest short horizon stands in for it, at
a lower weight; a later mark replaces it and the close makes it final. To that end the marks of bets that are
still open are kept, ``OPEN_MOST`` of them at most: so the state of a bettor is bounded, however many bets it
makes. When there are more, the oldest is forgotten until its close.

**The posterior** of the bettor's true CLV is normal: c ~ N(theta, s^2), theta ~ N(mu, tau^2), with s^2 drawn
from the population's towards the bettor's own variance as marks come. Evidence ages by a half-life.

**The e-process** E = prod(1 + lambda (clip(c) - mu0)) takes closes only. Under "no edge" (given the past,
clip(c) is mu0 at most on average) it is a non-negative supermartingale from 1, so by Ville's inequality it
ever reaches 1/alpha with probability alpha at most, however often one looks. For that to hold, only the
first bet on an event enters: the closes of two bets on one event are not independent, and the second may be
there because of how the price moved after the first. What is assumed is that price moves of different events
are independent. See Ramdas, Gruenwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid
inference" (2023), and Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting"
(2024).
"""

from domain.sharps.assessment import Assessment, assess, edge_probability, posterior, stake_factor
from domain.sharps.behaviour import (
    LEAST_BETS,
    Behaviour,
    Placed,
    features,
    note_arbitrage,
    note_timing,
    observe,
)
from domain.sharps.crowd import is_obscure
from domain.sharps.dossier import Dossier, classify, evidence_in_words
from domain.sharps.evidence import Evidence, OpenMark, log_e_step, update
from domain.sharps.policy import POLICY, SharpPolicy
from domain.sharps.timing import has_moved, just_before, told_now, usual_gap_ms
from domain.sharps.treatment import Treated, awaits_review, in_ring, treat, waits_ms

__all__ = [
    "LEAST_BETS",
    "POLICY",
    "Assessment",
    "Behaviour",
    "Dossier",
    "Evidence",
    "OpenMark",
    "Placed",
    "SharpPolicy",
    "Treated",
    "assess",
    "awaits_review",
    "classify",
    "edge_probability",
    "evidence_in_words",
    "features",
    "has_moved",
    "in_ring",
    "is_obscure",
    "just_before",
    "log_e_step",
    "note_arbitrage",
    "note_timing",
    "observe",
    "posterior",
    "stake_factor",
    "told_now",
    "treat",
    "update",
    "usual_gap_ms",
    "waits_ms",
]
