"""Note 002, Iowa State University: what is misprinted, and the check of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.core.activations import ACTIVATIONS, softmax
from pellucid.core.network import Network
from pellucid.core.objective import Gradients
from pellucid.core.propagation import forward
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
        reading="w₁,₁ stands in the second row too, where it belongs.",
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
        reading="That the bias term is o₀, not o₁, only the text before it settles: x₀ = 1 is the bias node.",
    )


def gradient_shape() -> Evidence:
    """Multiply one input, and all inputs, with the sensitivities."""
    delta = step_of_iowa()[1].deltas[0]
    return Evidence(
        "shape of the gradient of 𝕎⁽⁰⁾, which has shape (3, 2)",
        printed=(AUGMENTED[1] * delta).shape,
        right=(AUGMENTED[:, None] @ delta).shape,
    )


def validation_curve(n_steps: int = 2000) -> np.ndarray:
    """Return the loss on held-out points while a wide network learns ten noisy ones."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.0, 1.0, (110, 1))
    y = np.sin(3.0 * x) + rng.normal(size=x.shape)
    net = Network([1, 60, 1], activation="tanh", initializer=("normal", 2.0), random_state=0)
    losses = np.empty(n_steps)
    for step in range(n_steps):
        losses[step] = net.gradients(x[10:], y[10:]).loss
        net.parameters -= 0.01 * net.gradients(x[:10], y[:10]).flat
    return losses


def when_to_stop() -> Evidence:
    """Stop where the loss on held-out points falls most, and where it has stopped falling."""
    losses = validation_curve()
    return Evidence(
        "loss on held-out points: stopped after its largest drop, and where it stops falling",
        printed=float(losses[np.argmin(np.diff(losses)) + 1]),
        right=float(losses.min()),
        also={
            "steps": [int(np.argmin(np.diff(losses)) + 1), int(losses.argmin())],
            "at the end": float(losses[-1]),
        },
        reading="The notes also watch the test set; a set that decides when to stop is a validation set.",
    )


