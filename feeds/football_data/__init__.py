"""football-data.co.uk: results, statistics and odds of football matches, in files of many layouts."""

from pathlib import Path

from feeds.files import lines
from feeds.football_data.rows import MatchRow, matches
from feeds.tables import table

__all__ = ["MatchRow", "read"]


def read(path: Path | str) -> list[MatchRow]:
    """Return the matches of one file, packed or not, in the file's order.

    Raises
    ------
    OSError
        The file cannot be read.
    feeds.account.RowError
        ``no_header``: its first line is no header of football-data.co.uk.
    """
    return list(matches(*table(lines(Path(path)))))
