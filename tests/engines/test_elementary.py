"""Compiled elementary functions, activations and loss terms compute what NumPy and SciPy compute."""

import inspect
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from pellucid.core import ACTIVATIONS, LOSSES, elementary
from tiers import thinned

pytest.importorskip("numba")

from pellucid.engines.compiled import float32, float64
from pellucid.engines.compiled.components import activation_parts, loss_part
from pellucid.engines.compiled.modules import generated

Array = NDArray[np.floating]

MODULES = {"float32": float32, "float64": float64}
N_ARGUMENTS = dict.fromkeys(elementary.__all__, 1) | {
    "maximum": 2,
    "minimum": 2,
    "heaviside": 2,
    "where": 3,
}
OF_ONE = [name for name in elementary.__all__ if N_ARGUMENTS[name] == 1]
ULPS = 10.0
SLACK = 2.0 * ULPS  # an elementary function may be off by ULPS where NumPy's is by half a unit
LOOPS = """
@njit(TYPE[::1]({types}), cache=CACHE, error_model="numpy", fastmath={{"contract", "reassoc", "nsz", "arcp"}})
def {name}_of_array({arguments}):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = {name}({entries})
    return out


@njit(TYPE({scalars}), cache=CACHE, **EXACT)
def {name}_of_number({arguments}):
    return {name}({numbers})
"""
HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
PAIRS = [
    f"{loss.name} {output}"
    for loss in LOSSES.values()
    for output in loss.output_activations()
    if ACTIVATIONS[output].pullback is None
]


@pytest.fixture(params=["float32", pytest.param("float64", marks=pytest.mark.slow)])  # each is compiled
def dtype(request: pytest.FixtureRequest) -> np.dtype[Any]:
    return np.dtype(request.param)


def compiled(dtype: np.dtype[Any]) -> ModuleType:
    """Return a module with every elementary function on numbers and on arrays."""
    texts = [inspect.getsource(MODULES[dtype.name]), f"from numba import types\nTYPE = types.{dtype.name}"]
    for name, n in N_ARGUMENTS.items():
        names = "xyz"[:n]
        test = " != 0.0" if name == "where" else ""  # the condition travels as a number
        texts.append(
            LOOPS.format(
                name=name,
                arguments=", ".join(names),
                types=", ".join(["TYPE[::1]"] * n),
                scalars=", ".join(["TYPE"] * n),
                entries=", ".join(f"{c}[i]{test * (c == 'x')}" for c in names),
                numbers=", ".join(f"{c}{test * (c == 'x')}" for c in names),
            )
        )
    return generated(f"test_elementary_{dtype.name}", "\n".join(texts))


def grid(dtype: np.dtype[Any]) -> Array:
    """Return numbers of every size that there is, of both signs, densely where functions bend."""
    info = np.finfo(dtype)
    sizes = np.exp2(
        np.linspace(np.log2(float(info.smallest_subnormal)), np.log2(float(info.max)) - 1e-3, 4001)
    )
    ends = [0.0, -0.0, np.inf, -np.inf, info.max, -info.max, info.tiny, -info.tiny, 1.0, -1.0]
    parts = [sizes, -sizes, np.linspace(-110.0, 110.0, 8001), np.linspace(-5.0, 5.0, 20001), ends]
    return np.sort(np.concatenate(parts).astype(dtype))


