"""Learned weights of books: a file that ``overround evaluate weights --write`` makes and the workers read.

Only what did better on later matches than the defaults by twice its standard error is written. 1X2 and totals
of football keep the weights of ``domain.sharpness``, with which the models that correct them were trained.
"""

import json
from pathlib import Path

from domain.consensus import ConsensusRule

SIGNIFICANT = 2.0
CORRECTED = frozenset({("soccer", "1x2"), ("soccer", "ou")})


def rules(path: Path) -> list[ConsensusRule]:
    """Return learned weights as rules of the consensus.

    Raises
    ------
    ValueError
        The file is not one that ``evaluate weights`` has written.
    OSError
        It cannot be read.
    """
    try:
        return [
            ConsensusRule(one["sport"], one["market"], {"sharpness": dict(one["books"])})
            for one in json.loads(path.read_text())
            if (one["sport"], one["market"]) not in CORRECTED
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a file of learned weights: {error!r}") from None
