"""The worked examples of the lecture notes, with the numbers recomputed (misprints put right).

Numbers are compared to the digits that are written here. Where a set of notes prints something else, the
docstring says so.
"""

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import Gradients, forward

DIGITS_6 = {"rtol": 0.0, "atol": 5.01e-7}


def gradient_matrices(net: Network, g: Gradients) -> list[np.ndarray]:
    """Return the gradients as [b; W], the notes' matrices with the bias row on top."""
    return [np.vstack([b, W]) for b, W in zip(g.biases, g.weights, strict=True)]


def network(*matrices: object, activation: str = "logistic", output: str = "logistic") -> Network:
    """Return the network of some [b; W] matrices."""
    blocks = [np.array(matrix, float) for matrix in matrices]
    sizes = [len(blocks[0]) - 1, *(block.shape[1] for block in blocks)]
    return Network(
        sizes, activation=activation, output_activation=output,
        weights=[block[1:] for block in blocks], biases=[block[0] for block in blocks],
    )  # fmt: skip


# ---- notes 001: one input, two hidden ReLUs, one output; loss (g - y)², which is twice our ½ (g - y)² ----


def two_relus(w: tuple[float, float, float, float], output: str = "identity") -> Network:
    """Return the network with weights (w_1^1, w_2^1, w_1^2, w_2^2), without biases."""
    return network([[0, 0], w[:2]], [[0], [w[2]], [w[3]]], activation="relu", output=output)


def gradient_001(net: Network, x: float, y: float) -> list[float]:
    """Return the gradient of (g - y)² by the four weights: twice that of our loss."""
    g = net.gradients([[x]], [[y]])
    return [2.0 * float(v) for v in (*g.weights[0][0], *g.weights[1][:, 0])]


@pytest.mark.smoke
def test_two_hidden_relus() -> None:
    """001: z = (2, -1), a = (2, 0), g = 2, loss 1, gradients (-2, 0, -4, 0): one unit is off."""
    net = two_relus((2.0, -1.0, 1.0, 2.0))
    passed = forward(net, np.array([[1.0]]))

    np.testing.assert_array_equal(passed.zs[0], [[2.0, -1.0]])
    np.testing.assert_array_equal(passed.activations[1], [[2.0, 0.0]])
    np.testing.assert_array_equal(passed.outputs, [[2.0]])
    assert 2.0 * net.gradients([[1.0]], [[3.0]]).loss == 1.0
    assert 2.0 * net.gradients([[1.0]], [[3.0]]).deltas[1] == -2.0  # ∂L/∂g
    assert gradient_001(net, 1.0, 3.0) == [-2.0, 0.0, -4.0, 0.0]


def test_one_step_of_two_hidden_relus() -> None:
    """001: a step of 0.1 along the gradient of (g - y)², biases left at 0, takes the loss to 0.0064."""
    net = two_relus((2.0, -1.0, 1.0, 2.0))
    g = net.gradients([[1.0]], [[3.0]])
    for W, gradient in zip(net.weights, g.weights, strict=True):
        W -= 0.1 * 2.0 * gradient

    np.testing.assert_allclose(2.0 * net.gradients([[1.0]], [[3.0]]).loss, 0.0064, rtol=1e-12)


def test_a_dead_hidden_unit() -> None:
    """001: with a ReLU at the output, z² > 0 and z_1^1 < 0, only the other unit's weights learn."""
    assert gradient_001(two_relus((-1.0, 1.0, 1.0, 2.0), output="relu"), 1.0, 3.0) == [0.0, -4.0, 0.0, -2.0]


def test_a_dead_output() -> None:
    """001: with z² < 0 behind a ReLU no weight learns."""
    assert gradient_001(two_relus((2.0, 1.0, -1.0, -2.0), output="relu"), 1.0, 3.0) == [0.0, 0.0, 0.0, 0.0]


def residual_001(w: tuple[float, float, float, float]) -> Network:
    """Return the network with g = z² + ReLU(z²), as a hidden block in front of a fixed weight of 1."""
    return Network(
        [1, 2, 1, 1], activation="relu", residual=[False, "activation"],
        weights=[[w[:2]], [[w[2]], [w[3]]], [[1.0]]], biases=[[0.0, 0.0], [0.0], [0.0]],
    )  # fmt: skip


def test_a_residual_connection_revives_the_weights() -> None:
    """001: g = z² + ReLU(z²) gives (14, 28, -28, -14) where all were 0, but a unit with z_1^1 < 0 stays 0."""
    assert residual_001((2.0, 1.0, -1.0, -2.0)).predict([[1.0]]) == -4.0
    assert gradient_001(residual_001((2.0, 1.0, -1.0, -2.0)), 1.0, 3.0) == [14.0, 28.0, -28.0, -14.0]

    one_dead = gradient_001(residual_001((-2.0, 1.0, -1.0, -2.0)), 1.0, 3.0)
    assert one_dead == [0.0, 20.0, 0.0, -10.0]  # z² = -2, g = -2, ∂L/∂g = -10


