"""No statement forgets whose data it reads: every table that has an operator is asked by operator."""

import ast
import re
from pathlib import Path

import pytest

import storage
from storage.migrations import available

FOLDER = Path(storage.__file__).parent

PLATFORM = {
    "tables.py": "what goes with a write: the rows name their operators themselves",
    "table.py": "builds the statements of the writer",
    "counts.py": "counts rows of the platform as a whole",
}
"""Modules whose statements are of no operator, and why."""

OPERATOR = re.compile(r"\boperator\s*(=\s*\$\d+|IS NULL)", re.IGNORECASE)
STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\b")


def owned() -> set[str]:
    """The tables with an ``operator``; a client's operator is what its row is read for."""
    sql = "\n".join(step.sql for step in available())
    found = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", sql, re.DOTALL)
    return {name for name, body in found if re.search(r"^    operator ", body, re.MULTILINE)} - {
        "api_clients"
    }


def statements(source: str) -> list[str]:
    """The SQL in a module. Raises where one is put together, and so cannot be judged."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        if isinstance(node, ast.JoinedStr) and any(STATEMENT.search(str(text)) for text in texts):
            raise ValueError(f"line {node.lineno}: a statement is put together")
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [text for text in strings if isinstance(text, str) and STATEMENT.search(text)]


def forgetful(sql: str) -> bool:
    """Whether a table with an operator is named more often than an operator is."""
    names = re.findall(r"\b(?:FROM|JOIN|UPDATE)\s+(\w+)", sql)
    return len([name for name in names if name in owned()]) > len(OPERATOR.findall(sql))


MODULES = sorted(path for path in FOLDER.glob("*.py") if path.name not in PLATFORM)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_statement_names_the_operator(path):
    assert [sql for sql in statements(path.read_text()) if forgetful(sql)] == []


def test_the_modules_that_are_left_out_exist():
    assert all((FOLDER / name).exists() for name in PLATFORM)


def test_operators_have_tables_and_statements_are_found():
    assert {"bets", "decisions", "offered_prices", "exposures", "bettors", "alerts"} <= owned()
    assert len(statements((FOLDER / "bets.py").read_text())) >= 3


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT body FROM bets WHERE bet_id = $1",
        "SELECT 1 FROM bets b JOIN decisions d USING (bet_id) WHERE b.operator = $1",
        "SELECT 1 FROM (SELECT body FROM bets WHERE operator = $1) b, (SELECT body FROM decisions) d",
        "UPDATE bettors SET factor = 0 WHERE bettor = $1",
        "DELETE FROM alerts WHERE alert_id = $1",
    ],
)
def test_a_statement_that_forgets_is_noticed(sql):
    assert forgetful(sql)


def test_a_statement_that_is_put_together_is_noticed():
    with pytest.raises(ValueError, match="line 2"):
        statements("x = 1\nsql = f'SELECT body FROM bets WHERE {x}'")
