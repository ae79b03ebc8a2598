"""A fitted model: views of its parameters, predictions from any thread, from files and from scikit-learn."""

import copy
import inspect
import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn.neural_network
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_info

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import ACTIVATIONS, Activation, forward
from pellucid.engines import outputs as outputs_module
from pellucid.exceptions import ParameterError
from pellucid.training import EpochEnd, Observer

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

both = pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])


def fitted(model: type = MLPClassifier, **options: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a fitted model with two hidden layers, and its data."""
    rng = np.random.default_rng(9)
    X = rng.normal(size=(40, 3))
    y = np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5]) if model is MLPClassifier else X[:, 0] * X[:, 1]
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 10, "random_state": 0, **options}
    return model(**settings).fit(X, y), X, y


def outputs(model: Any, X: Any) -> Any:
    """Return the finest-grained prediction."""
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


WAYS: dict[str, Any] = {
    "as it is": lambda model: model,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


# ---- views ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("way", WAYS)
def test_coefficients_are_views(model: type, way: str) -> None:
    """Writing into coefs_ and intercepts_, by entry, by item or whole, changes the network and predictions."""
    one, X, _ = fitted(model)
    one = WAYS[way](one)
    before = outputs(one, X)

    assert [W.shape for W in one.coefs_[:2]] == [(3, 5), (5, 4)]
    assert [b.shape for b in one.intercepts_[:2]] == [(5,), (4,)]
    for array in (*one.coefs_, *one.intercepts_):
        assert np.shares_memory(array, one.network_.parameters)
    one.coefs_[0][1, 2] = 7.0
    assert one.network_.weights[0][1, 2] == 7.0
    one.coefs_[1] = np.full((5, 4), 0.25)
    assert (one.network_.weights[1] == 0.25).all()
    one.intercepts_[0] = np.arange(5.0)
    assert one.network_.biases[0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    one.coefs_ = [np.ones_like(W) for W in one.coefs_]
    one.intercepts_ = [np.zeros_like(b) for b in one.intercepts_]
    assert all((W == 1.0).all() for W in one.network_.weights)
    assert not any(b.any() for b in one.network_.biases)
    assert not np.allclose(outputs(one, X), before)
    with pytest.raises(ValueError, match="One array per layer"):
        one.coefs_ = []


def test_a_pickled_model_is_independent() -> None:
    """Writing into a copy leaves the original as it was."""
    model, X, _ = fitted()
    before = outputs(model, X)
    twin = pickle.loads(pickle.dumps(model))

    twin.coefs_[0][...] = 0.0

    assert_array_equal(outputs(model, X), before)


@both
def test_how_many_parameters(model: type) -> None:
    """n_parameters_ counts weights, biases, and the scale and shift of batch normalization."""
    plain, _, _ = fitted(model)
    normalized, _, _ = fitted(model, batch_norm=True)
    n_outputs = plain.n_outputs_

    assert plain.n_parameters_ == 3 * 5 + 5 + 5 * 4 + 4 + 4 * n_outputs + n_outputs
    assert normalized.n_parameters_ == plain.n_parameters_ + 2 * (5 + 4)
    assert plain.n_layers_ == 4


# ---- pickles, clones, files ----------------------------------------------------------------------------


@both
@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
def test_a_copy_predicts_the_same(model: type, way: str) -> None:
    """A pickled model predicts the same bits, and keeps its history."""
    one, X, _ = fitted(model, standardize=True, batch_norm=True, dropout=0.1)
    other = WAYS[way](one)

    assert_array_equal(outputs(other, X), outputs(one, X))
    assert_array_equal(other.transform(X, layer=0), one.transform(X, layer=0))
    assert other.history_ == one.history_


@both
def test_a_clone_is_new(model: type) -> None:
    """A clone has the parameters, in the same types, and nothing fitted."""
    one, X, y = fitted(model, activation=["relu", ACTIVATIONS["tanh"]], dropout=[0.1, 0.0])
    twin = clone(one)

    assert twin.get_params() == one.get_params()
    with pytest.raises(NotFittedError):
        twin.predict(X)
    assert_array_equal(outputs(twin.fit(X, y), X), outputs(one, X))


def test_a_clone_keeps_who_watches() -> None:
    """Observers go with a clone by reference, as scikit-learn's callbacks do: a search has one for all fits."""
    epochs: list[int] = []

    class Count(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            epochs.append(event.epoch)

    model, X, y = fitted(max_iter=2)
    clone(model.set_callbacks(Count())).fit(X, y)

    assert epochs == [0, 1]


@both
def test_every_parameter_is_kept_as_it_is(model: type) -> None:
    """The constructor stores what it gets, untouched, under the parameter's name."""
    for name in inspect.signature(model).parameters:
        token = object()
        assert getattr(model(**{name: token}), name) is token


@both
@pytest.mark.parametrize(
    "options", [{}, {"batch_norm": True, "standardize": True}], ids=["plain", "statistics"]
)
def test_a_memory_mapped_model(model: type, options: dict[str, Any], tmp_path: Path) -> None:
    """A model whose arrays are read-only maps of a file predicts the same, and nothing is copied for it."""
    one, X, y = fitted(model, **options)
    joblib.dump(one, tmp_path / "model")

    mapped = joblib.load(tmp_path / "model", mmap_mode="r")

    assert not mapped.network_.parameters.flags.writeable
    assert not mapped.coefs_[0].flags.writeable
    assert_array_equal(outputs(mapped, X), outputs(one, X))
    assert_array_equal(mapped.transform(X), one.transform(X))
    assert mapped.score(X, y) == one.score(X, y)
    with pytest.raises(ValueError, match="read-only"):
        mapped.coefs_[0][0, 0] = 1.0


@both
@pytest.mark.parametrize("warm_start", [False, True], ids=["cold", "warm"])
def test_a_memory_mapped_model_can_be_trained(model: type, warm_start: bool, tmp_path: Path) -> None:
    """A fit of such a model makes arrays of its own, and leaves the file as it is."""
    one, X, y = fitted(model)
    joblib.dump(one, tmp_path / "model")
    file = (tmp_path / "model").read_bytes()
    mapped = joblib.load(tmp_path / "model", mmap_mode="r").set_params(warm_start=warm_start)

    mapped.fit(X, y)

    assert_array_equal(outputs(mapped, X), outputs(one.set_params(warm_start=warm_start).fit(X, y), X))
    assert (tmp_path / "model").read_bytes() == file


# ---- predictions ---------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predictions_have_the_precision_of_x(model: type, dtype: str) -> None:
    """float32 in, float32 out; float64 and integers in, float64 out; whatever the model was trained in."""
    one, X, _ = fitted(model, dtype=dtype)

    assert one.network_.dtype == dtype
    for given, expected in ((np.float32, np.float32), (np.float64, np.float64), (np.int64, np.float64)):
        assert outputs(one, (3 * X).astype(given)).dtype == expected
        assert one.transform((3 * X).astype(given)).dtype == expected
    assert_allclose(outputs(one, X.astype(np.float32)), outputs(one, X), rtol=1e-4, atol=1e-5)


@both
def test_a_row_predicts_the_same_alone(model: type) -> None:
    """Whatever rows stand beside a row, its prediction is the same to rounding."""
    one, X, _ = fitted(model, batch_norm=True, standardize=True)

    alone = np.concatenate([outputs(one, X[i : i + 1]) for i in range(len(X))])

    assert_allclose(alone, outputs(one, X), rtol=1e-12, atol=1e-14)


@both
@pytest.mark.parametrize("block", [1, 13, 5 * 40])
def test_predictions_by_blocks_of_rows(model: type, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predicting some rows at a time gives what predicting all at once does."""
    one, X, _ = fitted(model)
    expected, hidden = outputs(one, X), one.transform(X)

    monkeypatch.setattr(outputs_module, "BLOCK", block)
    monkeypatch.setattr(outputs_module, "SPAN_WORK", 1)

    assert_allclose(outputs(one, X), expected, rtol=1e-12, atol=1e-14)
    assert_allclose(one.transform(X), hidden, rtol=1e-12, atol=1e-14)


@both
def test_predictions_from_many_threads(model: type) -> None:
    """Eight threads that predict with one model at once get the bits that one thread gets."""
    one, _, _ = fitted(model, batch_norm=True, dropout=0.3, standardize=True)
    parts = list(np.random.default_rng(0).normal(size=(64, 500, 3)))
    expected = [outputs(one, part) for part in parts]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: outputs(one, part), parts))

    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


@both
def test_a_prediction_leaves_no_trace(model: type) -> None:
    """Predicting, transforming and scoring change nothing of the model: its pickle stays the same."""
    one, X, y = fitted(model, batch_norm=True, dropout=0.3)
    before = pickle.dumps(one)

    outputs(one, X)
    one.transform(X)
    one.score(X, y)

    assert pickle.dumps(one) == before


# ---- hidden activations --------------------------------------------------------------------------------


@both
def test_transform_gives_hidden_activations(model: type) -> None:
    """transform(X, layer=k) is a_{k+1}: behind activation, residual connection and all."""
    one, X, _ = fitted(model, residual="activation", batch_norm=True, standardize=True, dtype="float64")
    passed = forward(one.network_, (X - one.input_mean_) / one.input_scale_)

    for layer, width in ((0, 5), (1, 4)):
        assert one.transform(X, layer=layer).shape == (40, width)
        assert_allclose(one.transform(X, layer=layer), passed.activations[layer + 1], rtol=1e-12)
        assert_array_equal(one.transform(X, layer=layer - 2), one.transform(X, layer=layer))
    assert_array_equal(one.transform(X), one.transform(X, layer=-1))
    assert_array_equal(clone(one).fit_transform(X, fitted(model)[2]), one.transform(X))


def test_transform_by_hand() -> None:
    """One hidden layer of relu: max(0, X W + b)."""
    model, X, _ = fitted(hidden_layer_sizes=(5,))
    W, b = model.coefs_[0].astype(float), model.intercepts_[0].astype(float)

    assert_allclose(model.transform(X), np.maximum(X @ W + b, 0.0), rtol=1e-12)


# ---- activations ---------------------------------------------------------------------------------------


def test_an_activation_for_each_layer() -> None:
    """A list gives each hidden layer its own."""
    model, X, _ = fitted(activation=["tanh", "logistic"])

    assert [a.name for a in model.network_.activation] == ["tanh", "logistic"]
    assert (model.transform(X, layer=0) < 0.0).any()
    assert (model.transform(X, layer=1) > 0.0).all()


def square(z: Any) -> Any:
    """Return z², an activation that pellucid has not."""
    return z * z


def square_derivative(z: Any, a: Any) -> Any:
    """Return 2 z."""
    return 2.0 * z


def test_an_activation_of_ones_own() -> None:
    """A function pair is trained, cloned and pickled like a row of the table: z² learns a product."""
    own = Activation("square", square, square_derivative)
    X = np.random.default_rng(1).normal(size=(100, 2))
    y = X[:, 0] * X[:, 1]  # ((x + y)² - (x - y)²) / 4
    model = MLPRegressor((2,), own, solver="lbfgs", alpha=0.0, random_state=0, max_iter=2000, tol=1e-10).fit(
        X, y
    )

    assert model.score(X, y) > 0.9999
    assert clone(model).activation == own
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    mixed = MLPRegressor((2, 3), [own, "tanh"], random_state=0, max_iter=2).fit(X, y)
    assert_allclose(
        mixed.transform(X, layer=0), (X @ mixed.coefs_[0] + mixed.intercepts_[0]) ** 2, rtol=1e-10
    )


def test_an_output_activation_of_ones_own() -> None:
    """It is taken where its range suits the loss."""
    from pellucid.core import Interval

    positive = Activation("square", square, square_derivative, range=Interval(0.0, np.inf, "low"))
    X = np.random.default_rng(1).normal(size=(100, 1))
    model = MLPRegressor((), output_activation=positive, solver="lbfgs", random_state=0, alpha=0.0)

    assert model.fit(X, (2.0 * X.ravel() + 1.0) ** 2).score(X, (2.0 * X.ravel() + 1.0) ** 2) > 0.999
    assert model.out_activation_ == "square"


def test_an_activation_of_ones_own_is_judged_by_its_own_outputs() -> None:
    """Its name alone, that of one of pellucid's, does not bring the form of the loss on the scores of that."""
    steep = Activation(
        "logistic",
        lambda z: ACTIVATIONS["logistic"].value(5.0 * z),
        lambda z, a: 5.0 * a * (1.0 - a),
        ACTIVATIONS["logistic"].range,
    )
    net = Network([2, 1], output_activation=steep, random_state=0)
    x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])

    assert net.gradients(x, y, loss="log_loss").loss == pytest.approx(-np.log(net.predict(x)).item())


# ---- from and to scikit-learn --------------------------------------------------------------------------


def theirs(kind: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a fitted model of scikit-learn, and its data."""
    X = np.random.default_rng(9).normal(size=(40, 3))
    number = X[:, 0] * X[:, 1]
    y = {
        "text": np.array(["low", "middle", "high"])[np.digitize(number, [-0.5, 0.5])],
        "two": number > 0.0,
        "labels": make_multilabel_classification(40, 3, n_classes=3, random_state=0)[1],
        "number": number,
        "numbers": X[:, :2],
        "counts": np.round(np.abs(number)),
    }[kind]
    if kind in ("text", "two", "labels"):
        model = sklearn.neural_network.MLPClassifier((5, 4), "tanh", max_iter=20, random_state=0)
    else:
        loss = "poisson" if kind == "counts" else "squared_error"
        model = sklearn.neural_network.MLPRegressor(loss, (5, 4), "logistic", max_iter=20, random_state=0)
    return model.fit(X, y), X, y


KINDS = ["text", "two", "labels", "number", "numbers", "counts"]


@pytest.mark.parametrize("kind", KINDS)
def test_from_scikit_learn_and_back(kind: str) -> None:
    """A model of theirs, of ours made from it, and of theirs made from that predict the same."""
    original, X, y = theirs(kind)
    cls = MLPClassifier if hasattr(original, "classes_") else MLPRegressor

    ours = cls.from_sklearn(original)
    back = ours.to_sklearn()

    assert type(back) is type(original)
    assert_array_equal(ours.predict(X), original.predict(X)) if hasattr(
        original, "classes_"
    ) else assert_allclose(ours.predict(X), original.predict(X), rtol=1e-12)
    for model in (ours, back):
        assert_allclose(outputs(model, X), outputs(original, X), rtol=1e-12)
        assert model.score(X, y) == pytest.approx(original.score(X, y), rel=1e-12)
        expected = original.get_params()
        assert {name: model.get_params()[name] for name in expected} == expected
    assert not np.shares_memory(ours.coefs_[0], original.coefs_[0])


@both
@pytest.mark.parametrize(
    "options", [{}, {"standardize": True}, {"standardize": True, "dropout": 0.2}], ids=str
)
def test_to_scikit_learn(model: type, options: dict[str, Any]) -> None:
    """Ours becomes theirs with the same predictions; standardization is folded into its weights."""
    one, X, y = fitted(model, **options)
    X = 5.0 * X + 3.0
    one.fit(X, y)

    converted = one.to_sklearn()

    assert_allclose(outputs(converted, X), outputs(one, X), rtol=1e-9, atol=1e-12)
    assert converted.n_iter_ == one.n_iter_
    assert converted.coefs_[0].dtype == np.float64


def test_names_survive_the_conversion() -> None:
    """Feature names go both ways."""
    import pandas as pd

    _, X, y = fitted()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = MLPClassifier((4,), max_iter=2, random_state=0).fit(frame, y)

    assert model.to_sklearn().feature_names_in_.tolist() == ["a", "b", "c"]
    assert MLPClassifier.from_sklearn(model.to_sklearn()).feature_names_in_.tolist() == ["a", "b", "c"]


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_converted_model_can_be_trained_there(model: type, method: str) -> None:
    """Models from to_sklearn go on with partial_fit, or with a warm start, as any of theirs does."""
    one, X, y = fitted(model)
    converted = one.to_sklearn().set_params(warm_start=True, max_iter=2)
    before = converted.coefs_[0].copy()

    getattr(converted, method)(X, y)

    assert not np.array_equal(converted.coefs_[0], before)


@both
def test_a_model_from_scikit_learn_can_be_trained(model: type) -> None:
    """It goes on by warm start and by partial_fit, with early stopping too; the curve grows as in scikit-learn."""
    original, X, y = theirs("text" if model is MLPClassifier else "number")
    n = len(original.loss_curve_)

    for options in ({"warm_start": True}, {"warm_start": True, "early_stopping": True}):
        ours = model.from_sklearn(original).set_params(max_iter=3, **options).fit(X, y)
        assert not np.array_equal(ours.coefs_[0], original.coefs_[0])
        assert len(ours.loss_curve_) == n + 3
    assert len(model.from_sklearn(original).partial_fit(X, y).loss_curve_) == n + 1


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ({"activation": "gelu"}, "activation='gelu'"),
        ({"activation": ["relu", "tanh"]}, "different activations per layer"),
        ({"batch_norm": True}, "batch_norm"),
        ({"residual": "activation"}, "residual"),
        ({"output_activation": "logistic"}, None),
        ({"output_activation": "softplus", "model": MLPRegressor}, "output_activation='softplus'"),
    ],
    ids=str,
)
def test_what_scikit_learn_has_not(options: dict[str, Any], lacking: str | None) -> None:
    """Options that theirs lacks are refused by name; all else is converted to the same predictions."""
    options = dict(options)
    one, X, _ = fitted(options.pop("model", MLPClassifier), **options)

    if lacking is None:
        assert_allclose(one.predict(X), one.to_sklearn().predict(X))
    else:
        with pytest.raises(ParameterError, match=f"scikit-learn's MLP has no .*{lacking}"):
            one.to_sklearn()


def test_something_else_is_not_from_scikit_learn() -> None:
    """A model of another class, or one that is not fitted, is refused."""
    with pytest.raises(
        ParameterError, match=r"takes a fitted sklearn\.neural_network\.MLPClassifier; got MLPR"
    ):
        MLPClassifier.from_sklearn(theirs("number")[0])
    with pytest.raises(NotFittedError):
        MLPClassifier.from_sklearn(sklearn.neural_network.MLPClassifier())


# ---- verbose -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "n_lines"),
    [
        ({"max_iter": 12}, 12),
        ({"max_iter": 12, "tol": 1.0, "n_iter_no_change": 3}, 6),
        # The rate falls from 0.01 below 1e-6 in six steps.
        ({"max_iter": 40, "tol": 1.0, "n_iter_no_change": 2, "learning_rate": "adaptive"}, 29),
        ({"max_iter": 4, "tol": 1.0, "n_iter_no_change": 2, "learning_rate": "adaptive"}, 5),
    ],
    ids=["max_iter", "converged", "adaptive", "adaptive, max_iter"],
)
def test_verbose_prints_what_scikit_learn_prints(
    options: dict[str, Any], n_lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """verbose=True prints theirs' lines: one per epoch, when the rate is lowered, and why it stopped."""
    original, X, y = theirs("text")
    original.set_params(solver="sgd", shuffle=False, warm_start=True, verbose=True, learning_rate_init=0.01)
    original.set_params(**options)
    original.best_loss_, original._no_improvement_count = np.inf, 0
    ours = MLPClassifier.from_sklearn(original)
    capsys.readouterr()

    original.fit(X, y)
    expected = capsys.readouterr().out
    ours.fit(X, y)
    printed = capsys.readouterr().out

    assert printed.splitlines() == expected.splitlines()
    assert len(printed.splitlines()) == n_lines


def test_verbose_prints_validation_scores(capsys: pytest.CaptureFixture[str]) -> None:
    """With early stopping each epoch has a second line, as in scikit-learn."""
    model, _, _ = fitted(early_stopping=True, verbose=True, max_iter=3)
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == f"Iteration 1, loss = {model.loss_curve_[0]:.8f}"
    assert lines[1::2] == [f"Validation score: {score:f}" for score in model.validation_scores_]
    assert len(lines) == 6


def test_verbose_in_partial_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """Each call prints a line, and none says that it was not enough."""
    model, X, y = fitted()
    capsys.readouterr()

    model.set_params(verbose=1).partial_fit(X, y).partial_fit(X, y)

    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["Iteration 1"] * 2


@pytest.mark.parametrize("verbose", [False, 0])
def test_quiet(verbose: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """Without verbose nothing is printed."""
    fitted(verbose=verbose)

    assert capfd.readouterr() == ("", "")


def test_a_progress_bar_writes_to_standard_error_only(capfd: pytest.CaptureFixture[str]) -> None:
    """verbose='progress' leaves standard output to the user."""
    fitted(verbose="progress")

    assert capfd.readouterr().out == ""


def test_what_the_progress_bar_says() -> None:
    """It counts epochs and shows the loss, and the validation score where there is one."""
    from rich.console import Console

    from pellucid.training.console import ProgressBar

    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    model, X, y = fitted()

    model.set_params(early_stopping=True).set_callbacks(ProgressBar(console)).fit(X, y)

    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert "10/10" in written
    assert f"loss {model.loss_curve_[-1]:.4f}" in written
    assert f"validation score {model.validation_scores_[-1]:.4f}" in written


# ---- threads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_threads", [1, 2])
def test_threads_are_limited_during_the_fit_only(n_threads: int) -> None:
    """n_threads sets the threads of the matrix products while fit runs, and gives them back."""

    def blas() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    during: list[set[int]] = []

    class Threads(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            during.append(blas())

    before = blas()
    model, X, y = fitted()
    model.set_params(n_threads=n_threads).set_callbacks(Threads()).fit(X, y)

    assert during == [{n_threads}] * 10
    assert blas() == before == {1}


def test_scores_that_are_all_undefined() -> None:
    """R² of one row is NaN; so is the best of such scores, and nothing more is said of it."""
    X, y = np.arange(6.0)[:, None], np.arange(6.0)
    model = MLPRegressor((2,), max_iter=2, random_state=0)
    with pytest.warns(UserWarning, match="not well-defined"):
        model.fit(X, y, validation_data=(X[:1], y[:1]))

    assert np.isnan(model.best_validation_score_)


def test_a_full_batch_method_leaves_the_best_score_alone() -> None:
    """L-BFGS monitors nothing: what it reaches is not taken for a validation score by who goes on."""
    X = np.random.default_rng(3).normal(size=(60, 3))
    y = X[:, 0] ** 3
    options = {"early_stopping": True, "scoring": "loss", "dtype": "float64", "warm_start": True}
    model = MLPRegressor((8,), max_iter=3, random_state=0, **options).fit(X, y)
    best = model._training_state.best

    model.set_params(solver="lbfgs", max_iter=100).fit(X, y)

    assert model._training_state.best == best == model.best_validation_score_