# ---- notes 002: x = (0, 1), target 1, logistic units, negative log likelihood, step 1 --------------------

W0 = [[0.4, 0.6], [0.7, -0.4], [-0.2, 0.3]]
W1 = [[-0.3], [0.5], [0.1]]


def test_the_grounded_example_forward() -> None:
    """002: x^(1) = (0.549834, 0.710950), ŷ = 0.511501, loss 0.6704."""
    net = network(W0, W1)
    passed = forward(net, np.array([[0.0, 1.0]]))

    np.testing.assert_allclose(passed.activations[1], [[0.549834, 0.710950]], **DIGITS_6)
    np.testing.assert_allclose(passed.outputs, [[0.511501]], **DIGITS_6)
    np.testing.assert_allclose(net.gradients([[0.0, 1.0]], [[1.0]]).loss, 0.6704, atol=5e-5)


@pytest.mark.smoke
def test_the_grounded_example_backward() -> None:
    """002: deltas, gradients, and the weights after a step (the notes misprint three of them) by hand."""
    net = network(W0, W1)
    g = net.gradients([[0.0, 1.0]], [[1.0]])
    first, second = gradient_matrices(net, g)

    np.testing.assert_allclose(g.deltas[1], [[-0.488499]], **DIGITS_6)
    np.testing.assert_allclose(g.deltas[0], [[-0.060456, -0.010039]], **DIGITS_6)
    np.testing.assert_allclose(
        first, [[-0.060456, -0.010039], [0.0, 0.0], [-0.060456, -0.010039]], **DIGITS_6
    )
    np.testing.assert_allclose(second, [[-0.4885], [-0.2686], [-0.3473]], atol=5e-5)

    net.parameters -= 1.0 * g.flat

    np.testing.assert_allclose(
        net.matrices[0], [[0.460456, 0.610039], [0.7, -0.4], [-0.139544, 0.310039]], **DIGITS_6
    )
    np.testing.assert_allclose(net.matrices[1], [[0.188499], [0.768593], [0.447298]], **DIGITS_6)
    np.testing.assert_allclose(net.predict([[0.0, 1.0]]), [[0.721874]], **DIGITS_6)
    np.testing.assert_allclose(net.gradients([[0.0, 1.0]], [[1.0]]).loss, 0.3259, atol=5e-5)


def test_a_step_uphill_makes_it_worse() -> None:
    """002 prints W + ρ∇ once: with that sign the loss would rise from 0.6704 to 1.2010."""
    net = network(W0, W1)
    net.parameters += net.gradients([[0.0, 1.0]], [[1.0]]).flat

    np.testing.assert_allclose(net.gradients([[0.0, 1.0]], [[1.0]]).loss, 1.2010, atol=5e-5)


def test_the_homework_of_the_course() -> None:
    """Companion of 002: all weights 0.1, then 2, then 1; x = (1, 1), y = (1, 0).

    The course rounds on the way and prints 0.00360154 and 0.00391238 for the deltas.
    """
    net = network(np.full((3, 3), 0.1), np.full((4, 2), 2.0), np.full((3, 2), 1.0))
    g = net.gradients([[1.0, 1.0]], [[1.0, 0.0]])
    passed = forward(net, np.array([[1.0, 1.0]]))

    assert [matrix.shape for matrix in net.matrices] == [(3, 3), (4, 2), (3, 2)]
    np.testing.assert_allclose(passed.activations[1], np.full((1, 3), 0.574), atol=5e-4)
    np.testing.assert_allclose(passed.activations[2], np.full((1, 2), 0.996), atol=5e-4)
    np.testing.assert_allclose(passed.outputs, np.full((1, 2), 0.952), atol=5e-4)
    np.testing.assert_allclose(g.deltas[2], [[-0.048, 0.952]], atol=5e-4)
    np.testing.assert_allclose(g.deltas[1], np.full((1, 2), 0.00386507), rtol=0.0, atol=5e-9)
    np.testing.assert_allclose(g.deltas[0], np.full((1, 3), 0.00377940), rtol=0.0, atol=5e-9)


# ---- notes 003: four logistic units in a row -----------------------------------------------------------


def test_a_chain_of_four_units() -> None:
    """003: ∂L/∂w for w = (0.8, -1.2, 0.5, 2), X = 0.7, y = 1, L = ½ (y - A_4)², by finite differences."""
    net = network(*[[[0.0], [w]] for w in (0.8, -1.2, 0.5, 2.0)])
    g = net.gradients([[0.7]], [[1.0]], loss="squared_error")

    np.testing.assert_allclose(
        [float(w[0, 0]) for w in g.weights], [0.000503, -0.001646, -0.007583, -0.025912], **DIGITS_6
    )


