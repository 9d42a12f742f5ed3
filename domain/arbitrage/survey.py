"""One event as all books and operators show it: what can be had on it without risk.

Nothing but a new price can make an arbitrage, and most new prices are not even the best of their outcome: so
each market keeps its best offers, each group of markets the proof that they leave nothing (see ``program``),
and a quote is held against these. What is kept here follows from the stands alone and may be forgotten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.arbitrage.config import ArbitrageConfig
from domain.arbitrage.groups import Selection, group_of
from domain.arbitrage.market import among, best_offers, better_than, own_offers, with_own
from domain.arbitrage.middles import Line, best_middle, line_of
from domain.arbitrage.opportunity import Chosen, Offer, Opportunity, opportunity
from domain.arbitrage.watch import Watch, take
from domain.markets import outcomes_of

if TYPE_CHECKING:
    from domain.arbitrage.program import Portfolio, Proof

MARKET_ITSELF = ""
"""Whose opportunity it is when no leg is at an operator's price."""

ACROSS = "*"
"""With a group's name, what stands where a market's name is expected: ``*score``, ``*lead``, ``*total``."""

MIDDLE = "^"
"""With a family of markets (``domain.arbitrage.middles``), what stands where a market's name is expected."""

Scope = tuple[str, str]
"""An operator (or ``MARKET_ITSELF``), and a market (or ``ACROSS``, ``MIDDLE`` with what they go with)."""


@dataclass(slots=True)
class MarketSurvey:
    """One market.

    Parameters
    ----------
    own : dict of str to dict of str to Offer
        What each operator offers; without those that offer nothing now.
    best : dict of str to Offer
        Of all books, by outcome; right until ``good_until_ms``, when one of them has grown too old.
    mixed : dict of str to dict of str to Offer
        ``best`` with an operator's own prices, for those that have as good a price as any.
    """

    name: str
    group: str | None
    line: Line | None = None
    watch: Watch = field(default_factory=Watch)
    own: dict[str, dict[str, Offer]] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()
    best: dict[str, Offer] = field(default_factory=dict)
    mixed: dict[str, dict[str, Offer]] = field(default_factory=dict)
    good_until_ms: float = -1.0

    def refresh(self, now_ms: int, config: ArbitrageConfig) -> None:
        """Find the best offers of now."""
        self.watch.now_ms = max(self.watch.now_ms, now_ms)
        seen = [stand.prices for stand in self.watch.stands.values()]
        self.outcomes = outcomes_of(self.name, [*seen, *self.own.values()])
        self.best = best_offers(self.watch, self.outcomes, config)
        oldest = min([offer.quoted_at_ms for offer in self.best.values()], default=None)
        self.good_until_ms = float("inf") if oldest is None else oldest + config.max_age_ms
        self.mixed = {}
        for operator in self.own:
            self._mix(operator)

    def offer(self, operator: str, prices: Mapping[str, float], from_ms: int) -> None:
        """Let an operator's prices stand, or take them away where there are none."""
        self.own.pop(operator, None)
        self.mixed.pop(operator, None)
        if prices:
            self.own[operator] = own_offers(operator, prices, from_ms)
            self._mix(operator)

    def _mix(self, operator: str) -> None:
        better = better_than(self.best, self.own[operator])
        if better:
            self.mixed[operator] = {**self.best, **better}

    def touched_by(self, book: str, prices: Mapping[str, float], config: ArbitrageConfig) -> bool:
        """Tell whether a quote may change what is best."""
        best = self.best
        if not best or any(offer.book == book for offer in best.values()):
            return True
        for outcome, price in prices.items():
            rival = best.get(outcome)
            if rival is None or config.net(book, price) >= rival.net_price:
                return True
        return False


