-- The record of what was asked, decided and marked. Keys compare bytewise (COLLATE "C"): an index then means
-- the same on a primary and a replica whose operating systems sort text differently.

CREATE TABLE fixtures (
    event_id    text COLLATE "C" PRIMARY KEY,
    sport       text NOT NULL,
    competition text NOT NULL,
    home        text NOT NULL,
    away        text NOT NULL,
    starts_at   timestamptz NOT NULL,
    event_time  timestamptz NOT NULL,
    body        jsonb NOT NULL
) WITH (fillfactor = 80);

-- A stake as asked for is whatever the bettor sent, so numeric; a stake as taken fits a bigint.
-- bet_id comes before bettor: a bet is also looked up without its bettor.
CREATE TABLE bets (
    operator   text COLLATE "C" NOT NULL,
    bettor     text COLLATE "C" NOT NULL,
    bet_id     text COLLATE "C" NOT NULL,
    event_id   text COLLATE "C" NOT NULL,
    stake      numeric NOT NULL,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor)
);

CREATE TABLE decisions (
    operator         text COLLATE "C" NOT NULL,
    bettor           text COLLATE "C" NOT NULL,
    bet_id           text COLLATE "C" NOT NULL,
    event_id         text COLLATE "C" NOT NULL,
    market           text COLLATE "C" NOT NULL,
    outcome          text COLLATE "C" NOT NULL,
    decision         text NOT NULL CHECK (decision IN ('accepted', 'rejected', 'alternative')),
    reasons          text[] NOT NULL,
    stake            bigint NOT NULL,
    payout           bigint NOT NULL,
    requested_stake  numeric NOT NULL,
    price            double precision NOT NULL,
    price_sequence   bigint NOT NULL,
    exposure_version bigint NOT NULL,
    settings_version bigint NOT NULL,
    event_time       timestamptz NOT NULL,
    body             jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor)
);

-- What a book holds is recomputed from the accepted decisions of its event, from the index alone.
CREATE INDEX decisions_accepted ON decisions (operator, event_id)
    INCLUDE (market, outcome, stake, payout) WHERE decision = 'accepted';

-- A decision with the key of a stored one and other content. Empty unless something is wrong.
CREATE TABLE decision_conflicts (
    operator text COLLATE "C" NOT NULL,
    bettor   text COLLATE "C" NOT NULL,
    bet_id   text COLLATE "C" NOT NULL,
    digest   bytea NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    stored   jsonb NOT NULL,
    body     jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor, digest)
);

CREATE TABLE marks (
    operator      text COLLATE "C" NOT NULL,
    bettor        text COLLATE "C" NOT NULL,
    bet_id        text COLLATE "C" NOT NULL,
    event_id      text COLLATE "C" NOT NULL,
    market        text COLLATE "C" NOT NULL,
    outcome       text COLLATE "C" NOT NULL,
    horizon       text COLLATE "C" NOT NULL,
    price         double precision NOT NULL,
    probability   double precision NOT NULL,
    clv           double precision NOT NULL,
    stake         bigint NOT NULL,
    fair_sequence bigint NOT NULL,
    event_time    timestamptz NOT NULL,
    body          jsonb NOT NULL,
    PRIMARY KEY (operator, bet_id, bettor, horizon, event_id, market, outcome)
);
