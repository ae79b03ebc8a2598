"""Rules on how well a network fits: more than the rows held out can bear, or less than it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import forward
from pellucid.diagnostics.course import baseline, course
from pellucid.diagnostics.examination import Examination, narrowed
from pellucid.diagnostics.finding import Rule, Symptom
from pellucid.diagnostics.recipe_rules import table_learned_nothing
from pellucid.diagnostics.trials import OverfitTrial, overfit_one_batch

__all__ = ["FIT_RULES", "overfitting", "underfitting"]

Array = NDArray[np.floating]

HALF = 0.5
GL = 5.0  # percent, Prechelt's
RISE_NOTE, RISE_ILL = 0.02, 0.15  # of the validation loss, in baselines
USUAL_ALPHA = 0.01
NOTHING, SUSPECT = 0.95, 0.3  # of the baseline, at which nothing is learned, or perhaps not enough


def overfitting(examination: Examination) -> Iterator[Symptom]:
    """Yield where the validation loss has risen from its best, or is far above the training loss."""
    assert examination.vitals is not None
    unit = baseline(examination)
    seen = course(examination, "validation_loss")
    if examination.untrained:
        return
    risen = list(risen_again(examination, seen, unit)) if np.isfinite(seen).any() else []
    yield from risen
    if not risen and examination.validation is not None:
        held = held_loss(examination) / unit
        trained = examination.vitals.loss / unit
        if held - trained > HALF and trained < HALF:
            yield Symptom(
                min(0.9, 0.3 + 0.3 * (held - trained)),
                {},
                {
                    "training loss": trained * unit,
                    "validation loss": held * unit,
                    "gap in baselines": held - trained,
                },
                f"The loss is {trained * unit:.3g} on the training rows and {held * unit:.3g} on held-out "
                f"rows; that of the best constant prediction is {unit:.3g}.",
                capacity(examination),
                "Stop early, penalize the weights, drop units, or add rows.",
                {"early_stopping": True},
            )


def risen_again(examination: Examination, seen: Array, unit: float) -> Iterator[Symptom]:
    """Yield Prechelt's generalization loss if it is over 5 % and amounts to something."""
    best = int(np.nanargmin(seen))
    now = len(seen) - 1
    if getattr(examination.model, "early_stopping", False):
        scores = course(examination, "validation_score")
        now = int(np.nanargmax(scores)) if np.isfinite(scores).any() else now
    generalization_loss = 100.0 * (seen[now] / max(seen[best], 1e-9 * unit) - 1.0)
    rise = float(seen[now] - seen[best]) / unit
    loss = course(examination)
    if generalization_loss > GL and rise > RISE_NOTE and now > best and loss[now] < loss[best]:
        ill = rise > RISE_ILL
        yield Symptom(
            min(0.9, 0.3 + 0.4 * rise) if ill else 0.2,
            {"epoch": best + 1},
            {
                "generalization loss": float(generalization_loss),
                "best validation loss": float(seen[best]),
                "validation loss": float(seen[now]),
                "rise in baselines": rise,
                "best epoch": best + 1,
            },
            f"The validation loss was {seen[best]:.3g} in epoch {best + 1} and is {seen[now]:.3g} in epoch "
            f"{now + 1}, {generalization_loss:.0f} % more, while the training loss fell from {loss[best]:.3g} to "
            f"{loss[now]:.3g}.",
            "Everything learned since then applies to the training rows only. " + capacity(examination),
            "Stop early, penalize the weights, drop units, or add rows.",
            {"early_stopping": True},
        )


def capacity(examination: Examination) -> str:
    """Return how many parameters face how many rows."""
    n, rows = examination.network.n_parameters, len(examination.rows)
    return f"The network has {n:,} parameters for {rows:,} rows ({n / rows:.3g} for each)."


def held_loss(examination: Examination) -> float:
    """Return the loss on the rows held out."""
    held = examination.validation
    assert held is not None
    passed = forward(examination.network, held.X)
    return float(examination.loss.values(held.Y, passed.scores, passed.outputs).mean())


