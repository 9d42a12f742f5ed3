"""Other feeds' names of competitions and teams, as the model's data has them.

The form of teams is found by name. The champion knows the names of football-data.co.uk; a feed that writes
"Wolverhampton Wanderers" in "EPL" means "Wolves" in "E0".
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from domain.matching import category, similarity
from domain.matching.names import plain
from ml.fair.form import Form, pool_of

COMPETITIONS: Mapping[str, str] = MappingProxyType(
    {
        "allsvenskan sweden": "SWE",
        "argentina liga profesional": "ARG",
        "argentina superliga": "ARG",
        "austria bundesliga": "AUT",
        "austria tipico bundesliga": "AUT",
        "austrian football bundesliga": "AUT",
        "belgium first div": "B1",
        "brazil serie a": "BRA",
        "bundesliga 2 germany": "D2",
        "bundesliga germany": "D1",
        "championship": "E1",
        "china super league": "CHN",
        "denmark superliga": "DNK",
        "dutch eredivisie": "N1",
        "ekstraklasa poland": "POL",
        "eliteserien norway": "NOR",
        "english premier league": "E0",
        "epl": "E0",
        "finland veikkausliiga": "FIN",
        "ireland premier division": "IRL",
        "j league": "JPN",
        "japan j league": "JPN",
        "la liga 2 spain": "SP2",
        "la liga spain": "SP1",
        "league 1": "E2",
        "league 2": "E3",
        "league of ireland": "IRL",
        "liga mx": "MEX",
        "ligue 1 france": "F1",
        "ligue 2 france": "F2",
        "mexico liga mx": "MEX",
        "mls": "USA",
        "norway eliteserien": "NOR",
        "poland ekstraklasa": "POL",
        "premier league": "E0",
        "premiership scotland": "SC0",
        "primeira liga portugal": "P1",
        "primera division argentina": "ARG",
        "romania liga 1": "ROU",
        "russia premier league": "RUS",
        "serie a italy": "I1",
        "serie b italy": "I2",
        "super league china": "CHN",
        "super league greece": "G1",
        "sweden allsvenskan": "SWE",
        "swiss superleague": "SWZ",
        "switzerland super league": "SWZ",
        "turkey super league": "T1",
        "usa mls": "USA",
        "veikkausliiga finland": "FIN",
    }
)
"""Names as ``names.plain`` leaves them, by division of football-data.co.uk."""

ALIKE = 0.8
"""Least similarity of two names of one team, and by how much it must be ahead of the next one:"""
LEAD = 0.05


class Names:
    """The names that a model knows.

    Parameters
    ----------
    form : Form
        Of the model.
    """

    def __init__(self, form: Form) -> None:
        self._competitions = frozenset(form.competitions)
        self._teams: dict[str, list[str]] = {}
        for key in form.teams:
            pool, _, team = key.partition("|")
            self._teams.setdefault(pool, []).append(team)
        self._found: dict[tuple[str, str], str] = {}

    def competition(self, name: str) -> str:
        """Return the model's name of a competition, or the name itself where it knows none."""
        if name in self._competitions:
            return name
        found = COMPETITIONS.get(plain(name))
        return found if found in self._competitions else name

    def team(self, competition: str, name: str) -> str:
        """Return the model's name of a team that plays in ``competition`` (the model's name of it).

        It is the name itself where the model knows it, or knows none that is clearly the same team.
        """
        key = competition, name
        if key not in self._found:
            self._found[key] = _likest(name, self._teams.get(pool_of(competition), ()))
        return self._found[key]


def _likest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    if name in known:
        return name
    kind = category(name)
    ranked = sorted((similarity(name, other), other) for other in known if category(other) == kind)[::-1]
    if not ranked or ranked[0][0] < ALIKE:
        return name
    rival = ranked[1][0] if len(ranked) > 1 else 0.0
    return ranked[0][1] if ranked[0][0] - rival >= LEAD else name
