-- Prices as they were, in a partition per day of event time, so that a day is dropped and not deleted.
-- Partitions are made by the writer as days appear; what no partition takes lies in the default one.
-- The body is json and not jsonb: it is written once and read back whole, and that halves the cost of a row.

CREATE TABLE fair_prices (
    event_id      text COLLATE "C" NOT NULL,
    market        text COLLATE "C" NOT NULL,
    sequence      bigint NOT NULL,
    event_time    timestamptz NOT NULL,
    as_of         timestamptz NOT NULL,
    model         text NOT NULL,
    body          json NOT NULL,
    PRIMARY KEY (event_id, market, sequence, event_time)
) PARTITION BY RANGE (event_time);

CREATE TABLE fair_prices_default PARTITION OF fair_prices DEFAULT;

CREATE TABLE offered_prices (
    operator         text COLLATE "C" NOT NULL,
    event_id         text COLLATE "C" NOT NULL,
    market           text COLLATE "C" NOT NULL,
    sequence         bigint NOT NULL,
    event_time       timestamptz NOT NULL,
    suspended        text,
    overround        double precision NOT NULL,
    fair_sequence    bigint NOT NULL,
    exposure_version bigint NOT NULL,
    settings_version bigint NOT NULL,
    body             json NOT NULL,
    PRIMARY KEY (operator, event_id, market, sequence, event_time)
) PARTITION BY RANGE (event_time);

CREATE TABLE offered_prices_default PARTITION OF offered_prices DEFAULT;

-- Makes the partition of one UTC day, unless it is there. Attached and not created in place, so that readers
-- and writers of the other days are not locked out. Beyond ``most`` days (a feed with absurd event times), and
-- where the default partition already holds rows of that day, the default partition keeps them.
CREATE FUNCTION add_history_day(parent text, day date, most integer DEFAULT 1000) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    child text := parent || to_char(day, '"_"YYYYMMDD');
    starts timestamptz := day::timestamp AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('overround history ' || parent, 0));
    IF to_regclass(child) IS NOT NULL THEN
        RETURN true;
    END IF;
    IF (SELECT count(*) FROM pg_inherits WHERE inhparent = parent::regclass) > most THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, starts, starts + interval '24 hours');
    RETURN true;
EXCEPTION WHEN check_violation THEN
    RETURN false;
END $$;

-- Drops the days that lie wholly before the given one; returns their names.
CREATE FUNCTION drop_history_before(day date) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    child text;
BEGIN
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('fair_prices'::regclass, 'offered_prices'::regclass)
          AND c.relname ~ '_[0-9]{8}$' AND right(c.relname, 8) < to_char(day, 'YYYYMMDD')
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE %I', child);
        RETURN NEXT child;
    END LOOP;
END $$;
