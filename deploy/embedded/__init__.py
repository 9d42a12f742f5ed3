"""Kafka, PostgreSQL with a streaming replica, and Valkey from pip's packages alone, under one directory.

A stack for development, tests and the demo: it listens on 127.0.0.1 only. ``start``, ``stop`` and ``status``
handle a stack from outside; ``supervisor`` holds what keeps its processes running and can be used for others.
"""

from deploy.embedded.control import Progress, start, stop
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.layout import Addresses
from deploy.embedded.ports import Ports
from deploy.embedded.reports import PartReport, Status, status

__all__ = [
    "Addresses",
    "EmbeddedError",
    "PartReport",
    "Ports",
    "Progress",
    "Status",
    "start",
    "status",
    "stop",
]
