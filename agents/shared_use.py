"""What a partition's books use of limits that many events share: an index in memory."""

from agents.events import EVENT
from domain.allotments import Usage
from domain.book import EventBook
from domain.limits import PLATFORM
from streams.state import Kind, State

BOOK = Kind("book", EventBook)
_INDEX = "used"


def used_of(state: State, limit: str) -> int:
    """Return what the books that count towards a limit (``operator|scope``) may lose, minor units."""
    found = state.local.get(_INDEX)
    if not isinstance(found, Usage):
        found = state.local[_INDEX] = Usage()
        for key, book in state.items(BOOK):
            event_id, _, operator = key.partition("|")
            _note(found, state, event_id, operator, book)
    return found.by_limit.get(limit, 0)


def note(state: State, event_id: str, operator: str, book: EventBook) -> None:
    """Follow a book that has changed, where anybody has asked what is used."""
    found = state.local.get(_INDEX)
    if isinstance(found, Usage):
        _note(found, state, event_id, operator, book)


def forget(state: State) -> None:
    """Count anew when next asked: an event is of another sport or competition than was known."""
    state.local.pop(_INDEX, None)


def _note(usage: Usage, state: State, event_id: str, operator: str, book: EventBook) -> None:
    event = state.get(EVENT, event_id)
    scopes = ["all"]
    if event is not None:
        scopes += [f"sport:{event.sport}", f"competition:{event.competition}"]
    limits = tuple(f"{holder}|{scope}" for holder in (operator, PLATFORM) for scope in scopes)
    usage.note((event_id, operator), book.worst_case(), limits)
