"""Bad input gets an error that says what is wrong, where, and what to do; and it changes nothing."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from pellucid import Checkpoint, MLPClassifier, MLPRegressor
from pellucid.core import INITIALIZERS, LOSSES, get_loss
from pellucid.engines import ENGINES
from pellucid.estimators.parameters import PARAMETERS
from pellucid.exceptions import DataError, DivergenceError, IgnoredParameterWarning, ParameterError
from pellucid.optimizers import OPTIMIZERS, SCHEDULES
from pellucid.training import EpochEnd, Observer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BOTH = pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
LARGEST = 3.4e38  # of float32


def rows(model: type = MLPClassifier) -> tuple[np.ndarray, np.ndarray]:
    """Return twenty good rows."""
    X = np.random.default_rng(0).normal(size=(20, 3))
    return X, np.arange(20) % 2 if model is MLPClassifier else X[:, 0] + X[:, 1]


def small(model: type = MLPClassifier, **options: Any) -> Any:
    """Return a model that trains for three epochs."""
    return model(**{"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, **options})


def with_entry(array: np.ndarray, value: float, *place: int) -> np.ndarray:
    """Return a copy with another entry."""
    changed = array.astype(float)
    changed[place] = value
    return changed


# ---- numbers that are none -----------------------------------------------------------------------------


CONTAINERS: dict[str, Any] = {
    "array": np.asarray,
    "float32": lambda X: X.astype(np.float32),
    "list": lambda X: X.tolist(),
    "csr": sparse.csr_array,
    "csc": sparse.csc_array,
    "pandas": lambda X: pd.DataFrame(X, columns=["a", "b", "c"]),
    "polars": lambda X: pl.DataFrame(X, schema=["a", "b", "c"]),
}


@BOTH
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "transform"])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("value", "what"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")], ids=str
)
def test_x_that_is_not_finite(model: type, method: str, container: str, value: float, what: str) -> None:
    """NaN or infinity in X is refused by every method; the message names row and column."""
    X, y = rows(model)
    bad = CONTAINERS[container](with_entry(X, value, 4, 1))
    good = CONTAINERS[container](X)
    name = r" \('b'\)" if container in ("pandas", "polars") else ""
    fitted = small(model).fit(good, y)
    arguments = (bad,) if method in ("predict", "transform") else (bad, y)

    with pytest.raises(DataError, match=rf"X contains {what} in row 4, column 1{name} "):
        getattr(fitted, method)(*arguments)


def test_every_entry_that_is_not_finite_is_counted() -> None:
    """The message says how many there are, and names a way out."""
    X, y = rows()
    X[[3, 7, 7], [2, 0, 1]] = np.nan

    with pytest.raises(
        DataError, match=r"row 3, column 2 \(3 entries .* in all\).*sklearn\.impute\.SimpleImputer"
    ):
        small().fit(X, y)


@pytest.mark.parametrize(("value", "what"), [(np.nan, "NaN"), (np.inf, "infinity")], ids=str)
def test_numeric_targets_that_are_not_finite(value: float, what: str) -> None:
    """NaN or infinity in y is refused; the message names the row, and the column where there are several."""
    X, y = rows(MLPRegressor)

    with pytest.raises(DataError, match=rf"y contains {what} in row 4"):
        small(MLPRegressor).fit(X, with_entry(y, value, 4))
    with pytest.raises(DataError, match=rf"y contains {what} in row 4, column 1"):
        small(MLPRegressor).fit(X, with_entry(X, value, 4, 1))


@pytest.mark.parametrize(
    "y",
    [
        np.where(np.arange(20) == 4, np.nan, np.arange(20) % 2),
        np.array(["a", "b", "a", "b", np.nan, *"abcabcabcabcabc"], object),
        np.array(["a", "b", "a", "b", None, *"abcabcabcabcabc"], object),
    ],
    ids=["float", "NaN among text", "None among text"],
)
def test_a_class_that_is_missing(y: np.ndarray) -> None:
    """A missing class is refused; the message names y and the row."""
    with pytest.raises(ValueError, match=r"y .*(NaN|missing|None).* row 4"):
        small().fit(rows()[0], y)


@BOTH
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"size": np.arange(20.0), "city": ["Rome"] * 20}),
        pd.DataFrame({"size": np.arange(20.0), "city": pd.Categorical(["Rome"] * 20)}),
        pl.DataFrame({"size": np.arange(20.0), "city": ["Rome"] * 20}),
    ],
    ids=["pandas", "categorical", "polars"],
)
def test_text_in_a_column(model: type, frame: Any) -> None:
    """Text is refused; the message names the column and shows the text."""
    with pytest.raises(ValueError, match="Rome") as caught:
        small(model).fit(frame, rows(model)[1])

    assert "'city'" in str(caught.value)


@BOTH
def test_text_in_an_array(model: type) -> None:
    """Text is refused where columns have no names too, with the text."""
    with pytest.raises(ValueError, match="Rome"):
        small(model).fit(np.array([["1.0", "Rome"]] * 20), rows(model)[1])


def test_text_as_the_target_of_a_regression() -> None:
    """A regression needs numbers, and the message says which text came."""
    with pytest.raises(DataError, match=r"'y' must be numbers for a regression.*'red'"):
        small(MLPRegressor).fit(rows()[0], ["red"] * 20)


@BOTH
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "transform"])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda X: X.set_axis(["a", "b", "a"], axis=1),
            r"^X has more than one column named 'a'\. Rename",
        ),
        (lambda X: pl.from_pandas(X).lazy(), r"^X is a lazy frame .* Pass X\.collect\(\)"),
        (lambda X: X.assign(b=pd.Timestamp("2020-01-01")), "dates or durations in the column 'b'"),
        (lambda X: pl.from_pandas(X.assign(b=pd.Timedelta("1h"))), "durations in the column 'b'"),
        (
            lambda X: X.assign(**dict.fromkeys("abc", pd.Timestamp("2020-01-01"))),
            "durations in the column 'a'",
        ),
    ],
    ids=["names twice", "lazy", "dates", "durations", "dates only"],
)
def test_a_frame_that_is_no_matrix_of_numbers(model: type, method: str, spoil: Any, said: str) -> None:
    X, y = rows(model)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    fitted = small(model).fit(frame, y)
    given = (spoil(frame),) if method in ("predict", "transform") else (spoil(frame), y)
    with pytest.raises(DataError, match=said):
        getattr(fitted, method)(*given)


@BOTH
def test_an_array_of_dates(model: type) -> None:
    X, y = rows(model)
    for method in ("fit", "predict"):
        given = (np.full(X.shape, "2020-01-01", "datetime64[D]"), y)[: 2 - (method == "predict")]
        with pytest.raises(DataError, match="X has dates or durations"):
            getattr(small(model).fit(X, y), method)(*given)


class Wrapped:
    """A table of another library, which is no frame that Narwhals knows."""

    def __init__(self, X: np.ndarray) -> None:
        self.X = X

    @property
    def columns(self) -> list[str]:
        return ["a", "b", "c"]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.X, dtype)


@BOTH
def test_tables_that_are_no_frames_become_arrays(model: type) -> None:
    X, y = rows(model)
    fitted = small(model).fit(X, y)
    for table in (Wrapped(X), X.view(type("Named", (np.ndarray,), {"columns": ("a", "b", "c")}))):
        np.testing.assert_array_equal(small(model).fit(table, y).predict(table), fitted.predict(X))


@BOTH
def test_a_frame_of_targets_that_is_lazy_or_has_names_twice(model: type) -> None:
    X, y = rows(model)
    with pytest.raises(DataError, match=r"^y is a lazy frame .* Pass y\.collect\(\)"):
        small(model).fit(X, pl.DataFrame({"y": y}).lazy())
    with pytest.raises(DataError, match=r"^y has more than one column named 'a'"):
        small(model).fit(X, pd.DataFrame(np.column_stack([y, y]), columns=["a", "a"]))


def test_dates_as_the_target_of_a_regression() -> None:
    """Dates are no numbers either, though NumPy would count their microseconds."""
    with pytest.raises(DataError, match=r"'y' must be numbers for a regression.*datetime64"):
        small(MLPRegressor).fit(rows()[0], pd.Series(pd.date_range("2026-01-01", periods=20)))


@BOTH
def test_the_text_among_numbers_is_named(model: type) -> None:
    """In a column of numbers and texts it is the first text that is no number, with its row and column."""
    X = pd.DataFrame({"size": ["1.5", "2"] * 10, "rooms": [3, "many"] * 10})

    with pytest.raises(DataError, match=r"the text 'many' in row 1, column 1 \('rooms'\).*OneHotEncoder"):
        small(model).fit(X, rows(model)[1])
    with pytest.raises(DataError, match=r"the text 'many' in row 1, column 1\."):
        small(model).fit(X.to_numpy(), rows(model)[1])
    small(model).fit(X[["size"]], rows(model)[1])


def test_numbers_as_the_target_of_a_classification() -> None:
    """Continuous targets are refused, in scikit-learn's words."""
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        small().fit(*rows(MLPRegressor))


