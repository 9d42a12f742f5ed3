"""What a worker tells Prometheus; all times are in seconds."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY = (0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WORK = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LENGTH = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

FEED_TO_PRICE = Histogram(
    "overround_feed_to_price_seconds",
    "From a quote's sending to the broker's acknowledgement of the price that it led to",
    buckets=_LATENCY,
)
BET_TO_DECISION = Histogram(
    "overround_bet_to_decision_seconds",
    "From a bet's sending to the broker's acknowledgement of its decision",
    buckets=_LATENCY,
)
LATENCY = {"feed_to_price": FEED_TO_PRICE, "bet_to_decision": BET_TO_DECISION}
"""By ``Topic.latency``."""

CHUNK_SECONDS = Histogram(
    "overround_chunk_seconds", "Time that a stage computed on a chunk", ["stage"], buckets=_WORK
)
CHUNK_TURNAROUND = Histogram(
    "overround_chunk_turnaround_seconds",
    "From a chunk's turn to the acknowledgement of all that it caused",
    ["stage"],
    buckets=_LATENCY,
)
CHUNK_RECORDS = Histogram("overround_chunk_records", "Records of a chunk", ["stage"], buckets=_LENGTH)
RECORDS = Counter("overround_records", "Records done with, by stage and topic", ["stage", "topic"])
REJECTED = Counter(
    "overround_dead_letters",
    "Records sent to a dead-letter topic, by reason code",
    ["stage", "topic", "reason"],
)
SKIPPED = Counter("overround_skipped_records", "Records that the stage's table already contained", ["stage"])
LAG_RECORDS = Gauge("overround_lag_records", "Records not done with yet", ["stage", "topic", "partition"])
LAG_EVENT_TIME = Gauge(
    "overround_lag_event_time_seconds", "Age in event time of the last record done with", ["stage", "topic"]
)
PROGRESS = Gauge(
    "overround_progress_timestamp_seconds",
    "When the stage last finished a chunk or had nothing to do",
    ["stage"],
)
RECOVERY_SECONDS = Gauge(
    "overround_recovery_seconds", "How long the last recovery of a table took", ["stage"]
)
UNAVAILABLE = Gauge(
    "overround_service_unavailable", "1 while the service behind a sink does not answer", ["stage"]
)
FAIR_MODEL = Gauge(
    "overround_fair_model", "1 for the model that is the champion of a market", ["market", "model"]
)
FAIR_FIGURE = Gauge(
    "overround_fair_figure",
    "Rolling figures of closed matches: divergence and log loss of model and consensus, calibration",
    ["market", "figure"],
)
FAIR_STABILITY = Gauge(
    "overround_fair_stability_index",
    "Population stability index of a feature against the model's training data",
    ["market", "feature"],
)
FAIR_FALLEN_BACK = Gauge(
    "overround_fair_fallen_back", "1 while the consensus prices in a model's place", ["market"]
)
FAIR_REFUSED = Gauge("overround_fair_refused", "1 while a champion could not be loaded", ["market"])