def assert_close(found: Array, exact: Array, allowed: Array | float = 0.0) -> None:
    """Check each finite number to ULPS units in its last place and what is allowed, others to be the same."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(found.dtype)
        error = np.abs(found.astype(np.longdouble) - exact)
        bound = ULPS * np.spacing(np.abs(rounded).clip(max=np.finfo(rounded.dtype).max / 2)) + allowed
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(found[~finite], rounded[~finite])
    worst = np.argmax(np.where(finite, error - bound, -np.inf))
    assert (error <= bound)[finite].all(), f"number {worst}: {found[worst]} for {exact[worst]}"


def pointer(array: Array) -> Any:
    """Return what a C function takes for an array."""
    return np.ctypeslib.as_ctypes(array.reshape(-1))


def assert_same(found: Any, expected: Any) -> None:
    """Check two arrays to be equal, NaN where NaN is, and of one dtype."""
    np.testing.assert_array_equal(found, expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype


@pytest.mark.whole  # each dtype has its own functions, compiled once for all cases
@pytest.mark.parametrize("name", OF_ONE)
def test_a_function_of_one_number_is_exact_to_its_last_places(name: str, dtype: np.dtype[Any]) -> None:
    """From the smallest denormal to infinity it is within 10 units in the last place, in the dtype given."""
    x = grid(dtype)

    found = getattr(compiled(dtype), f"{name}_of_array")(x)

    assert found.dtype == dtype
    assert_close(found, exactly(getattr(elementary, name), x))


@pytest.mark.parametrize("name", ["maximum", "minimum", "heaviside"])
def test_a_choice_between_two_numbers_is_that_of_numpy(name: str, dtype: np.dtype[Any]) -> None:
    """It chooses as NumPy chooses, NaN on either side included."""
    numbers = np.array([-np.inf, -2.5, -0.0, 0.0, 1e-30, 1.0, np.inf, np.nan], dtype)
    x, y = (a.ravel() for a in np.meshgrid(numbers, numbers))

    assert_same(getattr(compiled(dtype), f"{name}_of_array")(x, y), getattr(elementary, name)(x, y))


def test_where_is_that_of_numpy(dtype: np.dtype[Any]) -> None:
    """It takes the second where the first holds, else the third, NaN and infinity as they are."""
    x = np.array([0.0, 1.0] * 3, dtype)
    y, z = np.array([1.0, 2.0, np.nan, 3.0, np.inf, 4.0], dtype), np.array([5.0, np.nan] * 3, dtype)

    assert_same(compiled(dtype).where_of_array(x, y, z), elementary.where(x != 0.0, y, z))


@pytest.mark.parametrize("name", N_ARGUMENTS)
def test_a_number_alone_is_as_in_an_array(name: str, dtype: np.dtype[Any], rng: np.random.Generator) -> None:
    """The loop that vectorizes gives the bits of one number after another, and NaN for NaN."""
    columns = [rng.choice(grid(dtype), 300) for _ in range(N_ARGUMENTS[name])]
    columns[0][0] = columns[-1][1] = np.nan
    module = compiled(dtype)

    found = getattr(module, f"{name}_of_array")(*columns)

    one_by_one = [getattr(module, f"{name}_of_number")(*row) for row in zip(*columns, strict=True)]
    assert_same(found, np.array(one_by_one, dtype))
    assert np.isnan(found[0 if name != "where" else 1]) or name == "where"


# ---- rows of the tables ---------------------------------------------------------------------------------


def exactly(equation: Any, *columns: Array) -> Array:
    """Return what NumPy makes of the columns in the widest dtype that it can."""
    with np.errstate(all="ignore"):
        try:
            return np.asarray(equation(*(column.astype(np.longdouble) for column in columns)))
        except TypeError:  # SciPy's erf ends at float64
            return np.asarray(equation(*(column.astype(np.float64) for column in columns)))


def roundings(equation: Any, *columns: Array) -> Array:
    """Return what NumPy's roundings cost at their worst nearby: as they are, and as float32 would show them."""
    bounds = []
    for dtype in (columns[0].dtype, np.dtype(np.float32)):
        given = [column.astype(dtype) for column in columns]
        with np.errstate(all="ignore"):
            error = np.abs(equation(*given).astype(np.longdouble) - exactly(equation, *given)).astype(
                np.float64
            )
        scale = float(np.finfo(columns[0].dtype).eps / np.finfo(dtype).eps)
        bounds.append(scale * maximum_filter1d(np.nan_to_num(error, posinf=0.0), 201))
    widest = float(np.finfo(np.longdouble).eps)  # what is taken as exact is off by so much itself
    return np.asarray(SLACK * (np.maximum(*bounds) + widest))


