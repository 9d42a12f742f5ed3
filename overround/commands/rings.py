"""``overround rings``: look for bettors who bet together, and have their limits apply to them as one."""

import asyncio
import json as jsonlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from overround.console import fail, table

if TYPE_CHECKING:
    from domain.rings import Ring
    from overround.settings import Settings
    from schemas import RingMember

Found = dict[str, "list[Ring]"]


def rings(
    days: Annotated[float, typer.Option(help="look at the bets of so many last days", min=0.01)] = 30.0,
    every: Annotated[float | None, typer.Option(metavar="S", help="again and again, seconds", min=1)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="look, tell nobody")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object per look")] = False,
) -> None:
    """Search PostgreSQL's accepted bets for rings, and publish their members to risk.rings.v1.

    The stage assess gives each of n members an n-th of its limit from then on; who has left a ring gets it
    back. Example: overround rings --every 3600
    """
    from overround.settings import settings
    from storage.errors import Unreachable
    from streams.producer import DeliveryError
    from streams.stage import Unavailable

    try:
        asyncio.run(_keep_looking(settings(), days, every, dry_run=dry_run, as_json=json))
    except Unreachable as error:
        fail(f"no bets without PostgreSQL (OVERROUND_POSTGRES): {error}", code=1)
    except (DeliveryError, Unavailable) as error:
        fail(f"nothing was told (OVERROUND_KAFKA): {error}", code=1)


async def _keep_looking(
    config: "Settings", days: float, every: float | None, *, dry_run: bool, as_json: bool
) -> None:
    while True:
        found, told = await look(config, days, dry_run=dry_run)
        _say(found, told, as_json=as_json)
        if every is None:
            return
        await asyncio.sleep(every)


async def look(config: "Settings", days: float, *, dry_run: bool = False) -> "tuple[Found, list[RingMember]]":
    """Look once, for each operator by itself; return the rings, and what has been published."""
    from agents.rings import alerts_of, members_of, news
    from storage.database import Database
    from storage.rings import RingBets
    from streams.producer import Producer
    from streams.topics import ALERTS, RINGS

    before = await _published(config)
    database = Database(config.postgres, config.postgres_replica, timeout_s=60.0)
    await database.open()
    found: Found = {}
    told: list[RingMember] = []
    alerts = []
    try:
        for operator in config.operators:
            at_ms = await RingBets(database).newest_ms(operator)
            if at_ms is None:
                continue
            bets, devices = await RingBets(database).since(operator, at_ms - int(days * 86_400_000))
            found[operator], members = members_of(operator, bets, devices, at_ms)
            new = news(before.get(operator, {}), members, operator, at_ms)
            told += new
            alerts += alerts_of(operator, found[operator], new, at_ms)
    finally:
        await database.close()
    if told and not dry_run:
        with Producer(config.kafka) as producer:
            for member in told:
                key = f"{member.operator}|{member.bettor}"
                producer.send(RINGS, key, member, member.event_time_ms)
            for alert in alerts:
                producer.send(ALERTS, alert.subject, alert, alert.event_time_ms)
            producer.flush()
    return found, told


async def _published(config: "Settings") -> "dict[str, dict[str, RingMember]]":
    from agents.compacted import read
    from schemas import RingMember
    from streams.records import PlainRecord
    from streams.topics import RINGS

    known: dict[str, dict[str, RingMember]] = {}

    def take(records: Sequence[PlainRecord]) -> None:
        for record in records:
            if record.value is not None:
                member = RingMember.model_validate_json(record.value)
                known.setdefault(member.operator, {})[member.bettor] = member

    await read(config.kafka, [RINGS.name], take)
    return known


def _say(found: "Found", told: "list[RingMember]", *, as_json: bool) -> None:
    if as_json:
        shown = {
            operator: [{"members": list(ring.members), "reasons": ring.reasons} for ring in some]
            for operator, some in found.items()
        }
        sys.stdout.write(jsonlib.dumps({"rings": shown, "told": len(told)}) + "\n")
        sys.stdout.flush()
        return
    rows = [
        (operator, ", ".join(ring.members), "; ".join(ring.reasons))
        for operator, some in found.items()
        for ring in some
    ]
    table(("operator", "members", "why"), rows, as_json=False)
    typer.echo(f"{len(told)} bettors were told of")