# ---- shapes ----------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("method", ["predict", "transform", "partial_fit"])
def test_a_wrong_number_of_features(model: type, method: str) -> None:
    """Another number of columns than in the fit is refused; the message has both numbers."""
    X, y = rows(model)
    fitted = small(model).fit(X, y)
    arguments = (X[:, :2], y) if method == "partial_fit" else (X[:, :2],)

    with pytest.raises(ValueError, match=rf"X has 2 features, but {model.__name__} is expecting 3 features"):
        getattr(fitted, method)(*arguments)


@BOTH
def test_other_feature_names(model: type) -> None:
    """Columns of other names than in the fit are refused; the message names them."""
    X, y = rows(model)
    fitted = small(model).fit(pd.DataFrame(X, columns=list("abc")), y)

    with pytest.raises(ValueError, match=r"feature names should match(.|\n)*- d"):
        fitted.predict(pd.DataFrame(X, columns=list("abd")))


@BOTH
@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda X, y: (X[:0], y[:0]), r"0 sample\(s\) .*minimum of 1 is required by"),
        (lambda X, y: (X[:, :0], y), r"0 feature\(s\) .*minimum of 1 is required by"),
        (lambda X, y: (X, y[:5]), r"inconsistent numbers of samples: \[20, 5\]"),
        (lambda X, y: (X[:, 0], y), r"Expected 2D array, got 1D array(.|\n)*reshape\(-1, 1\)"),
        (lambda X, y: (X[None], y), "dim 3"),
        (lambda X, y: (X * 1j, y), "Complex data not supported"),
        (lambda X, y: (X, y * 1j), "Complex data not supported"),
        (lambda X, y: (X, None), r"requires y to be passed, but the target y is None"),
        (lambda X, y: (X, X[:, :, None]), r"dim 3|shape"),
    ],
    ids=["no rows", "no columns", "too few targets", "1-d", "3-d", "complex", "complex y", "no y", "3-d y"],
)
def test_shapes_that_do_not_fit(model: type, cut: Any, message: str) -> None:
    """Empty data, wrong dimensions and mismatched lengths are refused with the numbers."""
    with pytest.raises(ValueError, match=message):
        small(model).fit(*cut(*rows(model)))


