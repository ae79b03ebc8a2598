"""Each optimizer against a recurrence written by hand, number by number, and what all of them have in common."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
import scipy.optimize

from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS, Optimizer

STEPWISE = {name: row for name, row in OPTIMIZERS.items() if row.is_stepwise}
GRADIENTS = [0.5, -1.5, 0.25, 0.0, 3.0, -0.125]  # of one parameter, step by step
RATES = [0.1, 0.1, 0.05, 0.2, 0.01, 0.3]

each = pytest.mark.parametrize("optimizer", STEPWISE.values(), ids=STEPWISE)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# ---- recurrences in plain numbers: the parameter after each step, from 1 on -----------------------------


def sgd() -> list[float]:
    """Go down the gradient."""
    path, x = [], 1.0
    for g, rate in zip(GRADIENTS, RATES, strict=True):
        x -= rate * g
        path.append(x)
    return path


def momentum(mu: float, *, nesterov: bool) -> list[float]:
    """Keep the velocity; Nesterov's looks one step of it ahead."""
    path, x, v = [], 1.0, 0.0
    for g, rate in zip(GRADIENTS, RATES, strict=True):
        v = mu * v - rate * g
        x += mu * v - rate * g if nesterov else v
        path.append(x)
    return path


def by_squares(decay: float | None, epsilon: float) -> list[float]:
    """Divide by the root of the sum of the squares (AdaGrad), or of their moving mean (RMSprop)."""
    path, x = [], 1.0
    for t, rate in enumerate(RATES):
        squares = [g * g for g in GRADIENTS[: t + 1]]
        if decay is None:
            s = sum(squares)
        else:
            s = sum((1 - decay) * decay ** (t - i) * square for i, square in enumerate(squares))
        x -= rate * GRADIENTS[t] / (sqrt(s) + epsilon)
        path.append(x)
    return path


def adam(beta_1: float, beta_2: float, epsilon: float) -> list[float]:
    """Use the weighted means of all gradients and squares so far, whose weights sum to 1: Kingma and Ba."""
    path, x = [], 1.0
    for t, rate in enumerate(RATES):
        ages = range(t, -1, -1)
        first, second = ([beta**age for age in ages] for beta in (beta_1, beta_2))
        mean = sum(w * g for w, g in zip(first, GRADIENTS, strict=False)) / sum(first)
        square = sum(w * g * g for w, g in zip(second, GRADIENTS, strict=False)) / sum(second)
        x -= rate * mean / (sqrt(square) + epsilon)
        path.append(x)
    return path


CASES = [
    ("sgd", {}, sgd()),
    ("momentum", {}, momentum(0.9, nesterov=False)),
    ("momentum", {"momentum": 0.0}, sgd()),
    ("momentum", {"momentum": 0.5}, momentum(0.5, nesterov=False)),
    ("nesterov", {}, momentum(0.9, nesterov=True)),
    ("nesterov", {"momentum": 0.0}, sgd()),
    ("nesterov", {"momentum": 0.5}, momentum(0.5, nesterov=True)),
    ("adagrad", {}, by_squares(None, 1e-8)),
    ("adagrad", {"epsilon": 0.5}, by_squares(None, 0.5)),
    ("rmsprop", {}, by_squares(0.99, 1e-8)),
    ("rmsprop", {"beta_2": 0.5, "epsilon": 0.1}, by_squares(0.5, 0.1)),
    ("adam", {}, adam(0.9, 0.999, 1e-8)),
    ("adam", {"beta_1": 0.5, "beta_2": 0.25, "epsilon": 0.5}, adam(0.5, 0.25, 0.5)),
    ("adam", {"beta_1": 0.0}, adam(0.0, 0.999, 1e-8)),
    ("adamw", {}, adam(0.9, 0.999, 1e-8)),
]


def walk(optimizer: Optimizer, options: dict[str, float], dtype: type = np.float64) -> list[float]:
    """Return the parameter after each step."""
    x, memory = np.ones(1, dtype), optimizer.start(1, dtype)
    path = []
    for t, (g, rate) in enumerate(zip(GRADIENTS, RATES, strict=True), start=1):
        optimizer.apply(x, np.array([g], dtype), memory, learning_rate=rate, step=t, **options)
        path.append(float(x[0]))
    return path


