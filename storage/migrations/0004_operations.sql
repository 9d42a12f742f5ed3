-- What traders and operators see and do, what could not be read, and who may ask.

CREATE TABLE alerts (
    alert_id   text COLLATE "C" PRIMARY KEY,
    operator   text COLLATE "C",
    kind       text NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    market     text COLLATE "C",
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL
);

CREATE INDEX alerts_newest ON alerts (operator, event_time DESC, alert_id DESC);

CREATE TABLE commands (
    operator   text COLLATE "C" NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    kind       text NOT NULL,
    issued_by  text NOT NULL,
    event_id   text COLLATE "C",
    market     text COLLATE "C",
    bettor     text COLLATE "C",
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, command_id)
);

CREATE INDEX commands_newest ON commands (operator, event_time DESC, command_id DESC);

-- Every version of an operator's settings: decisions and prices name the version that they stood on.
CREATE TABLE operator_profiles (
    operator   text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, version)
);

-- By the origin of the record, not by its place among the dead letters: one record that several workers
-- could not read, or that was sent again after a crash, is one row.
CREATE TABLE dead_letters (
    topic         text COLLATE "C" NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint NOT NULL,
    reason        text COLLATE "C" NOT NULL,
    seen_at       timestamptz NOT NULL,
    body          bytea,
    PRIMARY KEY (topic, partition, record_offset, reason)
);

CREATE TABLE api_clients (
    client_id   text COLLATE "C" PRIMARY KEY,
    operator    text COLLATE "C" NOT NULL,
    scopes      text[] NOT NULL,
    secret_hash text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
