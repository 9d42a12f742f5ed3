"""``/v1/commands``: what an operator wants, to every partition of every stage."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel
from starlette.responses import Response

from api.bodies import WHOLE, Body, NoParameters
from api.operations import Answer, Call, Operation
from api.problems import COMMAND, NOT_READY, Problem
from schemas import DynamicMargin, MarginProfile, OperatorCommand, OperatorProfile, PriceRules, TimeFactor
from schemas.base import Name, Price, Probability
from schemas.operators import LimitName, PlaceTerms, TotalScope, Treatment
from schemas.prices import OperatorState
from schemas.pricing import Factor
from streams.producer import DeliveryError
from streams.topics import COMMANDS

_SAFE = 2**53 - 1
_NAMES = Field(json_schema_extra={"additionalProperties": False})
Amount = Annotated[int, Field(ge=0, le=_SAFE, description="minor units"), WHOLE]


class TimeBody(TimeFactor):
    """What the margin is multiplied with from so many hours before the start on."""

    model_config = ConfigDict(extra="forbid")


class DynamicBody(DynamicMargin):
    """What moves a margin."""

    model_config = ConfigDict(extra="forbid")

    sports: Annotated[dict[Name, Factor], _NAMES] = Field(default_factory=dict)
    competitions: Annotated[dict[Name, Factor], _NAMES] = Field(default_factory=dict)
    times: list[TimeBody] = Field(default_factory=list)  # type: ignore[assignment]


class MarginBody(MarginProfile):
    """How much to charge on one market type, and when to suspend it."""

    model_config = ConfigDict(extra="forbid")

    dynamic: DynamicBody = DynamicBody()
    min_books: Annotated[int, Field(ge=1, le=_SAFE), WHOLE] = 3


class PriceBody(PriceRules):
    """What offered prices keep to."""

    model_config = ConfigDict(extra="forbid")

    min_ticks: Annotated[int, Field(ge=1, le=_SAFE), WHOLE] = 1


class PlaceTermsBody(PlaceTerms):
    """How the place part of an each-way bet is paid."""

    model_config = ConfigDict(extra="forbid")

    places: Annotated[int, Field(ge=1, le=100), WHOLE]
    place_of: Annotated[int, Field(ge=1, le=100), WHOLE]
    least_outcomes: Annotated[int, Field(ge=2, le=_SAFE), WHOLE] = 5


LimitsBody = Annotated[dict[LimitName, Amount], _NAMES]


class TreatmentBody(Treatment):
    """What to do with bettors of one kind."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: Annotated[int, Field(ge=0, le=60_000), WHOLE] = 0


class ProfileSettings(Body):
    """All settings of the operator; what is left out takes its default."""

    version: Annotated[
        int, Field(ge=1, le=_SAFE, description="names the settings; higher than the last"), WHOLE
    ]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    margins: Annotated[
        dict[Name, MarginBody],
        Field(
            description="by market type; `default` for the rest",
            # pydantic leaves unsaid that no other names are taken
            json_schema_extra={"additionalProperties": False},
        ),
    ] = Field(default_factory=lambda: {"default": MarginBody()})
    max_stake: Amount = 100_000
    max_payout: Amount = 5_000_000
    bank: Amount = 0
    market_limit: Amount = 2_000_000
    event_limit: Amount = 5_000_000
    price_tolerance: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    skew: Annotated[float, Field(ge=0)] = 0.0
    max_bets_per_minute: Annotated[int, Field(ge=1, le=_SAFE), WHOLE] = 60
    max_bet_age_s: Annotated[float, Field(ge=0)] = 0.0
    max_same_per_minute: Annotated[int, Field(ge=1, le=_SAFE), WHOLE] = 60
    reservation_s: Annotated[float, Field(gt=0)] = 30.0
    cash_out_margin: Probability = 0.05
    limits: Annotated[dict[Name, LimitsBody], _NAMES] = Field(default_factory=dict)
    totals: Annotated[dict[TotalScope, Amount], _NAMES] = Field(default_factory=dict)
    in_play: bool = False
    same_game: bool = False
    place_terms: Annotated[dict[Name, PlaceTermsBody], _NAMES] = Field(default_factory=dict)
    live_delay_ms: Annotated[int, Field(ge=0, le=60_000), WHOLE] = 0
    live_pause_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    live_fresh_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    refuse_longer: bool = False
    treatments: Annotated[dict[Name, TreatmentBody], _NAMES] = Field(default_factory=dict)
    review_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    confidence_weight: Probability = 0.0
    prices: PriceBody = PriceBody()


