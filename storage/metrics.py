"""What is counted of the stores."""

from prometheus_client import Counter

ROWS = Counter(
    "overround_rows_written", "Rows that PostgreSQL took; what was there already is not counted.", ["table"]
)
REFUSED = Counter("overround_rows_refused", "Rows that PostgreSQL cannot hold; dead-lettered.", ["table"])
CONFLICTS = Counter(
    "overround_decision_conflicts", "Decisions that contradict a stored one. Must stay 0.", ["operator"]
)
FIELDS = Counter("overround_cache_fields_written", "Fields sent to Redis, after conflation.", ["hash"])
