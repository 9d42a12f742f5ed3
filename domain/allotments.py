"""A limit that many partitions share, kept without asking anybody when a bet is decided.

The limit is dealt out: each partition goes by an amount of its own, the sum of all amounts never exceeds the
limit, so that bets which each partition takes within its amount never exceed it together. Whose amount runs
short asks for more; it comes from what is not dealt yet, or from others who use less of theirs.

To give away is safe at once, to take away is not: a lowered amount counts in full until its partition has
answered what it keeps. So an amount that is under way, lost for a while, or told twice does no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

CRUMBS = 256
"""Parts of a limit; less than one is not moved between partitions, unless it is all that is needed."""


class Deal(NamedTuple):
    """A partition's new amount, minor units."""

    partition: int
    version: int
    amount: int


@dataclass(slots=True)
class Share:
    """What is known of one partition's part of a limit; minor units.

    Parameters
    ----------
    version : int
        Of the last deal, 0 before the first.
    ceiling : int
        The most that the partition may be going by.
    used : int
        What it had used when it last told.
    need : int
        What it asks for beyond its amount.
    answered : bool
        Whether it has answered the last deal.
    """

    version: int = 0
    ceiling: int = 0
    used: int = 0
    need: int = 0
    answered: bool = True

    @property
    def wanted(self) -> int:
        """What it wants beyond what it uses, 0 where it has not asked."""
        return max(0, self.ceiling - self.used) + self.need if self.need else 0


@dataclass(slots=True)
class Allotments:
    """A limit and how it is dealt out. A plain value: pydantic's TypeAdapter reads and writes it.

    Parameters
    ----------
    limit : int or None
        Minor units; None while there is no such limit.
    shares : dict of int to Share
        By partition.
    """

    limit: int | None = None
    shares: dict[int, Share] = field(default_factory=dict)

    def set_limit(self, limit: int | None, partitions: int) -> bool:
        """Set the limit; tell whether it is another. Who has no amount yet needs an equal part."""
        if limit == self.limit:
            return False
        self.limit = limit
        for partition in range(partitions):
            share = self.shares.setdefault(partition, Share())
            if limit is not None and share.version == 0:
                share.need = max(1, limit // partitions)
        return True

    def hear(self, partition: int, *, version: int, allotted: int, used: int, need: int) -> None:
        """Take a partition's word; a word from before its last deal is not looked at."""
        share = self.shares.get(partition)
        if share is not None and share.version == version:
            share.ceiling, share.used, share.need, share.answered = allotted, used, need, True

    @property
    def free(self) -> int:
        """What is neither dealt nor used; below 0 where a limit was lowered, or results were corrected."""
        return (self.limit or 0) - sum(max(share.ceiling, share.used) for share in self.shares.values())

    def deal(self) -> list[Deal]:
        """Give more to those in need, and where nothing is left take from those who use less of theirs."""
        if self.limit is None:
            return []
        found, short = [], self.free < 0
        targets = dict(self._targets(self.limit))
        crumb = max(1, self.limit // CRUMBS)
        for partition, share in sorted(self.shares.items()):
            if share.need <= 0 or not share.answered:
                continue
            more = max(0, min(targets[partition] - share.ceiling, self.free))
            if more >= min(share.need, crumb) or share.version == 0:  # who has never had any cannot ask
                short = short or more < share.need
                share.need = max(0, share.need - more)
                found.append(self._amount(partition, share.ceiling + more))
            else:
                short = True
        if not short:
            return found
        for partition, share in sorted(self.shares.items()):
            surplus = share.ceiling - targets[partition]
            if share.answered and (surplus >= crumb or (surplus > 0 and self.free < 0)):
                found.append(self._amount(partition, targets[partition]))
        return found

    def _targets(self, limit: int) -> Iterator[tuple[int, int]]:
        """Yield what each partition should have: what it uses, what it wants beyond, its part of the rest."""
        wants = {partition: share.wanted for partition, share in self.shares.items()}
        wanted = sum(wants.values())
        rest = max(0, limit - sum(share.used for share in self.shares.values()))
        for partition, share in self.shares.items():
            if rest >= wanted:
                yield partition, share.used + wants[partition] + (rest - wanted) // len(wants)
            else:
                yield partition, share.used + wants[partition] * rest // wanted

    def _amount(self, partition: int, amount: int) -> Deal:
        share = self.shares[partition]
        share.version += 1
        share.ceiling = max(share.ceiling, amount)
        share.answered = False
        return Deal(partition, share.version, amount)


@dataclass(slots=True)
class Allotted:
    """What one partition goes by, of one limit; minor units.

    Parameters
    ----------
    version : int
        Of the deal that stands, 0 before the first: nothing is taken then.
    told : int
        What it last told that it had used.
    asked : int
        What it has asked for since the last deal.
    """

    version: int = 0
    amount: int = 0
    told: int = 0
    asked: int = 0

    def take(self, version: int, amount: int, used: int) -> bool:
        """Go by a deal, if it is a new one: of what is taken away, what is used is kept."""
        if version <= self.version:
            return False
        self.version = version
        self.amount = amount if amount >= self.amount else min(self.amount, max(amount, used))
        self.told, self.asked = used, 0
        return True

    def speaks(self, used: int, lacking: int) -> bool:
        """Tell whether the dealer should hear of this: more is needed, or much has been freed.

        Parameters
        ----------
        used : int
            What is used now.
        lacking : int
            By how much a bet that was not taken went beyond the amount, 0 for none.
        """
        need = max(lacking, self.amount // 2 if 4 * used > 3 * self.amount else 0)
        if need > self.asked or 2 * used < self.told:
            self.asked = need
        elif used <= max(self.amount, self.told):
            return False
        self.told = used
        return True


@dataclass(slots=True)
class Usage:
    """What a partition's books may lose, added up by limit; an index, kept up as books change.

    Parameters
    ----------
    by_limit : dict of str to int
        The sum of the worst cases of the books that count towards each limit, minor units.
    """

    by_limit: dict[str, int] = field(default_factory=dict)
    _worst: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, book: tuple[str, str], worst_case: int, limits: tuple[str, ...]) -> None:
        """Let a book (event and operator) count with its worst case of now towards these limits."""
        more = worst_case - self._worst.get(book, 0)
        if more:
            self._worst[book] = worst_case
            for limit in limits:
                self.by_limit[limit] = self.by_limit.get(limit, 0) + more
