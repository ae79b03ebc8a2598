r"""Rules on single units: dead, dormant, saturated, identical, without any weight.

The words, for a hidden unit on the training rows:

- *inactive on a row*: its slope is 0 there (relu: z <= 0). About half of all are, in a healthy network.
- *dead*: inactive on every row. It gets no gradient from any of them, so nothing changes it but a penalty.
- *always on*: a unit of relu with z > 0 on every row. It is linear, but learns.
- *dormant*: its mean \|a\| is under 2.5 % of its layer's mean (Sokar et al., 2023). It may still learn.
- *saturated on a row*: its slope is under 5 % of its largest. *Stuck*: saturated on the same side on at least
  95 % of the rows. Saturated on both sides, it is a hard gate, which tells rows apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Activation
from pellucid.diagnostics.examination import Examination, numbered
from pellucid.diagnostics.finding import Symptom
from pellucid.host.counted import agreeing, counted
from pellucid.recording import LayerVitals

__all__ = ["dead_units", "dormant_units", "saturated_units", "symmetric_units", "zero_initialization"]

Array = NDArray[np.floating]
DORMANT = 0.025
FEW_DEAD = 1 / 3  # of a layer: in healthy trainings of usual shapes up to a quarter was dead
NEARLY_ALL_DEAD = 2 / 3
FEW_STUCK = 0.2
MANY_DORMANT = 0.25
STUCK = 0.95
ALL = 1.0 - 1e-9  # shares of weighted rows add up to 1 but for rounding
CAUSES = {
    "inputs": "all their inputs are 0 on every row",
    "bias": "their bias keeps them off: without it they would be on for some rows",
    "weights": "their incoming weights give no positive signal on any row, whatever the bias",
}


# ---- dead and dormant ---------------------------------------------------------------------------------------


def dead_units(examination: Examination) -> Iterator[Symptom]:
    """Yield the hidden layers that have units whose slope is 0 on every row."""
    assert examination.vitals is not None
    for k in weighted(examination):
        activation, vital = examination.network.activation[k], examination.vitals.layers[k]
        if activation.is_flat or is_bounded(activation):  # which is saturation, where the slope rounds to 0
            continue
        dead = np.flatnonzero(vital.active == 0.0)
        if not len(dead):
            continue
        n, causes = len(vital.active), [cause_of_death(examination, k, int(j)) for j in dead]
        share, counts = len(dead) / n, {cause: causes.count(cause) for cause in CAUSES if cause in causes}
        told = "; ".join(f"{count} of them: {CAUSES[cause]}" for cause, count in counts.items())
        born = born_dead(examination, k, dead)
        if born is not None:
            died = len(dead) - born
            told += f". Dead before training: {born or 'none'}; died in it: {died or 'none'}"
        yield Symptom(
            0.2 if share < FEW_DEAD else 0.3 + 0.7 * share,
            {"layer": k, "units": dead, "causes": causes},
            {
                "dead share": share,
                "dormant share": float(np.mean(dormancy(vital.mean_abs) <= DORMANT)),
                "always-on share": float(np.mean(vital.on >= ALL)),
                "inactive share of rows and units": float(1.0 - vital.active.mean()),
                **{f"by {cause}": count for cause, count in counts.items()},
                **({} if born is None else {"dead before training": born}),
            },
            f"{len(dead)} of {n} units of {examination.layer(k)} {agreeing(len(dead))} dead: the "
            f"slope is 0 on each of {counted(examination.vitals.n_rows, 'row')} ({numbered(dead, 'unit')}).",
            f"{told[0].upper()}{told[1:]}.",
            *mending_dead(examination, k, causes, born, share),
        )


def dormant_units(examination: Examination) -> Iterator[Symptom]:
    """Yield the hidden layers in which many units are much more quiet than the others, but not dead."""
    assert examination.vitals is not None
    for k in weighted(examination):
        vital = examination.vitals.layers[k]
        low, high = stuck_sides(examination.network.activation[k], vital)
        quiet = np.flatnonzero((dormancy(vital.mean_abs) <= DORMANT) & (vital.active > 0.0) & ~(low | high))
        share = len(quiet) / len(vital.mean_abs)
        if share < MANY_DORMANT:
            continue
        yield Symptom(
            0.3 + 0.4 * share,
            {"layer": k, "units": quiet},
            {"dormant share": share, "threshold": DORMANT},
            f"{len(quiet)} of {len(vital.mean_abs)} units of {examination.layer(k)} {agreeing(len(quiet))} "
            f"dormant: mean |a| is under {DORMANT:.1%} of the layer's ({numbered(quiet, 'unit')}).",
            "Few units carry the layer, so it is no better than a much narrower one.",
            "Use fewer units, a smaller learning rate, or initialize again.",
        )


def mending_dead(
    examination: Examination, k: int, causes: list[str], born: int | None, share: float
) -> tuple[str, dict[str, Any]]:
    """Return what to do about dead units, in words and as parameters."""
    if set(causes) == {"inputs"}:
        return "Examine the previous layer, which outputs zeros only.", {}
    if share < FEW_DEAD:
        return (
            "No change is needed: so few are normal. If more die in further training, halve the learning "
            "rate or use 'leaky_relu'.",
            {},
        )
    rate = getattr(examination.model, "learning_rate_init", None)
    if rate is not None and born is not None and born < len(causes) / 2:
        part, words = (10.0, "tenth") if share > NEARLY_ALL_DEAD else (3.0, "third")
        return (
            f"They died in training, because of steps that were too long: use about a {words} of the "
            "learning rate.",
            {"learning_rate_init": float(f"{rate / part:.1g}")},
        )
    if causes.count("bias") > len(causes) / 2:
        words = "Start from biases 0 and weights of scale √(2/n_in)"
        more = {"standardize": True} if k == 0 else {}
        return words + (", and standardize the inputs." if more else "."), {
            "initializer": "he_normal",
            **more,
        }
    if k == 0 and getattr(examination.model, "standardize", True) is False:
        words = (
            "Standardize the inputs: with means far from 0, weights of one sign keep a unit off on every row."
        )
        return words, {"standardize": True}
    return "Use an activation that has a slope everywhere, or draw the weights again.", {
        "activation": "leaky_relu"
    }


def born_dead(examination: Examination, k: int, dead: NDArray[np.intp]) -> int | None:
    """Return how many of the dead units were dead before training; None if that is not known."""
    first = examination.initial
    if first is None or first is examination or first.vitals is None:
        return None
    return int((first.vitals.layers[k].active[dead] == 0.0).sum())


def dormancy(mean_abs: Array) -> Array:
    """Return each unit's mean abs activation over that of its layer; 1 for all in a layer of zeros."""
    mean = mean_abs.mean()
    return np.ones_like(mean_abs) if mean == 0.0 else np.asarray(mean_abs / mean)


