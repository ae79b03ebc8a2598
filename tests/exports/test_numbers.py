"""Columns of tiny, huge and far numbers: an export encodes them as the model does, or names the column."""

import shutil

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPRegressor, TabularRegressor
from pellucid.exceptions import ParameterError
from pellucid.exports import export, program_of
from pellucid.exports.feeds import feed, made_rows
from pellucid.exports.python_source import numpy_source, row_source

pytestmark = pytest.mark.filterwarnings("ignore")
N = 60
FILES = ["m.onnx", "m.c", "m.py", "row.py"]
LARGEST = np.finfo(np.float64).max / 2


def mostly(value, others):
    """Return a column of which four fifths are one value."""
    return np.where(np.arange(N) % 5 == 0, others, value)


def columns(rng):
    """Return columns of numbers at the edges of float64 and of int64."""
    z, few = rng.normal(size=N), rng.integers(0, 9, N)
    return {
        "1e-300": z * 1e-300,
        "1e-307": z * 1e-307,
        "below the normal numbers": z * 1e-310,
        "a few of the least numbers": few * 5e-324,
        "mostly zero, 1e-300": mostly(0.0, z * 1e-300),
        "mostly zero, below the normal numbers": mostly(0.0, z * 1e-310),
        "mostly 1e-320, some huge": mostly(1e-320, z * 1e300),
        "1e-300 and 1": np.where(few < 5, z * 1e-300, z),
        "1e-300 and 1e300": np.where(few < 5, z * 1e-300, z * 1e300),
        "1e-300 and 1e300, mostly zero": mostly(0.0, np.where(few < 5, z * 1e-300, z * 1e300)),
        "1e300": z * 1e300,
        "to the largest": np.linspace(-LARGEST, LARGEST, N),
        "mostly zero, to the largest": mostly(0.0, np.linspace(-LARGEST, LARGEST, N)),
        "a scale of 1 + 2.9e-8": np.linspace(0.0, 2.0 - 5.8e-8, N),
        "1 and a few last bits": 1.0 + few * 2.0**-52,
        "mostly 1, a few last bits": mostly(1.0, 1.0 + few * 2.0**-52),
        "negative zeros": np.where(few < 3, -0.0, z),
        "int64": 2**63 - 1 - few,
        "both ends of int64": np.where(few < 5, 2**63 - 1 - few, few - 2**62 - 2**62),
        "uint64": np.uint64(2**64 - 1) - few.astype(np.uint64),
        "constant of 1e-310": np.full(N, 1e-310),
        "constant of the largest": np.full(N, LARGEST),
    }


NAMES = list(columns(np.random.default_rng(0)))
EVERY = "all of them"  # in one table, which takes no longer than one of them
ALL_OR_ONE = [EVERY, *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES)]


def chosen(every, name):
    """Return all columns, or the one of a name."""
    return every if name == EVERY else {name: every[name]}


@pytest.mark.few(
    "a few of the least numbers",
    "1e-300 and 1e300, mostly zero",
    "1 and a few last bits",
    "both ends of int64",
    "uint64",
    "constant of the largest",
)
@pytest.mark.parametrize("name", NAMES)
def test_encoded_matrix_is_equal_in_every_bit(name, rng):
    """In ONNX Runtime, for the rows of fit and for made ones; interpolated columns up to rounding."""
    for package in ("spox", "onnxruntime"):
        pytest.importorskip(package)
    from pellucid.exports.onnx_graph import encoder_model
    from pellucid.exports.runtimes import run_onnx

    X = pd.DataFrame({"z": rng.normal(size=N), "x": columns(rng)[name]})
    model = TabularRegressor("fast", max_iter=1, engine="reference", random_state=0).fit(X, X["z"])
    program = program_of(model)
    graph = encoder_model(program)
    taken = {given.name for given in graph.graph.input}
    knots = any(feature.knots for column in model.encoder_.columns_ for feature in column.features)
    for rows in (feed(model, program, X), made_rows(program)):
        right = model.encode(pd.DataFrame(dict(rows)))
        given = {key: cells for key, cells in rows.items() if key in taken}
        found = run_onnx(graph, program, given)[0]["encoded"]
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-6 if knots else 0)


@pytest.mark.parametrize("source", [numpy_source, row_source])
def test_files_of_python_encode_in_every_bit(source, rng):
    """The standard library too rounds to float32 what the waves of a network multiply by their frequencies."""
    every = {**columns(rng), "y": rng.normal(size=N)}
    X = pd.DataFrame({name: every[name] for name in ("y", "1e-300", "1e300", "int64", "negative zeros")})
    model = TabularRegressor("fast", max_iter=1, engine="reference", random_state=0).fit(X, every["y"])
    assert not any(feature.knots for column in model.encoder_.columns_ for feature in column.features)
    scope = {"__name__": "exported"}
    exec(source(program_of(model)), scope)
    rows = feed(model, program_of(model), X)
    if source is row_source:
        found = [scope["_encode"]({name: [x[i]] for name, x in rows.items()})[0] for i in range(N)]
    else:
        found = scope["_encode"](rows)
    np.testing.assert_array_equal(found, model.encode(X))


