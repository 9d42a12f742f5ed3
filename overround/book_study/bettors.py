"""Who bets in a study: a file of bets as they were placed, or the synthetic population."""

from collections.abc import Iterable, Iterator, Sequence

from domain.population import DEMO_MIXTURE, Intent, Offer, Population
from feeds.routing import FeedMessage
from ml.sharps.bets import PlacedBet
from overround.book_study.play import Play, steps
from overround.demo.insight import Insight
from schemas import Bet, Leg, OperatorProfile, Quote


def play_file(
    messages: Sequence[FeedMessage], profile: OperatorProfile, placed: Sequence[PlacedBet]
) -> tuple[Play, dict[str, bool | None]]:
    """Play a recording with bets of a file; return the play, and by bet id how the bet ended.

    Bets before the recording's first message are placed after it; the stages see what is wrong with them.
    """
    play = Play(profile, messages[0].event_time_ms)
    bets = [_of_row(number, bet, profile.operator) for number, bet in enumerate(placed)]
    waiting = iter(sorted(bets, key=lambda bet: bet.event_time_ms))
    bet = next(waiting, None)
    for until_ms, some in steps(messages):
        play.feed(some)
        due = []
        while bet is not None and bet.event_time_ms < until_ms:
            due.append(bet)
            bet = next(waiting, None)
        play.place(due)
        play.note(until_ms)
    if bet is not None:
        play.place([bet, *waiting])
        play.note(bet.event_time_ms)
    return play, {f"row{number}": one.won for number, one in enumerate(placed)}


def _of_row(number: int, bet: PlacedBet, operator: str) -> Bet:
    leg = Leg(event_id=bet.event, market=bet.market, outcome=bet.selection, price=bet.price)
    return Bet(
        operator=operator,
        bettor=bet.bettor,
        bet_id=f"row{number}",
        legs=[leg],
        stake=round(bet.stake),
        event_time_ms=bet.placed_at_ms,
    )


def play_population(
    messages: Sequence[FeedMessage],
    profile: OperatorProfile,
    insight: Insight,
    bets: int,
    seed: int = 1,
) -> Play:
    """Play a recording with synthetic bettors who see the prices that they are offered.

    Parameters
    ----------
    bets : int
        How many are asked for; fewer come where informed bettors find nothing.
    """
    play = Play(profile, messages[0].event_time_ms)
    people = Population(seed, DEMO_MIXTURE, [profile.operator])
    by_step = list(steps(messages))
    owed = placed = 0.0
    for until_ms, some in by_step:
        play.feed(some)
        for message in some:
            if isinstance(message, Quote):
                insight.take(message)
        offers = _offers(play, insight)
        owed += bets / len(by_step)
        wanted = int(owed - placed)
        if offers:
            placed += wanted
            intents = people.bets(until_ms, {profile.operator: offers}, wanted)
            play.place(_of_intents(intents, len(play.decisions)))
        play.note(until_ms)
    return play


def _offers(play: Play, insight: Insight) -> list[Offer]:
    return [
        Offer(offer.operator, event_id, market, offer.prices, offer.sequence, insight.of(event_id, market))
        for (event_id, market), offer in play.offers.items()
        if offer.suspended is None
    ]


def _of_intents(intents: Iterable[Intent], first: int) -> Iterator[Bet]:
    for number, intent in enumerate(intents, first):
        leg = Leg(
            event_id=intent.event_id,
            market=intent.market,
            outcome=intent.outcome,
            price=intent.price,
            price_sequence=intent.sequence,
        )
        yield Bet(
            operator=intent.operator,
            bettor=intent.bettor,
            bet_id=f"b{number}",
            legs=[leg],
            stake=intent.stake,
            event_time_ms=intent.time_ms,
        )
