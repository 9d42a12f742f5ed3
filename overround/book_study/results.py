"""An outcome as JSON."""

from overround.book_study.outcome import Outcome
from overround.book_study.settings import DYNAMIC, SKEW


def result(found: Outcome) -> dict[str, object]:
    """Return what came of one play; money in minor units, margins as overrounds."""
    return {
        "decisions": dict(sorted(found.decisions.items())),
        "reasons": dict(found.reasons.most_common()),
        "asked": found.asked,
        "handle": found.handle,
        "hold": found.hold,
        "settled_hold": found.settled_hold,
        "worst_case": found.worst_case,
        "worst_case_over_time": found.worst,
        "expected": found.tail.expected._asdict(),
        "var": {f"{level:g}": one._asdict() for level, one in found.tail.value_at_risk.items()},
        "shortfall": {f"{level:g}": one._asdict() for level, one in found.tail.shortfall.items()},
        "margin": {"target": found.target, "realised": found.realised},
        "saved": found.saved,
        "hedges": {
            event_id: {
                "worst_before": one.before,
                "worst_after": one.after,
                "cost": round(one.cost),
                "bets": [{**leg.venue._asdict(), "stake": leg.stake} for leg in one.legs],
            }
            for event_id, one in found.hedges.items()
        },
    }


def usual_settings() -> dict[str, object]:
    """Return what stands in for a skew and a dynamic margin that the settings lack."""
    return {"skew": SKEW, "dynamic": DYNAMIC.model_dump()}
