"""Note 002, Iowa State University, the advice on training: its misprints, and the checks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pellucid.core.activations import ACTIVATIONS, softmax
from pellucid.core.network import Network
from pellucid.core.propagation import forward
from pellucid.courses.course_networks import from_matrices
from pellucid.courses.misprints.misprint import Evidence, Misprint

__all__ = ["MISPRINTS"]


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
    """Return signals and outputs of 1000 units for 1000 inputs from [0, 1], with random weights and biases."""
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
    """Compare the spread of a layer's signals after softmax and after batch normalization."""
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
        reading="The name comes from S. Hochreiter and J. Schmidhuber (1997).",
    )  # fmt: skip


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
        "E22", "002", "overfitting, early stop",
        "stop when the loss on the test set drops too much",
        "stop when the loss on a validation set has stopped falling",
        "A falling loss is the goal; a rising loss, on data that decides nothing else, is the sign to stop.",
        when_to_stop,
    ),
    Misprint(
        "E23", "002", "saturation, first advice",
        "draw the weights from a small range such as [0, 1]",
        "draw them around 0 with a spread of about 1/√fan-in",
        "Weights that are all positive add up: with 50 inputs every unit saturates, "
        "which the advice is meant to avoid.",
        weights_from_0_to_1,
    ),
    Misprint(
        "E24", "002", "saturation, second advice",
        "scale after each layer, for example with softmax layers",
        "with batch or layer normalization; softmax is for the output",
        "Softmax makes a row of 50 signals sum to 1, so each is about 0.02 and hardly varies.",
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
        "E43", "002", "loss function for training ANNs",
        "the logistic function penalizes a big error more than a small one",
        "the logarithm in the loss does",
        "From ŷ = 0.2 to 0.1 the log loss grows 5.9 times as much as from 0.9 to 0.8; 1 - ŷ grows equally.",
        steepness_of_log_loss, "typo",
    ),
)  # fmt: skip
