"""What can go wrong with a store."""


class Unreachable(Exception):  # noqa: N818 - says what is the matter
    """The database or the cache does not answer, or cannot serve now. Nothing was written; try again."""
