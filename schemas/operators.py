"""What an operator wants: ``operators.commands.v1``."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message, Millis, Minor, Name, Price


class MarginProfile(Message):
    """How much an operator charges on one market type, and how much it may lose there.

    Parameters
    ----------
    overround : float
        The sum of 1/price to aim at, 1.05 being a margin of 5%.
    min_books : int
        When fewer books than this count in the consensus, the market is suspended.
    """

    overround: Annotated[float, Field(ge=1.0, le=2.0)] = 1.05
    min_books: Annotated[int, Field(ge=1)] = 3


class OperatorProfile(Message):
    """All settings of one operator; ``version`` names them in prices and decisions.

    Parameters
    ----------
    currency : str
        ISO 4217; all money is in its minor units.
    margins : dict of str to MarginProfile
        By market type (``1x2``, ``ou``, ``ah``, ``ml``); ``default`` for the rest.
    max_stake, max_payout : int
        The most that one bet may stake and win, minor units.
    market_limit, event_limit : int
        The most that the operator may lose on one market and on one event, minor units.
    price_tolerance : float
        By how much of its price a bet may beat the standing price and still be taken at what it asked.
    skew : float
        Risk aversion per minor unit: 0 leaves prices alone, more moves them away from the liability.
    max_bets_per_minute : int
        Of one bettor; beyond it bets are rejected as velocity.
    max_bet_age_s : float
        A bet that comes in later than this after it was made is late; 0: any age is taken, which a replay of
        a recording needs.
    """

    operator: Name
    version: Annotated[int, Field(ge=1)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    margins: dict[Name, MarginProfile] = Field(default_factory=lambda: {"default": MarginProfile()})
    max_stake: Minor = 100_000
    max_payout: Minor = 5_000_000
    market_limit: Minor = 2_000_000
    event_limit: Minor = 5_000_000
    price_tolerance: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    skew: Annotated[float, Field(ge=0)] = 0.0
    max_bets_per_minute: Annotated[int, Field(ge=1)] = 60
    max_bet_age_s: Annotated[float, Field(ge=0)] = 0.0

    def margin(self, market: str) -> MarginProfile:
        """Return the margin profile of a market, by its type (the part before ``:``)."""
        by_type = self.margins.get(market.partition(":")[0])
        return by_type or self.margins.get("default") or MarginProfile()


class OperatorCommand(Message):
    """An instruction from an operator or one of its traders. Broadcast to every partition.

    Parameters
    ----------
    command_id : str
        Unique within the operator; a second one with the same id changes nothing.
    kind : str
        ``profile`` (replaces all settings; needs ``profile``), ``suspend`` and ``resume`` (an event, or one
        of its markets), ``override`` (fixes a price until the next ``resume``; needs ``market``, ``outcome``
        and ``price``), ``factor`` (a bettor's stake factor; needs ``bettor`` and ``stake_factor``).
    issued_by : str
        Who gave it: a client id or a trader's name.
    """

    operator: Name
    command_id: Name
    kind: Literal["profile", "suspend", "resume", "override", "factor"]
    issued_by: Name
    event_time_ms: Millis
    profile: OperatorProfile | None = None
    event_id: Name | None = None
    market: Name | None = None
    outcome: Name | None = None
    price: Price | None = None
    bettor: Name | None = None
    stake_factor: Annotated[float, Field(ge=0, le=10)] | None = None