@BOTH
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"sample_weight.*\(3,\), expected \(20,\)"),
        (-np.ones(20), "[Nn]egative values.*`sample_weight`"),
        (np.full(20, np.nan), "sample_weight contains NaN"),
        (np.ones((20, 2)), "[Ss]ample weights must be 1D"),
        (["heavy"] * 20, "heavy"),
    ],
    ids=["length", "negative", "NaN", "2-d", "text"],
)
def test_weights_that_cannot_be_used(model: type, weights: Any, message: str) -> None:
    """Weights of the wrong length, sign or shape are refused by name."""
    with pytest.raises(ValueError, match=message):
        small(model).fit(*rows(model), sample_weight=weights)


# ---- classes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [np.zeros(20, int), ["red"] * 20, [True] * 20], ids=str)
def test_one_class_only(y: Any) -> None:
    """One class is learned and predicted, as in scikit-learn; its probability is in the first column."""
    X, _ = rows()
    model = small().fit(X, y)

    assert model.predict(X).tolist() == list(y)
    assert model.classes_.tolist() == [y[0]]
    assert model.predict_proba(X).shape == (20, 2)
    assert (model.predict_proba(X)[:, 0] > 0.5).all()


def test_one_class_in_a_batch_of_partial_fit() -> None:
    """A batch of one class is fine, whether all classes were announced or that one alone."""
    X, y = rows()

    for classes in ([0, 1], [0]):
        assert (small().partial_fit(X, 0 * y, classes=classes).classes_ == classes).all()


def test_classes_of_partial_fit() -> None:
    """The first call needs the classes, later ones may only repeat them, and y must keep to them."""
    X, y = rows()

    with pytest.raises(DataError, match="classes must be passed on the first call to partial_fit"):
        small().partial_fit(X, y)
    with pytest.raises(DataError, match=r"classes=\[0 2\]` is not the same as on the last call.*\[0 1\]"):
        small().partial_fit(X, y, classes=[0, 1]).partial_fit(X, y, classes=[0, 2])
    with pytest.raises(DataError, match=r"`y` has classes not in `self.classes_`: \[0\]"):
        small().partial_fit(X, y, classes=[1, 2])
    with pytest.raises(DataError, match=r"`y` has classes not in `self.classes_`: \[7\]"):
        small().fit(X, y).partial_fit(X, np.where(y, 7, 0))


def test_labels_in_place_of_classes() -> None:
    """A model of classes refuses an indicator of labels when it goes on."""
    X, y = rows()

    with pytest.raises(DataError, match="multilabel"):
        small().fit(X, y).partial_fit(X, np.column_stack([y, 1 - y]))


# ---- options ---------------------------------------------------------------------------------------------


