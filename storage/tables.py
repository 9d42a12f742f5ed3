"""Which message becomes which row.

A message's whole JSON lies in ``body``; the other columns repeat what is searched, joined or summed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import schemas as s
from storage.table import Table, upsert

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(millis: int) -> datetime:
    """Return UTC milliseconds as a time, exactly."""
    return _EPOCH + timedelta(milliseconds=millis)


_CONFLICTS = """
    INSERT INTO decision_conflicts (operator, bettor, bet_id, digest, stored, body)
    SELECT n.operator, n.bettor, n.bet_id, sha256(convert_to(n.body::text, 'UTF8')), d.body, n.body
    FROM fresh n JOIN decisions d USING (operator, bet_id, bettor)
    WHERE n.body <> d.body
    ORDER BY n.operator, n.bet_id, n.bettor
    ON CONFLICT DO NOTHING
    RETURNING operator
"""

_PROFILES = """
    INSERT INTO operator_profiles (operator, version, command_id, event_time, body)
    SELECT operator, (body #>> '{profile,version}')::bigint, command_id, event_time, body -> 'profile'
    FROM fresh
    WHERE kind = 'profile' AND body #>> '{profile,operator}' = operator
    ORDER BY 1, 2, ord
    ON CONFLICT DO NOTHING
"""

_OFFERED_LATEST = upsert(
    "offered_latest",
    ["operator", "event_id", "market", "sequence", "suspended", "event_time", "body"],
    ["operator", "event_id", "market"],
    "sequence",
    {},
)

_SETTLED_LATEST = upsert(
    "settled_latest",
    ["operator", "bettor", "bet_id", "version", "status", "body"],
    ["operator", "bet_id", "bettor"],
    "version",
    {},
)

FIXTURES = Table[s.Fixture](
    "fixtures",
    "event_id sport competition home away starts_at:timestamptz event_time:timestamptz body:jsonb",
    "event_id",
    lambda m, body: (
        m.event_id,
        m.sport,
        m.competition,
        m.home,
        m.away,
        instant(m.starts_at_ms),
        instant(m.event_time_ms),
        body,
    ),
    newer="event_time",
)

BETS = Table[s.Bet](
    "bets",
    "operator bettor bet_id event_id stake:numeric event_time:timestamptz body:jsonb",
    "operator bet_id bettor",
    lambda m, body: (
        m.operator,
        m.bettor,
        m.bet_id,
        m.legs[0].event_id,
        m.stake,
        instant(m.event_time_ms),
        body,
    ),
)

DECISIONS = Table[s.Decision](
    "decisions",
    "operator bettor bet_id event_id market outcome decision stake:bigint payout:bigint"
    " requested_stake:numeric price:float8 price_sequence:bigint exposure_version:bigint"
    " settings_version:bigint event_time:timestamptz body:jsonb",
    "operator bet_id bettor",
    lambda m, body: (
        m.operator,
        m.bettor,
        m.bet_id,
        m.event_id,
        m.market,
        m.outcome,
        m.decision,
        m.stake,
        m.payout,
        m.requested_stake,
        m.price,
        m.stood_on.price_sequence,
        m.stood_on.exposure_version,
        m.stood_on.settings_version,
        instant(m.event_time_ms),
        body,
    ),
    computed={
        "reasons": "ARRAY(SELECT jsonb_array_elements_text(body -> 'reasons'))",
        "combined": "jsonb_array_length(coalesce(body -> 'legs', '[]')) > 0",
    },
    conflicts=_CONFLICTS,
)

SETTLEMENTS = Table[s.Settlement](
    "settlements",
    "operator bettor bet_id version:bigint status stake:bigint payout:bigint difference:bigint"
    " event_time:timestamptz body:jsonb",
    "operator bet_id bettor version",
    lambda m, body: (
        m.operator,
        m.bettor,
        m.bet_id,
        m.version,
        m.status,
        m.stake,
        m.payout,
        m.difference,
        instant(m.event_time_ms),
        body,
    ),
    then=(_SETTLED_LATEST,),
)

MARKS = Table[s.Mark](
    "marks",
    "operator bettor bet_id event_id market outcome horizon price:float8 probability:float8 clv:float8"
    " stake:bigint fair_sequence:bigint event_time:timestamptz body:jsonb",
    "operator bet_id bettor horizon event_id market outcome",
    lambda m, body: (
        m.operator,
        m.bettor,
        m.bet_id,
        m.event_id,
        m.market,
        m.outcome,
        m.horizon,
        m.price,
        m.probability,
        m.clv,
        m.stake,
        m.fair_sequence,
        instant(m.event_time_ms),
        body,
    ),
    newer="fair_sequence",
)

FAIR_PRICES = Table[s.FairPrice](
    "fair_prices",
    "event_id market sequence:bigint event_time:timestamptz as_of:timestamptz model body:json",
    "event_id market sequence event_time",
    lambda m, body: (
        m.event_id,
        m.market,
        m.sequence,
        instant(m.event_time_ms),
        instant(m.as_of_ms),
        m.model,
        body,
    ),
    partitioned=True,
)

OFFERED_PRICES = Table[s.OfferedPrice](
    "offered_prices",
    "operator event_id market sequence:bigint event_time:timestamptz suspended overround:float8"
    " fair_sequence:bigint exposure_version:bigint settings_version:bigint body:json",
    "operator event_id market sequence event_time",
    lambda m, body: (
        m.operator,
        m.event_id,
        m.market,
        m.sequence,
        instant(m.event_time_ms),
        m.suspended,
        m.overround,
        m.fair_sequence,
        m.exposure_version,
        m.settings_version,
        body,
    ),
    partitioned=True,
    then=(_OFFERED_LATEST,),
)

EXPOSURES = Table[s.Exposure](
    "exposures",
    "operator event_id version:bigint worst_case:bigint event_time:timestamptz body:jsonb",
    "operator event_id",
    lambda m, body: (m.operator, m.event_id, m.version, m.worst_case, instant(m.event_time_ms), body),
    newer="version",
)

BETTORS = Table[s.BettorRisk](
    "bettors",
    "operator bettor version:bigint flagged:boolean factor:float8 posterior_mean:float8 log_e_value:float8"
    " event_time:timestamptz body:jsonb",
    "operator bettor",
    lambda m, body: (
        m.operator,
        m.bettor,
        m.version,
        m.flagged,
        m.factor,
        m.posterior_mean,
        m.log_e_value,
        instant(m.event_time_ms),
        body,
    ),
    newer="version",
)

COHERENCE = Table[s.Coherence](
    "coherence",
    "operator event_id margin:float8 event_time:timestamptz body:jsonb",
    "operator event_id",
    lambda m, body: (m.operator, m.event_id, m.margin, instant(m.event_time_ms), body),
    newer="event_time",
)

PORTFOLIOS = Table[s.Portfolio](
    "portfolios",
    "operator event_time:timestamptz body:jsonb",
    "operator",
    lambda m, body: (m.operator, instant(m.event_time_ms), body),
    newer="event_time",
)

ALERTS = Table[s.Alert](
    "alerts",
    "alert_id operator kind subject market event_time:timestamptz body:jsonb",
    "alert_id",
    lambda m, body: (
        m.alert_id,
        m.operator,
        m.kind,
        m.subject,
        m.market,
        instant(m.event_time_ms),
        body,
    ),
)

COMMANDS = Table[s.OperatorCommand](
    "commands",
    "operator command_id kind issued_by event_id market bettor event_time:timestamptz body:jsonb",
    "operator command_id",
    lambda m, body: (
        m.operator,
        m.command_id,
        m.kind,
        m.issued_by,
        m.event_id,
        m.market,
        m.bettor,
        instant(m.event_time_ms),
        body,
    ),
    then=(_PROFILES,),
)


CLOSED_MATCHES = Table[s.ClosedMatch](
    "closed_matches",
    "event_id competition starts_at:timestamptz final_at:timestamptz event_time:timestamptz body:jsonb",
    "event_id",
    lambda m, body: (
        m.event_id,
        m.competition,
        instant(m.starts_at_ms),
        instant(m.final_at_ms),
        instant(m.event_time_ms),
        body,
    ),
    newer="event_time",
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be read: where it was found, why, when (UTC ms), and its bytes."""

    topic: str
    partition: int
    offset: int
    reason: str
    seen_at_ms: int
    value: bytes | None


DEAD_LETTERS = Table[DeadLetter](
    "dead_letters",
    "topic partition:integer record_offset:bigint reason seen_at:timestamptz body:bytea",
    "topic partition record_offset reason",
    # Cut, so that a long reason fits the index and a huge record the memory of who reads it.
    lambda m, _: (
        m.topic[:249],
        m.partition,
        m.offset,
        m.reason.replace("\0", "?")[:400],
        instant(m.seen_at_ms),
        m.value,
    ),
)

TABLES: tuple[Table[Any], ...] = (
    FIXTURES,
    BETS,
    DECISIONS,
    SETTLEMENTS,
    MARKS,
    FAIR_PRICES,
    OFFERED_PRICES,
    EXPOSURES,
    BETTORS,
    COHERENCE,
    PORTFOLIOS,
    ALERTS,
    COMMANDS,
    CLOSED_MATCHES,
    DEAD_LETTERS,
)
"""All that a stream is written to."""
