"""The worked examples of five courses: networks, samples, and what the notes print."""

from __future__ import annotations

from functools import partial
from typing import Any

from pellucid.core.intervals import REAL
from pellucid.core.losses import Loss, LossForm
from pellucid.courses.course_networks import (
    chain,
    homework,
    iowa,
    kaist,
    threshold_unit,
    two_relus,
    two_relus_with_skip,
)
from pellucid.courses.examples.example import NOTHING as NO
from pellucid.courses.examples.example import Example, Printed

__all__ = ["EXAMPLES", "SQUARED_ERROR_WITHOUT_HALF"]


def squared_residual(y, p):  # type: ignore[no-untyped-def]
    """Return (p - y)²."""
    return (p - y) * (p - y)


def squared_residual_gradient(y, p):  # type: ignore[no-untyped-def]
    """Return 2(p - y)."""
    return 2.0 * (p - y)


SQUARED_ERROR_WITHOUT_HALF = Loss(
    "squared_error_without_half",
    (LossForm(REAL, REAL, squared_residual, squared_residual_gradient, latex=r"(\hat y - y)^2"),),
    ("identity",),
)
"""Note 001's loss: twice the squared error of the library's table."""

ROUNDED = (
    "The homework rounds on the way: 0.996 (1 - 0.996) × 0.904 = 0.003602, and with that rounded to 0.004, "
    "0.574 (1 - 0.574) × 4 × 0.004 = 0.003912. Rounding to 3 digits costs 7 % and 4 %."
)
ROUNDED_SIGNALS = (
    "The homework continues with rounded activations: 2 (1 + 3 × 0.574) = 5.444.",
    "The homework continues with rounded activations: 1 + 2 × 0.996 = 2.992.",
)
STAYS = "The notes only say which weights stay as they are (the printed zeros)."
SMALL_STEP: dict[str, Any] = {
    "x": (1.0,),
    "y": (3.0,),
    "loss": SQUARED_ERROR_WITHOUT_HALF,
    "notation": "mit",
    "learning_rate": 0.1,
    "has_biases": False,
}
SMALLER_STEP: dict[str, Any] = {**SMALL_STEP, "learning_rate": 0.01, "fixed": (2,)}