BAD_OPTIONS: list[tuple[str, Any, str]] = [
    ("hidden_layer_sizes", (4, 0), r"hidden_layer_sizes must be > 0, got \(4, 0\)"),
    ("hidden_layer_sizes", 0, "hidden_layer_sizes must be > 0, got 0"),
    ("hidden_layer_sizes", -3, "hidden_layer_sizes must be > 0, got -3"),
    ("hidden_layer_sizes", (2.5,), r"hidden_layer_sizes.*\(2.5,\).*integers"),
    ("hidden_layer_sizes", ((3, 4), (5, 6)), "hidden_layer_sizes.*integers, one per hidden layer"),
    ("hidden_layer_sizes", None, "hidden_layer_sizes.*None.*integers"),
    ("activation", "rleu", "'activation'.*'relu'.*Got 'rleu'"),
    ("activation", "softmax", "'activation'.*Got 'softmax'"),
    ("activation", "step", "'activation'.*Got 'step'"),
    ("activation", ["relu", "tanh"], "'activation' must be one value or one per hidden layer, here 1; got 2"),
    ("activation", ["rleu"], "'activation' must be one of .*'relu'.*got 'rleu'"),
    ("activation", ["step"], "derivative of 'step' is 0 everywhere.*'tanh'"),
    ("solver", "newton", "'solver'.*'adam'.*Got 'newton'"),
    (
        "solver_options",
        {"beta": 0.9},
        r"'adam' has the options \['beta_1', 'beta_2', 'epsilon'\]; got \['beta'\]",
    ),
    ("solver_options", {"beta_1": 2.0}, r"beta_1.*2\.0"),
    ("solver_options", {"beta_1": "much"}, "beta_1.*'much'"),
    ("learning_rate", "exponential", "'learning_rate'.*'constant'.*Got 'exponential'"),
    ("schedule_options", {"factor": 2.0}, r"learning_rate='constant' has the options \[\]; got \['factor'\]"),
    ("loss", "hinge", "'loss'.*'squared_error'.*Got 'hinge'"),
    ("output_activation", "sigmoid", "'output_activation'.*'logistic'.*Got 'sigmoid'"),
    ("dropout", 1.0, r"'dropout'.*\[0\.0, 1\.0\).*Got 1\.0"),
    ("dropout", [1.5], r"'dropout' must lie in \[0, 1\); got 1\.5"),
    ("dropout", [0.1, 0.2], "'dropout' must be one value or one per hidden layer, here 1; got 2"),
    ("batch_norm", [True, False], "'batch_norm' must be one value or one per hidden layer, here 1; got 2"),
    ("residual", "dense", "'residual'.*'activation'.*Got 'dense'"),
    ("residual", ["dense"], "'residual' must be True, False or 'activation'; got 'dense'"),
    ("residual", [True], r"residual\[0\] is True, but block 0 has 3 inputs and 4 units"),
    ("initializer", "xavier", "'initializer'.*'glorot_uniform'.*Got 'xavier'"),
    ("initializer", ("xavier", 1.0), "'initializer' must be one of .*'glorot_uniform'"),
    ("initializer", ("uniform", "small"), "initializer.*'small'"),
    ("dtype", "float16", "'dtype'.*'float32'.*Got 'float16'"),
    ("dtype", int, "'dtype' must be 'float32', 'float64' or None; got .*int"),
    ("engine", "warp", "'engine'.*'reference'.*Got 'warp'"),
    ("n_threads", 0, "'n_threads'.*Got 0"),
    ("scoring", 3, "'scoring'.*Got 3"),
    ("scoring", "goodness", "'goodness'"),
    ("alpha", -1.0, "'alpha'.*Got -1.0"),
    ("l1", -1.0, "'l1'.*Got -1.0"),
    ("l2", -1.0, "'l2'.*Got -1.0"),
    ("weight_decay", -1.0, "'weight_decay'.*Got -1.0"),
    ("max_grad_norm", 0.0, "'max_grad_norm'.*Got 0.0"),
    ("max_iter", 0, "'max_iter'.*Got 0"),
    ("batch_size", 0, "'batch_size'.*Got 0"),
    ("n_iter_no_change", 0, "'n_iter_no_change'.*Got 0"),
    ("learning_rate_init", 0.0, "'learning_rate_init'.*Got 0.0"),
    ("momentum", 1.5, "'momentum'.*Got 1.5"),
    ("verbose", "loud", "'verbose'.*'progress'.*Got 'loud'"),
    ("random_state", "lucky", "'random_state'.*Got 'lucky'"),
    ("standardize", "yes", "'standardize'.*Got 'yes'"),
]
BAD_CLASSIFIER_OPTIONS = [
    ("class_weight", "heavy", "'class_weight'.*'balanced'.*Got 'heavy'"),
    ("class_weight", {5: 1.0}, r"class_weight"),
    ("label_smoothing", 1.0, "'label_smoothing'.*Got 1.0"),
    ("output_activation", "tanh", r"must give probabilities: one of \['logistic', 'softmax'\].*got 'tanh'"),
    ("output_activation", "step", r"must give probabilities: one of \['logistic', 'softmax'\].*got 'step'"),
    ("output_activation", "softmax", "'softmax' needs at least 2 outputs.*'logistic'"),
]
BAD_REGRESSOR_OPTIONS = [
    ("loss", "log_loss", "'loss'.*Got 'log_loss'"),
    ("quantile", 1.0, "'quantile'.*Got 1.0"),
    ("huber_delta", 0.0, "'huber_delta'.*Got 0.0"),
    ("output_activation", "softmax", "'softmax' needs at least 2 outputs"),
    ("output_activation", "step", "derivative of 'step' is 0 everywhere"),
]
OPTIONS = [
    *((model, *option) for model in (MLPClassifier, MLPRegressor) for option in BAD_OPTIONS),
    *((MLPClassifier, *option) for option in BAD_CLASSIFIER_OPTIONS),
    *((MLPRegressor, *option) for option in BAD_REGRESSOR_OPTIONS),
]


