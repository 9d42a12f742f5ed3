"""What ``overround evaluate sharps --json`` prints."""

from collections.abc import Mapping

from ml.sharps.evaluation import Evaluation


def results(found: Evaluation, rejected: Mapping[str, int]) -> dict[str, object]:
    """Return an evaluation as one object of JSON."""
    policy = found.policy
    return {
        "mark": found.source,
        "bets": sum(score.bets for score in found.scores),
        "marked": found.marked,
        "rejected": dict(rejected),
        "population": {
            "prior_mean": policy.prior_mean,
            "prior_sd": policy.prior_sd,
            "mark_sd": policy.mark_sd,
            "null_mean": policy.null_mean,
            "alpha": policy.alpha,
        },
        "bettors": [
            {
                "bettor": score.bettor,
                "bets": score.bets,
                "clv_mean": score.found.clv_mean,
                "posterior_mean": score.found.posterior_mean,
                "posterior_sd": score.found.posterior_sd,
                "log_e_value": score.found.log_e_value,
                "flagged_at": score.flagged_at,
                "class": score.kind,
                "sharp": score.sharp,
                "factor": score.found.factor,
                "reasons": score.found.reasons,
            }
            for score in found.scores
        ],
        "rings": [
            {"members": ring.members, "lift": ring.lift, "reasons": ring.reasons} for ring in found.rings
        ],
        "split_half": {
            name: {
                "n": half.n,
                "bets": half.bets,
                "clv": half.clv,
                "roi": half.roi,
                "clv_interval": half.clv_interval,
                "roi_interval": half.roi_interval,
            }
            for name, half in found.split_half.items()
        },
    }
