"""Learned weights of books: a file that ``overround evaluate weights --write`` makes and the workers read.

Only sports whose markets together came nearer to the close than with the defaults, on later matches and by
twice the standard error, are written; what was found so is shipped and holds where no other file is named.
1X2 and totals of football keep the weights of ``domain.sharpness``, with which the models that correct them
were trained.
"""

import json
from pathlib import Path

from domain.consensus import ConsensusRule

SIGNIFICANT = 2.0
SHIPPED = Path(__file__).with_name("learned_weights.json")
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