@pytest.mark.few(
    "float32-identity", "float32-logistic", "float32-tanh", "float32-relu", "float32-gelu", "float32-mish"
)
@pytest.mark.parametrize("name", HIDDEN)
def test_every_activation_is_its_equation(name: str, dtype: np.dtype[Any]) -> None:
    """Value and derivative differ from NumPy's in float64 by roundings only; NaN stays NaN."""
    row = ACTIVATIONS[name]
    assert row.derivative is not None
    z = np.append(np.linspace(-40.0, 40.0, 4001), np.nan).astype(dtype)
    signal, a, delta, no_bias = z.copy(), np.empty_like(z), np.ones_like(z), np.zeros(1, dtype)
    forward, backward = (module.part.ctypes for module in activation_parts(row, dtype.name))

    forward(*map(pointer, (signal, no_bias, a)), len(z), 1)
    backward(*map(pointer, (z, a, delta)), len(z), 1)

    np.testing.assert_array_equal(signal, z)
    assert np.isnan(a[-1])
    assert np.isnan(delta[-1])
    z, a, delta = z[:-1], a[:-1], delta[:-1]
    assert_close(a, exactly(row.value, z), roundings(row.value, z))
    assert_close(delta, exactly(row.derivative, z, a), roundings(row.derivative, z, a))


@pytest.mark.parametrize("pair_of_names", thinned(PAIRS))
def test_every_loss_is_its_equation(pair_of_names: str, dtype: np.dtype[Any]) -> None:
    """Value and gradient differ from NumPy's in float64 by roundings only, and the weight multiplies both."""
    loss, output = pair_of_names.split()
    activation = ACTIVATIONS[output]
    pair = LOSSES[loss].on(activation)
    value, gradient = pair.form.fused[output] if pair.is_fused else (pair.form.value, pair.form.gradient)
    options = [*pair.loss.options.values()]
    z = np.linspace(-12.0, 12.0, 301)
    p = (z if pair.is_fused else activation.value(z)).astype(dtype)
    accepted, weight, total = pair.form.targets, 0.5, 2.0
    part = loss_part(pair, dtype.name).part.ctypes
    given = np.array([*options, 0.0, 0.0, 0.0, 0.0][:4], dtype)
    w = np.full(1, weight, dtype)
    for target in np.linspace(max(accepted.low, -2.0), min(accepted.high, 2.0), 5).astype(dtype):
        y, values, delta = np.full_like(p, target), np.empty(len(p)), np.empty_like(p)
        for i in range(len(p)):
            values[i] = part(*map(pointer, (y[i:], p[i:], w, delta[i:], given)), 1, 1, total)
        for found, equation, factor in ((values, value, weight), (delta, gradient, weight / total)):

            def of(y: Array, p: Array, equation: Any = equation) -> Array:
                return np.asarray(equation(y, p, *options))

            assert_close(found.astype(dtype), factor * exactly(of, y, p), factor * roundings(of, y, p))


def test_softmax_and_its_loss_are_their_equations(dtype: np.dtype[Any], rng: np.random.Generator) -> None:
    """Rows of scores, large ones among them, give NumPy's softmax, log loss and gradient."""
    z = (rng.normal(size=(50, 4)) * np.geomspace(0.1, 300.0, 50)[:, None]).astype(dtype)
    y = rng.dirichlet(np.ones(4), 50).astype(dtype)
    softmax, pair = ACTIVATIONS["softmax"], LOSSES["log_loss"].on(ACTIVATIONS["softmax"])
    a, delta, scores, no_bias = np.empty_like(z), np.empty_like(z), z.copy(), np.zeros(4, dtype)
    w, options = np.ones(50, dtype), np.zeros(4, dtype)

    forward = activation_parts(softmax, dtype.name)[0].part.ctypes
    forward(*map(pointer, (z.copy(), no_bias, a)), 50, 4)
    part = loss_part(pair, dtype.name).part.ctypes
    summed = part(*map(pointer, (y, scores, w, delta, options)), 50, 4, 1.0)

    wide, eps = z.astype(np.float64), float(np.finfo(dtype).eps)
    exact = softmax.value(wide)
    np.testing.assert_allclose(a, exact, rtol=0, atol=20 * eps)
    values, gradients = pair.form.fused["softmax"]
    assert summed == pytest.approx(values(y.astype(np.float64), wide).sum(), rel=50 * eps)
    np.testing.assert_allclose(delta, gradients(y.astype(np.float64), wide), rtol=0, atol=20 * eps)
