-- What models learn from, the models themselves, and which one priced from when.

CREATE TABLE closed_matches (
    event_id    text COLLATE "C" PRIMARY KEY,
    competition text COLLATE "C" NOT NULL,
    starts_at   timestamptz NOT NULL,
    final_at    timestamptz NOT NULL,
    event_time  timestamptz NOT NULL,
    body        jsonb NOT NULL
);

CREATE INDEX closed_matches_by_start ON closed_matches (starts_at, event_id);

-- A model is never changed: its name follows from what it was made of.
CREATE TABLE models (
    name     text COLLATE "C" PRIMARY KEY,
    card     jsonb NOT NULL,
    files    jsonb NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now()
);

-- The bytes of a model's files, by their SHA-256.
CREATE TABLE model_files (
    sha256 text COLLATE "C" PRIMARY KEY,
    body   bytea NOT NULL
);

CREATE TABLE champions (
    turn   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    market text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL REFERENCES models,
    action text NOT NULL,
    at     timestamptz NOT NULL,
    UNIQUE (market, at)
);