def cause_of_death(examination: Examination, k: int, unit: int) -> str:
    """Return which of :data:`CAUSES` keeps a unit's signal from being positive."""
    assert examination.passed is not None
    inputs = examination.passed.activations[k]
    if isinstance(inputs, np.ndarray) and not inputs.any():
        return "inputs"
    signal = examination.passed.zs[k][:, unit] - offset(examination, k)[unit]
    return "bias" if signal.max() > 0.0 else "weights"


# ---- saturated ----------------------------------------------------------------------------------------------


def saturated_units(examination: Examination) -> Iterator[Symptom]:
    """Yield the hidden layers that have units stuck on one side, and those that consist of hard gates."""
    assert examination.vitals is not None
    for k in hidden(examination):
        activation, vital = examination.network.activation[k], examination.vitals.layers[k]
        if activation.is_flat:
            continue
        low, high = stuck_sides(activation, vital)
        saturated = vital.saturated_low + vital.saturated_high
        stuck, gates = np.flatnonzero(low | high), np.flatnonzero(~(low | high) & (saturated >= STUCK))
        if len(stuck):
            yield stuck_units(examination, k, stuck)
        if is_bounded(activation) and len(gates) >= 0.5 * len(low):
            yield Symptom(
                0.25,
                {"layer": k, "units": gates, "side": "both"},
                {
                    "gate share": len(gates) / len(low),
                    "saturated share of rows and units": float(saturated.mean()),
                    "mean slope": vital.mean_slope,
                    "rms z": vital.rms_z,
                },
                f"{len(gates)} of {len(low)} units of {examination.layer(k)} "
                f"{agreeing(len(gates), 'is a hard gate', 'are hard gates')}: saturated on at least {STUCK:.0%} "
                "of the rows, but on both sides.",
                f"Their signals are large (rms z is {vital.rms_z:.3g}), so they act as step functions. They are "
                "useful features, but the layers below them learn slowly.",
                "No change is needed if the score is good; otherwise initialize with smaller weights, or "
                "penalize them.",
            )


