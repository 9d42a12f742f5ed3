from dataclasses import dataclass, field
from datetime import date, timedelta

from ml.match_evaluation import evaluate_matching, linked

CLUBS = [
    "Arsenal",
    "Burnley",
    "Chelsea",
    "Derby",
    "Everton",
    "Fulham",
    "Leeds",
    "Millwall",
    "Norwich",
    "Reading",
]


@dataclass(frozen=True)
class Row:
    date: date
    home: str
    away: str
    odds: dict[str, float]
    kick_off_ms: int
    home_goals: int | None = 1
    away_goals: int | None = 0
    division: str = "E0"
    extra: dict[str, float] = field(default_factory=dict)


def season(suffix=""):
    rows = []
    for week in range(30):
        for pair in range(5):
            day = date(2020, 1, 4) + timedelta(days=7 * week)
            home, away = CLUBS[(pair + week) % 10], CLUBS[(pair + week + 5) % 10]
            prices = dict.fromkeys(("PSCH", "PSCD", "PSCA", "AvgCH"), 2.0 + week / 100 + pair / 10)
            rows.append(Row(day, home + suffix, away + suffix, prices, day.toordinal() * 86_400_000))
    return rows


def test_matches_are_linked_by_day_score_and_prices_where_exactly_one_has_them():
    known, asked = season(), season(" FC")
    assert linked(known, asked) == {place: place for place in range(150)}
    twin = [*known, known[3]]
    assert 3 not in linked(twin, asked)


def test_matches_without_closing_prices_are_not_linked():
    bare = [Row(row.date, row.home, row.away, {}, row.kick_off_ms) for row in season()]
    assert linked(bare, season()) == {}


def test_every_match_is_asked_about_and_accounted_for():
    scores = evaluate_matching(season(), season(" FC"))
    assert scores.n == 150
    assert scores.right + len(scores.missed) == scores.paired
    assert scores.precision == 1.0
    assert scores.recall > 0.9


def test_the_same_seed_asks_the_same():
    assert evaluate_matching(season(), season(" FC"), 5) == evaluate_matching(season(), season(" FC"), 5)
