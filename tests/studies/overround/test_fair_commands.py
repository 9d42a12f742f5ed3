"""What ``overround fair`` and ``overround evaluate fair`` say."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ml.fair.candidate import data_hash
from ml.fair.table import table
from ml.registry import load
from overround.commands import evaluate
from overround.commands import fair as verbs
from overround.commands.football import recorded
from overround.settings import Settings

NATIVE = (
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A,BWH,BWD,BWA,PSH,PSD,PSA,"
    "AvgH,AvgD,AvgA,PSCH,PSCD,PSCA,AvgCH,AvgCD,AvgCA"
)
TEAMS = ("Arsenal", "Chelsea", "Everton", "Fulham", "Liverpool", "Man City", "Man United", "Tottenham")


def rows():
    """Eight weekends of four matches, after the champion's data, in today's layout."""
    for week in range(8):
        day = f"{(12 + 7 * week - 1) % 28 + 1:02d}/{9 + (12 + 7 * week - 1) // 28:02d}/2023"
        for pair in range(4):
            home, away = TEAMS[(pair + week) % 8], TEAMS[(pair + week + 4) % 8]
            shift = 0.02 * ((week * 7 + pair * 3) % 5 - 2)
            opening = (2.1 + shift, 3.4, 3.6 - shift)
            soft = tuple(f"{price * 0.97:.2f}" for price in opening)
            sharp = tuple(f"{price:.2f}" for price in opening)
            close = tuple(
                f"{price * (1 + tilt):.2f}" for price, tilt in zip(opening, (-0.02, 0, 0.02), strict=True)
            )
            result = ("2,1,H", "1,1,D", "0,1,A")[(week + pair) % 3]
            prices = ",".join([*soft, *soft, *sharp, *soft, *close, *close])
            yield f"E0,{day},15:00,{home},{away},{result},{prices}"


@pytest.fixture
def season(tmp_path):
    path = tmp_path / "E0.csv"
    path.write_text("\n".join([NATIVE, *rows()]) + "\n")
    return path


def overround(*args):
    code = "import sys; sys.argv[0] = 'overround'; from overround.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def test_evaluate_fair_prints_one_object_with_all_that_was_promised(season):
    done = overround("evaluate", "fair", "--matches", season, "--from", "2023-09-01", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["n"] == 32
    entries = {"model", "consensus", "average", "close", "bet365", "bwin", "pinnacle"}
    for score in ("log_loss", "rps", "brier"):
        assert found[score].keys() == entries
    assert found["kl_to_close"].keys() == entries - {"close"}
    assert {"model-average", "model-consensus"} <= found["paired_se"].keys()
    assert found["divisions"]["E0"]["n"] == 32


def test_only_the_matches_from_the_day_on_are_judged(season):
    done = CliRunner().invoke(
        evaluate.app, ["fair", "--matches", str(season), "--from", "2023-10-01", "--json"]
    )
    assert 0 < json.loads(done.stdout)["n"] < 32


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--matches", "nowhere.csv", "--from", "2023-08-01"), "cannot read nowhere.csv: no such file"),
        (("--matches", "SEASON", "--from", "1/8/23"), "'1/8/23' is no date: write it as 2023-07-01"),
        (("--matches", "SEASON"), "Missing option '--from'"),
        (("--matches", "OTHER", "--from", "2023-08-01"), "none of football-data.co.uk"),
        (("--matches", "SEASON", "--from", "2023-08-01", "--model", "nowhere"), "no model to judge"),
        (
            ("--matches", "SEASON", "--from", "2023-08-01", "--market", "ah"),
            "no fair odds of 'ah': there are 1x2, ou:2.5",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_line(season, tmp_path, args, said):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    names = {"SEASON": season, "OTHER": other}
    done = CliRunner().invoke(evaluate.app, ["fair", *(str(names.get(arg, arg)) for arg in args)])
    assert done.exit_code == 2
    assert said in done.output.replace("\n", " ")


def test_list_promote_and_rollback_speak_of_the_champion(tmp_path, monkeypatch):
    monkeypatch.setattr(verbs, "settings", lambda: Settings(data_dir=tmp_path))
    run = CliRunner().invoke
    listed = run(verbs.app, ["list", "--json"])
    (model,) = json.loads(listed.stdout)
    champion = load().model.name
    assert (model["model"], model["prices"]) == (champion, "champion")
    assert f"{champion} passes the gate" in run(verbs.app, ["gate"]).stdout
    assert f"{champion} passes the gate" in run(verbs.app, ["promote", champion, "--local"]).stdout
    unknown = run(verbs.app, ["promote", "nobody"])
    assert unknown.exit_code == 2
    assert "there is no model nobody" in unknown.output
    back = run(verbs.app, ["rollback", "--local"])
    assert back.exit_code == 1
    assert "there is none before it" in back.output


def test_too_few_matches_to_learn_from_end_with_one_line(season, tmp_path, monkeypatch):
    monkeypatch.setattr(verbs, "settings", lambda: Settings(data_dir=tmp_path))
    done = CliRunner().invoke(verbs.app, ["train", "--matches", str(season), "--until", "2024-01-01"])
    assert done.exit_code == 1
    assert "too few matches to judge a model by" in done.output


def test_a_match_that_two_files_have_is_one(season, tmp_path):
    again = tmp_path / "again.csv"
    again.write_text(season.read_text())
    assert len(recorded([season, again])) == 32
    assert data_hash(table(recorded([season, again]))) == data_hash(table(recorded([season])))


def test_a_file_with_averages_alone_still_gives_a_consensus(tmp_path):
    path = tmp_path / "avg.csv"
    path.write_text("Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,AvgH,AvgD,AvgA\nE0,12/08/23,a,b,1,0,2,3.4,3.8\n")
    (match,) = recorded([path])
    assert list(match.market.books) == ["average"]
    assert match.close is None
    assert match.average == pytest.approx(match.market.consensus)
