"""What is kept of a team, a player, a competition."""

from dataclasses import dataclass, field

COMPETITION_STEP = 0.02
BILLION = 1_000_000_000


@dataclass(slots=True)
class TeamForm:
    """One team.

    Parameters
    ----------
    elo : float
        By results; 1500 to begin with.
    rating : float
        By closing prices: the difference of two teams' ratings, with the home advantage, is the
        log(p home / p away) that their closes lead one to expect.
    move_fast, move_mid, move_slow : float
        Moving averages of the log-odds by which prices moved to the team's side until the close.
    move_draw : float
        The same of the draw in its matches.
    residual_fast, residual_slow, residual_last : float
        Points won beyond what the close expected.
    goals : float
        Goal difference beyond that.
    played : list of int
        Kick-offs of the last matches, UTC milliseconds.
    move_total, move_total_slow : float
        Moving averages of the log-odds by which over 2.5 goals moved in its matches.
    total : float
        How much more often there were three goals than the close expected.
    seen : int
        Matches.
    moves, total_moves : int
        Matches whose line move is known, of 1X2 and of goals.
    surfaces : dict of str to float
        Of a player: what to add to ``elo`` on a surface.
    """

    elo: float = 1500.0
    rating: float = 0.0
    move_fast: float = 0.0
    move_mid: float = 0.0
    move_slow: float = 0.0
    move_last: float = 0.0
    move_draw: float = 0.0
    residual_fast: float = 0.0
    residual_slow: float = 0.0
    residual_last: float = 0.0
    goals: float = 0.0
    move_total: float = 0.0
    move_total_slow: float = 0.0
    total: float = 0.0
    played: list[int] = field(default_factory=list)
    seen: int = 0
    moves: int = 0
    total_moves: int = 0
    surfaces: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class GroupedMean:
    """A moving average that does not depend on the order of what comes at one instant.

    What comes at one instant is a group, summed in whole billionths.

    Parameters
    ----------
    before : float
        The average before the last group.
    at_ms, size, total : int
        When the last group came, how many values it has, and their sum in billionths.
    count : int
        Values in all.
    """

    before: float = 0.0
    at_ms: int = -1
    size: int = 0
    total: int = 0
    count: int = 0

    @property
    def value(self) -> float:
        """The average."""
        if not self.size:
            return self.before
        kept: float = (1.0 - COMPETITION_STEP) ** self.size
        return kept * self.before + (1.0 - kept) * (self.total / (BILLION * self.size))

    def note(self, at_ms: int, value: float) -> None:
        """Take a value."""
        if at_ms != self.at_ms:
            self.before, self.at_ms, self.size, self.total = self.value, at_ms, 0, 0
        self.size += 1
        self.total += round(value * BILLION)
        self.count += 1


@dataclass(slots=True)
class CompetitionForm:
    """How a competition's prices move on average: to the home side, to the draw, and to many goals."""

    move_home: GroupedMean = field(default_factory=GroupedMean)
    move_draw: GroupedMean = field(default_factory=GroupedMean)
    move_total: GroupedMean = field(default_factory=GroupedMean)
