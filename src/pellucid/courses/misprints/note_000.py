"""Note 000, Texas A&M University: its misprints, and the check of each."""

from __future__ import annotations

import numpy as np

from pellucid.core.activations import ACTIVATIONS
from pellucid.core.cost import cost
from pellucid.core.network import Network
from pellucid.courses.course_networks import from_matrices, threshold_unit
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]

SIZES = ([784, 100, 10], [64, 32, 10], [2, 4, 2, 1], [256] * 4 + [10], [512] * 9)
ROWS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])


def cost_of_backward() -> Evidence:
    """Count the multiply-adds of five networks."""
    counted = [cost(sizes) for sizes in SIZES]
    return Evidence(
        "multiply-adds backward / forward of five networks",
        printed=[0.5] * len(SIZES),
        right=[c.backward / c.forward for c in counted],
        also={"networks": ["-".join(map(str, sizes)) for sizes in SIZES]},
    )


def cost_of_training() -> Evidence:
    """Count the multiply-adds of a training step and of a prediction."""
    counted = [cost(SIZES[i]) for i in (0, 2, 4)]
    return Evidence(
        "multiply-adds of a training step / of a prediction: 784-100-10, 2-4-2-1, nine layers of 512",
        printed=[2.0] * 3,
        right=[c.training / c.forward for c in counted],
    )


def from_zeros(activation: str, n_steps: int = 200) -> Network:
    """Return a 2-3-1 network after gradient descent from all parameters 0."""
    net = Network([2, 3, 1], activation=activation, initializer="zeros")
    X, y = (ROWS + 1.0) / 2.0, np.array([0.3, 1.0, 2.0, -0.5])
    for _ in range(n_steps):
        net.parameters -= 0.5 * net.gradients(X, y).flat
    return net


def zero_initialization() -> Evidence:
    """Train from zeros and compare the updates of one unit's weights, and of one input's."""
    W, silent = from_zeros("logistic").weights[0], from_zeros("tanh")
    return Evidence(
        "largest difference between the updates of two weights (2-3-1, logistic, 200 steps from zeros)",
        printed=0.0,
        right=float(np.ptp(W)),
        also={
            "between two units, same input": float(np.ptp(W, axis=1).max()),
            "between two inputs, same unit": float(np.ptp(W, axis=0).max()),
            "tanh: largest hidden weight or bias": float(np.abs(silent.matrices[0]).max()),
            "tanh: bias of the output": float(silent.biases[1][0]),
        },
    )


def quadratic_kernel() -> Evidence:
    """Take the inner product of two transformed points."""
    x, other = np.array([1.0, 2.0]), np.array([3.0, 1.0])

    def phi(p: np.ndarray) -> np.ndarray:
        return np.array([p[0] ** 2, np.sqrt(2.0) * p[0] * p[1], p[1] ** 2])

    return Evidence(
        "φ(x)ᵀφ(x′) with φ(x) = (x₁², √2 x₁x₂, x₂²), x = (1, 2), x′ = (3, 1)",
        printed=float(x @ other),
        right=float(phi(x) @ phi(other)),
        also={"(xᵀx′)²": float((x @ other) ** 2)},
    )


def derivative_of_a_line() -> Evidence:
    """Let the engine differentiate y = 2x."""
    line = from_matrices([[0.0], [2.0]], output="identity")
    step = 1e-6
    by_x = (line.predict([[1.0 + step]]) - line.predict([[1.0 - step]])) / (2.0 * step)
    return Evidence(
        "the derivative of y = 2x: by y, as printed, and by x",
        printed=1.0,
        right=float(np.round(by_x[0, 0], 6)),
        reading="The sentence gives the right answer, 2, to a question that is worded wrongly.",
    )


def saturated_slopes() -> Evidence:
    """Evaluate the derivatives at 10."""
    z = np.array([10.0])
    rows = [ACTIVATIONS[name] for name in ("tanh", "logistic")]
    slopes = [row.derivative(z, row.value(z)) for row in rows if row.derivative is not None]
    return Evidence("tanh′(10), logistic′(10)", printed=[0.0, 0.0], right=np.concatenate(slopes))


def rows_of_and() -> Evidence:
    """Evaluate the signal x₁ + x₂ - 1.5 on all rows."""
    signals = threshold_unit((1.0, 1.0), -1.5, "identity").predict(ROWS)[:, 0]
    return Evidence(
        "the signals of AND, row by row",
        printed=[-1.5, -1.5, 0.5],
        right=signals,
        also={"outputs": threshold_unit((1.0, 1.0), -1.5, "sign").predict(ROWS)[:, 0]},
    )


def n_ary_gate(n_inputs: int, bias: float) -> bool:
    """Return whether sign(Σx + bias) is OR and sign(Σx - bias) is AND of the given number of inputs."""
    X = np.array(np.meshgrid(*[[-1.0, 1.0]] * n_inputs)).reshape(n_inputs, -1).T
    disjunction = threshold_unit([1.0] * n_inputs, bias, "sign").predict(X)[:, 0]
    conjunction = threshold_unit([1.0] * n_inputs, -bias, "sign").predict(X)[:, 0]
    return bool((disjunction == X.max(axis=1)).all() and (conjunction == X.min(axis=1)).all())


