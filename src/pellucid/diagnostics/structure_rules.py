"""Rules on the structure of a network: hidden layers that add nothing to a linear function."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Symptom

__all__ = ["linear_network"]


def linear_network(examination: Examination) -> Iterator[Symptom]:
    """Yield where all hidden activations are the identity, so that the layers collapse into one."""
    network = examination.network
    hidden = network.activation
    is_bent = network.input_layers or "layer_norm" in network.normalization
    if not hidden or is_bent or any(each.name != "identity" for each in hidden):
        return
    yield Symptom(
        0.2,
        {"layers": list(range(len(hidden)))},
        {"hidden layers": len(hidden)},
        "All hidden activations are the identity, so the scores are one linear function of the inputs.",
        "A product of matrices is a matrix: W₀ W₁ … has no more to learn with than a single layer.",
        "Use an activation that is not linear, such as 'relu', or leave the hidden layers out.",
        {"activation": "relu"} if examination.is_estimator else {},
    )
