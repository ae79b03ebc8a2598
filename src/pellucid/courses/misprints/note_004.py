"""Note 004, KAIST: its misprints, and the check of each."""

from __future__ import annotations

import symtable

import numpy as np

from pellucid.core.activations import ACTIVATIONS
from pellucid.core.network import Network
from pellucid.core.objective import Gradients
from pellucid.core.propagation import forward
from pellucid.courses.course_networks import (
    THETA_1,
    from_matrices,
    kaist,
    threshold_unit,
    without_biases,
)
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]

X, Y = [[1.0, -0.5]], [[1.0]]
ROWS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CODE_OF_AND = """
def AND(x1, x2):
    x = np.array([x1, x2])
    w = np.array([0.5, 0.5])
    b = 0.7
    val = np.sum(w*x) - b
    if tmp <= 0:
        return 0
    else:
        return 1
"""
STEEPEST = np.log(2.0 + np.sqrt(3.0))  # where |σ″| of the logistic function is largest
CURVATURE = -np.sqrt(3.0) / 18.0  # σ″ there


def step_of_kaist() -> tuple[Network, Gradients]:
    """Return the network and its gradients at the sample of the example."""
    net = kaist()
    return net, net.gradients(X, Y, loss="squared_error")


def gradient_of_theta_2() -> Evidence:
    """Differentiate by Θ₂, and by h₁."""
    net, g = step_of_kaist()
    return Evidence(
        "∂E/∂Θ₂",
        printed=[0.02, -0.05, -0.12],
        right=g.weights[1][:, 0],
        also={
            "∂E/∂h₁": (g.deltas[1] @ net.weights[1].T)[0],
            "-0.38 × 0.24 × Θ₂": -0.38 * 0.24 * net.weights[1][:, 0],
        },
    )


def update_of_theta_2() -> Evidence:
    """Take the step, and predict again."""
    net, g = step_of_kaist()
    stepped = [W - dW for W, dW in zip(net.weights, g.weights, strict=True)]
    printed = np.array([[-0.22], [0.55], [1.42]])

    def output(*weights: np.ndarray) -> float:
        return float(without_biases(*weights).predict(X)[0, 0])

    return Evidence(
        "Θ₂ after a step of 1",
        printed=printed[:, 0],
        right=stepped[1][:, 0],
        also={
            "ŷ before": output(*net.weights),
            "ŷ with the printed Θ₂": output(net.weights[0], printed),
            "ŷ with the right Θ₂": output(net.weights[0], stepped[1]),
            "ŷ with both matrices stepped": output(*stepped),
        },
    )


def sign_in_theta_1() -> Evidence:
    """Compute the signals with both signs; the slide itself computes (1.35, 2.45, -1.65)."""
    wrong = kaist([[1.2, 2.1, 1.5], THETA_1[1]])
    return Evidence(
        "s₁ = Θ₁ᵀx, which the slide gives as (1.35, 2.45, -1.65)",
        printed=forward(wrong, np.array(X)).zs[0][0],
        right=forward(kaist(), np.array(X)).zs[0][0],
        also={"ŷ with +1.5": float(wrong.predict(X)[0, 0])},
    )


def rounding_on_the_way() -> Evidence:
    """Compute without rounding, and once with the rounded signal."""
    net, g = step_of_kaist()
    output = float(net.predict(X)[0, 0])
    return Evidence(
        "ŷ, ∂E/∂ŷ, E",
        printed=[0.62, -0.38, 0.072],
        right=[output, output - 1.0, g.loss],
        also={"σ(0.51)": float(ACTIVATIONS["logistic"].value(0.51)), "½ 0.38²": 0.5 * 0.38**2},
    )


def undefined_name() -> Evidence:
    """List the names that the printed code reads but never sets."""

    def unknown(code: str) -> list[str]:
        function = symtable.symtable(code, "AND", "exec").get_children()[0]
        return sorted(set(function.get_globals()) - {"np"})  # type: ignore[attr-defined]

    return Evidence(
        "names that the code reads and that are not defined",
        printed=unknown(CODE_OF_AND),
        right=unknown(CODE_OF_AND.replace("tmp", "val")),
    )


def sign_of_the_bias() -> Evidence:
    """Evaluate the formula w·x + b ≥ 0 on the truth table with both signs of b."""

    def rows(sign: float) -> list[np.ndarray]:
        return [threshold_unit((0.5, 0.5), sign * b).predict(ROWS)[:, 0] for b in (0.7, 0.2)]

    return Evidence(
        "AND and OR on (0, 0), (0, 1), (1, 0), (1, 1)", printed=rows(1.0), right=rows(-1.0),
        also={"at exactly 0": "the formula gives 1, the code 0"},
    )  # fmt: skip


