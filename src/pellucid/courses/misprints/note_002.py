"""Note 002, Iowa State University, the equations and the grounded example: their misprints, and the checks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core.network import Network
from pellucid.core.objective import Gradients
from pellucid.courses.course_networks import from_matrices, iowa
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]

X, Y = [[0.0, 1.0]], [[1.0]]
AUGMENTED = np.array([1.0, 0.0, 1.0])
W0_AS_PRINTED = [[0.460, 0.610], [0.700, -0.400], [0.460, 0.610]]
W1_AS_PRINTED = [[0.188], [0.769], [-0.447]]


def step_of_iowa(rate: float = 1.0) -> tuple[Network, Gradients, Network]:
    """Return the network, its gradients at the sample, and the network after a step downhill."""
    net = iowa()
    g = net.gradients(X, Y)
    after = net.copy()
    after.parameters -= rate * g.flat
    return net, g, after


def new_output_weights() -> Evidence:
    """Take the step."""
    _, g, after = step_of_iowa()
    return Evidence(
        "𝕎⁽¹⁾ after the step",
        printed=[0.188, 0.769, -0.447],
        right=after.matrices[1][:, 0],
        also={
            "gradient": np.concatenate([g.biases[1], g.weights[1][:, 0]]),
            "ŷ after": after.predict(X)[0, 0],
        },
    )


def new_hidden_weights() -> Evidence:
    """Take the step, and predict with the right and the printed weights."""
    _, _, after = step_of_iowa()
    hidden, output = after.matrices

    def prediction(*matrices: Any) -> float:
        return float(from_matrices(*matrices).predict(X)[0, 0])

    return Evidence(
        "the third row of 𝕎⁽⁰⁾ after the step",
        printed=[0.460, 0.610],
        right=after.matrices[0][2],
        also={
            "ŷ with the right weights": after.predict(X)[0, 0],
            "ŷ with the printed 𝕎⁽⁰⁾": prediction(W0_AS_PRINTED, output),
            "ŷ with the printed 𝕎⁽¹⁾ (E12)": prediction(hidden, W1_AS_PRINTED),
            "ŷ with both as printed": prediction(W0_AS_PRINTED, W1_AS_PRINTED),
        },
    )


def uphill() -> Evidence:
    """Take the step with both signs."""
    _, g, after = step_of_iowa()
    wrong = step_of_iowa(-1.0)[2]
    return Evidence(
        "the loss after the step, with + and with -",
        printed=wrong.gradients(X, Y).loss,
        right=after.gradients(X, Y).loss,
        also={"the loss before": g.loss},
    )


def shape_or_refusal(left: np.ndarray, right: np.ndarray) -> str:
    """Return the shape of a product, or that there is none."""
    try:
        return f"shape {(left @ right).shape}"
    except ValueError:
        return f"{left.shape} times {right.shape} does not exist"


def transposed_product() -> Evidence:
    """Multiply as printed, and transposed."""
    W, x = iowa().matrices[1], np.ones(3)
    return Evidence("𝕎⁽¹⁾x⁽¹⁾ and 𝕎⁽¹⁾ᵀx⁽¹⁾", shape_or_refusal(W, x), shape_or_refusal(W.T, x))


def indices_of_matrices() -> Evidence:
    """Count the matrices of the 3-3-3-2 network, from 0 as the text says."""
    net = Network([3, 3, 3, 2], initializer="zeros")
    return Evidence(
        "the index of the matrix on each of the three arrows, l = the layer it starts from",
        printed=[1, 2, 3],
        right=list(range(net.n_blocks)),
    )


def symbols_of_the_matrix() -> Evidence:
    """Name the first row of a matrix by row and column."""
    n_units = iowa().matrices[0].shape[1]
    return Evidence(
        "indices (i, j) of the first row of 𝕎⁽⁰⁾, from node i to node j",
        printed=[[0, 1], [1, 1]],
        right=[[0, unit] for unit in range(1, n_units + 1)],
        reading="w₁,₁ also appears in the second row, where it belongs.",
    )


def linear_hidden_layer() -> Evidence:
    """Leave φ out of one layer of the gradient, as x = Uᵀa says."""
    net = Network([2, 2, 2, 1], activation="logistic", output_activation="logistic", random_state=0)
    a = np.array(X)
    g = net.gradients(a, Y)
    without = a.T @ (g.deltas[1] @ net.weights[1].T)
    return Evidence(
        "∂J/∂U of a 2-2-2-1 network, without ψ(x) and with it",
        printed=without,
        right=g.weights[0],
        reading="Only the preceding text shows that the bias term is o₀, not o₁: x₀ = 1 is the bias node.",
    )


def gradient_shape() -> Evidence:
    """Multiply one input, and all inputs, with the sensitivities."""
    delta = step_of_iowa()[1].deltas[0]
    return Evidence(
        "shape of the gradient of 𝕎⁽⁰⁾, which has shape (3, 2)",
        printed=(AUGMENTED[1] * delta).shape,
        right=(AUGMENTED[:, None] @ delta).shape,
    )


def transposed_theta() -> Evidence:
    """Set Θ = 𝕎ᵀ, and ask which of 𝕎 and 𝕎ᵀ is its transpose."""
    W = iowa().matrices[0]
    theta = W.T
    return Evidence(
        "shape of 𝕎⁽⁰⁾ᵀ, printed as the transpose of Θ, and of the transpose of Θ = 𝕎⁽⁰⁾ᵀ",
        printed=W.T.shape,
        right=theta.T.shape,
        reading="Θ leads from layer l to layer l + 1: it takes the activations of l.",
    )


def sizes_with_the_bias() -> Evidence:
    """Multiply the sensitivities of 2 units with 3 inputs and the bias unit."""
    c, d = 3, 2
    a, delta = np.ones((1, c + 1)), np.ones((d, 1))
    return Evidence(
        "shape of ∂J/∂𝕌ᵀ for c = 3 inputs a₁ … a₃ and d = 2 units", printed=(d, c), right=(delta @ a).shape
    )


def reach_of_a_bias() -> Evidence:
    """Change the output's bias of the grounded example, and look at the sensitivities of the hidden layer."""
    net, g, _ = step_of_iowa()
    changed = net.copy()
    changed.biases[1][:] = 2.0
    return Evidence(
        "δ⁽¹⁾ of the grounded example after v₀ was changed from -0.3 to 2",
        printed=g.deltas[0][0],
        right=changed.gradients(X, Y).deltas[0][0],
        reading="No sensitivity is passed back to a bias unit; its weight still changes ŷ, and so every δ.",
    )


