#!/bin/sh
# Copies the primary once, then follows it.
set -eu
export PGPASSWORD="$REPLICATION_PASSWORD"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    pg_basebackup -h postgres -U replicator -D "$PGDATA" -R -S replica -c fast
fi
exec postgres -c hot_standby=on -c hot_standby_feedback=on
