"""Note 003, UMass Amherst: its misprints, and the check of each."""

from __future__ import annotations

import numpy as np

from pellucid.core.activations import ACTIVATIONS
from pellucid.core.propagation import forward
from pellucid.courses.course_networks import chain
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]

W, X, Y = (0.8, -1.2, 0.5, 2.0), 0.7, 1.0


def slope_at(z: float) -> float:
    """Return σ′(z)."""
    a = float(ACTIVATIONS["logistic"].value(z))
    return a * (1.0 - a)


def local_derivatives() -> Evidence:
    """Multiply the printed local derivatives, and compare with the engine's gradient."""
    A = [float(a[0, 0]) for a in forward(chain(W), np.array([[X]])).activations]
    printed = []
    for m in range(4):  # ∂L/∂w_{m+1}
        product = A[4] - Y
        for later in range(3, m, -1):
            product *= slope_at(A[later]) * W[later]
        printed.append(product * slope_at(A[m]) * A[m])
    g = chain(W).gradients([[X]], [[Y]], loss="squared_error")
    right = np.array([float(w[0, 0]) for w in g.weights])
    return Evidence(
        "∂L/∂w of w = (0.8, -1.2, 0.5, 2), X = 0.7, y = 1",
        printed=printed,
        right=right,
        also={"largest relative error": float(np.abs(np.array(printed) / right - 1.0).max())},
    )


def reach_of_a_weight() -> Evidence:
    """Move w₂ a little and see which activations change."""
    before, after = (
        forward(chain(w), np.array([[X]])).activations[1:] for w in (W, (W[0], W[1] + 1e-3, W[2], W[3]))
    )
    return Evidence(
        "do A₁, A₂, A₃, A₄ change with w₂?",
        printed=[True] * 4,
        right=[bool((a != b).any()) for a, b in zip(before, after, strict=True)],
    )


def kink_of_relu() -> Evidence:
    """Take the slopes on both sides of 0."""
    relu, step = ACTIVATIONS["relu"], 1e-6
    left = (relu.value(0.0) - relu.value(-step)) / step
    right = (relu.value(step) - relu.value(0.0)) / step
    assert relu.derivative is not None
    return Evidence(
        "the slope of ReLU right of 0 minus that left of 0",
        printed=0.0,
        right=float(right - left),
        also={"ReLU′(0) in 003": 1.0, "ReLU′(0) in 001 and here": float(relu.derivative(0.0, 0.0))},
    )


def tanh_as_probability() -> Evidence:
    """Evaluate both functions at a signal that speaks against the class."""
    return Evidence(
        "the output at the signal -1, as a probability: tanh, and the logistic function",
        printed=float(ACTIVATIONS["tanh"].value(-1.0)),
        right=float(ACTIVATIONS["logistic"].value(-1.0)),
        reading="A probability is not negative. In hidden layers the advice usually holds.",
    )


def mean_or_sum() -> Evidence:
    """Compute both losses for four residuals of 1."""
    residuals = np.ones(4)
    return Evidence(
        "the loss of four residuals of 1: ½ Σ r², and the mean of r²",
        printed=float(0.5 * (residuals**2).sum()),
        right=float((residuals**2).mean()),
    )


MISPRINTS = (
    Misprint(
        "E27", "003", "backpropagation, both proofs",
        "∂A_{m+1}/∂A_m = σ′(A_m) w_{m+1};  ∂A_m/∂w_m = σ′(A_{m-1}) A_{m-1}",
        "σ′(w_{m+1} A_m) w_{m+1};  σ′(w_m A_{m-1}) A_{m-1}",
        "σ′ belongs at the signal that went into σ, and that is the weight times the activation before it.",
        local_derivatives,
    ),
    Misprint(
        "E28", "003", "text before (2.4)",
        "changing w₂ affects A₄, A₃, A₂, A₁ and L",
        "changing w₁ does; w₂ does not affect A₁",
        "A₁ is computed before w₂ is used. The derivative in question is the one with respect to w₁.",
        reach_of_a_weight, "typo",
    ),
    Misprint(
        "E29", "003", "1.1, non-linearities",
        "sigmoid, tanh and ReLU are differentiable; the table gives ReLU′(0) = 1",
        "ReLU has no derivative at 0; a value there is a convention: 1 here, 0 in note 001 and in this library",
        "The slopes left and right of 0 are 0 and 1.",
        kink_of_relu, "convention",
    ),
    Misprint(
        "E46", "003", "tanh and sigmoid compared",
        "tanh is always preferred to the sigmoid",
        "usually in hidden layers; at an output that is a probability the sigmoid is needed",
        "tanh has negative values, and a probability is never negative.",
        tanh_as_probability, "judgement",
    ),
    Misprint(
        "E47", "003", "loss",
        "½ (y - ŷ)² is called the mean squared error",
        "half the squared error of one sample; the mean squared error divides a sum by n",
        "As in E10: four residuals of 1 give 2.0 one way and 1.0 the other.",
        mean_or_sum, "convention",
    ),
)  # fmt: skip
