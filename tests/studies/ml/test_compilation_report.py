"""The parts of docs/compilation.md, on a few matches and quotes made by hand."""

from dataclasses import dataclass, field

import pytest

from domain.evaluation import Bin
from domain.margin import offer
from ml.compilation_pictures import age_picture, reliability_picture
from ml.compilation_report import Compilation, report
from ml.half_time import HalfTime, evaluate_half_time
from ml.match_evaluation import MatchingScores
from ml.price_evaluation import ConsensusScores, Score
from ml.quote_ages import AgeStudy, study_ages
from schemas import Fixture, Quote

HOUR_MS = 3_600_000
START_MS = 1_800_000_000_000
FAIR = [0.5, 0.3, 0.2]


@dataclass(frozen=True)
class Row:
    home_goals: int | None
    away_goals: int | None
    stats: dict[str, float]
    odds: dict[str, float] = field(
        default_factory=lambda: {
            **dict(zip(("PSCH", "PSCD", "PSCA"), offer(FAIR, 1.02), strict=True)),
            "PC>2.5": 1.9,
            "PC<2.5": 2.0,
        }
    )


def test_half_time_knows_the_score():
    rows = [Row(3, 0, {"HTHG": 2, "HTAG": 0})] * 6 + [Row(0, 2, {"HTHG": 0, "HTAG": 1})] * 4
    found = evaluate_half_time(rows)
    assert found.n == 10
    assert found.log_loss < found.log_loss_before and found.rps < found.rps_before


@pytest.mark.parametrize(
    "row",
    [
        Row(1, 0, {}),
        Row(None, None, {"HTHG": 0, "HTAG": 0}),
        Row(1, 0, {"HTHG": 2, "HTAG": 0}),
        Row(1, 0, {"HTHG": 0, "HTAG": 0}, {"PSCH": 2.0, "PSCD": 3.0, "PSCA": 4.0}),
    ],
)
def test_a_match_without_half_time_score_or_prices_or_sense_is_passed_over(row):
    assert evaluate_half_time([row]).n == 0


def recording(move, books=6, slots=17):
    """Books that differ a little, of a market whose favourite gains ``move`` in each quarter of an hour."""
    yield Fixture(
        event_id="e",
        sport="soccer",
        competition="c",
        home="h",
        away="a",
        starts_at_ms=START_MS,
        event_time_ms=0,
    )
    for slot in range(slots):
        at_ms = START_MS - 2 * HOUR_MS - (slots - slot) * 900_000
        for book in range(books):
            home = 0.4 + move * slot + 0.005 * (book - (books - 1) / 2)
            prices = dict(zip(("home", "draw", "away"), offer([home, 0.3, 0.7 - home], 1.05), strict=True))
            yield Quote(
                event_id="e",
                market="1x2",
                book=f"b{book}",
                feed="f",
                prices=prices,
                event_time_ms=at_ms,
                quoted_at_ms=at_ms,
            )


def test_a_quote_is_worth_less_the_older_it_is_and_the_more_the_market_moves():
    calm, brisk = study_ages(recording(0.001)), study_ages(recording(0.004))
    assert calm.quotes == 6 * 17
    weights = list(calm.weights("near").values())
    assert weights == sorted(weights, reverse=True)
    assert brisk.weights("near")[900] < calm.weights("near")[900] < 1.0


def test_too_few_books_tell_nothing():
    assert study_ages(recording(0.001, books=3)).quotes == 0


def test_the_document_has_every_figure_and_the_pictures_are_drawn(tmp_path):
    bins = [Bin(0.2, 0.21, 400), Bin(0.6, 0.58, 300)]
    ages = study_ages(recording(0.001))
    found = Compilation(
        "overround report compilation",
        1234,
        {"power": {"PS": Score(1234, 1.0011, 0.2, 0.6)}, "shin": {"PS": Score(1234, 1.0022, 0.2, 0.6)}},
        ConsensusScores(
            1000,
            {"consensus": 0.99, "PS": 0.98},
            {"consensus": 0.003, "PS": 0.0031},
            {
                "PS": {"n": 1000, "difference": 0.01, "se": 0.002},
                "LB": {"n": 10, "difference": -0.1, "se": 0.2},
            },
            {"PS": 1.0},
            bins,
        ),
        ages,
        HalfTime(77, 1.0, 0.2, 0.8, 0.15),
        MatchingScores(50, 40, 39, 3, [], ["plain: a - b"]),
        {"devig power, batch": 0.1037907, "refit to 7 markets": 1521.36},
    )
    text = report(found)
    words = " ".join(text.split())
    for figure in (
        "1,234",
        "**1.00110**",
        "+0.01000 ± 0.00200",
        "LB",
        "0.80000",
        "97.50%",
        "3 were put",
        "0.104",
        "1,521.4",
    ):
        assert figure in words
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 110
    reliability_picture(bins, tmp_path / "a.png")
    age_picture(ages, 1800.0, tmp_path / "b.png")
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("a.png", "b.png"))


def test_without_a_recording_and_a_second_layout_these_parts_are_left_out():
    nothing = ConsensusScores(0, {}, {}, {}, {}, [])
    text = report(Compilation("x", 1, {"power": {}}, nothing, None, HalfTime(0, 0, 0, 0, 0), None))
    assert "What age costs" not in text and "two sources" not in text and "What it costs" not in text


def test_ages_without_moves_have_no_weights():
    assert AgeStudy(1.0, {"near": {}, "far": {}}, 0).weights("near") == {}
