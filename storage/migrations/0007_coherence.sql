-- How near each operator's own prices of an event come to an arbitrage, as last scored.

CREATE TABLE coherence (
    operator   text COLLATE "C" NOT NULL,
    event_id   text COLLATE "C" NOT NULL,
    margin     double precision NOT NULL,
    event_time timestamptz NOT NULL,
    body       jsonb NOT NULL,
    PRIMARY KEY (operator, event_id)
) WITH (fillfactor = 50);

CREATE INDEX coherence_nearest ON coherence (operator, margin DESC, event_id);
