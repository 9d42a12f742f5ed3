"""docs/book.md: what margins, skew and rules do to a book, in figures and curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from overround.book_study.outcome import Outcome
from overround.book_study.pictures import NAMES
from overround.book_study.settings import DYNAMIC, SKEW
from schemas import OperatorProfile

WIDTH = 110
PICTURES = ("book-handle.png", "book-exposure.png", "book-saved.png")


@dataclass(frozen=True)
class Study:
    """All that the report tells.

    Parameters
    ----------
    found : mapping of str to Outcome
        By variant, on the whole recording.
    curves : mapping of str to sequence of (float, Outcome)
        By variant: base overround and what came of it.
    bets, curve_bets : int
        Asked for in a play of either kind.
    matches, curve_matches : int
        Played in either kind.
    """

    found: Mapping[str, Outcome]
    curves: Mapping[str, Sequence[tuple[float, Outcome]]]
    profile: OperatorProfile
    bets: int
    curve_bets: int
    matches: int
    curve_matches: int


def report(study: Study, command: str) -> str:
    """Return the document."""
    profile = study.profile
    base = profile.margin("1x2").overround
    return _flowing(
        f"""# What a book comes to

Made by `{command}`; the figures below are its output. Money is in units of currency.

The bundled recording of the World Cup ({study.matches} matches, 36 hours) is played through the stages that
run
live (compile, assess, book, mark, profile) in one process, by event time. Synthetic bettors
(`domain/population`, the demo's mixture: squares, some sharps, a ring) look at the prices that they are
offered
every five minutes and ask for {study.bets:,} bets in all. What they know and how they choose is made up;
quotes,
moves and closing prices are real. There are no results in the recording: hold is measured by the closing
probabilities, 1 - sum(payout x probability) / sum(stake), which does not depend on who won.

Base overround {base:g}, at most {profile.max_stake / 100:,.0f} a bet, {profile.market_limit / 100:,.0f}
lost on a
market, {profile.event_limit / 100:,.0f} on an event. `skew`: risk aversion {SKEW:g} per minor unit.
`dynamic margin`: {_dynamic()}.

## With and without

{_table(study.found)}

Value at risk and expected shortfall are of the whole portfolio with nothing settled, over score states
fitted to
the closing probabilities (`domain/risk`), by {next(iter(study.found.values())).tail.draws:,} antithetic
draws; ± is
one standard error. The worst case adds up markets, which is never less than the true one.

## Exposure over time

![worst case over time](book-exposure.png)

Nothing is settled during the recording, so that the worst case only grows, but where bets balance each other.

## Handle against hold

![handle against hold](book-handle.png)

{study.curve_matches} matches, {study.curve_bets:,} bets asked for; the base margin is written at each
point. Squares
of this population bet whatever the price, so that what a wider margin costs in handle is what it keeps
informed
bettors from finding, and what limits stop: a real market's demand would fall faster. Read the curve for how
much
hold a variant gets from the same bettors, not for the best margin. All plays are of one seed: who
bets differs from play to play as prices do, and a few per cent of handle are chance.

## What each rule saved

![what each rule saved](book-saved.png)

A bet that a rule stopped would have won so much of the book on average, by the price that it asked for and
the
closing probability; what a smaller stake was offered for is taken off. Below zero, the rule turned away
bets on
which the book would have earned: that is the price of a bounded loss.

{_saved(study.found)}

## How it is done

- A price starts from the fair probabilities, moved by a trader where one has (`move`), tilted by the book
  (`domain/skew.py`, constant risk aversion), with a margin (`domain/dynamic_margin.py`: base times sport,
  competition, time to the start, in play, distrust of the price, sharp money and load of the market),
  spread by power, Shin
  or in equal parts (`domain/margin.py`), and kept to rules in order (`domain/price_rules`: largest move per
  second,
  ladder, smallest move, as short as the competitor, no arbitrage with the market, none with the own prices).
- Where stage derive tells an event's measure over scores (`scores` among `OVERROUND_DERIVED_MARKETS`),
  the tilt is over scores: by the profit in each score over all markets together, and every market of the
  event moves by what that does to it (`domain/state_skew.py`). The market that was bet on follows at once,
  the others within a second of event time. Elsewhere each market is tilted by its own stakes. In the plays
  above no measure is told.
- The tilt moves no set of outcomes by more than five points. Prices leave no arbitrage among themselves
  over all
  markets that one score settles: probabilities under which no bet is worth its price are kept as a proof,
  and a
  price that breaks it is held to a new one or shortened (`domain/price_bounds.py`).
- What a price stood on is in its message (`basis`, `target_overround`, `confidence`) or named there;
  `overround
  audit` recomputes it.
- The stake in an `alternative` answer is the largest that every limit takes: the bettor's (stake limit
  times the
  factor that follows from the posterior of the closing line value, Kelly on the book's edge), the price's
  (`confidence_weight`), the market's and the event's room, the payout's. A trader's `limit` takes the place
  of the
  settings' own.
- `overround portfolio --every 60` looks at each operator's open bets as PostgreSQL has them: expected
  profit, value at risk and expected shortfall at 95 and 99% with their standard errors, bets on several
  events drawn across their events, and for the events with the largest worst cases the bets at rivals' fresh
  quotes that would hedge them, with stakes (a linear program: a few milliseconds for 20 offers). It runs
  beside the pipeline, on `risk.portfolios.v1` and at `GET /v1/portfolio`.
- Money from sharps widens a margin (`sharp`): each stake counts by what its bettor's stake factor takes
  away. Bets
  that are released later stay counted.
- A time step of the margin takes effect with the market's next quote or exposure, not at the hour itself.
"""
    )


def _flowing(text: str) -> str:
    """Return a document with its paragraphs and lists in even lines; tables and headings as they are."""
    blocks = []
    for block in text.strip().split("\n\n"):
        if block.startswith(("|", "#", "!")):
            blocks.append(block)
            continue
        items = block.split("\n- ") if block.startswith("- ") else [block]
        width = WIDTH - 2 * block.startswith("- ")
        filled = [
            fill(" ".join(item.removeprefix("- ").split()), width, break_on_hyphens=False) for item in items
        ]
        if block.startswith("- "):
            filled = ["- " + item.replace("\n", "\n  ") for item in filled]
        blocks.append("\n".join(filled))
    return "\n\n".join(blocks) + "\n"


def _dynamic() -> str:
    times = ", ".join(f"x {step.factor:g} within {step.within_h:g} h" for step in DYNAMIC.times)
    parts = f"distrust {DYNAMIC.distrust:g}, sharp {DYNAMIC.sharp:g}, exposure {DYNAMIC.exposure:g}"
    return f"{times}; {parts}; at most {DYNAMIC.most:g}"


def _table(found: Mapping[str, Outcome]) -> str:
    rows: list[tuple[str, list[str]]] = [
        ("accepted", [f"{one.decisions['accepted']:,}" for one in found.values()]),
        ("smaller stake offered", [f"{one.decisions['alternative']:,}" for one in found.values()]),
        ("rejected", [f"{one.decisions['rejected']:,}" for one in found.values()]),
        ("asked for", [_money(one.asked) for one in found.values()]),
        ("handle", [_money(one.handle) for one in found.values()]),
        ("hold", ["" if one.hold is None else f"{one.hold:.2%}" for one in found.values()]),
        ("margin aimed at", [f"{one.target - 1:.2%}" for one in found.values()]),
        ("margin offered", [f"{one.realised - 1:.2%}" for one in found.values()]),
        ("worst case", [_money(one.worst_case) for one in found.values()]),
        ("expected profit", [_estimate(*one.tail.expected) for one in found.values()]),
    ]
    for level in (0.95, 0.99):
        var = [_estimate(*one.tail.value_at_risk[level]) for one in found.values()]
        beyond = [_estimate(*one.tail.shortfall[level]) for one in found.values()]
        rows += [(f"VaR {level:.0%}", var), (f"expected shortfall {level:.0%}", beyond)]
    head = "| | " + " | ".join(NAMES[name] for name in found) + " |\n|" + "---|" * (len(found) + 1)
    return "\n".join([head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows)])


def _saved(found: Mapping[str, Outcome]) -> str:
    rules = sorted({rule for one in found.values() for rule in one.saved})
    head = "| rule | " + " | ".join(f"{NAMES[name]}: bets, saved" for name in found) + " |\n|"
    head += "---|" * (len(found) + 1)
    rows = []
    for rule in rules:
        cells = [f"{one.reasons[rule]:,}, {_money(one.saved.get(rule, 0))}" for one in found.values()]
        rows.append(f"| {rule} | {' | '.join(cells)} |")
    return "\n".join([head, *rows])


def _money(minor: float) -> str:
    return f"{minor / 100:,.0f}"


def _estimate(value: float, error: float) -> str:
    return f"{_money(value)} ± {_money(error)}"
