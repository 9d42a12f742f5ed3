"""What the edge measures."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The edge's metrics, in a registry of one's choice; all times are in seconds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Histogram(
            "overround_http_request_seconds",
            "Time to answer a request, by operation and status.",
            ["operation", "status"],
            buckets=_LATENCY,
            registry=registry,
        )
        self.bets_waiting = Gauge(
            "overround_bets_waiting", "Requests that wait for a bet's decision.", registry=registry
        )
        self.bets = Counter(
            "overround_bets_posted", "Bets posted, by how they were answered.", ["answer"], registry=registry
        )
        self.tokens = Counter(
            "overround_tokens", "Token requests, by how they were answered.", ["answer"], registry=registry
        )
        self.streams = Gauge(
            "overround_stream_clients", "WebSocket clients, by operator.", ["operator"], registry=registry
        )
        self.push_delay = Histogram(
            "overround_push_delay_seconds",
            "From the producer of an offered price to its handing over to a client's connection; the oldest "
            "price of each message.",
            buckets=_LATENCY,
            registry=registry,
        )
        self.pushes = Counter(
            "overround_stream_messages", "Messages pushed, by kind.", ["kind"], registry=registry
        )
        self.stream_errors = Counter(
            "overround_stream_errors",
            "Errors told to WebSocket clients, by code.",
            ["code"],
            registry=registry,
        )
        self.tailed = Counter(
            "overround_tail_records", "Records read from topics, by topic.", ["topic"], registry=registry
        )
        self.unreadable = Counter(
            "overround_tail_unreadable",
            "Records that could not be read, by topic.",
            ["topic"],
            registry=registry,
        )
        self.gaps = Counter(
            "overround_price_sequence_gaps",
            "Prices whose sequence did not follow the one before, by operator.",
            ["operator"],
            registry=registry,
        )
