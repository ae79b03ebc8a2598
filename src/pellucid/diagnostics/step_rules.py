"""Rules on the steps of a training: too long, too short, over too many rows or too few."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pellucid.diagnostics.course import baseline, course, rate_of, row_medians
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Rule, Symptom
from pellucid.diagnostics.recipe_rules import rate_beside_recipe
from pellucid.host.counted import counted

__all__ = [
    "STEP_RULES",
    "batch_size",
    "learning_rate_too_high",
    "learning_rate_too_low",
    "suggested_rate",
    "update_ratio",
]

Array = NDArray[np.floating]

RISEN = 1.5  # an epoch's loss over the larger of the baseline and the first loss
RATIO_HIGH, RATIO_LOW, RATIO_GOOD = 0.1, 3e-4, 1e-2
FIRST_HIGH, FIRST_LOW = 0.5, 1e-5  # of the first step, before training
RAGGED, RISING_SHARE = 0.05, 0.25
HALF = 0.5
TIMES_NOISE = 10.0
SMALL = 32  # rows; smaller batches are never advised
ADAPTIVE = ("adam", "adamw", "rmsprop", "adagrad")  # whose first steps are as long as the learning rate


def update_ratio(examination: Examination) -> tuple[float, str]:
    """Return the relative change of the weights in a step, and how it is known.

    Parameters
    ----------
    examination : Examination
        An estimator's, with a record or with the network before training.

    Returns
    -------
    ratio : float
        rms(ΔW) / rms(W): the median over moments and layers; NaN if it is not known.
    source : str
        ``"measured"``, or ``"first step"``: computed from the first gradient and the learning rate.
    """
    record = examination.record
    if record is not None and np.isfinite(record.update_ratio).any():
        return float(np.nanmedian(record.update_ratio)), "measured"
    per_rate = first_update_per_rate(examination)
    if not np.isfinite(per_rate):
        return float("nan"), "first step"
    return per_rate * float(examination.model.learning_rate_init), "first step"


def first_update_per_rate(examination: Examination) -> float:
    """Return the relative change of the weights in an early step, for a learning rate of 1."""
    first = examination.initial
    solver = getattr(examination.model, "solver", "lbfgs")
    if first is None or first.vitals is None or solver == "lbfgs":
        return float("nan")
    layers = [v for v in first.vitals.layers if v.rms_weights > 0.0]
    if solver in ADAPTIVE:
        usual = np.sqrt(2.0 / np.array(first.network.widths[:-1]))  # weights drawn too large ask for no more
        ratios = [
            1.0 / min(v.rms_weights, n)
            for v, n in zip(first.vitals.layers, usual, strict=True)
            if v.rms_weights > 0.0
        ]
    else:
        momentum = examination.model.momentum if solver != "sgd" or examination.model.momentum else 0.0
        ratios = [v.rms_gradient / v.rms_weights / max(1.0 - momentum, 1e-2) for v in layers]
    return float(np.median(ratios)) if ratios else float("nan")


def suggested_rate(examination: Examination) -> float | None:
    """Return the learning rate whose first steps change the weights by one percent, to one digit.

    Parameters
    ----------
    examination : Examination
        An estimator's.

    Returns
    -------
    float or None
        None where the network before training is not known, or gets no gradient.
    """
    per_rate = first_update_per_rate(examination)
    if not np.isfinite(per_rate) or per_rate == 0.0:
        return None
    return float(f"{RATIO_GOOD / per_rate:.0e}")


def learning_rate_too_high(examination: Examination) -> Iterator[Symptom]:
    """Yield a loss above that of the best constant prediction, a fluctuating loss, or steps that are too long."""
    if examination.untrained:
        yield from predicted_step(examination, "high")
    yield from rate_beside_recipe(examination, "high")
    rate = rate_of(examination)
    if rate is None or not len(examination.history):
        return
    unit, loss = baseline(examination), course(examination)
    first = examination.initial
    start = first.vitals.loss if first is not None and first.vitals is not None else loss[0]
    ratio, source = update_ratio(examination)
    largest = float(loss.max() / max(unit, start))
    changes = np.diff(loss[len(loss) // 2 :]) / unit
    ragged = float(np.abs(changes).mean()) if len(changes) > 2 else 0.0
    rising = float((changes > 0.0).mean()) if len(changes) > 2 else 0.0
    peak = ratio
    if examination.record is not None and np.isfinite(examination.record.update_ratio).any():
        medians = row_medians(examination.record.update_ratio)
        peak = float(medians.max())
    signs = {
        f"an epoch's loss was {largest:.3g} times that of the best constant, or of the start": largest
        > RISEN,
        f"the loss still jumps by {ragged:.2g} baselines from epoch to epoch": ragged > RAGGED
        and rising > RISING_SHARE,
        f"a step changed the weights by {peak:.0%} of their size": source == "measured" and peak > RATIO_HIGH,
    }
    seen = [text for text, holds in signs.items() if holds]
    if not seen:
        return
    better = suggested_rate(examination)
    better = rate / 10.0 if better is None or better >= rate else better
    diverged = examination.record is not None and examination.record.reason == "diverged"
    yield Symptom(
        0.95 if diverged or not np.isfinite(largest) or largest > 10.0 else 0.4 + 0.2 * len(seen),
        {"parameter": "learning_rate_init"},
        {
            "learning rate": rate,
            "largest loss over start": largest,
            "raggedness": ragged,
            "update ratio": peak,
        },
        f"The learning rate {rate:g} is too high: {'; '.join(seen)}.",
        "Steps too long for the curvature of the loss overshoot and end higher; weights grow until units "
        "die or saturate, and training then continues with a damaged network.",
        f"Use about {better:.1g}; lr_range_test(model, X, y) shows the loss against the rate.",
        {"learning_rate_init": better},
    )


def learning_rate_too_low(examination: Examination) -> Iterator[Symptom]:
    """Yield where tiny steps let the loss fall slowly along a nearly straight line."""
    if examination.untrained:
        yield from predicted_step(examination, "low")
    yield from rate_beside_recipe(examination, "low")
    rate = rate_of(examination)
    loss = course(examination)
    if rate is None or len(loss) < 5 or not np.isfinite(loss).all():
        return
    ratio, source = update_ratio(examination)
    start, end, fallen = float(loss[0]), float(loss[-1]), float(loss[0] - loss[-1])
    third = max(1, len(loss) // 3)
    late = float(loss[-1 - third] - end) / fallen * (len(loss) - 1) / third if fallen > 0.0 else 0.0
    slow = end > HALF * min(start, baseline(examination)) and fallen > 0.0 and late > 1.0 / 3.0
    if not (slow and ratio < RATIO_LOW):
        return
    better = suggested_rate(examination)
    better = 10.0 * rate if better is None or better <= rate else better
    yield Symptom(
        min(0.9, 0.5 + 0.2 * np.log10(RATIO_LOW / max(ratio, 1e-30))),
        {"parameter": "learning_rate_init"},
        {
            "learning rate": rate,
            "update ratio": ratio,
            "fall of the loss": fallen / start,
            "late slope": late,
        },
        f"The learning rate {rate:g} is too low: a step changes the weights by {ratio:.1g} of their size "
        f"({source}), and in {len(loss)} epochs the loss fell by only {fallen / start:.1%}.",
        f"It is still falling, {late:.2g} times as fast as on average: training was stopped before it had "
        "converged.",
        f"Use about {better:.1g}; lr_range_test(model, X, y) shows the loss against the rate.",
        {"learning_rate_init": better},
    )


def predicted_step(examination: Examination, side: str) -> Iterator[Symptom]:
    """Yield where the first step would change the weights by far too much, or too little."""
    ratio, _ = update_ratio(examination)
    if (
        not np.isfinite(ratio)
        or ratio == 0.0
        or (ratio <= FIRST_HIGH if side == "high" else ratio >= FIRST_LOW)
    ):
        return
    rate, better = float(examination.model.learning_rate_init), suggested_rate(examination)
    yield Symptom(
        0.7,
        {"parameter": "learning_rate_init"},
        {"learning rate": rate, "update ratio": ratio},
        f"The first step, with learning rate {rate:g}, would change the weights by {ratio:.1g} times their size.",
        "The random initial weights, drawn to keep signals at a constant size, are overwritten at once."
        if side == "high"
        else f"It takes some {0.1 / ratio:.1g} steps to change them by a tenth.",
        f"Use about {better:.1g}; lr_range_test(model, X, y) shows the loss against the rate.",
        {"learning_rate_init": better},
    )


def batch_size(examination: Examination) -> Iterator[Symptom]:
    """Yield where a step averages over far more, or far fewer, rows than the noise of the gradients requires."""
    rate, record = rate_of(examination), examination.record
    first = examination.initial
    if rate is None:
        return
    if record is not None and np.isfinite(record.gradient_noise).any():
        noise, B = float(np.median(row_medians(record.gradient_noise))), int(record.batch_size)
    elif first is not None and first.vitals is not None:
        noise = float(np.median([v.gradient_noise for v in first.vitals.layers]))
        B = examination.batch_size
    else:
        return
    loss, unit = course(examination), baseline(examination)
    if not np.isfinite(noise) or unit <= 1e-9:  # targets that do not vary: there is nothing to be told
        return
    measured = {"batch size": B, "noise scale": noise, "batches of noise": B / max(noise, 1e-12)}
    changes = np.diff(loss[len(loss) // 2 :]) / unit
    ragged = float(np.abs(changes).mean()) if len(changes) > 2 else 0.0
    n_steps = len(loss) * -(-len(examination.rows) // B)
    unfinished = loss[-1] > 0.1 * unit and len(loss) > 4 and loss[-5] - loss[-1] > 0.0 and n_steps < 1000
    if TIMES_NOISE * max(noise, 1.0) < B and B > 2 * SMALL:
        better = int(np.clip(2 ** round(float(np.log2(max(noise, 1.0)))), SMALL, 200))
        yield Symptom(
            0.4 if unfinished else 0.2,
            {"parameter": "batch_size", "side": "large"},
            measured,
            f"Batches of {B} rows are {B / max(noise, 1.0):.3g} times the noise scale {noise:.3g}.",
            f"Batches of this size give nearly the same gradient, and the same work gave only {n_steps} steps"
            + (", after which the loss was still falling." if unfinished else "."),
            f"Use smaller batches, such as {better} rows, or train for more epochs."
            if unfinished
            else f"No change is needed if the score is good: batches down to about {better} rows would allow "
            "more steps for the same work, but each row costs more time in them, and the noise grows as the loss "
            "falls.",
            {"batch_size": better} if unfinished else {},
        )
    elif noise / TIMES_NOISE**2 > B and ragged > 0.5 * RAGGED:
        better = int(min(200, 4 * B, max(2 * B, 2 ** round(float(np.log2(noise / TIMES_NOISE))))))
        yield Symptom(
            0.4 if ragged > RAGGED else 0.2,
            {"parameter": "batch_size", "side": "small"},
            measured | {"raggedness": ragged},
            f"Batches of {counted(B, 'row')} are {noise / B:.3g} times smaller than the noise scale {noise:.3g}, "
            f"and the loss jumps by {ragged:.2g} baselines from epoch to epoch.",
            "Steps follow individual rows more than the common trend.",
            f"Use batches of about {better} rows, or a smaller learning rate.",
            {"batch_size": better},
        )


STEP_RULES: tuple[Rule, ...] = (
    Rule(
        "learning-rate-too-high", learning_rate_too_high, ("vitals",),
        "the loss of an epoch was over 1.5 times both the best constant loss and the loss at the start; or in the"
        " second half of the epochs the loss changes by over 0.05 baselines on average and rises in a quarter of "
        "them; or the median layer changes by over 0.1 of its weights per step (before training: over 0.5). For "
        "tables: the rate is over 30 times that of the recipe, and the loss is over 0.3 baselines or was once "
        "over 1.5 times that at the start",
        "CS231n, Neural Networks Part 3 (about 1e-3 is healthy); the numbers are pellucid's", "ours",
    ),
    Rule(
        "learning-rate-too-low", learning_rate_too_low, ("vitals",),
        "the median step changes the weights by less than 3e-4 of their size, the loss is over half of that at "
        "the start, and it still falls at more than a third of its average speed (before training: the first step"
        " changes them by less than 1e-5). For tables: the rate is below a thirtieth of that of the recipe, and "
        "the loss is over 0.3 baselines",
        "CS231n, Neural Networks Part 3 (about 1e-3 is healthy); the numbers are pellucid's", "ours",
    ),
    Rule(
        "batch-size", batch_size, ("vitals", "history"),
        "the batch has over 64 rows and over 10 times the noise scale tr Σ / ‖G‖²; or under a hundredth of it "
        "while the loss fluctuates",
        "McCandlish et al. (2018), arXiv:1812.06162; 10 and 100 are pellucid's", "ours",
    ),
)  # fmt: skip
