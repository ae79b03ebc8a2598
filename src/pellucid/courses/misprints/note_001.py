"""Note 001, MIT: its misprint, and the check."""

from __future__ import annotations

import numpy as np

from pellucid.core.propagation import forward
from pellucid.courses.course_networks import two_relus
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]


def inactive_or_dead() -> Evidence:
    """Look at the second hidden unit on both sides of 0."""
    signals = forward(two_relus(), np.array([[1.0], [-1.0]])).zs[0][:, 1]
    return Evidence(
        "the share of the samples x = 1 and x = -1 on which the unit with w = -1 is active",
        printed=0.0,
        right=float((signals > 0.0).mean()),
        also={"its signals": signals},
        reading="Which of the two the word means is a convention; the difference between them is not.",
    )


MISPRINTS = (
    Misprint(
        "E38", "001", "dead ReLU, example and recap",
        "a unit with z < 0 on one sample is dead; dead units have an always negative pre-activation",
        "inactive on a sample is one thing, dead (on every sample of a data set) another",
        "The unit of the example, with weight -1, is inactive at x = 1 and alive for every x < 0.",
        inactive_or_dead, "convention",
    ),
)  # fmt: skip
