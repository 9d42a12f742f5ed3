"""Messages to store: the golden ones, with changes."""

from typing import Any, TypeVar

from schemas.base import Message
from schemas.catalogue import CATALOGUE
from schemas.export import GOLDEN_DIR
from storage.table import Row, Table

M = TypeVar("M", bound=Message)

_SUBJECTS = {model: subject for subject, model in CATALOGUE.items()}


def golden(model: type[M], kind: str = "full", /, **changes: Any) -> M:
    """Return the golden message of that type, checked again after the changes."""
    message = model.model_validate_json((GOLDEN_DIR / _SUBJECTS[model] / f"{kind}.json").read_bytes())
    return model.model_validate(message.model_copy(update=changes).model_dump())


def row(table: Table[Any], message: Message) -> Row:
    return table.row(message, message.model_dump_json())


def rows(table: Table[Any], *messages: Message) -> list[Row]:
    return [row(table, message) for message in messages]
