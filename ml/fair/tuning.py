"""The search for settings: an Optuna study in the training window alone."""

from collections.abc import Callable
from dataclasses import replace

import optuna

from domain.evaluation import divergence
from ml.fair.table import Table
from ml.fair.training import YEAR_MS, Settings, margins, softmax, train, usable

Progress = Callable[[str], None]


def tune(table: Table, until_ms: int, trials: int, start: Settings, say: Progress) -> Settings:
    """Return the best settings of an Optuna study in the training window alone.

    Each trial learns from the matches until a year before ``until_ms`` and is judged by the divergence from
    the close in that last year.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    known = usable(table, start)
    learned = table.between(0, until_ms - YEAR_MS) & known
    judged = table.between(until_ms - YEAR_MS, until_ms) & known

    def loss(trial: optuna.Trial) -> float:
        settings = replace(
            start,
            rounds=trial.suggest_int("rounds", 40, 400, step=40),
            max_depth=trial.suggest_int("max_depth", 2, 5),
            eta=trial.suggest_float("eta", 0.02, 0.12, log=True),
            min_child_weight=trial.suggest_float("min_child_weight", 5.0, 100.0, log=True),
            colsample_bytree=trial.suggest_float("colsample_bytree", 0.2, 0.8),
            reg_lambda=trial.suggest_float("reg_lambda", 1.0, 50.0, log=True),
        )
        trees = train(table, learned, settings)
        corrected = softmax(margins(trees, table.features[judged], table.consensus[judged]))
        found = float(divergence(table.closing[judged], corrected).mean())
        say(f"trial {trial.number + 1} of {trials}: divergence {found:.6f}")
        return found

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=start.seed))
    names = ("rounds", "max_depth", "eta", "min_child_weight", "colsample_bytree", "reg_lambda")
    study.enqueue_trial({name: getattr(start, name) for name in names})
    study.optimize(loss, n_trials=trials)
    return replace(start, **study.best_params)
