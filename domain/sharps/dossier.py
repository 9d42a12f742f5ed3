"""All that is kept of one bettor, and what is said of it."""

from dataclasses import dataclass, field
from math import isfinite

from domain.sharps.behaviour import Behaviour, arbitrage_bets, figures
from domain.sharps.evidence import Evidence
from domain.sharps.treatment import ARBITRAGEUR, FLAGGED, SUSPECTED

TAKEN_BACK = 0.2
"""A suspicion is taken back when the score has fallen by this below what raised it."""

LIKELY = 0.5
"""A class less likely than this is not named."""


LEAST_ARBITRAGE = 5
"""Who has taken fewer prices that were an arbitrage has not done so repeatedly."""

ARBITRAGE_SHARE = 0.5
"""Of its bets, from which share on a bettor who takes such prices is an arbitrageur."""


@dataclass(slots=True)
class Dossier:
    """All that is kept of one bettor; of bounded size.

    Parameters
    ----------
    version : int
        Of the risk that was last published.
    flagged, suspected_told : bool
        As last published.
    suspected : bool
        Whether the score says so now.
    score : float
        How likely the bettor is of a class that beats the close.
    kind, kind_probability : str or None, float
        The likeliest class, where it is likely enough.
    """

    evidence: Evidence = field(default_factory=Evidence)
    behaviour: Behaviour = field(default_factory=Behaviour)
    version: int = 0
    flagged: bool = False
    suspected: bool = False
    suspected_told: bool = False
    score: float = 0.0
    kind: str | None = None
    kind_probability: float = 0.0

    @property
    def traits(self) -> list[str]:
        """What is believed of the bettor, as an operator's treatments name it."""
        return [
            *([FLAGGED] if self.evidence.flagged_at is not None else []),
            *([SUSPECTED] if self.suspected else []),
            *([self.kind] if self.kind is not None else []),
            *([ARBITRAGEUR] if self.takes_arbitrage and self.kind != ARBITRAGEUR else []),
        ]

    @property
    def takes_arbitrage(self) -> bool:
        """Whether the bettor takes prices repeatedly that are an arbitrage with those elsewhere."""
        taken, known = arbitrage_bets(self.behaviour)
        return taken >= LEAST_ARBITRAGE and taken >= ARBITRAGE_SHARE * known


def classify(dossier: Dossier, score: float, kind: str, probability: float, threshold: float) -> None:
    """Take what a classifier says of a bettor.

    Parameters
    ----------
    score : float
        Probability of all classes that beat the close together.
    threshold : float
        From which score on a bettor is suspected.
    """
    dossier.score = score
    dossier.kind = kind if probability >= LIKELY else None
    dossier.kind_probability = probability if dossier.kind is not None else 0.0
    dossier.suspected = score >= (threshold - TAKEN_BACK if dossier.suspected else threshold)


def evidence_in_words(dossier: Dossier) -> list[str]:
    """Return what stands out in how a bettor bets, with numbers."""
    found = figures(dossier.behaviour)
    bets = int(dossier.behaviour.sums[0])
    said = []
    if dossier.suspected:
        said.append(f"beats the close with probability {dossier.score:.0%}, by how it bets")
    if dossier.kind is not None:
        said.append(f"bets like a {dossier.kind.replace('_', ' ')} ({dossier.kind_probability:.0%})")
    if found["at_best"] >= 0.5:
        said.append(f"takes the market's best price or better in {found['at_best']:.0%} of {bets} bets")
    if dossier.takes_arbitrage:
        taken, known = arbitrage_bets(dossier.behaviour)
        said.append(f"takes prices that are an arbitrage with others in {taken} of {known} bets")
    if found["moved_up"] >= 0.3:
        said.append(f"{found['moved_up']:.0%} of its bets follow a move of the market")
    if found["promotion"] >= 0.5:
        said.append(f"uses a promotion in {found['promotion']:.0%} of its bets")
    if bets >= 10 and found["stake_sd"] < 0.05:
        said.append(f"stakes the same to within {found['stake_sd']:.0%}")
    if found["in_play"] >= 0.5:
        said.append(f"{found['in_play']:.0%} of its bets are in play")
    if found["obscure"] >= 0.5:
        said.append(f"{found['obscure']:.0%} of its bets are on competitions that the crowd leaves alone")
    if found["just_before"] >= 0.5:
        said.append(f"{found['just_before']:.0%} of its bets come just before a move of the market")
    if found["just_before_in_play"] >= 0.5:
        said.append(
            f"{found['just_before_in_play']:.0%} of its bets in play come just before the price reacts"
        )
    if bets >= 10 and max(found["device_changes"], found["address_changes"]) >= 0.75:
        said.append(
            f"changes its device in {_percent(found['device_changes'])} of its bets, "
            f"its address in {_percent(found['address_changes'])}"
        )
    return said


def _percent(share: float) -> str:
    return f"{share:.0%}" if isfinite(share) else "an unknown share"
