"""Targets stay what they are, whatever holds them; those that cannot be kept are refused by name."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor
from pellucid.estimators.checked_arrays import read_numbers
from pellucid.exceptions import DataError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(40, 3))
IS_UP = X[:, 0] > 0.0
BEYOND = 2**53  # float64 takes this number and the next one for the same
MODELS: dict[str, Callable[[], Any]] = {
    "MLPClassifier": lambda: MLPClassifier((4,), max_iter=2, random_state=0),
    "Perceptron": lambda: Perceptron(max_iter=2, random_state=0),
    "TabularClassifier": lambda: TabularClassifier("fast", max_iter=2, random_state=0),
}
REGRESSORS: dict[str, Callable[[], Any]] = {
    "MLPRegressor": lambda: MLPRegressor((4,), max_iter=2, random_state=0),
    "TabularRegressor": lambda: TabularRegressor("fast", max_iter=2, random_state=0),
}
every_classifier = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
every_model = pytest.mark.parametrize("make", (MODELS | REGRESSORS).values(), ids=MODELS | REGRESSORS)


@every_classifier
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (pd.Series(BEYOND + IS_UP, dtype="Int64"), np.array([BEYOND, BEYOND + 1])),
        (pd.DataFrame({"y": pd.array(BEYOND + IS_UP, dtype="Int64")}), np.array([BEYOND, BEYOND + 1])),
        (pd.Series(BEYOND + IS_UP, dtype="int64[pyarrow]"), np.array([BEYOND, BEYOND + 1])),
        (pd.Series(IS_UP, dtype="boolean"), np.array([False, True])),
        (pl.Series((BEYOND + IS_UP).tolist()), np.array([BEYOND, BEYOND + 1])),
        (np.where(IS_UP, "up", "down").astype(np.dtypes.StringDType()), np.array(["down", "up"])),
    ],
    ids=["Int64", "a frame", "Arrow", "boolean", "Polars", "StringDType"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_classes_are_those_that_were_given(make: Any, target: Any, expected: np.ndarray) -> None:
    classes = make().fit(X, target).classes_
    assert classes.dtype.kind == expected.dtype.kind
    assert classes.tolist() == expected.tolist()


def test_classes_of_a_step_are_those_that_were_given() -> None:
    model = MLPClassifier((4,), random_state=0)
    model.partial_fit(X, pd.Series(BEYOND + IS_UP, dtype="Int64"), classes=[BEYOND, BEYOND + 1])
    assert model.classes_.tolist() == [BEYOND, BEYOND + 1]


@pytest.mark.parametrize("make", REGRESSORS.values(), ids=REGRESSORS)
def test_nullable_numbers_are_numbers(make: Any) -> None:
    numbers = np.arange(40) % 7
    plain = make().fit(X, numbers).predict(X)
    np.testing.assert_array_equal(make().fit(X, pd.Series(numbers, dtype="Int64")).predict(X), plain)
    two = np.column_stack([numbers, numbers + 1])
    frame = pd.DataFrame(two, columns=["a", "b"], dtype="Int64")
    np.testing.assert_array_equal(make().fit(X, frame).predict(X), make().fit(X, two).predict(X))


@every_model
@pytest.mark.parametrize(
    "y",
    [(i for i in range(40)), dict.fromkeys(range(40), 1), set(range(40)), np.array(1)],
    ids=["generator", "dict", "set", "scalar"],
)
def test_what_holds_no_targets_is_refused(make: Any, y: Any) -> None:
    with pytest.raises(DataError, match=r"'y' must have shape \(n_rows,\)"):
        make().fit(X, y)


@every_classifier
def test_nan_among_text_is_missing(make: Any) -> None:
    """In a list, of which NumPy would make the text "nan"."""
    y: list[Any] = ["up" if is_up else "down" for is_up in IS_UP.tolist()]
    y[3] = float("nan")
    with pytest.raises(DataError, match=r"Input y contains NaN in row 3"):
        make().fit(X, y)


@every_model
def test_records_are_refused(make: Any) -> None:
    y = np.rec.fromarrays([IS_UP.astype(int)], names=["y"])
    with pytest.raises(DataError, match=r"'y' must contain one kind of value.*y\['name'\]"):
        make().fit(X, y)


@every_model
def test_masked_targets_are_refused(make: Any) -> None:
    y = np.ma.array(IS_UP.astype(int), mask=np.arange(40) == 3)
    with pytest.raises(DataError, match=r"Input y is masked in .*\(1 entry in all\)"):
        make().fit(X, y)


@every_model
def test_a_masked_array_without_a_masked_entry_is_an_array(make: Any) -> None:
    make().fit(X, np.ma.array(IS_UP.astype(int)))


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "Perceptron"])
def test_masked_inputs_are_refused(name: str) -> None:
    masked = np.ma.array(X, mask=X > 2.0)
    model, y = (MODELS | REGRESSORS)[name](), IS_UP.astype(int)
    with pytest.raises(DataError, match=r"Input X is masked in .*filled\(numpy.nan\)"):
        model.fit(masked, y)
    model.fit(X, y)
    with pytest.raises(DataError, match=r"Input X is masked in"):
        model.predict(masked)


@pytest.mark.parametrize("name", sorted({*MODELS, *REGRESSORS} - {"Perceptron"}))
def test_masked_weights_are_refused(name: str) -> None:
    weight = np.ma.array(np.ones(40), mask=np.arange(40) < 2)
    with pytest.raises(DataError, match=r"Input sample_weight is masked in .*\(2 entries"):
        (MODELS | REGRESSORS)[name]().fit(X, IS_UP.astype(int), weight)


@every_classifier
def test_text_that_numpy_would_cut_is_refused(make: Any) -> None:
    y = ["a\0" if up else "a" for up in IS_UP]
    with pytest.raises(DataError, match=r"ends with a NUL character"):
        make().fit(X, np.array(y, object))


@every_classifier
def test_numbers_beyond_64_bits_are_refused(make: Any) -> None:
    with pytest.raises(DataError, match=r"beyond 64 bits.*astype\(str\)"):
        make().fit(X, np.array([10**20 + int(up) for up in IS_UP], object))


SCORES = [None, {"accuracy": 1.0}, [0.1, 0.2], 1j, "good"]


@pytest.mark.parametrize("score", SCORES, ids=map(str, SCORES))
@pytest.mark.parametrize("name", ["MLPClassifier", "TabularClassifier"])
def test_a_score_that_is_no_number_is_refused(name: str, score: Any) -> None:
    model = MODELS[name]().set_params(scoring=lambda model, X, y: score)
    if name == "MLPClassifier":
        model.set_params(early_stopping=True)
    with pytest.raises(ParameterError, match=r"'scoring' must return one number"):
        model.fit(X, IS_UP)


HOLDERS: dict[str, Callable[[np.ndarray], Any]] = {
    "objects": lambda y: np.array(y.tolist(), object),
    "nullable": lambda y: pd.Series(y).convert_dtypes(),
    "a column": lambda y: y[:, None],
    "a frame": lambda y: pd.DataFrame({"y": y}),
    "Polars": lambda y: pl.Series(y.tolist()),
    "StringDType": lambda y: y.astype(str).astype(np.dtypes.StringDType()),
}
every_holder = pytest.mark.parametrize("held", HOLDERS.values(), ids=HOLDERS)
one_column = pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")


@every_holder
@pytest.mark.parametrize("name", MODELS)
@one_column
def test_the_score_does_not_depend_on_what_holds_the_targets(name: str, held: Any) -> None:
    y = IS_UP.astype(str) if held is HOLDERS["StringDType"] else IS_UP
    model = MODELS[name]().fit(X, y)
    assert model.score(X, held(y)) == (model.predict(X) == y).mean()


NO_TABLES: dict[str, Callable[[], Any]] = {
    "a dict": lambda: {"a": X[:, 0], "b": X[:, 1]},
    "dicts": lambda: [{"a": 1.0, "b": 2.0}] * 40,
    "a generator": lambda: (row for row in X),
    "records": lambda: np.rec.fromarrays(list(X.T), names="a,b,c"),
}


@pytest.mark.parametrize("given", NO_TABLES.values(), ids=NO_TABLES)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "Perceptron"])
def test_what_is_no_matrix_is_refused(name: str, given: Any) -> None:
    with pytest.raises(DataError, match=r"^'X' must be an array of shape .* got .*pandas.DataFrame"):
        (MODELS | REGRESSORS)[name]().fit(given(), IS_UP.astype(int))


@pytest.mark.parametrize("dtype", [np.uint64, np.int64])
@pytest.mark.parametrize("step", [1, 4096])
def test_targets_that_float64_does_not_tell_apart(dtype: Any, step: int) -> None:
    """Neighbors beyond 2**53 become one number, and a warning says so; those far enough apart stay as they are."""
    y = np.arange(4).astype(dtype) * dtype(step) + dtype(2**62)
    assert len(np.unique(y.astype(float))) == (1 if step == 1 else 4)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_numbers(y, "a test")

    said = [str(warning.message) for warning in caught]
    assert len(said) == (step == 1)
    assert all("4 different values become 1" in text for text in said)
