"""The objective: its reduction over samples, its options, and what it leaves alone."""

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import Objective, backward, forward, get_loss
from strategies import randomize

OPTIONS = {"batch_norm": True, "dropout": 0.3, "residual": True}


def example(
    loss: str = "squared_error", n: int = 12, **options: object
) -> tuple[Objective, np.ndarray, np.ndarray]:
    """Return an objective with inputs and targets."""
    rng = np.random.default_rng(0)
    net = randomize(Network([3, 3, 2], **options), rng)
    return (
        Objective(net, get_loss(loss).on(net.output_activation)),
        rng.normal(size=(n, 3)),
        rng.normal(size=(n, 2)),
    )


@pytest.mark.parametrize(
    ("output", "loss", "classes"),
    [("identity", "squared_error", False), ("softmax", "log_loss", True), ("logistic", "log_loss", True)],
)
def test_the_sensitivity_of_a_canonical_pair(output: str, loss: str, classes: bool) -> None:
    """The last delta is w (ŷ - y) / Σ w for every canonical pair, and the loss the weighted mean."""
    rng = np.random.default_rng(1)
    net = randomize(Network([3, 4, 3], output_activation=output), rng)
    X, w = rng.normal(size=(8, 3)), rng.uniform(0.5, 2.0, 8)
    y = np.eye(3)[rng.integers(3, size=8)] if classes else rng.normal(size=(8, 3))
    g = net.gradients(X, y, loss=loss, sample_weight=w)
    each = [net.gradients(X[[i]], y[[i]], loss=loss).loss for i in range(8)]

    np.testing.assert_allclose(
        g.deltas[-1], w[:, None] * (net.predict(X) - y) / w.sum(), rtol=1e-12, atol=1e-15
    )
    assert g.loss == pytest.approx(np.average(each, weights=w), rel=1e-13)


def test_the_bias_gradient_is_the_sum_of_the_deltas() -> None:
    """The division by Σ w is inside delta: biases and weights take it as it is, in every block."""
    objective, X, y = example()
    g = objective.network.gradients(X, y)
    a = forward(objective.network, X).activations

    for k in range(2):
        np.testing.assert_allclose(g.biases[k], g.deltas[k].sum(axis=0), rtol=1e-13)
        np.testing.assert_allclose(g.weights[k], a[k].T @ g.deltas[k], rtol=1e-13)


def test_batches_of_any_size_add_up_to_the_whole() -> None:
    """With the denominator B w̄ the mean over equal batches is the full objective with its gradient."""
    objective, X, y = example()
    w = np.random.default_rng(2).uniform(0.0, 3.0, 12)
    whole = objective.value_and_gradient(X, y, w)

    for size in (1, 3, 4):
        parts = [
            objective.value_and_gradient(
                X[i : i + size], y[i : i + size], w[i : i + size], denominator=size * w.mean()
            )
            for i in range(0, 12, size)
        ]
        assert np.mean([part.loss for part in parts]) == pytest.approx(whole.loss, rel=1e-13)
        np.testing.assert_allclose(
            np.mean([part.flat for part in parts], axis=0), whole.flat, rtol=1e-11, atol=1e-15
        )


def test_only_the_ratios_of_weights_count() -> None:
    """Weights times a constant give the same objective and gradient, and equal weights those of none."""
    objective, X, y = example(batch_norm=True)
    w = np.random.default_rng(2).uniform(0.1, 3.0, 12)
    for first, second in ((w, 7.0 * w), (None, np.full(12, 0.3))):
        one, other = objective.value_and_gradient(X, y, first), objective.value_and_gradient(X, y, second)
        assert one.loss == pytest.approx(other.loss, rel=1e-13)
        np.testing.assert_allclose(one.flat, other.flat, rtol=1e-10, atol=1e-14)


def test_alpha_is_an_l2_divided_by_the_denominator() -> None:
    """alpha / (B w̄) is a strength of L2 on top of l2, as in scikit-learn."""
    plain, X, y = example()
    scaled = Objective(plain.network, plain.loss, l2=0.1, alpha=0.6).value_and_gradient(
        X, y, denominator=12.0
    )
    direct = Objective(plain.network, plain.loss, l2=0.1 + 0.05).value_and_gradient(X, y)

    assert scaled.penalty == pytest.approx(direct.penalty, rel=1e-13)
    np.testing.assert_allclose(scaled.flat, direct.flat, rtol=1e-13)
    assert direct.objective > direct.loss > 0.0


def test_the_data_loss_is_that_of_the_prediction() -> None:
    """Without penalties, dropout or batch statistics, and the weighted mean."""
    objective, X, y = example(**OPTIONS)
    w = np.random.default_rng(3).uniform(0.1, 3.0, 12)
    net = objective.network
    expected = np.average(0.5 * ((net.predict(X) - y) ** 2).sum(axis=1), weights=w)

    assert Objective(net, objective.loss, l1=1.0, l2=1.0, alpha=1.0).data_loss(X, y, w) == pytest.approx(
        expected
    )
    assert objective.data_loss(X, y) == pytest.approx(0.5 * ((net.predict(X) - y) ** 2).sum(axis=1).mean())


def test_the_gradient_is_written_whole_where_it_is_asked_for() -> None:
    """A gradient array is overwritten, every entry of it, whatever stood there."""
    objective, X, y = example(**OPTIONS)
    penalized = Objective(objective.network, objective.loss, l1=0.1, l2=0.1)
    fresh = penalized.value_and_gradient(X, y, rng=np.random.default_rng(5))
    buffer = np.full(objective.network.n_parameters, np.nan)
    reused = penalized.value_and_gradient(X, y, rng=np.random.default_rng(5), gradient=buffer)

    assert reused.flat is buffer
    np.testing.assert_array_equal(buffer, fresh.flat)


def test_parameters_and_state_that_are_given_take_the_place_of_the_networks() -> None:
    """The objective of other parameters is that of a network which has them; the network itself stays."""
    objective, X, y = example(batch_norm=True)
    net = objective.network
    before, state = net.parameters.copy(), net.state.copy()
    other = randomize(net.copy(), np.random.default_rng(9))
    given = other.state.copy()

    there = objective.value_and_gradient(X, y, parameters=other.parameters, state=given)
    own = Objective(other, objective.loss).value_and_gradient(X, y)

    assert there.loss == own.loss
    np.testing.assert_array_equal(there.flat, own.flat)
    np.testing.assert_array_equal(given, other.state)
    np.testing.assert_array_equal(net.parameters, before)
    np.testing.assert_array_equal(net.state, state)


def test_a_pass_goes_on_from_values_that_are_given() -> None:
    """Started behind a later value, a pass gives what it gave from the start, and more if the value moves."""
    objective, X, _ = example()
    whole = forward(objective.network, X)
    values = whole.run.values[:2]

    np.testing.assert_array_equal(forward(objective.network, X, values=values).outputs, whole.outputs)
    moved = forward(objective.network, X, values=[values[0], values[1] + 1.0])
    assert (moved.outputs != whole.outputs).all()


@pytest.mark.parametrize("residual", [False, True, "activation"])
def test_going_back_twice_gives_the_same(residual: bool | str) -> None:
    """A second way back over one pass finds nothing left behind by the first."""
    objective, X, _ = example(residual=residual)
    passed = forward(objective.network, X)
    delta = np.ones((12, 2))
    first, second = backward(passed, delta), backward(passed, delta)

    np.testing.assert_array_equal(first.gradient, second.gradient)
    assert len(first.deltas) == 2
