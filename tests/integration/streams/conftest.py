"""A bed of topics for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.streams.bed import Bed


@pytest.fixture
def bed(stack, tmp_path) -> Iterator[Bed]:
    """Topics and workers of one test."""
    made = Bed(stack.kafka, tmp_path)
    try:
        yield made
    finally:
        made.close()
