"""Matches of football-data.co.uk files of any layout, as rows with typed columns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

from feeds.account import RowError
from feeds.football_data.columns import STATS, PriceColumn, first_of, line_column, price_column
from feeds.football_data.times import day, kick_off_ms
from feeds.prices import MAX_PRICE

MAX_HANDICAP = 15.0


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One match.

    Parameters
    ----------
    date : datetime.date
        The day of play, British time.
    kick_off_ms : int
        UTC milliseconds; at 15:00 British time where the file does not say (``timed`` is False).
    division : str
        The site's code (``E0``), or country and league.
    season : str
        As the file has it; empty where it does not say.
    home_goals, away_goals : int or None
        At full time; None where the match has no score (not played, or decided at the table).
    odds : dict of str to float
        Decimal odds by column: ``PSH``, ``PSCH``, ``AvgH``, ``B365>2.5``, ``BbAvAHH`` and so on; what the
        file leaves empty or has wrong is not in it, so ``row.odds.get("PSH")`` is a price or None.
    lines : dict of str to float
        Handicap of the home side by column: ``AHh``, ``AHCh``, ``BbAHh``, ``GBAH``.
    stats : dict of str to float
        ``HTHG``, ``HS``, ``HST``, ``HR`` and so on, and the same of the away side.
    bad : tuple of str
        Columns that hold something that cannot be: a price of 0, a handicap of 275 goals.
    """

    date: date
    kick_off_ms: int
    timed: bool
    division: str
    season: str
    home: str
    away: str
    home_goals: int | None
    away_goals: int | None
    odds: dict[str, float]
    lines: dict[str, float]
    stats: dict[str, float]
    bad: tuple[str, ...] = ()


class _Numbers(dict[str, float | None]):
    """Numbers by their text, each parsed and kept once; None is what fails the test."""

    def __init__(self, sensible: Callable[[float], bool]) -> None:
        super().__init__()
        self._sensible = sensible

    def __missing__(self, text: str) -> float | None:
        try:
            number = float(text)
        except ValueError:
            value = None
        else:
            value = number if self._sensible(number) else None
        self[text] = value
        return value


class Layout:
    """Where a header has what. Reads one row after another.

    Raises
    ------
    RowError
        ``no_header``: a column that no layout does without is missing.
    """

    def __init__(self, header: Sequence[str]) -> None:
        further = "Country" in header and "League" in header
        places = {
            "division": first_of(header, "Country", "Div"),
            "date": first_of(header, "Date"),
            "home": first_of(header, "HomeTeam", "Home", "HT"),
            "away": first_of(header, "AwayTeam", "Away", "AT"),
        }
        if None in places.values():
            raise RowError("no_header")
        self.header = list(header)
        self._at = {name: place for name, place in places.items() if place is not None}
        for name, names in (
            ("league", ("League",) if further else ()),
            ("time", ("Time",)),
            ("season", ("Season",)),
            ("home_goals", ("FTHG", "HG")),
            ("away_goals", ("FTAG", "AG")),
        ):
            place = first_of(header, *names)
            if place is not None:
                self._at[name] = place
        found = [(place, price_column(name, always_closing=further)) for place, name in enumerate(header)]
        self.prices: list[tuple[int, PriceColumn]] = [(place, col) for place, col in found if col]
        self._odds = [(place, column.name) for place, column in self.prices]
        self._lines = [(place, name) for place, name in enumerate(header) if line_column(name)]
        self._stats = [(place, name) for place, name in enumerate(header) if name in STATS]
        self._price = _Numbers(lambda price: 1.0 < price <= MAX_PRICE)
        self._line = _Numbers(lambda line: abs(line) <= MAX_HANDICAP and line * 4 == round(line * 4))
        self._number = _Numbers(isfinite)

    def match(self, row: Sequence[str]) -> MatchRow:
        """Return the match of a row.

        Raises
        ------
        RowError
            ``header_again``, ``no_teams``, ``bad_date`` or ``bad_time``.
        """
        home, away = self._text(row, "home"), self._text(row, "away")
        if not home or not away:
            raise RowError("no_teams")
        if row[: len(self.header)] == self.header:
            raise RowError("header_again")
        played, clock = day(self._text(row, "date")), self._text(row, "time")
        bad: list[str] = []
        return MatchRow(
            date=played,
            kick_off_ms=kick_off_ms(played, clock),
            timed=bool(clock),
            division=f"{self._text(row, 'division')} {self._text(row, 'league')}".strip(),
            season=self._text(row, "season"),
            home=home,
            away=away,
            home_goals=self._goals(row, "home_goals"),
            away_goals=self._goals(row, "away_goals"),
            odds=_numbers(row, self._odds, self._price, bad),
            lines=_numbers(row, self._lines, self._line, bad),
            stats=_numbers(row, self._stats, self._number, bad),
            bad=tuple(bad),
        )

    def _text(self, row: Sequence[str], name: str) -> str:
        place = self._at.get(name)
        return "" if place is None else row[place].strip()

    def _goals(self, row: Sequence[str], name: str) -> int | None:
        goals = self._number[self._text(row, name)]
        return None if goals is None or goals < 0 else int(goals)


def _numbers(
    row: Sequence[str], columns: Iterable[tuple[int, str]], parsed: _Numbers, bad: list[str]
) -> dict[str, float]:
    found = {name: parsed[text] for place, name in columns if (text := row[place])}
    bad.extend(name for name, number in found.items() if number is None)
    return {name: number for name, number in found.items() if number is not None}


def matches(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[MatchRow]:
    """Yield the matches of a table, leaving out rows that are none.

    Raises
    ------
    RowError
        ``no_header``.
    """
    layout = Layout(header)
    for row in rows:
        try:
            yield layout.match(row)
        except RowError:
            continue