_ROWS = (
    Example(
        "mit-two-relus", "001", "backpropagation, one of two ReLUs off", two_relus,
        **SMALL_STEP,
        printed=(
            Printed("signal", 0, (2.0, -1.0)),
            Printed("layer", 1, (2.0, 0.0)),
            Printed("layer", 2, (2.0,)),
            Printed("loss", 0, (1.0,)),
            Printed("upstream", 1, (-2.0,)),
            Printed("gradient", 1, (-4.0, 0.0)),
            Printed("gradient", 0, (-2.0, 0.0)),
        ),
        also=("E38",),
    ),
    Example(
        "mit-unit-off", "001", "z₁¹ < 0: the weights of one unit stay",
        partial(two_relus, (-1.0, 1.0, 1.0, 2.0), "relu"), **SMALL_STEP,
        printed=(Printed("gradient", 1, (0.0, NO)), Printed("gradient", 0, (0.0, NO))),
        also=("E38",), remarks=(STAYS,),
    ),
    Example(
        "mit-output-off", "001", "z² < 0 before a ReLU: no weight learns",
        partial(two_relus, (2.0, 1.0, -1.0, -2.0), "relu"), **SMALL_STEP,
        printed=(Printed("gradient", 1, (0.0, 0.0)), Printed("gradient", 0, (0.0, 0.0))),
        also=("E38",), remarks=(STAYS,),
    ),
    Example(
        "mit-residual", "001", "with a skip connection all weights learn",
        partial(two_relus_with_skip, (2.0, 1.0, -1.0, -2.0)), **SMALLER_STEP,
        remarks=("The block with the skip connection is a hidden one here, before a fixed weight of 1.",),
    ),
    Example(
        "mit-residual-unit-off", "001", "the same, z₁¹ < 0: one unit still does not",
        partial(two_relus_with_skip, (-2.0, 1.0, -1.0, -2.0)), **SMALLER_STEP,
        remarks=("The block with the skip connection is a hidden one here, before a fixed weight of 1.",),
    ),
    Example(
        "iowa-grounded", "002", "feedforward, backpropagation and a step", iowa,
        (0.0, 1.0), (1.0,), "iowa",
        printed=(
            Printed("layer", 0, (1.0, 0.0, 1.0)),
            Printed("layer", 1, (1.0, 0.550, 0.711)),
            Printed("layer", 2, (0.512,)),
            Printed("delta", 1, (-0.488,)),
            Printed("delta", 0, (0.0, -0.060, -0.010)),
            Printed("gradient", 1, (-0.488, -0.269, -0.347)),
            Printed("gradient", 0, (-0.060, -0.010, 0.0, 0.0, -0.060, -0.010)),
            Printed("updated", 1, (0.188, 0.769, -0.447), "E12"),
            Printed("updated", 0, (0.460, 0.610, 0.700, -0.400, 0.460, 0.610), "E13"),
            Printed("output_after", 1, (0.722,)),
        ),
        also=("E17",),
    ),
    Example(
        "iowa-homework", "002", "two hidden layers, weights 0.1, 2, 1", homework,
        (1.0, 1.0), (1.0, 0.0), "iowa",
        printed=(
            Printed("signal", 0, (0.3, 0.3, 0.3)),
            Printed("layer", 1, (1.0, 0.574, 0.574, 0.574)),
            Printed("signal", 1, (5.444, 5.444), ROUNDED_SIGNALS[0]),
            Printed("layer", 2, (1.0, 0.996, 0.996)),
            Printed("signal", 2, (2.992, 2.992), ROUNDED_SIGNALS[1]),
            Printed("layer", 3, (0.952, 0.952)),
            Printed("delta", 2, (-0.048, 0.952)),
            Printed("delta", 1, (NO, 0.00360154, 0.00360154), ROUNDED),
            Printed("delta", 0, (NO, 0.00391238, 0.00391238, 0.00391238), ROUNDED),
            Printed("gradient", 2, (-0.048, 0.952, *(-0.048, 0.948) * 2)),
            Printed("gradient", 1, (0.004, 0.004, *(0.002, 0.002) * 3)),
            Printed("gradient", 0, (0.004,) * 9),
            Printed("updated", 2, (1.048, 0.048, *(1.048, 0.052) * 2)),
            Printed("updated", 1, (1.996, 1.996, *(1.998, 1.998) * 3)),
            Printed("updated", 0, (0.096,) * 9),
        ),
        remarks=(
            "All numbers are in the author's source. The gradients and new weights agree with the exact "
            "calculation to the three digits of the homework, although two sensitivities before them do not.",
        ),
    ),
    Example(
        "umass-chain", "003", "a chain of four units, one weight each", chain,
        (0.7,), (1.0,), "umass", "squared_error", has_biases=False,
        printed=tuple(
            Printed("gradient", k, (value,), "E27")
            for k, value in enumerate((0.000606, -0.002072, -0.009145, -0.031844))
        ),
        also=("E28",),
        remarks=(
            "The notes have symbols only. The numbers w = (0.8, -1.2, 0.5, 2), X = 0.7, y = 1 are this library's; "
            "the values of the printed formulas count as printed.",
        ),
    ),
    Example(
        "kaist-example", "004", "forward, backward, three hidden units", kaist,
        (1.0, -0.5), (1.0,), "kaist", "squared_error", has_biases=False, by_hand=2,
        printed=(
            Printed("layer", 0, (1.0, -0.5)),
            Printed("weights", 0, (1.2, 2.1, 1.5, -0.3, -0.7, 0.3), "E3"),
            Printed("weights", 1, (-0.2, 0.5, 1.3)),
            Printed("signal", 0, (1.35, 2.45, -1.65)),
            Printed("layer", 1, (0.79, 0.92, 0.16)),
            Printed("signal", 1, (0.51,)),
            Printed("layer", 2, (0.62,), "E4"),
            Printed("loss", 0, (0.072,), "E4"),
            Printed("upstream", 1, (-0.38,), "E4"),
            Printed("gradient", 1, (0.02, -0.05, -0.12), "E1"),
            Printed("updated", 1, (-0.22, 0.55, 1.42), "E2"),
        ),
        remarks=("The notes leave the update of Θ₁ to the reader; here it is.",),
    ),
    Example(
        "kaist-perceptron", "004", "a perceptron: 12 × 0.5 + 4 × (-1)",
        partial(threshold_unit, (0.5, -1.0), 0.0, "sign"), (12.0, 4.0), (1.0,), "kaist", "squared_error",
        has_biases=False,
        printed=(Printed("signal", 0, (2.0,)), Printed("layer", 1, (1.0,))),
        remarks=("Its definition in the notes outputs 0 and 1, the example -1 and +1.",),
    ),
)  # fmt: skip
EXAMPLES: dict[str, Example] = {row.name: row for row in _ROWS}