@pytest.mark.parametrize(("name", "options", "path"), CASES)
def test_by_hand(name: str, options: dict[str, float], path: list[float]) -> None:
    """Six steps with changing gradients and rates are those of the recurrence, with every option."""
    np.testing.assert_allclose(walk(OPTIMIZERS[name], options), path, rtol=1e-13)


def test_hand_numbers() -> None:
    """The first two steps at rate 0.1 with gradients 2 and 1, worked out on paper."""
    expected = {
        "sgd": (0.8, 0.7),
        "momentum": (0.8, 0.8 + 0.9 * -0.2 - 0.1),  # v: -0.2, -0.28
        "nesterov": (1.0 - 0.18 - 0.2, 0.62 - 0.252 - 0.1),
        "adagrad": (0.9, 0.9 - 0.1 / sqrt(5.0)),
        "rmsprop": (0.0, -0.1 / sqrt(0.0496)),  # s: 0.04, 0.0396 + 0.01
        "adam": (0.9, 0.9 - 0.1 * (0.28 / 0.19) / sqrt(0.004996 / 0.001999)),  # m: 0.2, 0.28
        "adamw": (0.9, 0.9 - 0.1 * (0.28 / 0.19) / sqrt(0.004996 / 0.001999)),
    }
    for name, path in expected.items():
        optimizer, x = OPTIMIZERS[name], np.ones(1)
        memory = optimizer.start(1)
        for t, g in enumerate((2.0, 1.0)):
            optimizer.apply(x, np.array([g]), memory, learning_rate=0.1, step=t + 1)
            np.testing.assert_allclose(x, path[t], rtol=1e-6, atol=1e-6, err_msg=name)


# ---- what all rows have in common -----------------------------------------------------------------------


@each
@dtypes
def test_memory_starts_empty(optimizer: Optimizer, dtype: type) -> None:
    """The memory has one row of zeros per slot, in the precision asked for."""
    memory = optimizer.start(3, dtype)

    assert memory.shape == (len(optimizer.slots), 3)
    assert memory.dtype == dtype
    assert not memory.any()


@each
@dtypes
def test_dtype_stays_and_the_gradient_too(optimizer: Optimizer, dtype: type) -> None:
    """An update works in place and in the parameters' precision, and leaves the gradient alone."""
    x, g = np.linspace(-1.0, 1.0, 5, dtype=dtype), np.linspace(2.0, -1.0, 5, dtype=dtype)
    memory, before = optimizer.start(5, dtype), g.copy()
    change, *slots = optimizer.update(g, *memory, *optimizer.scalars(0.1, 1, **optimizer.options))  # type: ignore[misc]

    optimizer.apply(x, g, memory, learning_rate=0.1, step=1)

    assert {change.dtype, x.dtype, memory.dtype, *(s.dtype for s in slots)} == {np.dtype(dtype)}
    np.testing.assert_array_equal(g, before)
    np.testing.assert_allclose(x, np.linspace(-1.0, 1.0, 5, dtype=dtype) + change, rtol=1e-6)
    assert all(np.array_equal(a, b) for a, b in zip(memory, slots, strict=True))


@each
def test_entries_do_not_see_each_other(optimizer: Optimizer) -> None:
    """The update is element-wise: a vector moves as its entries do alone."""
    rng = np.random.default_rng(4)
    gradients = rng.normal(size=(4, 3))
    together, memory = np.zeros(3), optimizer.start(3)
    for t, g in enumerate(gradients, start=1):
        optimizer.apply(together, g, memory, learning_rate=0.1, step=t)
    for i in range(3):
        alone, own = np.zeros(1), optimizer.start(1)
        for t, g in enumerate(gradients, start=1):
            optimizer.apply(alone, g[i : i + 1], own, learning_rate=0.1, step=t)
        assert alone[0] == together[i]


