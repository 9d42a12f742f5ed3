"""Finished matches in the one order that counts, however they arrive."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from ml.fair.form import Form
from ml.fair.match import Closed

_Place = tuple[int, str, str, str, int]


@dataclass(slots=True)
class History:
    """A form, and the finished matches that it does not hold yet.

    Matches that become final at the same instant are taken in the order of competition, home and away side,
    so that files and a stream that brings them in another order come to the same bits.

    Parameters
    ----------
    form : Form
        What has been taken so far.
    """

    form: Form = field(default_factory=Form)
    _waiting: list[tuple[_Place, Closed]] = field(default_factory=list)
    _count: int = 0

    def add(self, match: Closed) -> None:
        """Take note of a finished match; it counts from ``final_at_ms`` on."""
        self._count += 1
        place = (match.final_at_ms, match.competition, match.home, match.away, self._count)
        heappush(self._waiting, (place, match))

    def as_of(self, instant_ms: int) -> Form:
        """Return the form of all matches that were final before an instant; instants do not go back."""
        while self._waiting and self._waiting[0][0][0] < instant_ms:
            self.form.apply(heappop(self._waiting)[1])
        return self.form

    def waiting(self) -> list[Closed]:
        """Return the matches that are final, but not yet part of the form."""
        return [match for _, match in sorted(self._waiting, key=lambda each: each[0])]

    @classmethod
    def of(cls, form: Form, waiting: list[Closed]) -> "History":
        """Return a history that was stored as its form and ``waiting()``."""
        history = cls(form)
        for match in waiting:
            history.add(match)
        return history
