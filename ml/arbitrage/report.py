"""docs/arbitrage.md, from the figures of a recording."""

from collections import Counter
from statistics import median

from ml.arbitrage.evaluation import ArbitrageEvaluation

PICTURES = ("arbitrage-lifetimes.png", "arbitrage-margins.png")
BANDS = ((0.0, 0.005), (0.005, 0.01), (0.01, 0.02), (0.02, 0.05), (0.05, float("inf")))
SHOWN = 12


def report(found: ArbitrageEvaluation, max_age_s: float, command: str) -> str:
    """Return the document."""
    return "\n".join(
        [
            _METHOD.format(command=command),
            *_counts(found, max_age_s),
            *_bands(found),
            *_books(found),
            *_across(found),
            _LIMITS,
        ]
    )


def _counts(found: ArbitrageEvaluation, max_age_s: float) -> list[str]:
    lives = found.lifetimes()
    across = sum(each.market is None for each in found.found)
    pushing = sum(each.first.worst <= 1e-9 for each in found.found)
    rate = f"{found.quotes / found.seconds:,.0f}" if found.seconds else "?"
    lines = [
        "## What a recording holds\n",
        f"{found.quotes:,} quotes of {found.events} events and {len(found.books)} books; a quote counts up to"
        f" {max_age_s:g} s after",
        f"its last confirmation. {len(found.found):,} opportunities, {across} of them across markets; in"
        f" {pushing} the stakes may all come back (a whole line).",
        f"{rate} quotes a second of one core's processor time (reading left out), {found.programs:,} linear"
        " programs solved.\n",
    ]
    if lives:
        lines += [
            f"They stood for {lives['median_s']:,.0f} s in the median, nine in ten up to"
            f" {lives['p90_s']:,.0f} s, the longest {lives['longest_s']:,.0f} s.\n",
            f"![Life times]({PICTURES[0]})\n",
            f"![Margins]({PICTURES[1]})\n",
        ]
    return lines


def _bands(found: ArbitrageEvaluation) -> list[str]:
    lines = ["| best margin | opportunities | median seconds |", "|---|---|---|"]
    for low, high in BANDS:
        some = [each for each in found.found if low < each.best_margin <= high]
        lives = [each.lifetime_s for each in some if each.closed]
        name = f"{low:.1%} to {high:.1%}" if high < 1 else f"above {low:.1%}"
        lines.append(f"| {name} | {len(some)} | {f'{median(lives):,.0f}' if lives else ''} |")
    return [*lines, ""]


def _books(found: ArbitrageEvaluation) -> list[str]:
    rows = [f"| {book} | {count} |" for book, count in found.books_of().most_common(SHOWN)]
    return ["| book | had a leg in |", "|---|---|", *rows, ""]


def _across(found: ArbitrageEvaluation) -> list[str]:
    kinds = Counter(
        " + ".join(sorted({market.partition(":")[0] for market in each.first.markets}))
        for each in found.found
        if each.market is None
    )
    if not kinds:
        return []
    rows = [f"| {kind} | {count} |" for kind, count in kinds.most_common()]
    return ["| markets combined | opportunities |", "|---|---|", *rows, ""]


