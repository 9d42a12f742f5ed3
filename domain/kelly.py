"""How much of a bettor's bets an operator takes, by its edge on them."""

KELLY_SHARE = 0.25
"""A quarter of Kelly's stake: the edge is believed, not known, and growth falls by less than risk."""


def kelly_limit(bank: int, posterior_mean: float, share: float = KELLY_SHARE) -> int:
    """Return the most that a bettor may stake: share x bank x the book's edge, minor units.

    The book's edge on a bettor is minus the bettor's closing line value; a book that lays at fair odds and
    wins the edge e per unit staked grows fastest when it risks about the share e of its bank.

    Parameters
    ----------
    bank : int
        What the operator may lose, minor units.
    posterior_mean : float
        E[CLV] of the bettor; 0 or more leaves no edge and gives 0.
    """
    if bank < 0 or share < 0.0:
        raise ValueError("a bank and a share of it are 0 or more")
    return int(share * bank * max(0.0, -posterior_mean) + 1e-6)