@pytest.mark.parametrize(("n_blocks", "share"), [(10, 3.8e-6), (20, 3.6e-12)])
def test_the_best_case_of_a_vanishing_gradient(n_blocks: int, share: float) -> None:
    """000–004: at z = 0, where σ′ is largest, L logistic units leave 0.25^(L-1) of the sensitivity."""
    net = network(*[[[-0.5], [1.0]]] * n_blocks)
    g = net.gradients([[0.5]], [[0.0]])

    np.testing.assert_allclose(forward(net, np.array([[0.5]])).zs, np.zeros((n_blocks, 1, 1)), atol=1e-15)
    np.testing.assert_allclose(g.deltas[0] / g.deltas[-1], [[share]], rtol=0.02)


# ---- notes 004: x = (1, -0.5), three hidden logistic units, no biases, ½ (y - ŷ)² ------------------------

THETA_1 = [[1.2, 2.1, -1.5], [-0.3, -0.7, 0.3]]  # the notes print 1.5, and count with -1.5
THETA_2 = [[-0.2], [0.5], [1.3]]
X_004 = [[1.0, -0.5]]


def network_004() -> Network:
    """Return the network of notes 004."""
    return network(np.vstack([np.zeros(3), THETA_1]), np.vstack([[0.0], THETA_2]))


def test_the_forward_example_of_004() -> None:
    """004: s_1 = (1.35, 2.45, -1.65), h_1, s_2 = 0.510896, ŷ = 0.625017 (printed: 0.62)."""
    passed = forward(network_004(), np.array(X_004))

    np.testing.assert_allclose(passed.zs[0], [[1.35, 2.45, -1.65]], rtol=1e-14)
    np.testing.assert_allclose(passed.activations[1], [[0.79413, 0.92056, 0.16111]], rtol=0.0, atol=5e-6)
    np.testing.assert_allclose(passed.zs[1], [[0.510896]], **DIGITS_6)
    np.testing.assert_allclose(passed.outputs, [[0.625017]], **DIGITS_6)


def test_the_backward_example_of_004() -> None:
    """004: E = 0.070306, ∂E/∂Θ_2 = (ŷ - y) σ′(s_2) h_1; what the notes print there is ∂E/∂h_1."""
    net = network_004()
    g = net.gradients(X_004, [[1.0]], loss="squared_error")

    np.testing.assert_allclose(g.loss, 0.070306, **DIGITS_6)
    np.testing.assert_allclose(net.predict(X_004) - 1.0, [[-0.374983]], **DIGITS_6)
    np.testing.assert_allclose(g.deltas[1] / (net.predict(X_004) - 1.0), [[0.234371]], **DIGITS_6)  # σ′(s_2)
    np.testing.assert_allclose(g.deltas[1], [[-0.087885]], **DIGITS_6)
    np.testing.assert_allclose(g.weights[1].T, [[-0.06979, -0.08090, -0.01416]], rtol=0.0, atol=5.01e-6)
    np.testing.assert_allclose(
        g.deltas[1] @ net.weights[1].T, [[0.01758, -0.04394, -0.11425]], rtol=0.0, atol=5.01e-6
    )
    np.testing.assert_allclose(
        g.weights[0], [[0.002874, -0.003213, -0.015441], [-0.001437, 0.001607, 0.007721]], **DIGITS_6
    )


def test_the_update_of_004() -> None:
    """004: a step of 1 on Θ_2 gives ŷ = 0.6554, on both 0.6563 (printed weights: 0.6365)."""
    net = network_004()
    g = net.gradients(X_004, [[1.0]], loss="squared_error")

    net.weights[1][...] -= g.weights[1]
    np.testing.assert_allclose(net.weights[1].T, [[-0.13021, 0.58090, 1.31416]], rtol=0.0, atol=5.01e-6)
    np.testing.assert_allclose(net.predict(X_004), [[0.6554]], atol=5e-5)
    net.weights[0][...] -= g.weights[0]
    np.testing.assert_allclose(
        net.weights[0], [[1.197126, 2.103213, -1.484559], [-0.298563, -0.701607, 0.292279]], **DIGITS_6
    )
    np.testing.assert_allclose(net.predict(X_004), [[0.6563]], atol=5e-5)


# ---- notes 000: all weights zero -----------------------------------------------------------------------


def descend(activation: str) -> Network:
    """Return a network that started with all parameters 0, after 200 steps of gradient descent."""
    net = Network([2, 3, 1], activation=activation, initializer="zeros")
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([0.3, 1.0, 2.0, -0.5])
    for _ in range(200):
        net.parameters -= 0.5 * net.gradients(X, y).flat
    return net


def test_zero_weights_keep_logistic_units_alike() -> None:
    """000: from zeros, logistic units get the same update and stay one unit; inputs may differ."""
    W = descend("logistic").weights[0]

    assert np.ptp(W[0]) == np.ptp(W[1]) == 0.0
    assert abs(W[0, 0] - W[1, 0]) > 1e-3


def test_zero_weights_keep_tanh_units_silent() -> None:
    """000: from zeros, tanh units never learn: only the bias of the output moves."""
    net = descend("tanh")

    assert not net.matrices[0].any()
    assert not net.weights[1].any()
    np.testing.assert_allclose(net.biases[1], [0.7], rtol=1e-12)  # the mean of the targets