_METHOD = """# Arbitrage

Made by `{command}`; the figures below are its output.

## What is looked for

**Within a market**: with the best net price o of each outcome, the sum of 1/o is below one (below the number
of winners, for a double chance); stakes in proportion to 1/o win 1/sum - 1 whatever happens. On a whole line
the stakes may come back, on a quarter line half of them: alerts carry `margin`, and `worst`, what is won
whatever happens.

**Across markets** that one score settles by the same rules: the Asian handicap of -0.5 and the 1X2 home price
are the same claim, draw no bet is the handicap of 0, a double chance is two thirds of a 1X2, and there are
combinations of three and more that no list holds. So it is a linear program over the final scores: the
largest v with sum_j x_j r_j(s) >= v at every score s, where r_j(s) is what a unit on bet j gives back and
the stakes x sum to one. v above one is an arbitrage, and x are the stakes. Football's markets form one group;
elsewhere totals are held against totals and handicaps against handicaps, and the winner against handicaps
where overtime counts for both. Scores that no price tells apart are one case, and cases that cannot happen
only make it harder to find something.

**At a bearable price.** The dual of the program gives probabilities of the scores under which no bet returns
more than v. As long as a new price returns no more than one under them, they prove that there is still no
arbitrage, and one multiplication has dealt with the quote. Only a price that breaks the proof has the program
solved again.

**Only while all legs stand.** A quote stands from its event time until its book replaces or withdraws it, or
has not confirmed it for `max_age_s`. An opportunity opens when the last of its legs begins to stand, is
told when it is seen, and ends with the quote that takes it away or at the instant at which a leg grows too
old, whichever is first; `arbitrage_ended` says how long it stood and what it was worth at best. `confidence`
is exp(-sum of the legs' ages / 300 s): prices are taken to change at a constant rate, one in five minutes.

**Against an operator's own prices** the same is done with them among the books' (`own_arbitrage`). That its
own prices leave no arbitrage among themselves, and none beyond `max_arbitrage` against the market, is seen
to before they are published (`domain/price_bounds.py`, `domain/price_rules/`).

**Among one book's own prices.** How near an operator's prices of an event come to an arbitrage is told on
`risk.coherence.v1` (metric `overround_own_margin_ratio`): `margin` is what the best portfolio over all its
open markets wins at worst, so coherent prices show the margin of the cheapest market and incoherent ones less
of a loss, up to 0. Stage surveil scores an event ten seconds of event time after a price of it has changed,
every ten minutes at most, off the way of a price. `overround evaluate arbitrage --json` says the same of each
book of a recording, by the prices that it still showed at an event's last quote (`coherence`).

**Middles**, where they are asked for (`OVERROUND_MIDDLE_COST`, the most that one may lose at worst, per unit
staked; `--middle-cost` on a recording): over 5.5 with one book and under 6.5 with another lose a little
unless there are six, when both win. With stakes in proportion to 1/o, r = 1 / (1/o1 + 1/o2) comes back where
one wins, 2r where both do; `worst` is r - 1, `both_win` = p the probability of a result between the lines,
`margin` what is expected, r (1 + p) - 1, and it is told (`middle`, `own_middle`, `middle_ended`) where that
is above 0. p is the difference of two probabilities, each the median over at least three fresh books of what
they say of that line, their margin out by the power method: a stale book that makes a middle does not make
its probability. Only half lines of totals and handicaps, where nothing is refunded; two lines of one kind.

## What is known of errors

`tests/unit/agents/slow_checker.py` shares no code with the platform: for each alert it goes through all raw
quotes before it, checks that each book showed that price then and had confirmed it in time, settles each leg
at each score by words and adds up. On the two football recordings of this project's data (World Cup 2026,
451,269 messages; EPL, 15,582) all 640 alerts stood before it: 0 false. A part of the first is checked at each
run of the tests. Against what is missed, property tests hold the survey against a fresh linear program after
each quote.

Middles have a checker of their own there, which also takes the margin out by bisection: on 40,000 messages of
baseball (MLB 2026) with a cost of up to 30% there were 12, 0 of them false, beside 530 arbitrages; on the
first 9,000 of the World Cup none, as few books quote two half lines there. At each run of the tests some are
checked on made-up quotes.

The stage as a whole (bytes in, state and alerts out; `python -m tests.bench.arbitrage`) takes 31,000 to
32,000 quotes a second of one core over 1,000 events with 40 books where there is little arbitrage, 10,500
where books differ by 2% and one quote in a hundred opens or ends one.
"""

_LIMITS = """## What this does not show

- A recording of snapshots has no prices between them: life times near the largest age mean "longer than the
  recording can tell". In play, a book whose quote is a minute old shows margins that nobody could have had.
- Stakes are shares; what a book would have taken is not known.
- Where an arbitrage stands in the market itself, one with an operator's leg over several markets is told only
  if the best portfolio has that leg.
- Middles of whole and quarter lines, and of a handicap with the winner, are not looked for.
"""
