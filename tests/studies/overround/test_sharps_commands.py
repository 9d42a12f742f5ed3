"""``overround simulate bettors`` and ``overround evaluate sharps``, each in a process of its own."""

import json
import subprocess
import sys

import pytest

HEADER = (
    "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A,PSH,PSD,PSA,MaxH,MaxD,MaxA,PSCH,PSCD,PSCA,"
    "B365>2.5,B365<2.5"
)
TEAMS = [f"T{i}" for i in range(20)]


def overround(*args):
    code = "import sys; sys.argv[0] = 'overround'; from overround.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def matches(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "E0.csv"
    lines = [HEADER]
    for day in range(1, 29):
        for i in range(0, 20, 2):
            move = 1 + ((day * 7 + i) % 11 - 5) / 60
            lines.append(
                f"E0,{day:02d}/02/2023,{TEAMS[i]},{TEAMS[(i + day) % 20]}x,{i % 3},{day % 3},H,2.05,3.4,3.6,"
                f"2.12,3.5,3.75,2.15,3.6,3.8,{2.12 * move:.2f},3.5,{3.75 / move:.2f},1.9,1.9"
            )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def bets(matches):
    out = matches.parent / "bets.csv.gz"
    mixture = "square=40,value_100=10,ring=1"
    args = ("--matches", matches, "--mixture", mixture, "--bets", 40, "--out", out, "--json")
    done = overround("simulate", "bettors", *args)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["matches"], said["bettors"]) == (280, 56)
    assert set(said["bets_by_class"]) == {"square", "value_100", "ring"}
    return out


def test_simulated_bets_go_to_stdout_and_are_the_same_for_the_same_seed(matches):
    args = ("simulate", "bettors", "--matches", matches, "--mixture", "square=5", "--bets", 5)
    once, again, other = overround(*args), overround(*args), overround(*args, "--seed", 2)
    assert once.stdout.startswith(
        "bettor,event,market,selection,price,stake,placed_at,close_probability,won,"
    )
    assert once.stdout == again.stdout != other.stdout


def test_evaluate_prints_one_object_with_the_agreed_keys(bets):
    done = overround("evaluate", "sharps", "--bets", bets, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["mark"] == "close_probability"
    assert len(found["bettors"]) == 56
    for key in (
        "bettor",
        "bets",
        "clv_mean",
        "posterior_mean",
        "posterior_sd",
        "log_e_value",
        "flagged_at",
        "class",
    ):
        assert key in found["bettors"][0]
    assert {"flagged", "rest"} <= set(found["split_half"])
    assert set(found["split_half"]["rest"]) >= {"n", "clv", "roi"}


def test_evaluate_shows_a_table_without_json(bets):
    done = overround("evaluate", "sharps", "--bets", bets)
    assert done.returncode == 0
    assert "true CLV" in done.stdout
    assert "marked by close_probability" in done.stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("simulate", "bettors", "--matches", "{m}", "--mixture", "shark=3"), "unknown class 'shark'"),
        (("simulate", "bettors", "--matches", "{m}", "--mixture", "square"), "how many of class square?"),
        (("simulate", "bettors", "--matches", "nowhere.csv"), "cannot read nowhere.csv"),
        (("simulate", "bettors", "--matches", "{m}", "--json"), "--json needs --out"),
        (("evaluate", "sharps", "--bets", "nowhere.csv"), "cannot read nowhere.csv"),
        (("evaluate", "sharps", "--bets", "{m}"), "no column bettor, event, market"),
    ],
)
def test_a_wrong_argument_gets_one_line_and_exit_2(matches, args, says):
    done = overround(*(arg.format(m=matches) for arg in args))
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