def one_layer(n_inputs: int, activation: str, *, centred: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return signals and outputs of 1000 units for 1000 inputs from [0, 1], weights and biases drawn."""
    rng = np.random.default_rng(0)
    shape = (n_inputs + 1, 1000)
    drawn = rng.normal(0.0, n_inputs**-0.5, shape) if centred else rng.uniform(0.0, 1.0, shape)
    passed = forward(from_matrices(drawn, output=activation), rng.uniform(0.0, 1.0, (1000, n_inputs)))
    return passed.scores, passed.outputs


def mean_slope(n_inputs: int, *, centred: bool) -> float:
    """Return the mean σ′ of such units."""
    row = ACTIVATIONS["logistic"]
    assert row.derivative is not None
    return float(row.derivative(*one_layer(n_inputs, "logistic", centred=centred)).mean())


def saturated_share(n_inputs: int) -> float:
    """Return the share of tanh units beyond 0.99, all weights from [0, 1]."""
    return float((one_layer(n_inputs, "tanh", centred=False)[1] > 0.99).mean())


def weights_from_0_to_1() -> Evidence:
    """Measure saturation with both ways to draw weights."""
    counts = (10, 50, 100)
    return Evidence(
        "mean σ′ of logistic units with 10, 50, 100 inputs: weights from [0, 1], and N(0, 1/fan-in)",
        printed=[mean_slope(n, centred=False) for n in counts],
        right=[mean_slope(n, centred=True) for n in counts],
        also={"share of tanh units with a > 0.99, 10 and 50 inputs": [saturated_share(n) for n in (10, 50)]},
    )


def scaling_between_layers() -> Evidence:
    """Compare how far the signals of a layer spread after softmax and after batch normalization."""
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 3.0, (500, 50))
    net = Network([50, 50, 1], weights=[np.eye(50), np.zeros((50, 1))], biases=[np.zeros(50), [0.0]],
                  batch_norm=True)  # fmt: skip
    normalized = forward(net, z, training=True).zs[0]
    return Evidence(
        "standard deviation of 50 signals after softmax, and after batch normalization",
        printed=float(softmax(z).std(axis=0).mean()),
        right=float(normalized.std(axis=0).mean()),
        also={
            "mean after softmax": float(softmax(z).mean()),
            "mean after batch normalization": round(float(abs(normalized.mean())), 12),
        },
        reading="The notes themselves say of softmax that it is usually only used in the output layer.",
    )  # fmt: skip


def factor_per_layer() -> Evidence:
    """Measure the factor from one sensitivity to the one before: tanh, w = 3, z = 0."""
    net = from_matrices(*[[[0.0], [3.0]]] * 10, activation="tanh", output="tanh")
    g = net.gradients([[0.0]], [[1.0]], loss="squared_error")
    factors = [float(g.deltas[k][0, 0] / g.deltas[k + 1][0, 0]) for k in range(9)]
    return Evidence(
        "the factor per layer, tanh with w = 3 at z = 0: at most 1 as the notes have it, and as measured",
        printed=1.0,
        right=max(factors),
        also={"after nine layers": float(g.deltas[0][0, 0] / g.deltas[9][0, 0])},
    )


def abbreviation() -> Evidence:
    """Take the initials."""
    return Evidence(
        "the initials of: long short-term memory", "LTSM",
        "".join(word[0] for word in ("Long", "Short", "Term", "Memory")),
        reading="A name is settled by reading: S. Hochreiter and J. Schmidhuber (1997) call it so.",
    )  # fmt: skip


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
        reading="No sensitivity is handed on to a bias unit; its weight still moves ŷ, and so every δ.",
    )


def steepness_of_log_loss() -> Evidence:
    """Compare how much more a loss grows from ŷ = 0.2 to ŷ = 0.1 than from 0.9 to 0.8, for y = 1."""

    def ratio(loss: Callable[[float], float]) -> float:
        return (loss(0.1) - loss(0.2)) / (loss(0.8) - loss(0.9))

    return Evidence(
        "growth of the loss at a big error / at a small one: of 1 - ŷ, with no logarithm, and of -log ŷ",
        printed=ratio(lambda y: 1.0 - y),
        right=ratio(lambda y: float(-np.log(y))),
        reading="ŷ is the output of the logistic function in both; the logarithm makes the difference.",
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
        "𝕎 has a row per input and a column per unit, so that only its transpose can be multiplied with x.",
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
        "E22", "002", "overfitting, early stop",
        "stop when the loss on the test set drops too much",
        "stop when the loss on a validation set has stopped falling",
        "A falling loss is what one wants; its rise, on data that decides nothing else, is the sign to stop.",
        when_to_stop,
    ),
    Misprint(
        "E23", "002", "saturation, first advice",
        "draw the weights from a small range such as [0, 1]",
        "draw them around 0 with a spread of about 1/√fan-in",
        "Weights that are all positive add up: with 50 inputs every unit saturates, the very thing to avoid.",
        weights_from_0_to_1,
    ),
    Misprint(
        "E24", "002", "saturation, second advice",
        "scale after each layer, for example with softmax layers",
        "with batch or layer normalization; softmax is for the output",
        "Softmax makes a row of 50 signals sum to 1, so that each is about 0.02 and hardly moves.",
        scaling_between_layers,
    ),
    Misprint(
        "E25", "002", "gradient vanishing",
        "ψ lies in [-1, 1], so that the gradient gets smaller",
        "the factor is |w| ψ, ψ in (0, 0.25] (logistic), (0, 1] (tanh), {0, 1} (ReLU); it may exceed 1",
        "Each layer multiplies by the weight too: with tanh, w = 3 and z = 0 by 3, and gradients explode.",
        factor_per_layer, "judgement",
    ),
    Misprint(
        "E26", "002", "gradient vanishing",
        "LTSM",
        "LSTM, long short-term memory",
        "Two letters are swapped.",
        abbreviation, "typo",
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
        "no sensitivity is handed on through a bias; its value still changes every gradient",
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
    Misprint(
        "E43", "002", "loss function for training ANNs",
        "the logistic function penalizes a big error more than a small one",
        "the logarithm in the loss does",
        "From ŷ = 0.2 to 0.1 the log loss grows 5.9 times as much as from 0.9 to 0.8; 1 - ŷ grows equally.",
        steepness_of_log_loss, "typo",
    ),
)  # fmt: skip