def underfitting(examination: Examination) -> Iterator[Symptom]:
    """Yield a training loss near that of the best constant prediction, or 20 rows that cannot be memorized."""
    assert examination.vitals is not None
    if examination.owner is not None:
        yield from table_learned_nothing(examination)
    if examination.untrained or not examination.is_estimator:
        return
    unit = baseline(examination)
    loss = examination.vitals.loss / unit
    if loss < SUSPECT or len(examination.rows) < 4 or unit <= 1e-9:
        return
    rows = examination.rows[examination.sample]
    X, y = examination.raw[rows], narrowed(examination.y[rows])
    n_rows = min(20, len(y))
    trial = overfit_one_batch(examination.model, X, y, n_rows)
    if loss < NOTHING and trial.reached and not is_held_down(examination):
        return
    measured = {
        "training loss": loss * unit,
        "baseline": unit,
        "loss in baselines": loss,
        "loss of 20 rows in baselines": float(trial.losses[-1] / trial.baseline),
    }
    why, remedy, parameters = reasons(examination, X, y, trial)
    yield Symptom(
        0.9 if is_held_down(examination) else 0.8 if loss >= NOTHING else 0.5,
        {},
        measured,
        f"The training loss is {loss * unit:.3g}, and the best constant prediction has {unit:.3g}; {n_rows} rows "
        + ("can be" if trial.reached else "cannot be")
        + f" memorized in {trial.n_steps} steps.",
        why,
        remedy,
        parameters,
    )


def reasons(examination: Examination, X: Any, y: Any, trial: OverfitTrial) -> tuple[str, str, dict[str, Any]]:
    """Return why a network fits badly, what to do, and the parameters that would do it."""
    model, reached, n_rows = examination.model, trial.reached, len(trial.rows)
    if reached and is_held_down(examination):
        return (
            "The penalty keeps the weights too small: without it the same rows can be learned.",
            "Penalize less.",
            {"alpha": 0.0001, "l1": 0.0, "l2": 0.0},
        )
    if reached:
        return (
            "The network can learn, but training was too short, or regularized too much, or the inputs do not "
            "predict the targets.",
            "Train longer and with less regularization; look for more informative inputs.",
            {"max_iter": max(200, 2 * model.max_iter), "dropout": 0.0, "alpha": 0.0001, "l1": 0.0, "l2": 0.0},
        )
    other = {
        "solver": "adam",
        "learning_rate_init": 0.005,
        "standardize": True,
        "initializer": "glorot_uniform",
    }
    twin = type(model)(**{**model.get_params(), **other})
    if overfit_one_batch(twin, X, y, n_rows).reached:
        return (
            f"With Adam, a learning rate of 0.005 and standardized inputs the same layers learn the {n_rows} "
            "rows: the cause is the training, not the size of the network.",
            "Train with these settings.",
            other,
        )
    sizes = [max(100, 4 * n) for n in examination.network.layer_sizes[1:-1]] or [100]
    return (
        f"Adam with standardized inputs cannot learn them either: {examination.network.n_parameters:,} "
        f"parameters in layers of {examination.network.layer_sizes} are too few, or equal rows have "
        "different targets.",
        "Use more units.",
        {"hidden_layer_sizes": tuple(sizes), **other},
    )


def is_held_down(examination: Examination) -> bool:
    """Return whether the penalty is a good part of the objective, or has pulled the weights to 0."""
    assert examination.vitals is not None
    vitals, first, model = examination.vitals, examination.initial, examination.model
    if model.alpha <= USUAL_ALPHA and not model.l1 and not model.l2:
        return False  # then weights that are large for another reason make the penalty large
    if vitals.penalty > 0.2 * vitals.loss:
        return True
    if first is None:
        return False
    shrunk = [
        float(np.linalg.norm(now)) < 0.1 * float(np.linalg.norm(then))
        for now, then in zip(examination.network.weights, first.network.weights, strict=True)
    ]
    return all(shrunk)


FIT_RULES: tuple[Rule, ...] = (
    Rule(
        "overfitting", overfitting, ("vitals",),
        "GL = 100 (E_va / E_opt - 1) is over 5 and the rise is over 0.02 baselines (a note below 0.15) while the "
        "training loss falls; or the validation loss is over half a baseline above the training loss",
        "Prechelt (1998), Early stopping - but when?; the baselines are pellucid's", "published",
    ),
    Rule(
        "underfitting", underfitting, ("vitals",),
        "the training loss is over 0.95 of the best constant loss; or it is over 0.3 of it, and 20 rows cannot be"
        " learned to 5 % of it in 1,000 steps without regularization. For tables: it is over 0.95 of it, although"
        " inputs and targets are related",
        "CS231n, Neural Networks Part 3: overfit a tiny subset; the numbers are pellucid's", "heuristic",
    ),
)  # fmt: skip
