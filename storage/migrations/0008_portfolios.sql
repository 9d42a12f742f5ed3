-- What all of an operator's open bets may cost it together, as last simulated.

CREATE TABLE portfolios (
    operator   text COLLATE "C" PRIMARY KEY,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL
) WITH (fillfactor = 50);