@pytest.mark.parametrize(
    ("model", "name", "value", "message"), OPTIONS, ids=[f"{m.__name__}-{n}-{v!r}" for m, n, v, _ in OPTIONS]
)
def test_an_option_that_is_not_accepted(model: type, name: str, value: Any, message: str) -> None:
    """The error is a ValueError, also where scikit-learn raises it, and names the parameter and what came."""
    with pytest.raises(ValueError, match=message):
        small(model, **{name: value}).fit(*rows(model))


@BOTH
def test_a_hyper_parameter_in_two_places(model: type) -> None:
    """In ``solver_options`` it holds, with a warning; beside another value of its own parameter it is an error."""
    X, y = rows(model)
    with pytest.warns(
        FutureWarning, match=r"'solver_options' takes 'beta_2' in this release only: set beta_2=0\.9"
    ):
        given = small(model, solver_options={"beta_2": 0.9}).fit(X, y)

    assert (given.predict(X) == small(model, beta_2=0.9).fit(X, y).predict(X)).all()
    with pytest.raises(ParameterError, match=r"beta_2=0\.8 and solver_options=.*0\.9} contradict each other"):
        small(model, beta_2=0.8, solver_options={"beta_2": 0.9}).fit(X, y)


def test_an_option_of_a_loss_in_two_places() -> None:
    """A ``Loss`` brings its own; beside another value of the parameter it is an error."""
    X, y = rows(MLPRegressor)
    for loss, option, name in (("quantile", "level", "quantile"), ("huber", "delta", "huber_delta")):
        given, named = get_loss(loss, **{option: 0.3}), {name: 0.3}

        expected = small(MLPRegressor, loss=loss, **named).fit(X, y).predict(X)
        assert (small(MLPRegressor, loss=given).fit(X, y).predict(X) == expected).all()
        assert (small(MLPRegressor, loss=given, **named).fit(X, y).predict(X) == expected).all()
        with pytest.raises(ParameterError, match=rf"{name}=0\.2 and {option}=0\.3 of the loss contradict"):
            small(MLPRegressor, loss=given, **{name: 0.2}).fit(X, y)


@pytest.mark.parametrize("row", PARAMETERS, ids=lambda row: f"{row.name}{row.only and '-'}{row.only}")
def test_every_option_is_checked(row: Any) -> None:
    """An object of no kind at all is refused for every parameter, by its name."""
    model = MLPRegressor if row.only == "regressor" else MLPClassifier

    with pytest.raises(ValueError, match=row.name):
        model(**{row.name: object()}).fit(*rows(model))


@pytest.mark.parametrize("name", [name for name, row in SCHEDULES.items() if row.options])
def test_schedule_options(name: str) -> None:
    """Options of a schedule are checked by name and by value."""
    option = next(iter(SCHEDULES[name].options))

    with pytest.raises(ParameterError, match=rf"{name!r} has the options .*{option}.*\['speed'\]"):
        small(solver="sgd", learning_rate=name, schedule_options={"speed": 1.0}).fit(*rows())
    with pytest.raises(ParameterError, match=rf"schedule option {option!r} must be .*; got -1\.0"):
        small(solver="sgd", learning_rate=name, schedule_options={option: -1.0}).fit(*rows())


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "log_loss"])
def test_a_loss_in_the_first_place(loss: str) -> None:
    """MLPRegressor("huber") gets an error that says loss=, since the sizes come first here."""
    with pytest.raises(ParameterError, match=rf"'hidden_layer_sizes' comes first.*Write loss='{loss}'"):
        MLPRegressor(loss).fit(*rows(MLPRegressor))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_and_an_output_activation_that_do_not_fit(loss: str) -> None:
    """The error names both, and the activations that fit."""
    fitting = LOSSES[loss].output_activations()
    refused = sorted({"identity", "exp", "relu"} - set(fitting))
    X, y = rows(MLPRegressor)

    for name in refused:
        with pytest.raises(ParameterError, match=f"loss='{loss}' .*'{name}'.*{fitting[0]}"):
            small(MLPRegressor, loss=LOSSES[loss], output_activation=name).fit(X, np.abs(y) / 10.0)
    assert refused or loss not in ("poisson", "log_loss")