class _Command(Body):
    command_id: Annotated[
        Name, Field(description="unique for the operator; makes the request safe to repeat")
    ]


class ProfileCommand(_Command):
    """Replace all settings."""

    kind: Literal["profile"]
    profile: ProfileSettings


class SuspendCommand(_Command):
    """Take no bets on an event, or on one of its markets."""

    kind: Literal["suspend"]
    event_id: Name
    market: Name | None = None


class ResumeCommand(_Command):
    """End a suspension, an override or a move, of an event or of one of its markets."""

    kind: Literal["resume"]
    event_id: Name
    market: Name | None = None


class OverrideCommand(_Command):
    """Fix an outcome's price until the next ``resume``."""

    kind: Literal["override"]
    event_id: Name
    market: Name
    outcome: Name
    price: Price


class MoveCommand(_Command):
    """Move a line until the next ``resume``: the outcome's log-odds by so much, the others in proportion."""

    kind: Literal["move"]
    event_id: Name
    market: Name
    outcome: Name
    log_odds: Annotated[float, Field(ge=-5, le=5, description="0 takes the move back")]


class LimitCommand(_Command):
    """Set a limit for the operator, an event or one of its markets; null gives it back to the settings."""

    kind: Literal["limit"]
    limit: LimitName
    amount: Amount | None
    event_id: Name | None = None
    market: Name | None = None


class StateCommand(_Command):
    """Take bets, those alone that do not deepen what may be lost, or none."""

    kind: Literal["state"]
    state: OperatorState


class FactorCommand(_Command):
    """Set a bettor's stake factor: 0 is a ban, null gives it back to the platform."""

    kind: Literal["factor"]
    bettor: Name
    stake_factor: Annotated[float, Field(ge=0, le=10)] | None


class ReviewCommand(_Command):
    """Approve or refuse a bet that is held until a person has looked at it (alert ``manual_review``)."""

    kind: Literal["review"]
    bettor: Name
    bet_id: Name
    approve: bool


class CommandBody(
    RootModel[
        Annotated[
            ProfileCommand
            | SuspendCommand
            | ResumeCommand
            | OverrideCommand
            | MoveCommand
            | FactorCommand
            | LimitCommand
            | StateCommand
            | ReviewCommand,
            Field(discriminator="kind"),
        ]
    ]
):
    """A command. The operator and who gives it are the token's; the time is the server's."""


GIVE = Operation(
    name="giveCommand",
    method="POST",
    path="/v1/commands",
    summary="Give a command",
    description="Answered when Kafka holds it on every partition; the stages follow within their next batch.",
    tag="operator",
    scope="commands:write",
    body_model=CommandBody,
    invalid=COMMAND,
    answers={202: Answer("Taken; this is the command as it was sent", OperatorCommand)},
    problems=(NOT_READY,),
)


async def give_command(call: Call[NoParameters, NoParameters, CommandBody]) -> Response:
    """Answer ``giveCommand``."""
    call.deps.require_kafka()
    command = command_of(call.body, call.grant.operator, call.grant.client_id, call.deps.now_ms())
    producer = call.deps.producer
    try:
        producer.broadcast(
            COMMANDS, f"{command.operator}|{command.command_id}", command, command.event_time_ms
        )
        await producer.acknowledged()
    except DeliveryError:
        detail = "Kafka did not confirm the command; give it again"
        raise Problem(NOT_READY, detail, headers={"Retry-After": "1"}) from None
    return Response(command.model_dump_json(), 202, media_type="application/json")


def command_of(body: CommandBody, operator: str, client_id: str, now_ms: int) -> OperatorCommand:
    """Return the message that carries a command."""
    fields = body.root.model_dump(exclude={"profile"})
    profile = None
    if isinstance(body.root, ProfileCommand):
        profile = OperatorProfile.model_validate({"operator": operator, **body.root.profile.model_dump()})
    return OperatorCommand(
        operator=operator, issued_by=client_id, event_time_ms=now_ms, profile=profile, **fields
    )
