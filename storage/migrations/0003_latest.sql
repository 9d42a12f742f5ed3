-- The latest of what changes often. Room is left in each page so that an update stays in it and touches no
-- index.

CREATE TABLE offered_latest (
    operator   text COLLATE "C" NOT NULL,
    event_id   text COLLATE "C" NOT NULL,
    market     text COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL,
    suspended  text,
    event_time timestamptz NOT NULL,
    body       json NOT NULL,
    PRIMARY KEY (operator, event_id, market)
) WITH (fillfactor = 50);

CREATE TABLE exposures (
    operator   text COLLATE "C" NOT NULL,
    event_id   text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    worst_case bigint NOT NULL,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, event_id)
) WITH (fillfactor = 50);

CREATE TABLE bettors (
    operator       text COLLATE "C" NOT NULL,
    bettor         text COLLATE "C" NOT NULL,
    version        bigint NOT NULL,
    flagged        boolean NOT NULL,
    factor         double precision NOT NULL,
    posterior_mean double precision NOT NULL,
    log_e_value    double precision NOT NULL,
    event_time     timestamptz NOT NULL,
    body           jsonb NOT NULL,
    PRIMARY KEY (operator, bettor)
) WITH (fillfactor = 50);

CREATE INDEX bettors_flagged ON bettors (operator, bettor) WHERE flagged;