def test_negative_targets_of_the_poisson_loss() -> None:
    """They are refused: the first is named, and how many there are."""
    X, y = rows(MLPRegressor)

    with pytest.raises(
        DataError, match=r"loss='poisson' accepts targets in \[0, inf\); y\[3, 0\] is -2 \(1 such"
    ):
        small(MLPRegressor, loss="poisson").fit(X, with_entry(np.abs(y), -2.0, 3))


@pytest.mark.parametrize("solver", [name for name, row in OPTIMIZERS.items() if not row.is_stepwise])
@pytest.mark.parametrize("dropout", [0.2, [0.2]])
def test_dropout_needs_steps(solver: str, dropout: Any) -> None:
    """L-BFGS with dropout is refused, with both ways out."""
    with pytest.raises(ParameterError, match=r"dropout.*Set dropout=0\.0, or use another solver"):
        small(solver=solver, dropout=dropout).fit(*rows())


def test_options_that_lbfgs_does_not_use() -> None:
    """weight_decay and max_grad_norm beside L-BFGS get a warning that names them."""
    with pytest.warns(IgnoredParameterWarning, match="'lbfgs' does not use weight_decay and max_grad_norm"):
        small(solver="lbfgs", weight_decay=0.1, max_grad_norm=1.0).fit(*rows())


@BOTH
def test_partial_fit_with_early_stopping(model: type) -> None:
    """It is refused, with both ways out."""
    first = {"classes": [0, 1]} if model is MLPClassifier else {}

    with pytest.raises(ParameterError, match=r"partial_fit does not support early_stopping=True.*or use fit"):
        small(model, early_stopping=True).partial_fit(*rows(model), **first)


@BOTH
def test_partial_fit_with_lbfgs(model: type) -> None:
    """L-BFGS has no partial_fit, as in scikit-learn."""
    assert not hasattr(small(model, solver="lbfgs"), "partial_fit")
    with pytest.raises(AttributeError) as caught:
        small(model, solver="lbfgs").partial_fit(*rows(model))

    assert "partial_fit is only available for stochastic optimizers" in str(caught.value.__cause__)


def test_a_batch_of_one_row_with_batch_norm() -> None:
    """Batch normalization over one row is refused, with the reason."""
    with pytest.raises(ParameterError, match="'batch_norm' needs batches of at least 2 rows"):
        small(batch_size=1, batch_norm=True).fit(*rows())


def test_a_batch_size_beyond_the_rows() -> None:
    """It is cut to the rows, with scikit-learn's warning."""
    with pytest.warns(UserWarning, match=r"Got `batch_size` .*larger than sample size.*clipped to 20"):
        small(batch_size=100).fit(*rows())


# ---- precision -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", ["array", "csr", "csc", "pandas"])
def test_inputs_beyond_float32(container: str) -> None:
    """A number that float32 cannot hold is refused by its place; float64 takes it."""
    X, y = rows()
    bad = CONTAINERS[container](with_entry(X, 1e39, 4, 1))

    with pytest.raises(DataError, match=r"X\[4, 1\] is beyond float32.*3\.4e\+38.*standardize=True.*float64"):
        small().fit(bad, y)
    small(dtype="float64", solver="sgd", learning_rate_init=1e-60, activation="tanh").fit(bad, y)


def test_targets_beyond_float32() -> None:
    """The same holds for y."""
    X, y = rows(MLPRegressor)

    with pytest.raises(DataError, match=r"y\[4, 0\] is beyond float32"):
        small(MLPRegressor).fit(X, with_entry(y, 2.0 * LARGEST, 4))


@pytest.mark.parametrize("container", ["array", "csr"])
def test_large_numbers_that_standardizing_brings_back(container: str) -> None:
    """With standardize=True, numbers are standardized in float64, so that a large scale is no problem."""
    X, y = rows()
    convert = CONTAINERS[container]

    large, usual = (small(standardize=True).fit(convert(c * X), y) for c in (1e39, 1.0))

    np.testing.assert_allclose(large.predict_proba(convert(1e39 * X)), usual.predict_proba(X), rtol=1e-4)


@pytest.mark.parametrize("scale", [1e-50, 1e39])
def test_weights_beyond_float32(scale: float) -> None:
    """Only the ratios of weights matter (alpha counts them), so that their size is no problem for float32."""
    X, y = rows()
    w = np.arange(1.0, 21.0)

    odd, usual = (small(alpha=c).fit(X, y, sample_weight=c * w) for c in (scale, 1.0))

    np.testing.assert_allclose(odd.network_.parameters, usual.network_.parameters, rtol=1e-4, atol=1e-5)


