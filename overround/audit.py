"""Recomputes every price and every decision from what it says it stood on.

Reads the topics from their beginning. What a price or decision stood on may be gone (a compacted topic keeps
the latest alone): that is counted, not held against it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.compilation import StandingQuote, fair_price
from domain.consensus import ConsensusTable
from domain.derivation import SCORES, recomputed
from domain.liveness import DOUBTS
from domain.pricing import ALL_MARKETS, NOTHING_ELSE, EventInPlay, priced, suspension
from domain.state_skew import StateSkew, measure_of, state_skew
from overround.audit_corrections import Corrections
from overround.decided import DecisionArchive
from schemas import Decision, Exposure, FairPrice, OfferedPrice, OperatorProfile, Quote
from streams.records import PlainRecord
from streams.topics import (
    ASSESSED,
    BETS,
    COMMANDS,
    DECISIONS,
    DERIVED,
    EXPOSURE,
    FAIR,
    GRANTS,
    QUOTES,
    RESERVATIONS,
    offered,
)

if TYPE_CHECKING:
    from ml.fair.library import Library

Key = tuple[object, ...]
MOST_SHOWN = 20
_DECIDED = (BETS, ASSESSED, RESERVATIONS, GRANTS, DECISIONS)


@dataclass
class Audit:
    """What came of it.

    Parameters
    ----------
    agreed, gone : Counter of str
        By what it is (``fair``, ``offered``, ``decision``, ``grant``, ``combined``): recomputed to itself,
        and not to be recomputed.
    differences : list of str
        What did not come out as it was published, in words; the first 20.
    differing : int
        How many did not.
    """

    agreed: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    differing: int = 0

    def miss(self, what: str) -> None:
        """Count one thing that cannot be recomputed."""
        self.gone[what] += 1

    def compare(self, what: str, name: object, published: object, recomputed: object) -> None:
        """Count one comparison."""
        if published == recomputed:
            self.agreed[what] += 1
            return
        self.differing += 1
        if len(self.differences) < MOST_SHOWN:
            self.differences.append(f"{what} {name}: published {published}, recomputed {recomputed}")


Explained = tuple[FairPrice, dict[str, dict[str, float]]]


class Archive:
    """What the topics hold; give ``take`` to a reader of ``topics``.

    Parameters
    ----------
    operators : sequence of str
        Whose prices to check.
    models : Library, optional
        The models that have corrected prices; those that ship where none is given.
    """

    def __init__(
        self,
        operators: Sequence[str],
        consensus: ConsensusTable | None = None,
        models: "Library | None" = None,
    ) -> None:
        self._consensus = consensus or ConsensusTable()
        self._corrections = Corrections(models)
        self.quotes: dict[tuple[int, int], Quote] = {}
        self.fairs: dict[Key, FairPrice] = {}
        self.offers: dict[Key, OfferedPrice] = {}
        self.exposures: dict[Key, Exposure] = {}
        self.profiles: dict[Key, OperatorProfile] = {}
        self.reviews: dict[Key, str] = {}
        self.scores: dict[Key, FairPrice] = {}
        self.decided = DecisionArchive(self.offers, self.profiles, self.exposures, self.reviews, self.scores)
        self._take: dict[str, Callable[[PlainRecord, Any], None]] = {
            QUOTES.name: self._quote,
            FAIR.name: self._fair,
            DERIVED.name: self._derived,
            EXPOSURE.name: self._exposure,
            COMMANDS.name: self._command,
            **{topic.name: self._decided for topic in _DECIDED},
            **{offered(operator).name: self._offer for operator in operators},
        }
        topics = (QUOTES, FAIR, DERIVED, EXPOSURE, COMMANDS, *_DECIDED, *map(offered, operators))
        self._models = {topic.name: topic.message for topic in topics}
        self.topics = tuple(self._models)

    @property
    def decisions(self) -> Mapping[Key, Decision]:
        """Every decision, by operator, bettor and bet id."""
        return self.decided.decisions

    def take(self, records: Sequence[PlainRecord]) -> None:
        """Take a batch of records."""
        for record in records:
            if record.value is not None:
                try:
                    message = self._models[record.topic].model_validate_json(record.value)
                except ValueError:
                    continue  # a dead letter: nothing can have stood on it
                self._take[record.topic](record, message)

    def audit(self) -> Audit:
        """Recompute all of it."""
        found = Audit()
        for fair in (*self.fairs.values(), *self.scores.values()):
            self._check_fair(fair, found)
        for offer in self.offers.values():
            self._check_offer(offer, found)
        self.decided.check(found)
        return found

    def explained(self, event_id: str, market: str) -> Explained | None:
        """Return what the latest corrected price of a market rests on, None where there is none.

        The price, and by outcome what each feature of the model added (SHAP values).
        """
        corrected = [
            fair
            for (event, name, _), fair in self.fairs.items()
            if (event, name) == (event_id, market) and fair.correction is not None
        ]
        if not corrected:
            return None
        latest = max(corrected, key=lambda fair: fair.sequence)
        shares = self._corrections.explained(latest)
        return None if shares is None else (latest, shares)

    def _check_fair(self, fair: FairPrice, found: Audit) -> None:
        if fair.derived is not None:
            self._check_derived(fair, found)
            return
        standing = {}
        config = self._consensus.named(fair.settings)
        if config is None:
            found.gone["fair"] += 1
            return
        for share in fair.books:
            quote = self.quotes.get((share.partition, share.offset))
            since = self.fairs.get((fair.event_id, fair.market, share.since))
            if quote is None or (share.since and since is None):
                found.gone["fair"] += 1
                return
            fair_then = list(since.uncorrected.values()) if since is not None else []
            standing[share.book] = StandingQuote(
                quote.prices,
                quote.quoted_at_ms,
                quote.event_time_ms,
                share.partition,
                share.offset,
                fair_then,
                share.since,
                quote.feed,
                share.rejected if share.rejected in DOUBTS else "",
                share.copy_of or "",
            )
        again = fair_price(
            fair.event_id, fair.market, standing, fair.as_of_ms, config, fair.sequence, fair.settings
        )
        if fair.correction is not None:
            corrected = self._corrections.again(fair, again)
            if corrected is None:
                found.gone["fair"] += 1
                return
            again = corrected
        found.compare("fair", (fair.event_id, fair.market, fair.sequence), fair, again)

    def _check_derived(self, fair: FairPrice, found: Audit) -> None:
        on = fair.derived
        assert on is not None
        behind = {
            (market, number): stood.probabilities
            for market, number in [*on.sources.items(), *on.anchors.items()]
            if (stood := self.fairs.get((fair.event_id, market, number))) is not None
        }
        try:
            again = recomputed(fair, behind)
        except KeyError:
            found.gone["fair"] += 1
            return
        name = (fair.event_id, fair.market, fair.sequence)
        found.compare("fair", name, fair.probabilities, again)

    def _check_offer(self, offer: OfferedPrice, found: Audit) -> None:
        fair = self.fairs.get((offer.event_id, offer.market, offer.fair_sequence))
        profile = self.profiles.get((offer.operator, offer.settings_version))
        exposure = self.exposures.get((offer.operator, offer.event_id, offer.exposure_version))
        before = self.offers.get((offer.operator, offer.event_id, offer.market, offer.sequence - 1))
        missing = before is None and offer.sequence > 1
        if fair is None or profile is None or missing or (offer.exposure_version and exposure is None):
            found.gone["offered"] += 1
            return
        on = offer.basis or NOTHING_ELSE
        scores = self.scores.get((offer.event_id, on.scores_sequence))
        if on.scores_sequence and scores is None:
            found.gone["offered"] += 1
            return
        again = priced(
            fair,
            exposure,
            profile,
            on,
            starts_at_ms=offer.starts_at_ms,
            now_ms=offer.event_time_ms,
            standing=before,
            states=_skew(scores, exposure, profile),
        )
        prices = again.prices
        if not prices and before is not None:
            prices = before.prices
        event = EventInPlay(starts_at_ms=offer.starts_at_ms)
        if offer.suspended == "operator":  # a trader's word, which is on no other topic than the commands
            event.halted = {offer.operator: [ALL_MARKETS]}
        if offer.suspended == "finished":
            event.status = "final"
        suspended = suspension(fair, event, profile, offer.event_time_ms, on.state, on.live)
        name = (offer.operator, offer.event_id, offer.market, offer.sequence)
        found.compare("offered", name, (offer.prices, offer.suspended), (prices, suspended))

    def _quote(self, record: PlainRecord, quote: Quote) -> None:
        self.quotes[record.partition, record.offset] = quote

    def _fair(self, _: PlainRecord, fair: FairPrice) -> None:
        self.fairs[fair.event_id, fair.market, fair.sequence] = fair

    def _derived(self, _: PlainRecord, derived: FairPrice) -> None:
        if derived.market == SCORES:  # the rest is told as a fair price
            self.scores[derived.event_id, derived.sequence] = derived

    def _offer(self, _: PlainRecord, offer: OfferedPrice) -> None:
        self.offers[offer.operator, offer.event_id, offer.market, offer.sequence] = offer

    def _exposure(self, _: PlainRecord, exposure: Exposure) -> None:
        self.exposures[exposure.operator, exposure.event_id, exposure.version] = exposure

    def _command(self, _: PlainRecord, command: Any) -> None:
        if command.profile is not None:
            self.profiles[command.operator, command.profile.version] = command.profile
        if command.kind == "review" and command.approve is not None:
            said = "approved" if command.approve else "refused"
            self.reviews.setdefault((command.operator, command.bettor, command.bet_id), said)

    def _decided(self, _: PlainRecord, message: Any) -> None:
        self.decided.take(message)


def _skew(scores: FairPrice | None, exposure: Exposure | None, profile: OperatorProfile) -> StateSkew | None:
    measure = None if scores is None else measure_of(scores)
    if scores is None or measure is None or exposure is None:
        return None
    return state_skew(measure, scores.sequence, exposure, profile.skew)
