-- What accepted bets came to, every version of it, and the latest of each bet.

CREATE TABLE settlements (
    operator   text COLLATE "C" NOT NULL,
    bettor     text COLLATE "C" NOT NULL,
    bet_id     text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    status     text NOT NULL CHECK (status IN ('settled', 'open')),
    stake      bigint NOT NULL,
    payout     bigint NOT NULL,
    difference bigint NOT NULL,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor, version)
);

CREATE TABLE settled_latest (
    operator text COLLATE "C" NOT NULL,
    bettor   text COLLATE "C" NOT NULL,
    bet_id   text COLLATE "C" NOT NULL,
    version  bigint NOT NULL,
    status   text NOT NULL,
    body     jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor)
) WITH (fillfactor = 80);

-- A bet on several events has its stakes in its legs, not in the columns.
ALTER TABLE decisions ADD COLUMN combined boolean NOT NULL DEFAULT false;

DROP INDEX decisions_accepted;

CREATE INDEX decisions_accepted ON decisions (operator, event_id)
    INCLUDE (market, outcome, stake, payout, bet_id, bettor) WHERE decision = 'accepted' AND NOT combined;

CREATE INDEX decisions_combined ON decisions (operator, bet_id, bettor) WHERE decision = 'accepted' AND combined;