def gate(width: float, bias: float) -> Network:
    """Return the four units of the multiplication gate with the output weights (1, 1, -1, -1)."""
    hidden = width * np.array([[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])
    return from_matrices(
        np.vstack([np.full(4, bias), hidden]), [[0.0], [1.0], [1.0], [-1.0], [-1.0]], output="identity"
    )


def half_of_taylor() -> Evidence:
    """Divide the bracket of a gate by σ₂λ²uv."""
    width, u, v = 0.01, 0.8, 0.5
    bracket = float(gate(width, STEEPEST).predict([[u, v]])[0, 0])
    return Evidence(
        "{σ[λ(u+v)] + σ[-λ(u+v)] - σ[λ(u-v)] - σ[-λ(u-v)]} / (σ₂λ²uv) for λ = 0.01",
        printed=8.0,
        right=bracket / (CURVATURE * width**2 * u * v),
    )


def curvature(bias: float) -> float:
    """Return σ″ of the logistic function as the difference of two of its slopes, to 9 decimals."""
    row, z = ACTIVATIONS["logistic"], bias + np.array([1e-5, -1e-5])
    assert row.derivative is not None
    above, below = row.derivative(z, row.value(z))
    return round(float((above - below) / 2e-5), 9)


def gate_without_bias() -> Evidence:
    """Evaluate the bracket of a logistic gate without and with a bias."""
    u, v = (grid.ravel() for grid in np.meshgrid(*[np.linspace(-1.0, 1.0, 41)] * 2))
    points, width = np.column_stack([u, v]), 0.1
    m = gate(width, STEEPEST).predict(points)[:, 0] / (4.0 * CURVATURE * width**2)
    return Evidence(
        "σ″ at the bias 0 of the printed gate, and at the bias ln(2 + √3)",
        printed=curvature(0.0),
        right=curvature(STEEPEST),
        also={
            "largest |bracket| with bias 0, to 12 decimals": round(
                float(np.abs(gate(width, 0.0).predict(points)).max()), 12
            ),
            "largest error of m = uv with the bias, λ = 0.1": float(np.abs(m - u * v).max()),
        },
    )


def units_of_xor() -> Evidence:
    """Put OR and NAND together with AND; one line cannot do it."""
    from scipy.optimize import linprog

    net = from_matrices(
        [[-0.2, 0.7], [0.5, -0.5], [0.5, -0.5]], [[-0.7], [0.5], [0.5]], activation="step", output="step"
    )
    truth = ROWS[:, 0] != ROWS[:, 1]
    sides = np.where(truth, 1.0, -1.0)
    one_line = linprog(np.zeros(3), -sides[:, None] * np.column_stack([np.ones(4), ROWS]), -np.ones(4),
                       bounds=[(None, None)] * 3)  # fmt: skip
    hidden = forward(net, ROWS).activations[1]
    assert (net.predict(ROWS)[:, 0] == truth).all()
    return Evidence(
        "units of the network that is XOR",
        printed=2,
        right=sum(net.layer_sizes[1:]),
        also={"OR": hidden[:, 0], "NAND": hidden[:, 1], "OR AND NAND": net.predict(ROWS)[:, 0],
              "one unit alone can": bool(one_line.success)},
    )  # fmt: skip


def mean_or_sum() -> Evidence:
    """Compute both losses for four residuals of 1."""
    net, targets = from_matrices([[0.0], [0.0]], output="identity"), np.ones((4, 1))
    half_mean = net.gradients(np.zeros((4, 1)), targets, loss="squared_error").loss
    return Evidence(
        "the loss of four residuals of 1: ½ Σ r², and the mean of r²",
        printed=4.0 * half_mean,
        right=2.0 * half_mean,
    )


def synapses() -> Evidence:
    """Multiply."""
    both_ends = 1e11 * 7000.0
    return Evidence(
        "synapses of an adult: the upper end of the printed range, and the product",
        printed=5e14,
        right=both_ends,
        also={"each synapse counted once": both_ends / 2.0},
    )


def one_index_for_two() -> Evidence:
    """Count the values of the indices of a layer with four units after two layers."""
    return Evidence(
        "pairs (unit, layer) that a 2-4-1 network has, one letter for both and two letters",
        printed=2,
        right=sum([4, 1]),
        reading="With one letter only unit 1 of layer 1 and unit 2 of layer 2 can be named.",
    )


def second_difference_of_relu() -> Evidence:
    """Divide the second difference of ReLU at 0 by h² for three widths."""
    value, widths = ACTIVATIONS["relu"].value, np.array([0.1, 0.01, 0.001])
    second = (value(widths) - 2.0 * value(np.zeros(3)) + value(-widths)) / widths**2
    return Evidence(
        "{ReLU(h) - 2 ReLU(0) + ReLU(-h)} / h² for h = 0.1, 0.01, 0.001",
        printed=[second[0]] * 3,
        right=second,
        reading="A second derivative would be a limit; these numbers have none.",
    )


MISPRINTS = (
    Misprint(
        "E1", "004", "example: back propagation (twice)",
        "∂E/∂Θ₂ = (0.02, -0.05, -0.12)",
        "(ŷ - y) σ′(s₂) h₁ = (-0.06979, -0.08090, -0.01416)",
        "The printed numbers are (ŷ - y) σ′(s₂) Θ₂, which is ∂E/∂h₁: the weights were used in place of "
        "the inputs.",
        gradient_of_theta_2,
    ),
    Misprint(
        "E2", "004", "example: back propagation (twice)",
        "Θ₂ becomes (-0.22, 0.55, 1.42)",
        "(-0.13021, 0.58090, 1.31416) with γ = 1",
        "It follows from the wrong gradient. The prediction still improves, to 0.6365, but less "
        "than with the right step, 0.6554.",
        update_of_theta_2,
    ),
    Misprint(
        "E3", "004", "definition of Θ₁ (every slide)",
        "Θ₁ = (1.2 2.1 1.5; -0.3 -0.7 0.3)",
        "the third entry is -1.5",
        "The product line uses -1.5, and only that value gives the printed signals and outputs. Our text copy "
        "cannot tell whether the slide lacks the minus sign or the extraction lost it.",
        sign_in_theta_1,
    ),
    Misprint(
        "E4", "004", "example: forward and back propagation",
        "ŷ = 0.62, ∂E/∂ŷ = -0.38, E = 0.072",
        "ŷ = 0.6250, ∂E/∂ŷ = -0.3750, E = 0.0703",
        "The signal was rounded to 0.51 before σ was applied, and every later number starts from a rounded one.",
        rounding_on_the_way, "rounding",
    ),
    Misprint(
        "E5", "004", "code of AND and OR",
        "val = …; if tmp <= 0",
        "if val <= 0",
        "No variable is called tmp, so Python stops with a NameError.",
        undefined_name,
    ),
    Misprint(
        "E6", "004", "AND and OR, formula next to the code",
        "w·x + b ≥ 0 with b = 0.7 (AND), b = 0.2 (OR)",
        "b = -0.7 and b = -0.2; the code subtracts b, as a threshold",
        "With + and a positive b both units output 1 on all four rows.",
        sign_of_the_bias,
    ),
    Misprint(
        "E7", "004", "multiplication gate, middle line",
        "σ₂λ² [(u+v)² + (-u-v)² - (u-v)² - (-u+v)²]",
        "½ σ₂λ² […] = 4 σ₂λ² uv",
        "The Taylor series has u²/2, and the bracket is 8uv. The last line of the slide is right, so the ½ may "
        "be missing only in our text copy.",
        half_of_taylor,
    ),
    Misprint(
        "E8", "004", "multiplication gate",
        "four units without a bias, σ₂ ≠ 0 assumed",
        "with the logistic function or tanh the four units need a bias, since σ″(0) = 0 for both",
        "Both are odd about 0 up to a constant, so the four terms cancel for all u and v, and "
        "μ = 1/(4σ₂λ²) is infinite.",
        gate_without_bias, "completeness",
    ),
    Misprint(
        "E9", "004", "drawback of a single perceptron",
        "a perceptron for OR and one for NOT AND, the two combined, solve XOR",
        "a third perceptron, AND, has to combine them",
        "Two hidden units give two truth values; one more unit has to combine them into one.",
        units_of_xor,
    ),
    Misprint(
        "E10", "004", "loss functions",
        "L2 loss (or MSE) = ½ Σ (y - h)²",
        "that is half the sum; the mean squared error divides by n",
        "Four residuals of 1 give 2.0 one way and 1.0 the other.",
        mean_or_sum,
    ),
    Misprint(
        "E11", "004", "complexity of the human brain",
        "10¹¹ neurons with about 7000 synapses each; an adult has 10¹⁴ to 5 × 10¹⁴ synapses",
        "the product is 7 × 10¹⁴, or 3.5 × 10¹⁴ if each synapse is counted once for its two neurons",
        "Counted once, the synapses lie inside the printed range.",
        synapses, "remark",
    ),
    Misprint(
        "E44", "004", "how to train, notation",
        "hᵢ⁽ⁱ⁺¹⁾ = f(Σⱼ wᵢⱼ hⱼ⁽ⁱ⁾ + b⁽ⁱ⁾)",
        "hᵢ⁽ˡ⁺¹⁾ = f(Σⱼ wᵢⱼ hⱼ⁽ˡ⁾ + bᵢ⁽ˡ⁾)",
        "One letter indexes both the units and the layers; a layer of two units already needs two letters.",
        one_index_for_two, "typo",
    ),
    Misprint(
        "E45", "004", "multiplication gate, Taylor expansion",
        "activation functions can be expanded, next to a list that contains the step and ReLU",
        "only those with a second derivative; the step and ReLU have none at 0",
        "The second difference of ReLU at 0, divided by h², is 1/h and grows without bound.",
        second_difference_of_relu, "judgement",
    ),
)  # fmt: skip