def stuck_sides(activation: Activation, vital: LayerVitals) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which units are saturated on nearly all rows on the low side, and which on the high side."""
    if is_bounded(activation):
        return vital.saturated_low >= STUCK, vital.saturated_high >= STUCK
    # Where one side is open, a unit that is off on most rows is a detector of rare rows, not stuck; with no slope
    # on any row it is dead, which is worse. Where both are, as for leaky_relu, there is no limit to be stuck at.
    alive = vital.active > 0.0
    low, high = np.isfinite(activation.range.low), np.isfinite(activation.range.high)
    return alive & low & (vital.saturated_low >= ALL), alive & high & (vital.saturated_high >= ALL)


def stuck_units(examination: Examination, k: int, stuck: NDArray[np.intp]) -> Symptom:
    """Return the symptom of units that are saturated on one side on nearly all rows."""
    assert examination.vitals is not None
    assert examination.passed is not None
    vital, z = examination.vitals.layers[k], examination.passed.zs[k][:, stuck]
    p = examination.weight / examination.weight.sum()
    side = np.where(vital.saturated_high[stuck] >= vital.saturated_low[stuck], "high", "low")
    by_bias = np.abs(offset(examination, k)[stuck]) >= np.abs(p @ (z - offset(examination, k)[stuck]))
    share = len(stuck) / len(vital.active)
    causes = []
    if by_bias.any():
        causes.append(f"the bias moves {int(by_bias.sum())} of them off the steep part")
    if not by_bias.all():
        causes.append(f"{int((~by_bias).sum())} of them add up inputs whose mean is not 0")
    return Symptom(
        0.2 if share < FEW_STUCK else 0.3 + 0.7 * share,
        {
            "layer": k,
            "units": stuck,
            "side": side,
            "causes": np.where(by_bias, "bias", "weights"),
        },
        {
            "stuck share": share,
            "stuck high": int((side == "high").sum()),
            "stuck low": int((side == "low").sum()),
            "mean slope": vital.mean_slope,
            "rms z": vital.rms_z,
        },
        f"{len(stuck)} of {len(vital.active)} units of {examination.layer(k)} {agreeing(len(stuck))} stuck: "
        f"saturated on one side on at least {STUCK:.0%} of the rows ({numbered(stuck, 'unit')}), "
        f"{int((side == 'high').sum())} high and {int((side == 'low').sum())} low.",
        f"{causes[0][0].upper()}{' and '.join(causes)[1:]}; rms z is {vital.rms_z:.3g}.",
        "Standardize the inputs, initialize with smaller weights and biases 0, or train with a smaller learning "
        "rate.",
        {"standardize": True, "initializer": "glorot_uniform"},
    )


# ---- identical ----------------------------------------------------------------------------------------------


def symmetric_units(examination: Examination) -> Iterator[Symptom]:
    """Yield the hidden layers that have units which are, and for ever remain, copies of each other."""
    network = examination.network
    resolution = float(np.finfo(examination.own.dtype).eps)
    for k in hidden(examination):
        if network.residual[k] is True or network.dropout[k] > 0.0:
            continue  # a unit that hears an input of its own, or is dropped by itself, does not stay a copy
        bend = network.parameter_views(network.parameters)[network.z_positions[k]].values()
        incoming = np.vstack([network.matrices[k], *normalization(examination, k), *bend])
        both = np.vstack([incoming, network.weights[k + 1].T])
        groups = duplicates(both, 64.0 * resolution)
        groups = [group for group in groups if both[:, group[0]].any()]
        if not groups:
            continue
        n = both.shape[1]
        copies = sum(len(group) - 1 for group in groups)
        largest = max(groups, key=len)
        yield Symptom(
            0.3 + 0.7 * copies / max(1, n - 1),
            {"layer": k, "units": sorted(unit for group in groups for unit in group), "groups": groups},
            {"copies share": copies / n, "distinct units": n - copies, "groups": len(groups)},
            f"{copies} of {n} units of {examination.layer(k)} are copies of others: the same bias, incoming and "
            f"outgoing weights (the largest group: {numbered(largest, 'unit')}).",
            f"Units with equal weights get equal gradients, so they stay equal forever: the layer has only "
            f"{counted(n - copies, 'distinct unit')}.",
            "Draw the weights at random: only this breaks the symmetry.",
            {"initializer": "glorot_uniform"},
        )


def duplicates(columns: Array, tolerance: float) -> list[list[int]]:
    """Return groups of equal columns.

    Parameters
    ----------
    columns : ndarray of shape (n_numbers, n_columns)
        The columns.
    tolerance : float
        Largest difference between two equal entries, relative to the largest of their row.

    Returns
    -------
    list of list of int
        Groups of two and more, the first by its smallest index.
    """
    columns = np.where(np.isfinite(columns), columns, 0.0)
    columns = columns / np.maximum(np.abs(columns).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    direction = np.random.default_rng(0).normal(size=columns.shape[0])  # equal columns fall on equal numbers
    order = np.argsort(direction @ columns, kind="stable")
    groups: list[list[int]] = [[int(order[0])]]
    for unit in order[1:]:
        same = np.abs(columns[:, unit] - columns[:, groups[-1][0]]).max() <= tolerance
        groups[-1:] = [[*groups[-1], int(unit)]] if same else [groups[-1], [int(unit)]]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def zero_initialization(examination: Examination) -> Iterator[Symptom]:
    """Yield the hidden layers without a weight, neither before nor behind their units."""
    stalled = [k for k in hidden(examination) if k not in weighted(examination)]
    if stalled:
        names = " and ".join(examination.layer(k) for k in stalled)
        yield Symptom(
            1.0,
            {"layers": stalled, "layer": stalled[0]},
            {"layers of zeros": len(stalled)},
            f"All weights into and out of {names} are 0.",
            "Below weights of 0 every sensitivity is 0, so the layer's own weights get no gradient; its units "
            "have equal outputs, so the weights above them get equal gradients, or none if that "
            "number is 0. Only the output bias learns, or all units as one.",
            "Draw the weights at random; biases may be 0, and so may the last weights alone.",
            {"initializer": "glorot_uniform"},
        )


# ---- what they share ----------------------------------------------------------------------------------------


def hidden(examination: Examination) -> range:
    """Return the hidden blocks."""
    return range(examination.network.n_blocks - 1)


def weighted(examination: Examination) -> list[int]:
    """Return the hidden blocks but those of :func:`zero_initialization`, of which it has said all."""
    network = examination.network
    return [
        k
        for k in hidden(examination)
        if network.weights[k].any()
        or network.weights[k + 1].any()
        or np.ptp(network.biases[k]) > 0.0
        or network.residual[k] is True
    ]


def is_bounded(activation: Activation) -> bool:
    """Return whether an activation is flat at both ends."""
    return bool(np.isfinite(activation.range.low) and np.isfinite(activation.range.high))


def normalization(examination: Examination, k: int) -> tuple[Array, ...]:
    """Return scale and shift of a block's normalization; nothing if it has none."""
    network = examination.network
    if network.normalizations[k] is None:
        return ()
    views = network.parameter_views(network.parameters)[network.z_positions[k] - 1]
    return views["gamma"], views["beta"]


def offset(examination: Examination, k: int) -> Array:
    """Return what is added to each unit's signal last: the bias, or the shift of a normalization."""
    pair = normalization(examination, k)
    return pair[1] if pair else examination.network.biases[k]
