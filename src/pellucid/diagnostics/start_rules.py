"""Rules on the start of training: the first loss, against that of the best constant prediction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.diagnostics.constant import loss_of_scores
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Symptom

__all__ = ["bad_initial_loss"]

Array = NDArray[np.floating]
TIMES = 3.0
ILL = {"squared_error": 9.0}  # an offset of the scores counts squared there; 3 elsewhere


def bad_initial_loss(examination: Examination) -> Iterator[Symptom]:
    """Yield where the first loss is much larger than that of the best constant prediction."""
    first = examination.initial
    assert first is not None
    seen = first.seen
    if seen is None or not np.isfinite(seen.scores).all():
        return
    best, scores = examination.constant
    of_zero = loss_of_scores(first.loss, first.Y, first.weight, np.zeros(first.Y.shape[1]))
    loss = float(first.weight @ seen.losses / first.weight.sum())
    if best <= 1e-9 * max(1.0, of_zero) or loss <= TIMES * best:
        return
    expected = {"the best constant prediction": best, "scores of 0": of_zero}
    parameters: dict[str, Any] = {}
    K, ratio = first.Y.shape[1], loss / best
    centered = loss <= 1.5 * of_zero  # then only the base rate is missing
    if centered:
        why = (
            "The network starts near scores of 0, and the targets are far from that: most of the loss comes "
            "from the base rate, which the output bias must learn first."
        )
        of_numbers = first.loss.activation.name == "identity"  # which standardize moves to mean 0
        remedy = (
            "Standardize the targets, or set" if of_numbers else "Set"
        ) + " the output bias to the base rate: "
        parameters = {"standardize": True} if of_numbers else {}
        remedy += ", ".join(f"{score:.3g}" for score in scores[:8]) + ("…." if K > 8 else ".")
    else:
        spread = float(np.std(seen.scores))
        why = (
            f"The scores have a spread of {spread:.3g} before anything is learned, so the network is confident "
            "and wrong: the weights, or the inputs, are too large."
        )
        remedy = "Standardize the inputs, and initialize with smaller weights."
        parameters = {"standardize": True, "initializer": "glorot_uniform"}
    times = ratio / ILL.get(first.loss.loss.name, TIMES)
    base_rate_only = centered and first.loss.loss.name == "log_loss"
    yield Symptom(
        0.2 if times < 1.0 or base_rate_only else min(0.9, 0.4 + 0.2 * np.log10(times)),
        {"layer": first.network.n_blocks - 1},
        {
            "first loss": loss,
            "loss of the best constant": best,
            "loss of scores of 0": of_zero,
            "ratio": ratio,
        },
        f"The loss before training is {loss:.4g}; "
        + " and ".join(f"{name} would cost {value:.4g}" for name, value in expected.items())
        + ".",
        why,
        remedy,
        parameters,
    )
