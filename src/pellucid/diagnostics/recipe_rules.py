"""Rules on the training of an estimator for tables: whether what was set in place of its recipe let it learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.base import clone

from pellucid.diagnostics.course import baseline
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Symptom
from pellucid.diagnostics.target_rules import label_noise
from pellucid.host.counted import counted

__all__ = ["rate_beside_recipe", "table_learned_nothing"]

NOTHING, SUSPECT = 0.95, 0.3  # of the baseline, at which nothing is learned, or perhaps not enough
RISEN = 1.5  # an epoch's loss over the larger of the baseline and the first loss
FAR = 30.0  # times the recipe's learning rate, or a part of it


def rate_beside_recipe(examination: Examination, side: str) -> Iterator[Symptom]:
    """Yield where a learning rate far above (side "high") or below ("low") the recipe's did not learn well."""
    owner = examination.owner
    if owner is None or owner.learning_rate_init is None or examination.vitals is None:
        return
    usual = clone(owner).set_params(learning_rate_init=None)._recipe(len(examination.rows)).learning_rate_init
    rate = float(owner.learning_rate_init)
    ratio, unit = rate / usual, baseline(examination)
    losses = np.array([row["loss"] for row in owner.members_[0].history])
    reached, largest = examination.vitals.loss / unit, float(losses.max() / max(unit, losses[0]))
    if side == "low":
        if not (ratio < 1.0 / FAR and reached > SUSPECT):
            return
        why = "Its steps are too short to make progress in the given epochs."
    else:
        if not (ratio > FAR and (reached > SUSPECT or largest > RISEN)):
            return
        why = (
            "Steps too long for the curvature of the loss overshoot and end higher, and units saturate or "
            "die."
        )
    yield Symptom(
        0.8 if reached >= NOTHING else 0.6,
        {"parameter": "learning_rate_init"},
        {"learning rate": rate, "recipe's": usual, "loss in baselines": reached, "largest loss": largest},
        f"The learning rate {rate:g} is {'above' if side == 'high' else 'below'} the recipe's {usual:.2g} by a "
        f"factor of {max(ratio, 1.0 / ratio):.2g}, and the training loss is {reached:.2g} times that of the best "
        "constant prediction.",
        why,
        "Use the recipe's default.",
        {"learning_rate_init": None},
    )


def table_learned_nothing(examination: Examination) -> Iterator[Symptom]:
    """Yield where the network knows hardly more than the best constant, though the inputs tell the targets."""
    owner, unit = examination.owner, baseline(examination)
    assert examination.vitals is not None
    reached = examination.vitals.loss / unit
    if reached < NOTHING or unit <= 1e-9 or len(examination.rows) < 50:
        return
    if any(symptom.where.get("rows") == "all" for symptom in label_noise(examination)):
        return
    n_epochs = len(owner.members_[0].history)
    set_by_hand = [
        name
        for name in (
            "learning_rate_init",
            "max_iter",
            "batch_size",
            "hidden_layer_sizes",
            "dropout",
            "weight_decay",
        )
        if getattr(owner, name) is not None
    ]
    yield Symptom(
        0.8,
        {},
        {
            "training loss": examination.vitals.loss,
            "baseline": unit,
            "loss in baselines": reached,
            "epochs": n_epochs,
        },
        f"The training loss is {examination.vitals.loss:.3g} after "
        f"{counted(n_epochs, 'epoch')}, and that of the best constant prediction is {unit:.3g}: the "
        "network has hardly learned anything.",
        "The inputs carry little information, or training was too short or too slow"
        + (f": set by hand are {', '.join(set_by_hand)}." if set_by_hand else "."),
        "Use the recipe's defaults for these."
        if set_by_hand
        else "Look for more informative inputs, or add rows.",
        dict.fromkeys(set_by_hand),
    )
