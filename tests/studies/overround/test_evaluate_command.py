"""What ``overround evaluate`` prints: its own process, as a user runs it."""

import json
import subprocess
import sys

import pytest

HEADER = "Div,Date,HT,AT,FTHG,FTAG,FTR,B365H,B365D,B365A,PSH,PSD,PSA"
LINES = [
    "E0,18/09/04,Arsenal,Bolton,2,1,H,1.3,5.0,9.5,1.33,5.2,10.5",
    "E0,18/09/04,Everton,Fulham,1,1,D,2.1,3.3,3.4,2.16,3.4,3.55",
    "E0,19/09/04,Leeds,Derby,0,2,A,2.6,3.2,2.6,,,",
]


@pytest.fixture
def matches(tmp_path):
    path = tmp_path / "E0.csv"
    path.write_text("\n".join([HEADER, *LINES]) + "\n")
    return path


def evaluate(*args):
    code = "import sys; sys.argv[0] = 'overround'; from overround.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "evaluate", *map(str, args)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def test_devig_prints_one_object_with_scores_by_method_and_code(matches):
    done = evaluate("devig", "--matches", matches, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["n"] == 3
    assert found["methods"]["power"]["B365"].keys() == {"n", "log_loss", "rps", "brier"}
    assert {code: score["n"] for code, score in found["methods"]["shin"].items()} == {"B365": 3, "PS": 2}


def test_several_files_may_follow_and_the_same_match_counts_once(matches, tmp_path):
    second = tmp_path / "again.csv"
    second.write_text("\n".join([HEADER, *LINES[1:]]) + "\n")
    assert json.loads(evaluate("devig", "--matches", matches, second, "--json").stdout)["n"] == 3


def test_consensus_prints_its_object_also_where_there_is_nothing_to_judge(matches):
    done = evaluate("consensus", "--matches", matches, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["n"] == 0
    assert found.keys() >= {"n", "log_loss", "kl_to_close", "weights"}
    assert "nothing to judge" in done.stderr


@pytest.mark.parametrize("verb", ["devig", "consensus"])
def test_a_file_that_is_none_gets_one_line_and_exit_2(verb, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    for path in (other, tmp_path / "missing.csv"):
        done = evaluate(verb, "--matches", path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1 and str(path) in done.stderr