MISPRINTS = (
    Misprint(
        "E12", "002", "grounded example III, 𝕎⁽¹⁾",
        "𝕎⁽¹⁾ becomes (0.188, 0.769, -0.447)",
        "(0.188, 0.769, +0.447)",
        "0.1 - (-0.347) is +0.447, and the slide's own new prediction 0.722 needs it.",
        new_output_weights,
    ),
    Misprint(
        "E13", "002", "grounded example III, 𝕎⁽⁰⁾",
        "the third row of 𝕎⁽⁰⁾ becomes (0.460, 0.610)",
        "(-0.2 + 0.060, 0.3 + 0.010) = (-0.140, 0.310)",
        "It is a copy of the first row. The right weights predict 0.722, this row as printed 0.747, and "
        "together with E12 0.597.",
        new_hidden_weights,
    ),
    Misprint(
        "E14", "002", "training ANNs",
        "𝐖 ← 𝐖 + ρ ∇Loss",
        "𝐖 ← 𝐖 - ρ ∇Loss",
        "The gradient points uphill: on the example + takes the loss from 0.6704 to 1.2010, - to 0.3259.",
        uphill,
    ),
    Misprint(
        "E15", "002", "feedforward I",
        "x⁽ˡ⁺¹⁾ = φ(𝕎⁽ˡ⁾ x⁽ˡ⁾)",
        "φ(𝕎⁽ˡ⁾ᵀ x⁽ˡ⁾), as in the recap",
        "𝕎 has a row per input and a column per unit, so only its transpose can be multiplied by x.",
        transposed_product,
    ),
    Misprint(
        "E16", "002", "feedforward II, arrows",
        "the arrows carry 𝕎⁽¹⁾, 𝕎⁽²⁾, 𝕎⁽³⁾",
        "𝕎⁽⁰⁾, 𝕎⁽¹⁾, 𝕎⁽²⁾",
        "𝕎⁽ˡ⁾ leads from layer l to l + 1, and layers count from 0.",
        indices_of_matrices, "typo",
    ),
    Misprint(
        "E17", "002", "grounded example, symbols of 𝕎⁽⁰⁾",
        "the first row is (w₀,₁, w₁,₁)",
        "(w₀,₁, w₀,₂)",
        "The first row holds the biases, from node 0 to nodes 1 and 2.",
        symbols_of_the_matrix, "typo",
    ),
    Misprint(
        "E20", "002", "equations 9 and 10",
        "x = Uᵀa; the bias term is o₁",
        "x without its bias is φ(Uᵀa); the bias term is o₀",
        "The next formula contains ψ(x), the derivative of the φ that is missing here.",
        linear_hidden_layer,
    ),
    Misprint(
        "E21", "002", "weight gradient, vectorized",
        "xᵢ⁽ˡ⁻²⁾ (δ⁽ˡ⁻¹⁾)ᵀ",
        "x⁽ˡ⁻²⁾ (δ⁽ˡ⁻¹⁾)ᵀ, the whole vector",
        "One input times the row of sensitivities is one row of the gradient, not the matrix.",
        gradient_shape, "typo",
    ),
    Misprint(
        "E39", "002", "further reading, Ng's notation",
        "Θ⁽ˡ⁾ leads from layer l to l - 1; Θ⁽ˡ⁾ and 𝕎⁽ˡ⁾ᵀ are each other's transpose",
        "Θ⁽ˡ⁾ = 𝕎⁽ˡ⁾ᵀ leads from layer l to l + 1; Θ and 𝕎 are each other's transpose",
        "The same sentence says that Θ⁽ˡ⁾ corresponds to 𝕎⁽ˡ⁾ᵀ, and both cannot hold.",
        transposed_theta, "typo",
    ),
    Misprint(
        "E40", "002", "equation 10, sizes",
        "∂J/∂𝕌 is c × d, its transpose d × c",
        "(c + 1) × d and d × (c + 1)",
        "a = (a₀, a₁, …, a_c) counts the bias unit, so it has c + 1 entries.",
        sizes_with_the_bias, "typo",
    ),
    Misprint(
        "E41", "002", "equation 7, dropping the first row",
        "bias terms have no impact on the gradient of previous layers",
        "no sensitivity is passed back through a bias; its value still changes every gradient",
        "With v₀ = 2 in place of -0.3, δ₁ of the grounded example goes from -0.0605 to -0.0108.",
        reach_of_a_bias,
    ),
    Misprint(
        "E42", "002", "saturation of a neuron",
        "𝕎⁽ˡ⁾x⁽ˡ⁾ is the input of the activation function",
        "𝕎⁽ˡ⁾ᵀx⁽ˡ⁾",
        "As in E15: 𝕎 has a row per input and a column per unit.",
        transposed_product, "typo",
    ),
)  # fmt: skip