# ---- validation data -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda X, y: 3, "'validation_data' must be .*got int"),
        (lambda X, y: (X,), "'validation_data' must be .*got tuple of length 1"),
        (lambda X, y: (X, y, None, None), "'validation_data' must be .*got tuple of length 4"),
        (lambda X, y: "Xy", "'validation_data' must be .*got str"),
        (lambda X, y: (X[:, :2], y), "X has 2 features, but MLPClassifier is expecting 3"),
        (lambda X, y: (X, y[:3]), r"inconsistent numbers of samples: \[20, 3\]"),
        (lambda X, y: (X, y + 5), r"`y` has classes not in `self.classes_`: \[5 6\]"),
        (lambda X, y: (X, None), "the target y is None"),
        (lambda X, y: (with_entry(X, np.nan, 4, 1), y), "X contains NaN in row 4, column 1"),
        (lambda X, y: (X, y, [1.0]), r"sample_weight"),
        (lambda X, y: (X, y, 0.0 * y), r"weight"),
        (lambda X, y: (X[:0], y[:0]), r"0 sample\(s\)"),
    ],
    ids=[
        "number", "one", "four", "text", "features", "lengths", "classes", "no y", "NaN", "weights",
        "weights of 0", "empty",
    ],
)  # fmt: skip
@pytest.mark.parametrize("early_stopping", [False, True])
def test_validation_data_that_cannot_be_used(made: Any, message: str, early_stopping: bool) -> None:
    """Validation data is looked at like training data."""
    X, y = rows()

    with pytest.raises(ValueError, match=message):
        small(early_stopping=early_stopping).fit(X, y, validation_data=made(X, y))


def test_the_error_says_that_it_is_the_validation_data() -> None:
    """An error in the validation data names the validation data, not the training data."""
    X, y = rows()

    with pytest.raises(DataError, match="validation"):
        small().fit(X, y, validation_data=(with_entry(X, np.nan, 4, 1), y))


def test_validation_targets_that_the_loss_does_not_take() -> None:
    """Negative targets are refused among the validation data too."""
    X, y = rows(MLPRegressor)

    with pytest.raises(DataError, match="loss='poisson' accepts targets"):
        small(MLPRegressor, loss="poisson").fit(X, np.abs(y), validation_data=(X, -np.abs(y)))


@BOTH
def test_too_few_rows_for_a_split(model: type) -> None:
    """Early stopping on five rows is refused, with three ways out."""
    X, y = rows(model)

    with pytest.raises(
        DataError, match=r"too small: 1 of 5 rows\. Increase 'validation_fraction'.*validation_data"
    ):
        small(model, early_stopping=True).fit(X[:5], y[:5])


# ---- nothing is changed ----------------------------------------------------------------------------------


class Boom(Observer):
    """Raises when the second epoch ends."""

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Raise."""
        if len(event.row) and event.row["epoch"] % 2 == 0:
            raise RuntimeError("boom")


FAILURES: dict[str, Any] = {
    "NaN": lambda model, X, y: model.fit(with_entry(X, np.nan, 4, 1), y),
    "another width": lambda model, X, y: model.fit(X[:, :2], y[:3]),
    "missing targets": lambda model, X, y: model.fit(X[:, :2], np.where(y, np.nan, 0.0)),
    "other classes": lambda model, X, y: model.fit(X, y + 3, validation_data=(X, y)),
    "an option": lambda model, X, y: model.set_params(solver="newton").fit(X, y),
    "a late option": lambda model, X, y: model.set_params(scoring="goodness").fit(
        X, y + 3, validation_data=(X, y + 3)
    ),
    "validation data": lambda model, X, y: model.fit(X[:, :2], y, validation_data=(X, y)),
    "partial_fit": lambda model, X, y: model.partial_fit(with_entry(X, np.nan, 4, 1), y, classes=[0, 1]),
    "an observer": lambda model, X, y: model.set_callbacks(Boom()).fit(X[:, :2], y + 3),
    "divergence": lambda model, X, y: model.set_params(
        solver="sgd", learning_rate_init=1e38, batch_size=2
    ).fit(1e4 * X, y),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_fit_that_fails_leaves_a_fitted_model_as_it_was(failure: str) -> None:
    """A cold fit that fails leaves predictions, classes, names and history of the fit before."""
    X, y = rows()
    frame = pd.DataFrame(X, columns=list("abc"))
    model = small(activation="identity").fit(frame, y)
    predicted, history = model.predict_proba(frame), [dict(row) for row in model.history_]
    attributes = {name for name in vars(model) if name.endswith("_")}

    with pytest.raises((ValueError, RuntimeError)):
        FAILURES[failure](model, X, y)

    np.testing.assert_array_equal(model.predict_proba(frame), predicted)
    assert model.classes_.tolist() == [0, 1]
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.n_features_in_ == 3
    assert model.history_ == history
    assert {name for name in vars(model) if name.endswith("_")} == attributes


@pytest.mark.parametrize("failure", FAILURES)
def test_a_fit_that_fails_leaves_a_new_model_unfitted(failure: str) -> None:
    """A first fit that fails leaves no fitted attribute behind."""
    X, y = rows()
    model = small(activation="identity")

    with pytest.raises((ValueError, RuntimeError)):
        FAILURES[failure](model, X, y)

    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.predict(X)
    assert {name for name in vars(model) if name.endswith("_")} == set()
    assert not hasattr(model, "n_features_in_")


WARM_FAILURES: dict[str, Any] = {
    "NaN": FAILURES["NaN"],
    "an option": FAILURES["an option"],
    "a late option": lambda model, X, y: model.set_params(scoring="goodness").fit(
        X, y, validation_data=(X, y)
    ),
    "an observer": lambda model, X, y: model.set_callbacks(Boom()).fit(X, y),
}


@pytest.mark.parametrize("failure", WARM_FAILURES)
def test_a_warm_start_that_fails_leaves_the_model_as_it_was(failure: str) -> None:
    """A warm start that fails, before training or in it, leaves the fit before, and can be done again."""
    X, y = rows()
    model, twin = (small(warm_start=True, max_iter=4).fit(X, y) for _ in range(2))
    predicted = model.predict_proba(X)

    with pytest.raises((ValueError, RuntimeError)):
        WARM_FAILURES[failure](model, X, y)

    np.testing.assert_array_equal(model.predict_proba(X), predicted)
    assert len(model.history_) == 4
    model.set_params(solver="adam", scoring=None).set_callbacks().fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), twin.fit(X, y).predict_proba(X))


def test_the_error_of_a_divergence_is_scikit_learns(digits: Any) -> None:
    """A first epoch that leaves the finite numbers raises an error that contains scikit-learn's sentence."""
    with pytest.raises(
        DivergenceError,
        match=r"^Solver produced non-finite parameter weights\. The input data may contain large values and "
        r"need to be preprocessed\.",
    ):
        small(MLPRegressor, activation="identity", solver="sgd", learning_rate_init=1e5).fit(*digits)