def biases_of_gates() -> Evidence:
    """Run the truth tables of gates with 2 to 6 inputs, with 1.5 and with k - 1."""
    counts = range(2, 7)
    return Evidence(
        "do the biases ±b give OR and AND of k = 2, 3, 4, 5, 6 inputs? with b = 1.5, and with b = k - 1",
        printed=[n_ary_gate(k, 1.5) for k in counts],
        right=[n_ary_gate(k, k - 1.0) for k in counts],
    )


def product_or_elementwise() -> Evidence:
    """Pass sensitivities back through a matrix, and try to multiply them with it entry by entry."""
    net = Network([3, 2], random_state=0)
    W, delta = net.matrices[0], np.array([[0.5, -1.0]])
    back = delta @ W[1:].T
    return Evidence(
        "shape of W ∘ δ and of Wδ for 3 inputs (and the bias) and 2 units",
        printed=(W * delta).shape,
        right=back[0].shape,
        reading="Three inputs have three sensitivities: a matrix product, then the slopes entry by entry.",
    )


def element_of_s() -> Evidence:
    """Differentiate an error by the signals of a layer."""
    g = Network([2, 3, 1], random_state=0).gradients(ROWS[:1], [[1.0]])
    return Evidence(
        "what the sensitivity of a layer of 3 units consists of",
        printed="derivatives in terms of derivatives",
        right=f"{g.deltas[0].shape[1]} derivatives in terms of the signals",
    )


MISPRINTS = (
    Misprint(
        "E30", "000", "backpropagation, cost",
        "forward propagation costs twice as much as backward propagation",
        "backward costs 1 to 2 times as much as forward",
        "Backward computes the gradient, one product as large as forward's, and passes the sensitivities "
        "back, another product in each block but the first.",
        cost_of_backward,
    ),
    Misprint(
        "E31", "000", "backpropagation, cost",
        "training is about twice as expensive as predicting",
        "2 to 3 times: 2.01 for 784-100-10, 2.40 for 2-4-2-1, 2.87 for nine layers of 512",
        "A factor of 2 holds only if the first layer, which passes no sensitivity back, is by far the largest.",
        cost_of_training, "judgement",
    ),
    Misprint(
        "E32", "000", "initialization with zeros",
        "every single weight changes by the exact same amount",
        "every unit (a column of W) changes by the same amount; weights from different inputs differ",
        "An update is input times sensitivity: the sensitivities of the units agree, the inputs do not.",
        zero_initialization,
    ),
    Misprint(
        "E33", "000", "kernel methods",
        "φ(xᵢ)ᵀφ(xⱼ) = xᵢᵀxⱼ",
        "a function of xᵢᵀxⱼ, such as (xᵢᵀxⱼ)² for the quadratic φ",
        "Without the exponent φ would be the identity, and nothing would be wider.",
        quadratic_kernel,
    ),
    Misprint(
        "E34", "000", "sensitivity",
        "the derivative of y = 2x in terms of y",
        "in terms of x",
        "A derivative is taken with respect to the input; with respect to y itself it is 1.",
        derivative_of_a_line, "typo",
    ),
    Misprint(
        "E35", "000", "saturation",
        "the slope at a large signal is exactly 0",
        "small, not 0: tanh′(10) = 8.2e-9, logistic′(10) = 4.5e-5",
        "Both functions only approach their limits. In float64, computed as 1 - tanh², the slope does become 0 "
        "from a signal of about 19.",
        saturated_slopes, "judgement",
    ),
    Misprint(
        "E36", "000", "AND as a perceptron",
        "two cases: one input true, both true",
        "a third case: both false, signal -3.5, false",
        "A truth table of two inputs has four rows; the bias must work for all of them.",
        rows_of_and, "completeness",
    ),
    Misprint(
        "E37", "000", "OR and AND as perceptrons",
        "the biases +1.5 and -1.5, just what OR and AND need",
        "right for 2 and 3 inputs; with k inputs OR takes a bias in (k - 2, k), AND one in (-k, 2 - k): ±(k - 1)",
        "With k inputs of ±1, the row that OR must map to false has the sum -k, and the next sum is 2 - k.",
        biases_of_gates, "judgement",
    ),
    Misprint(
        "E48", "000", "backpropagation, a question in the notes",
        "in forward propagation we again multiply this W, but elementwise?",
        "in backward propagation, and as a matrix product; only the slopes are multiplied elementwise",
        "The note asks this as a question. The product passes each unit's sensitivity to every input, weighted.",
        product_or_elementwise, "remark",
    ),
    Misprint(
        "E49", "000", "sensitivity, definition",
        "in terms of the partial derivative of each element of s",
        "in terms of each element of s",
        "A sensitivity is itself the partial derivative; the words are repeated.",
        element_of_s, "typo",
    ),
)  # fmt: skip
