"""An event's measure over final scores, as stage derive tells it."""

from schemas import FairPrice
from streams.state import Kind

MEASURE = Kind("measure", FairPrice)
"""By event."""
