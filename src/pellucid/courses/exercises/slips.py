"""The ten slips that a check knows by name, each with a sentence for the student."""

from __future__ import annotations

__all__ = ["SLIPS"]

SLIPS = {
    "weights for inputs": "The gradient is the sensitivity times the inputs of the layer, not times its weights.",
    "bias row kept": "The bias has no part in what goes back to the layer before; leave its row out.",
    "bias row dropped": "The bias, or its row, is missing.",
    "sign": "The sign is reversed; the difference is output minus target.",
    "missing slope": "The slope of the activation is missing as a factor.",
    "slope at the activation": "The slope is that at the signal; the activation, or the signal, was put into the "
    "wrong formula.",
    "factor of the loss": "The result is twice or half of the right one; see whether this loss has the factor ½.",
    "sum for mean": "The loss is a mean over the samples, and with it every derivative; this is a sum.",
    "transpose": "The transposed matrix is needed, or was used where the matrix itself is.",
    "update added": "The step goes down: the learning rate times the gradient is subtracted.",
}  # fmt: skip
"""From the name of a slip to the sentence that explains it."""
