"""``overround portfolio``: what all open bets may cost together, and what would hedge the worst events."""

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from overround.settings import Settings
    from schemas import Portfolio


def portfolio(
    operator: Annotated[str | None, typer.Option(help="this one alone")] = None,
    every: Annotated[float | None, typer.Option(metavar="S", help="again and again, seconds", min=1)] = None,
    fresh: Annotated[float, typer.Option(metavar="S", help="hedge at quotes this new", min=1)] = 60.0,
    most: Annotated[
        int, typer.Option(help="largest stake of one hedging bet, minor units", min=1)
    ] = 1_000_000,
    draws: Annotated[int, typer.Option(help="of the simulation", min=5_000)] = 20_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="look, tell nobody")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object per operator and look")] = False,
) -> None:
    """Simulate the tail of the operators' open bets and publish it to risk.portfolios.v1.

    Bets come from PostgreSQL, rivals' quotes from Kafka; GET /v1/portfolio shows the last look.

    Example: overround portfolio --every 60
    """
    from overround.settings import settings
    from storage.errors import Unreachable
    from streams.producer import DeliveryError
    from streams.stage import Unavailable

    config = settings()
    if operator is not None and operator not in config.operators:
        fail(f"unknown operator {operator!r}; there are {', '.join(config.operators)}")
    operators = config.operators if operator is None else [operator]
    try:
        while True:
            found = asyncio.run(look_at(config, operators, fresh, most, draws, dry_run=dry_run))
            _say(found, as_json=json)
            if every is None:
                return
            time.sleep(every)
    except Unreachable as error:
        fail(f"no bets without PostgreSQL (OVERROUND_POSTGRES): {error}", code=1)
    except (DeliveryError, Unavailable) as error:
        fail(f"Kafka (OVERROUND_KAFKA): {error}", code=1)


async def look_at(
    config: "Settings",
    operators: "list[str] | tuple[str, ...]",
    fresh_s: float,
    most: int,
    draws: int,
    *,
    dry_run: bool,
) -> "list[Portfolio]":
    """Look at operators' portfolios once, and publish them."""
    from overround.portfolios import look, offers_in
    from storage.database import Database
    from streams.producer import Producer
    from streams.recent import recent
    from streams.topics import PORTFOLIOS, QUOTES

    since_ms = time.time_ns() // 1_000_000 - int(fresh_s * 1000)
    offers = await asyncio.to_thread(lambda: offers_in(recent(config.kafka, QUOTES.name, since_ms), most))
    database = Database(config.postgres, config.postgres_replica, timeout_s=60.0)
    await database.open()
    try:
        pairs = max(2_500, draws // 50 * 25)
        looked = [await look(database, operator, offers, pairs) for operator in operators]
    finally:
        await database.close()
    found = [one for one in looked if one is not None]
    if found and not dry_run:
        with Producer(config.kafka) as producer:
            for one in found:
                producer.send(PORTFOLIOS, one.operator, one, one.event_time_ms)
            producer.flush()
    return found


def _say(found: "list[Portfolio]", *, as_json: bool) -> None:
    if as_json:
        for one in found:
            sys.stdout.write(one.model_dump_json() + "\n")
        sys.stdout.flush()
        return
    for one in found:
        typer.echo(
            f"{one.operator}: {one.open_events} events, expected {one.expected / 100:,.0f}, "
            f"worst case {one.worst_case / 100:,.0f}"
        )
        rows = [
            (
                f"{figure.level:.0%}",
                f"{figure.value_at_risk / 100:,.0f} ± {figure.value_at_risk_error / 100:,.0f}",
                f"{figure.shortfall / 100:,.0f} ± {figure.shortfall_error / 100:,.0f}",
            )
            for figure in one.tail
        ]
        table(("level", "value at risk", "expected shortfall"), rows, as_json=False)
        hedges = [
            (risk.event_id, bet.book, bet.market, bet.outcome, bet.price, f"{bet.stake / 100:,.2f}")
            for risk in one.events
            for bet in risk.hedge
        ]
        if hedges:
            table(("event", "book", "market", "outcome", "price", "stake"), hedges, as_json=False)
