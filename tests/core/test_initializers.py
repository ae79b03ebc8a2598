"""Every row of INITIALIZERS draws what its paper says."""

from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, INITIALIZERS, Initializer, forward, get_initializer
from pellucid.exceptions import ParameterError

TANH = ACTIVATIONS["tanh"]
WIDE = (300, 500)  # n and m: the standard error of a variance is then 0.4 % of a normal's

all_rows = pytest.mark.parametrize("row", INITIALIZERS.values(), ids=INITIALIZERS)


def draw(
    row: Initializer | str, shape: tuple[int, int] = WIDE, seed: int = 0, activation: str = "tanh"
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights and biases of one block."""
    return get_initializer(row)(np.random.default_rng(seed), *shape, ACTIVATIONS[activation])


@all_rows
@pytest.mark.parametrize("shape", [(1, 1), (5, 2), (2, 5)])
def test_shapes_and_finite_numbers(row: Initializer, shape: tuple[int, int]) -> None:
    """Weights are (n_in, n_out), biases (n_out,), all finite and float64."""
    W, b = draw(row, shape)

    assert W.shape == shape
    assert b.shape == shape[1:]
    assert W.dtype == b.dtype == np.float64
    assert np.isfinite(W).all()
    assert np.isfinite(b).all()


@all_rows
def test_the_generator_decides(row: Initializer) -> None:
    """The same seed gives the same bits; another seed gives others, unless all weights are alike."""
    W, b = draw(row, seed=1)
    same, other = draw(row, seed=1), draw(row, seed=2)

    np.testing.assert_array_equal(W, same[0])
    np.testing.assert_array_equal(b, same[1])
    assert np.ptp(W) == 0.0 or (other[0] != W).any()


n, m = WIDE


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("uniform", 0.05**2 / 3.0),
        ("normal", 0.05**2),
        ("glorot_uniform", 2.0 / (n + m)),
        ("glorot_normal", 2.0 / (n + m)),
        ("he_uniform", 2.0 / n),
        ("he_normal", 2.0 / n),
        ("lecun_uniform", 1.0 / n),
        ("lecun_normal", 1.0 / n),
        ("orthogonal", TANH.gain**2 / max(n, m)),
        ("sklearn", 2.0 / (n + m)),
    ],
)
def test_the_variance_is_that_of_the_paper(name: str, variance: float) -> None:
    """Weights have mean 0 and the stated variance; those called uniform stay within √3 deviations."""
    W, _ = draw(name)

    assert abs(W.mean()) < 4.0 * np.sqrt(variance / W.size)
    assert W.var() == pytest.approx(variance, rel=0.02)
    if "uniform" in name or name == "sklearn":
        bound = np.sqrt(3.0 * variance)
        assert 0.99 * bound < np.abs(W).max() <= bound


def test_scale_multiplies_the_deviation() -> None:
    """A pair (name, scale) draws the same numbers, scaled."""
    for name in ("uniform", "glorot_normal", "he_uniform", "orthogonal", "sklearn"):
        once, twice = draw((name, 1.0)), draw((name, 2.0))

        np.testing.assert_allclose(twice[0], 2.0 * once[0], rtol=1e-12)
        np.testing.assert_allclose(twice[1], 2.0 * once[1], rtol=1e-12)


def test_zeros_and_constants() -> None:
    """All weights and biases are 0, 0.1, or the number asked for."""
    for asked, value in (("zeros", 0.0), ("constant", 0.1), (("constant", -0.5), -0.5)):
        W, b = draw(asked, (3, 2))

        np.testing.assert_array_equal(W, np.full((3, 2), value))
        np.testing.assert_array_equal(b, np.full(2, value))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
def test_orthogonal_rows_or_columns(shape: tuple[int, int]) -> None:
    """The shorter side's vectors are orthogonal, each as long as the activation's gain."""
    W, b = draw("orthogonal", shape, activation="relu")
    gram = W.T @ W if shape[0] >= shape[1] else W @ W.T

    np.testing.assert_allclose(gram, 2.0 * np.eye(min(shape)), atol=1e-12)  # the gain of relu is √2
    np.testing.assert_array_equal(b, 0.0)


@pytest.mark.parametrize(("activation", "factor"), [("logistic", 2.0), ("tanh", 6.0), ("relu", 6.0)])
def test_sklearn_draws_biases_too(activation: str, factor: float) -> None:
    """As in scikit-learn, biases share the weights' bound √(6/(n + m)), or √(2/(n + m)) if logistic."""
    W, b = draw("sklearn", activation=activation)
    bound = np.sqrt(factor / (n + m))

    assert 0.99 * bound < np.abs(W).max() <= bound
    assert 0.9 * bound < np.abs(b).max() <= bound


def test_biases_start_at_zero() -> None:
    """Biases are 0 by default."""
    for name in set(INITIALIZERS) - {"constant", "sklearn"}:
        assert not draw(name)[1].any(), name


@pytest.mark.parametrize("name", ["relu", "tanh", "gelu", "selu"])
def test_the_gain_keeps_the_second_moment_of_signals(name: str) -> None:
    """Weights scaled with the gain keep E[z²] near 1 through ten blocks, as notes 001 ask for."""
    rng, gain = np.random.default_rng(0), ACTIVATIONS[name].gain
    net = Network(
        [300] * 11, activation=name, output_activation=name, initializer="orthogonal", random_state=1
    )
    passed = forward(net, rng.normal(0.0, 1.0 / gain, (50, 300)))

    assert len(passed.zs) == 10
    for z in passed.zs:
        assert np.mean(z**2) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(
    "asked",
    ["xavier", ("xavier", 1.0), ("uniform",), 3, None, ("uniform", "wide"), (["uniform"], 1.0)],
    ids=repr,
)
def test_an_unknown_initializer_is_refused(asked: Any) -> None:
    """The error names the parameter, what is accepted and what came."""
    with pytest.raises(
        ParameterError, match=r"'initializer' must be one of \[.*'he_normal'.*\].*got"
    ) as caught:
        get_initializer(asked)

    assert repr(asked) in str(caught.value)


@pytest.mark.parametrize("asked", [("uniform", -1.0), ("normal", -1.0), ("uniform", float("nan"))], ids=repr)
def test_a_scale_that_cannot_be_is_refused(asked: tuple[str, float]) -> None:
    """A deviation is a finite number >= 0."""
    with pytest.raises(ParameterError, match="initializer"):
        Network([2, 1], initializer=asked, random_state=0)


def test_an_initializer_of_ones_own() -> None:
    """A record with a function of one's own takes the place of a name."""
    own = Initializer(
        "ones", lambda rng, n_in, n_out, activation, scale: (np.ones((n_in, n_out)), np.zeros(n_out))
    )

    np.testing.assert_array_equal(Network([2, 3], initializer=own).parameters, [0, 0, 0, 1, 1, 1, 1, 1, 1])
