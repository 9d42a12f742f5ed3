"""``overround order``: a trader's commands from the command line."""

import getpass
import sys
import time
from typing import Annotated

import typer

from overround.console import fail

app = typer.Typer(
    help="Order what a trader may: halt, suspend, fix and move prices, limit, ban.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Operator = Annotated[str, typer.Option(help="for whom")]
Event = Annotated[str, typer.Option("--event", help="the event's id")]
OfEvent = Annotated[str | None, typer.Option("--event", help="of this event alone")]
Market = Annotated[str, typer.Option(help="1x2, ou:2.5, ...")]
OfMarket = Annotated[str | None, typer.Option("--market", help="of this market of the event alone")]
Outcome = Annotated[str, typer.Option(help="home, over, ...")]


@app.command()
def state(name: Annotated[str, typer.Argument(metavar="STATE")], operator: Operator) -> None:
    """Let an operator be ACTIVE, REDUCING (bets that deepen nothing) or HALTED (none).

    Example: overround order state HALTED --operator north
    """
    _give(operator, "state", state=name.upper())


@app.command()
def suspend(operator: Operator, event: Event, market: OfMarket = None) -> None:
    """Take no bets on an event or one of its markets, until ``resume``.

    Example: overround order suspend --operator north --event wc26-esp-cpv
    """
    _give(operator, "suspend", event_id=event, market=market)


@app.command()
def resume(operator: Operator, event: Event, market: OfMarket = None) -> None:
    """End a suspension, fixed prices and moved lines.

    Example: overround order resume --operator north --event wc26-esp-cpv
    """
    _give(operator, "resume", event_id=event, market=market)


@app.command()
def override(
    price: Annotated[float, typer.Argument(metavar="PRICE")],
    operator: Operator,
    event: Event,
    market: Market,
    outcome: Outcome,
) -> None:
    """Fix a price until ``resume``.

    Example: overround order override 2.5 --operator north --event wc26-esp-cpv --market 1x2 --outcome home
    """
    _give(operator, "override", event_id=event, market=market, outcome=outcome, price=price)


@app.command()
def move(
    log_odds: Annotated[float, typer.Argument(metavar="LOG_ODDS")],
    operator: Operator,
    event: Event,
    market: Market,
    outcome: Outcome,
) -> None:
    """Move a line until ``resume``: 0.1 is two and a half points up at evens; 0 takes it back.

    Example: overround order move 0.1 --operator north --event wc26-esp-cpv --market 1x2 --outcome home
    """
    _give(operator, "move", event_id=event, market=market, outcome=outcome, log_odds=log_odds)


@app.command()
def limit(
    name: Annotated[str, typer.Argument(metavar="LIMIT")],
    operator: Operator,
    amount: Annotated[
        int | None, typer.Option(help="minor units; without it the settings' own", min=0)
    ] = None,
    event: OfEvent = None,
    market: OfMarket = None,
) -> None:
    """Set max_stake, max_payout, market_limit or event_limit, or give it back to the settings.

    Example: overround order limit max_stake --amount 5000 --operator north --event wc26-esp-cpv
    """
    _give(operator, "limit", limit=name, amount=amount, event_id=event, market=market)


@app.command()
def factor(
    bettor: Annotated[str, typer.Argument(metavar="BETTOR")],
    operator: Operator,
    to: Annotated[
        float | None, typer.Option(help="share of the limit, 0 is a ban; without it the platform's own")
    ] = None,
) -> None:
    """Set a bettor's stake factor, ban it, or give it back to the platform.

    Example: overround order factor b-1041 --to 0 --operator north
    """
    _give(operator, "factor", bettor=bettor, stake_factor=to)


@app.command()
def review(
    bet: Annotated[str, typer.Argument(metavar="BET")],
    operator: Operator,
    bettor: Annotated[str, typer.Option(help="whose bet it is")],
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="what becomes of it")],
) -> None:
    """Approve or refuse a bet that is held until a person has looked at it.

    Example: overround order review c-77 --bettor b-1041 --approve --operator north
    """
    _give(operator, "review", bettor=bettor, bet_id=bet, approve=approve)


def _give(operator: str, kind: str, **what: object) -> None:
    from pydantic import ValidationError

    from overround.settings import settings
    from schemas import OperatorCommand
    from streams.producer import DeliveryError, Producer
    from streams.topics import COMMANDS

    config = settings()
    if operator not in config.operators:
        fail(f"unknown operator {operator!r}; there are {', '.join(config.operators)}")
    now_ms = time.time_ns() // 1_000_000
    fields = {
        "operator": operator,
        "command_id": f"{kind}-{time.time_ns()}",
        "kind": kind,
        "issued_by": f"cli:{getpass.getuser()}",
        "event_time_ms": now_ms,
    }
    try:
        command = OperatorCommand.model_validate({**fields, **what})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    try:
        with Producer(config.kafka) as producer:
            producer.broadcast(COMMANDS, f"{operator}|{command.command_id}", command, now_ms)
            producer.flush()
    except DeliveryError as error:
        fail(f"Kafka at {config.kafka} does not take the command: {error}", code=1)
    sys.stdout.write(command.model_dump_json(exclude_none=True) + "\n")
