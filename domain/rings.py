"""Rings: bettors who take the same selections at the same time more often than chance.

Two bettors meet where each first bets on one selection within a short window. Under the null model the
bettors are dealt at random over the bets, each as often as it bets: of C meetings in all, a pair with d_i and
d_j of the T bets expects

    2 d_i d_j C / T^2

so a pair of busy bettors, or a popular selection, is nothing odd in itself. The number of meetings is then
about Poisson; a pair is linked where it met so often that chance would show one such pair among all pairs
with probability ``alpha`` at most. The linked pairs form a graph, weighted by meetings beyond chance, and its
Louvain communities are the rings (Blondel, Guillaume, Lambiotte, Lefebvre 2008).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import networkx as nx
from scipy.special import gammainc

Pair = tuple[str, str]
"""Two bettors, the lesser name first."""


@dataclass(frozen=True, slots=True)
class RingConfig:
    """What counts as meeting, and as too often.

    Parameters
    ----------
    window_ms : int
        Two first bets on one selection at most this far apart are a meeting.
    crowd : int
        Where one bet meets more others than this, or more bettors share a device, that tells of nobody.
    least_meetings : int
        Fewer link nobody, however unlikely.
    alpha : float
        Of linking any pair by chance.
    least_members : int
        A smaller community is no ring.
    device_weight : float
        A shared device weighs as much as this many meetings beyond chance.
    seed : int
        Of Louvain's order.
    """

    window_ms: int = 60_000
    crowd: int = 40
    least_meetings: int = 3
    alpha: float = 0.01
    least_members: int = 3
    device_weight: float = 3.0
    seed: int = 0


CONFIG = RingConfig()


@dataclass(frozen=True, slots=True)
class Link:
    """Two bettors that have met more often than chance.

    Parameters
    ----------
    meetings, expected : float
        Selections taken together, and what chance would give.
    p_value : float
        Of so many meetings of this pair, not corrected for the number of pairs.
    shared_devices : int
        Devices that both bet from.
    """

    pair: Pair
    meetings: int
    expected: float
    p_value: float
    shared_devices: int = 0

    @property
    def lift(self) -> float:
        """Meetings as a multiple of what chance would give; 0 for a link by devices alone."""
        return self.meetings / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Ring:
    """A community of linked bettors.

    Parameters
    ----------
    members : tuple of str
        Sorted.
    links : tuple of Link
        Between members, sorted by pair.
    """

    members: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def lift(self) -> float:
        """Meetings of all linked pairs as a multiple of what chance would give."""
        expected = sum(link.expected for link in self.links)
        return sum(link.meetings for link in self.links) / expected if expected else 0.0

    @property
    def reasons(self) -> list[str]:
        """The evidence in words and numbers."""
        meetings = sum(link.meetings for link in self.links)
        expected = sum(link.expected for link in self.links)
        said = [
            f"{len(self.members)} bettors, {len(self.links)} linked pairs, met {meetings} times where chance "
            f"gives {expected:.2g}"
        ]
        devices = sum(link.shared_devices > 0 for link in self.links)
        return [*said, f"{devices} pairs share a device"] if devices else said


def rings(
    bets: Iterable[tuple[str, str, int]],
    devices: Mapping[str, Collection[str]] | None = None,
    config: RingConfig = CONFIG,
) -> list[Ring]:
    """Return the rings among bettors, largest first.

    Parameters
    ----------
    bets : iterable of (bettor, selection, time_ms)
        A selection names event, market and outcome together.
    devices : mapping of str to collection of str, optional
        By bettor.
    """
    found = {link.pair: link for link in links(bets, devices, config)}
    graph: nx.Graph[str] = nx.Graph()
    for link in found.values():
        beyond = link.meetings - link.expected + config.device_weight * link.shared_devices
        graph.add_edge(*link.pair, weight=beyond)
    if not graph:
        return []
    communities = nx.community.louvain_communities(graph, weight="weight", seed=config.seed)
    formed = [
        Ring(members, tuple(found[pair] for pair in combinations(members, 2) if pair in found))
        for members in (tuple(sorted(community)) for community in communities)
        if len(members) >= config.least_members
    ]
    return sorted(formed, key=lambda ring: (-len(ring.members), ring.members))


def links(
    bets: Iterable[tuple[str, str, int]],
    devices: Mapping[str, Collection[str]] | None = None,
    config: RingConfig = CONFIG,
) -> list[Link]:
    """Return the pairs of bettors that met too often for chance or share a device, sorted by pair."""
    first = _first_bets(bets)
    counts = Counter(bettor for takers in first.values() for bettor in takers)
    met = meetings(first, config)
    total_bets, total_meetings = sum(counts.values()), sum(met.values())
    pairs = len(counts) * (len(counts) - 1) / 2
    shared = _shared_devices(devices or {}, config)
    found = []
    for pair in sorted({*shared, *(pair for pair, n in met.items() if n >= config.least_meetings)}):
        n = met[pair]
        expected = 2 * counts[pair[0]] * counts[pair[1]] * total_meetings / max(1, total_bets) ** 2
        # P(X >= n) of a Poisson number is the regularised incomplete gamma function.
        p_value = float(gammainc(n, expected)) if n else 1.0
        often = n >= config.least_meetings and p_value * pairs <= config.alpha
        if often or pair in shared:
            found.append(Link(pair, n, expected, p_value, shared[pair]))
    return found


def meetings(first: Mapping[str, Mapping[str, int]], config: RingConfig = CONFIG) -> Counter[Pair]:
    """Count the selections that each pair took within the window.

    Parameters
    ----------
    first : mapping
        By selection, when each bettor first bet on it.
    """
    met: Counter[Pair] = Counter()
    for takers in first.values():
        ordered = sorted((time_ms, bettor) for bettor, time_ms in takers.items())
        end = 0
        for i, (time_ms, bettor) in enumerate(ordered):
            end = max(end, i + 1)
            while end < len(ordered) and ordered[end][0] - time_ms <= config.window_ms:
                end += 1
            if end - i - 1 <= config.crowd:
                for _, other in ordered[i + 1 : end]:
                    met[min(bettor, other), max(bettor, other)] += 1
    return met


def _first_bets(bets: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    first: dict[str, dict[str, int]] = defaultdict(dict)
    for bettor, selection, time_ms in bets:
        takers = first[selection]
        takers[bettor] = min(time_ms, takers.get(bettor, time_ms))
    return first


def _shared_devices(devices: Mapping[str, Collection[str]], config: RingConfig) -> Counter[Pair]:
    users: dict[str, set[str]] = defaultdict(set)
    for bettor, own in devices.items():
        for device in own:
            users[device].add(bettor)
    shared: Counter[Pair] = Counter()
    for together in users.values():
        if len(together) <= config.crowd:
            shared.update(combinations(sorted(together), 2))
    return shared