@pytest.mark.parametrize("name", ALL_OR_ONE)
@pytest.mark.parametrize("file", FILES)
@pytest.mark.few("m.py-all of them")
def test_every_export_predicts_the_same(name, file, rng, tmp_path):
    """On the rows of fit and on made ones, in a table and in a matrix that is standardized."""
    libraries(file)
    given, y = chosen(columns(rng), name), rng.normal(size=N)
    few = {"max_iter": 1, "engine": "reference", "random_state": 0}
    options = {"standard_library": True} if file == "row.py" else {}
    models = [(TabularRegressor("fast", **few), pd.DataFrame({**given, "y": y}))]
    numbers = [x.astype(np.float64) for x in given.values()]
    # From 1e150 on the variance overflows, and fit refuses the matrix.
    if within := [x for x in numbers if np.abs(x).max() < 1e150]:
        models.append((MLPRegressor((3,), standardize=True, **few), np.column_stack(within)))
    for model, X in models:
        model.fit(X, y)
        for data in (X, None):
            assert export(model, tmp_path / file, data=data, **options).passed


def far_dates(rng):
    """Return columns of dates by name, near and beyond the end of what 64-bit microseconds reach."""
    days = rng.integers(0, 1000, N)
    return {
        "ends of nanoseconds": np.array(
            ["1677-09-21T00:12:44", "2262-04-11T23:47:16"] * (N // 2), "datetime64[ns]"
        ),
        "a few microseconds": np.datetime64("2020-01-01", "us") + rng.integers(0, 9, N),
        "the last years": np.datetime64("294240-01-01", "s") + 86_400 * days,
        "the first years": np.datetime64("-290300-01-01", "s") + 86_400 * days,
    }


DATES = list(far_dates(np.random.default_rng(0)))


@pytest.mark.parametrize("name", [EVERY, *(pytest.param(name, marks=pytest.mark.slow) for name in DATES)])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.few("m.py-all of them")
def test_dates_to_the_end_of_64_bit_microseconds(name, file, rng, tmp_path):
    libraries(file)
    X = pd.DataFrame({**chosen(far_dates(rng), name), "z": rng.normal(size=N)})
    model = TabularRegressor("fast", max_iter=1, engine="reference", random_state=0).fit(X, X["z"])
    options = {"standard_library": True} if file == "row.py" else {}
    assert export(model, tmp_path / file, data=X, **options).passed
    assert export(model, tmp_path / file, **options).passed


@pytest.mark.parametrize("sign", [1, -1])
def test_dates_beyond_64_bit_microseconds_are_refused_by_column(sign, rng, tmp_path):
    """Those of fit, and those of the rows to compare with; nothing is written."""
    near = np.datetime64("2020-01-01", "s") + rng.integers(0, 10**9, N)
    far = np.where(np.arange(N) == 3, np.datetime64(sign * 10**13, "s"), near)
    X, Z = (pd.DataFrame({"z": rng.normal(size=N), "day of birth": days}) for days in (near, far))
    for fitted, data, parameter in ((Z, None, "model"), (X, Z, "data")):
        model = TabularRegressor("fast", max_iter=1, engine="reference", random_state=0).fit(fitted, X["z"])
        with pytest.raises(ParameterError, match=rf"'{parameter}'.*'day of birth'.*64-bit microseconds"):
            export(model, tmp_path / "m.py", data=data)
    assert not list(tmp_path.iterdir())


def libraries(file):
    if file.endswith(".onnx"):
        for package in ("spox", "onnxruntime"):
            pytest.importorskip(package)
    if file.endswith(".c") and shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")


def test_counts_of_made_rows_far_out_are_exported_for_the_standard_library(rng, tmp_path):
    """Their exp is beyond float32 for some of the rows, with other digits in each precision."""
    X = rng.normal(size=(N, 4)) * [1.0, 1.0, 1.0, 1e6]
    few = {"max_iter": 5, "engine": "reference", "random_state": 0}
    model = MLPRegressor((3,), standardize=True, loss="poisson", **few).fit(X, rng.poisson(2.0, N))
    program = program_of(model)
    assert model.predict(made_rows(program)["X"]).max() > np.finfo(np.float32).max
    assert export(model, tmp_path / "m.py", standard_library=True).passed