# ---- the rest --------------------------------------------------------------------------------------------


@BOTH
def test_an_unfitted_model(model: type) -> None:
    """Before a fit there are no fitted attributes, and predictions are refused."""
    new = small(model)

    for method in ("predict", "transform"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(new, method)(rows()[0])
    with pytest.raises(NotFittedError):
        new.to_sklearn()
    for name in ("coefs_", "intercepts_", "loss_", "loss_curve_", "n_layers_", "out_activation_"):
        assert not hasattr(new, name), name


@pytest.mark.parametrize("layer", [1, 2, -2])
def test_a_layer_that_is_not_there(layer: int) -> None:
    """The message says which layers there are."""
    fitted = small().fit(*rows())

    with pytest.raises(ParameterError, match=rf"'layer' must be a hidden layer, -1 to 0 here; got {layer}"):
        fitted.transform(rows()[0], layer=layer)


def test_hidden_activations_of_a_network_without_hidden_layers() -> None:
    """transform says that there is no hidden layer."""
    with pytest.raises(ParameterError, match="this network has none"):
        small(hidden_layer_sizes=()).fit(*rows()).transform(rows()[0])


def test_coefficients_of_another_shape() -> None:
    """Setting too few arrays, or ones of another shape, is refused, and nothing is written."""
    model = small().fit(*rows())
    before = model.network_.parameters.copy()

    with pytest.raises(ParameterError, match="One array per layer is needed, here 2; got 1"):
        model.coefs_ = [np.ones((3, 4))]
    with pytest.raises(ParameterError, match=r"must have shape \(4, 1\); got \(4, 2\)"):
        model.coefs_ = [np.ones((3, 4)), np.ones((4, 2))]
    with pytest.raises(ParameterError, match=r"must have shape \(4,\); got \(5,\)"):
        model.intercepts_[0] = np.ones(5)

    np.testing.assert_array_equal(model.network_.parameters, before)


@pytest.mark.parametrize("callback", [3, Checkpoint, object()], ids=["number", "class", "object"])
def test_something_else_than_a_callback(callback: Any) -> None:
    """It is refused, and the callbacks set before stay."""
    watcher = Boom()
    model = small().set_callbacks(watcher)

    with pytest.raises(TypeError, match="callbacks must be instances"):
        model.set_callbacks(callback)

    with pytest.raises(RuntimeError, match="boom"):
        model.fit(*rows())


def test_the_tables_of_names_are_those_that_are_accepted() -> None:
    """Every name of every table is accepted where its parameter is checked."""
    for name, values in (
        ("solver", OPTIMIZERS),
        ("learning_rate", SCHEDULES),
        ("initializer", INITIALIZERS),
        ("engine", ["auto", *ENGINES]),
    ):
        for value in values:
            for model in (MLPClassifier, MLPRegressor):
                small(model, **{name: value})._validate_params()