@each
def test_a_quadratic_gets_smaller(optimizer: Optimizer) -> None:
    """On an ill-conditioned quadratic a hundred steps bring the value down to a part of where it was."""
    curvature = np.array([1.0, 10.0])
    x, memory = np.array([1.0, -1.0]), optimizer.start(2)
    start = 0.5 * curvature @ x**2
    for t in range(1, 101):
        optimizer.apply(x, curvature * x, memory, learning_rate=0.02, step=t)

    assert 0.5 * curvature @ x**2 < 0.5 * start


@each
def test_at_rest_nothing_moves(optimizer: Optimizer) -> None:
    """A gradient of 0 from the start moves nothing, and makes no NaN of 0 / 0."""
    x, memory = np.ones(2), optimizer.start(2)

    optimizer.apply(x, np.zeros(2), memory, learning_rate=0.1, step=1)

    assert x.tolist() == [1.0, 1.0]
    assert not memory.any()


@each
def test_nan_stays_nan(optimizer: Optimizer) -> None:
    """A gradient that is NaN shows in the parameter, so that a divergence is seen."""
    x, memory = np.ones(2), optimizer.start(2)

    optimizer.apply(x, np.array([np.nan, 1.0]), memory, learning_rate=0.1, step=1)

    assert np.isnan(x).tolist() == [True, False]


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_unknown_options_are_refused(optimizer: Optimizer) -> None:
    """An option that an optimizer lacks is named beside those that it has; given ones go over the defaults."""
    with pytest.raises(ParameterError, match=rf"'{optimizer.name}' has the options \[.*\]; got \['zeal'\]"):
        optimizer.resolve({"zeal": 1.0})
    for option in optimizer.options:
        assert optimizer.resolve({option: 0.125}) == {**optimizer.options, option: 0.125}


def test_only_adamw_decays_by_itself() -> None:
    """AdamW is Adam with a decoupled decay of 0.01 by default, which the engine takes off; others have none."""
    assert {name: row.weight_decay for name, row in OPTIMIZERS.items() if row.weight_decay} == {"adamw": 0.01}
    assert OPTIMIZERS["adamw"].update is OPTIMIZERS["adam"].update
    assert walk(OPTIMIZERS["adamw"], {}) == walk(OPTIMIZERS["adam"], {})


# ---- L-BFGS ---------------------------------------------------------------------------------------------


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Return value and gradient of the banana valley, whose bottom is at 1."""
    return float(scipy.optimize.rosen(x)), scipy.optimize.rosen_der(x)


def test_lbfgs_finds_the_bottom_of_rosenbrocks_valley() -> None:
    """From (-1.2, 1, 1), whose valley no descent along the gradient gets through in so many steps."""
    minimize = OPTIMIZERS["lbfgs"].minimize
    assert minimize is not None
    seen: list[float] = []

    def callback(x: np.ndarray, value: float) -> bool:
        assert value == rosenbrock(x)[0]
        seen.append(value)
        return False

    found = minimize(
        rosenbrock, np.array([-1.2, 1.0, 1.0]), max_iter=200, max_fun=400, tol=1e-6, callback=callback
    )

    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)
    assert found.status == 0
    assert len(seen) == found.nit < 60
    assert all(b < a for a, b in pairwise(seen))


@pytest.mark.parametrize(
    ("limits", "nit"), [({"max_iter": 3, "max_fun": 400}, 3), ({"max_iter": 200, "max_fun": 5}, None)]
)
def test_lbfgs_keeps_its_limits(limits: dict[str, int], nit: int | None) -> None:
    """Iterations and evaluations are counted, and the status says that it is not done."""
    minimize = OPTIMIZERS["lbfgs"].minimize
    assert minimize is not None

    found = minimize(rosenbrock, np.array([-1.2, 1.0, 1.0]), tol=1e-9, **limits)

    assert found.status == 1
    assert found.nit == nit if nit else found.nfev <= 5 + 20  # a line search is finished


def test_lbfgs_stops_when_told() -> None:
    """A callback that returns True ends it after that iteration."""
    minimize = OPTIMIZERS["lbfgs"].minimize
    assert minimize is not None

    found = minimize(
        rosenbrock,
        np.array([-1.2, 1.0, 1.0]),
        max_iter=200,
        max_fun=400,
        tol=1e-9,
        callback=lambda x, value: value < 4.0,
    )

    assert found.status == 99
    assert 0.0 < found.fun < 4.0