class EventSurvey:
    """All markets of one event.

    Parameters
    ----------
    sport : str
        Of the fixture; empty where none is known: then only handicaps and totals are held against their like.
    """

    def __init__(self, sport: str = "") -> None:
        self.now_ms = 0
        self.markets: dict[str, MarketSurvey] = {}
        self.programs = 0
        """How many linear programs have been solved."""
        self._sport = sport
        self._groups: dict[str, list[MarketSurvey]] = {}
        self._families: dict[str, list[tuple[Line, MarketSurvey]]] = {}
        self._proofs: dict[Scope, Proof] = {}
        self._solved: dict[Scope, tuple[tuple[tuple[Selection, ...], list[float]], Portfolio]] = {}

    def market(self, name: str) -> MarketSurvey:
        """Return a market, a new one where it has not been quoted."""
        found = self.markets.get(name)
        if found is None:
            line = line_of(name)
            found = self.markets[name] = MarketSurvey(name, group_of(self._sport, name), line)
            if line is not None:
                self._families.setdefault(line.family, []).append((line, found))
            if found.group is not None:
                self._groups.setdefault(found.group, []).append(found)
        return found

    def take(
        self,
        name: str,
        book: str,
        prices: Mapping[str, float],
        event_time_ms: int,
        quoted_at_ms: int,
        config: ArbitrageConfig,
    ) -> bool:
        """Let a quote stand; False: it came too late and changes nothing."""
        market = self.market(name)
        if not take(market.watch, book, prices, event_time_ms, quoted_at_ms, config):
            return False
        self.now_ms = max(self.now_ms, event_time_ms)
        if self.now_ms > market.good_until_ms or market.touched_by(book, prices, config):
            market.refresh(self.now_ms, config)
        return True

    def look(self, name: str, config: ArbitrageConfig) -> Iterator[tuple[Scope, Opportunity | None]]:
        """Yield what the market itself, and each operator's price in it, is good for; also across markets.

        Each scope that may have changed with this market is yielded once, with None where there is nothing.
        A price that an operator has in common with the market counts as the operator's.
        """
        market = self.market(name)
        if self.now_ms > market.good_until_ms:
            market.refresh(self.now_ms, config)
        yield from self._without_risk(market, config)
        if config.middle_cost > 0.0 and market.line is not None:
            yield from self._middles(market.line.family, config)

    def _middles(self, family: str, config: ArbitrageConfig) -> Iterator[tuple[Scope, Opportunity | None]]:
        members = self._families[family]
        for _, each in members:
            if self.now_ms > each.good_until_ms:
                each.refresh(self.now_ms, config)
        for operator in (MARKET_ITSELF, *dict.fromkeys(own for _, each in members for own in each.own)):
            yield (operator, MIDDLE + family), best_middle(members, operator, self.now_ms, config)

    def _without_risk(
        self, market: MarketSurvey, config: ArbitrageConfig
    ) -> Iterator[tuple[Scope, Opportunity | None]]:
        name = market.name
        group = market.group
        members = [] if group is None else self._groups[group]
        if group is None or len(members) < 2:
            for operator in (MARKET_ITSELF, *market.own):
                yield (operator, name), self._within(market, operator, config)
            return
        for operator in (MARKET_ITSELF, *dict.fromkeys(own for each in members for own in each.own)):
            within = self._within(market, operator, config)
            yield (operator, name), within
            joins = operator == MARKET_ITSELF or any(operator in each.mixed for each in members)
            proof = self._proofs.get((operator, group))
            offers = market.mixed.get(operator, market.best)
            holds = proof is not None and proof.holds(name, offers, config.least)
            across = None
            if joins and not holds:
                across = self._across(group, members, operator, config)
                if across is not None and within is not None and across.margin <= within.worst + 1e-9:
                    across = None
            yield (operator, ACROSS + group), across

    def _within(self, market: MarketSurvey, operator: str, config: ArbitrageConfig) -> Opportunity | None:
        if operator == MARKET_ITSELF:
            return among(market.best, market.outcomes, self.now_ms, config, market.name)
        own = market.own.get(operator)
        if own is None:
            return None
        outcomes = market.outcomes or outcomes_of(market.name, [own])
        mixed = with_own(market.best, own, outcomes)
        return None if mixed is None else among(mixed, outcomes, self.now_ms, config, market.name)

    def _across(
        self, group: str, members: list[MarketSurvey], operator: str, config: ArbitrageConfig
    ) -> Opportunity | None:
        """Return the best portfolio over several markets, or None; what it proves is kept."""
        chosen: list[tuple[str, str, Offer]] = []
        for market in members:
            if self.now_ms > market.good_until_ms:
                market.refresh(self.now_ms, config)
            offers = market.mixed.get(operator, market.best)
            chosen += [(market.name, outcome, offer) for outcome, offer in offers.items()]
        if not chosen:
            return None
        best = self._portfolio((operator, group), chosen, config)
        if best.margin <= config.least:
            return None
        legs: list[Chosen] = [
            (name, outcome, offer, float(stake))
            for (name, outcome, offer), stake in zip(chosen, best.stakes, strict=True)
            if stake > 0.0
        ]
        if len({name for name, *_ in legs}) < 2:
            return None
        if operator != MARKET_ITSELF and all(offer.book != operator for _, _, offer, _ in legs):
            return None
        return opportunity(best.margin, best.margin, legs, self.now_ms, config)

    def _portfolio(
        self, scope: Scope, chosen: list[tuple[str, str, Offer]], config: ArbitrageConfig
    ) -> "Portfolio":
        """Return the best portfolio of the chosen offers; solved once as long as their prices stay."""
        selections = tuple([(name, outcome) for name, outcome, _ in chosen])
        prices = [offer.net_price for *_, offer in chosen]
        before = self._solved.get(scope)
        if before is not None and before[0] == (selections, prices):
            return before[1]
        # The solver takes longer to load than a worker to start: not before it is needed.
        from domain.arbitrage.claims import claims  # noqa: PLC0415
        from domain.arbitrage.program import Proof, best_portfolio  # noqa: PLC0415

        known = claims(scope[1], selections)
        self.programs += 1
        best = best_portfolio(known.returns([offer for *_, offer in chosen]))
        self._solved[scope] = ((selections, prices), best)
        self._proofs.pop(scope, None)
        if best.margin <= config.least:
            self._proofs[scope] = Proof(known, best.probabilities)
        return best
