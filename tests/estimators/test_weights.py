"""Weight 2 is the row twice, weight 0 is the row absent; class weights are weights; penalties know their size."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.utils import compute_sample_weight

from pellucid import MLPClassifier, MLPRegressor
from pellucid.core import LOSSES
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.training import EpochEnd, Observer, StepEnd, TrainBegin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
OPTIONS: dict[str, Any] = {
    "hidden_layer_sizes": (6, 5),
    "activation": "tanh",
    "alpha": 0.1,
    "l1": 0.001,
    "l2": 0.01,
    "learning_rate_init": 0.02,
    "max_iter": 6,
    "dtype": "float64",
    "random_state": 0,
}
# What each case is about, beside OPTIONS; every loss of the table stands in one.
CASES: dict[str, tuple[type, str, dict[str, Any]]] = {
    **{loss: (MLPRegressor, "number", {"loss": loss}) for loss in LOSSES if loss != "log_loss"},
    "several outputs": (MLPRegressor, "numbers", {}),
    "two classes": (MLPClassifier, "two classes", {}),
    "three classes": (MLPClassifier, "classes", {}),
    "labels": (MLPClassifier, "labels", {}),
    "label smoothing": (MLPClassifier, "classes", {"label_smoothing": 0.2}),
    "squared error of a softmax": (MLPClassifier, "classes", {"loss": "squared_error"}),
}
LAYERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "batch norm": {"batch_norm": True},
    "standardized": {"standardize": True},
    "everything": {"batch_norm": True, "standardize": True, "residual": "activation", "weight_decay": 0.1},
}


def targets(kind: str, X: np.ndarray) -> np.ndarray:
    """Return targets of a kind, which depend on X."""
    number = X[:, 0] * X[:, 1] + X[:, 2]
    return {
        "number": np.abs(number),
        "numbers": np.column_stack([number, X[:, 1]]),
        "two classes": (number > 0.0).astype(int),
        "classes": np.digitize(number, [-0.5, 0.5]),
        "labels": np.column_stack([number > 0.0, X[:, 1] > 0.0, X[:, 0] > 0.5]).astype(int),
    }[kind]


def rows(kind: str, n_samples: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs, targets, and weights of which some are 0 and some greater than 1."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(n_samples, 3))
    w = rng.integers(0, 4, n_samples)
    assert {0, 2} <= set(w)
    return X, targets(kind, X), w


def assert_equivalent(weighted: Any, repeated: Any, X: Any) -> None:
    """Assert that parameters, statistics, losses and predictions agree to rounding, and that they moved."""
    # Before batch normalization a bias has no gradient but rounding, and Adam divides it by its size.
    close = {"rtol": 1e-6, "atol": 1e-7}
    np.testing.assert_allclose(weighted.network_.parameters, repeated.network_.parameters, **close)
    np.testing.assert_allclose(weighted.network_.state, repeated.network_.state, **close)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, **close)
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), **close)
    predict = "predict_proba" if is_classifier(weighted) else "predict"
    np.testing.assert_allclose(getattr(weighted, predict)(X), getattr(repeated, predict)(X), **close)
    assert weighted.loss_curve_[-1] != weighted.loss_curve_[0]


def fit_both(model: type, options: dict[str, Any], X: Any, y: Any, w: np.ndarray) -> tuple[Any, Any]:
    """Return a model fitted with weights and one fitted to each row as often as its weight says."""
    repeated = np.repeat(np.arange(len(w)), w)
    return (
        model(**{**OPTIONS, **options}).fit(X, y, sample_weight=w),
        model(**{**OPTIONS, **options}).fit(X[repeated], y[repeated]),
    )


# ---- weights are repetitions -----------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["nesterov", "adam", "lbfgs"])
@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:.*does not use weight_decay")
def test_weights_are_repetitions(case: str, layers: str, solver: str) -> None:
    """For every loss, with batch normalization and standardization, a weight acts as so many rows."""
    model, kind, options = CASES[case]
    X, y, w = rows(kind)

    weighted, repeated = fit_both(model, {**options, **LAYERS[layers], "solver": solver}, X, y, w)

    assert_equivalent(weighted, repeated, X)


@pytest.mark.parametrize("solver", STEPWISE)
@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
def test_weights_are_repetitions_for_every_optimizer(solver: str, model: type) -> None:
    """Every optimizer of the table, with clipping."""
    X, y, w = rows("classes")

    weighted, repeated = fit_both(model, {"solver": solver, "max_grad_norm": 0.1}, X, y, w)

    assert_equivalent(weighted, repeated, X)


@pytest.mark.parametrize("standardize", [False, True])
def test_weights_are_repetitions_for_sparse_rows(standardize: bool) -> None:
    """Sparse inputs, also with the statistics folded into the first layer."""
    X, y, w = rows("classes")
    X = sparse.csr_array(np.where(np.abs(X) > 0.5, X, 0.0))

    weighted, repeated = fit_both(MLPClassifier, {"standardize": standardize}, X, y, w)

    assert_equivalent(weighted, repeated, X)


@given(
    w=st.lists(st.integers(0, 5), min_size=12, max_size=12).filter(lambda w: sum(n > 0 for n in w) >= 4),
    loss=st.sampled_from([name for name in LOSSES if name != "log_loss"]),
    solver=st.sampled_from(STEPWISE),
    batch_norm=st.booleans(),
    standardize=st.booleans(),
)
@settings(max_examples=40)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_any_weights_are_repetitions(
    w: list[int], loss: str, solver: str, batch_norm: bool, standardize: bool
) -> None:
    """Whatever the weights are."""
    X, y, _ = rows("number")
    options = {"loss": loss, "solver": solver, "batch_norm": batch_norm, "standardize": standardize}

    weighted, repeated = fit_both(MLPRegressor, options, X[:12], y[:12], np.array(w))

    assert_equivalent(weighted, repeated, X)


@pytest.mark.parametrize("standardize", [False, True], ids=["as it is", "standardized"])
@pytest.mark.parametrize("outlier", [1e6, 1e200], ids=["large", "its square is infinite"])
@pytest.mark.parametrize("case", ["squared_error", "poisson", "three classes"])
def test_a_row_of_weight_0_may_hold_any_number(case: str, outlier: float, standardize: bool) -> None:
    """A finite number in a row of weight 0 has no effect, however large."""
    model, kind, options = CASES[case]
    X, y, w = rows(kind)
    X[w == 0] = outlier
    kept = w > 0
    options = {**OPTIONS, **options, "activation": "relu", "standardize": standardize}

    weighted = model(**options).fit(X, y, sample_weight=w)
    without = model(**options).fit(X[kept], y[kept], sample_weight=w[kept])

    assert_equivalent(weighted, without, X[kept])


@pytest.mark.parametrize("kind", ["number", "classes"])
def test_validation_rows_of_weight_0_may_hold_any_number(kind: str) -> None:
    """Validation loss and score are those without the rows of weight 0, however large what stands there."""
    X, y, w = rows(kind, 40)
    kept = 20 + np.flatnonzero(w[20:])
    X[20:][w[20:] == 0] = 1e200
    model = MLPRegressor if kind == "number" else MLPClassifier

    one = model(**OPTIONS).fit(X[:20], y[:20], validation_data=(X[20:], y[20:], w[20:]))
    other = model(**OPTIONS).fit(X[:20], y[:20], validation_data=(X[kept], y[kept], w[kept]))

    np.testing.assert_allclose(one.validation_loss_curve_, other.validation_loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(one.validation_scores_, other.validation_scores_, rtol=1e-12)


def test_class_weights_are_not_in_the_validation_score() -> None:
    """The score counts the rows of a class that class_weight silences; the validation loss does not."""
    X, y, _ = rows("two classes", 40)
    options = {**OPTIONS, "class_weight": {0: 0.0, 1: 1.0}, "max_iter": 1}

    model = MLPClassifier(**options).fit(X[:20], y[:20], validation_data=(X[20:], y[20:]))
    ones = MLPClassifier(**options).fit(
        X[:20], y[:20], validation_data=(X[20:][y[20:] == 1], y[20:][y[20:] == 1])
    )

    assert model.validation_scores_ == [model.score(X[20:], y[20:])]
    assert model.validation_scores_ != ones.validation_scores_
    assert model.validation_loss_curve_ == pytest.approx(ones.validation_loss_curve_, rel=1e-12)


def test_validation_weights_are_repetitions() -> None:
    """The validation loss and the validation score count weights as repetitions too."""
    X, y, w = rows("classes", 40)
    repeated = np.repeat(np.arange(20), w[20:])
    options = {**OPTIONS, "max_iter": 10}

    one = MLPClassifier(**options).fit(X[:20], y[:20], validation_data=(X[20:], y[20:], w[20:]))
    other = MLPClassifier(**options).fit(X[:20], y[:20], validation_data=(X[20:][repeated], y[20:][repeated]))
    unweighted = MLPClassifier(**options).fit(X[:20], y[:20], validation_data=(X[20:], y[20:]))

    np.testing.assert_allclose(one.validation_loss_curve_, other.validation_loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(one.validation_scores_, other.validation_scores_, rtol=1e-12)
    assert not np.allclose(one.validation_loss_curve_, unweighted.validation_loss_curve_)


@pytest.mark.parametrize("batch_size", [1, 7, 20])
def test_only_the_ratios_of_weights_matter(batch_size: int) -> None:
    """Weights times a constant are the same weights, at any batch size, where ``alpha`` is not used."""
    X, y, w = rows("classes")
    options = {**OPTIONS, "alpha": 0.0, "batch_size": batch_size}

    one, other = (MLPClassifier(**options).fit(X, y, sample_weight=c * w) for c in (1.0, 250.0))

    np.testing.assert_allclose(one.network_.parameters, other.network_.parameters, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=1e-9)


def test_weights_of_one_are_no_weights() -> None:
    """Weights that are all 1 give what no weights give, in mini-batches too."""
    X, y, _ = rows("classes")

    one = MLPClassifier(**OPTIONS, batch_size=6).fit(X, y, sample_weight=np.ones(20))
    other = MLPClassifier(**OPTIONS, batch_size=6).fit(X, y)

    np.testing.assert_allclose(one.network_.parameters, other.network_.parameters, rtol=1e-12)


# ---- batches of weight 0 ---------------------------------------------------------------------------------


class Numbers(Observer):
    """Keeps a copy of everything that a step may change, before the first step and after each."""

    every_steps = 1

    def __init__(self, model: Any) -> None:
        self.model, self.seen = model, []

    def on_train_begin(self, event: TrainBegin) -> None:
        """Look at the start."""
        self.look()

    def on_step_end(self, event: StepEnd) -> None:
        """Look at a step."""
        self.look()

    def look(self) -> None:
        """Copy the numbers."""
        network, state = self.model.network_, self.model._training_state
        arrays = (network.parameters, network.state, state.memory, np.array(state.updates))
        self.seen.append([array.copy() for array in arrays])


@pytest.mark.parametrize("solver", STEPWISE)
@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
def test_a_batch_of_weight_0_changes_nothing(solver: str, model: type) -> None:
    """Parameters, moments, counters and running statistics stay, penalties and weight decay or not."""
    X, y, w = rows("classes")
    w[5:10], w[:5], w[10:] = 0, 1, 1
    fitted = model(
        **{**OPTIONS, "max_iter": 2},
        solver=solver,
        batch_size=5,
        shuffle=False,
        batch_norm=True,
        weight_decay=0.1,
    )
    numbers = Numbers(fitted)

    fitted.set_callbacks(numbers).fit(X, y, sample_weight=w)

    changed = [
        not all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        for before, after in zip(numbers.seen, numbers.seen[1:], strict=False)
    ]
    assert changed == [True, False, True, True] * 2
    assert fitted._training_state.updates == 6
    assert np.isfinite(fitted.loss_curve_).all()


def test_the_batches_beside_one_of_weight_0_are_as_without_it() -> None:
    """The history of an epoch counts the rows of all batches, so that its loss is Σ w ℓ / Σ w."""
    X, y, w = rows("number")
    w[5:10] = 0
    model = MLPRegressor(**{**OPTIONS, "max_iter": 1}, solver="sgd", batch_size=5, shuffle=False)
    model.set_params(learning_rate_init=1e-12, alpha=0.0, l1=0.0, l2=0.0)  # so that the parameters stay

    model.fit(X, y, sample_weight=w)

    losses = 0.5 * (model.predict(X) - y) ** 2
    assert model.loss_ == pytest.approx(np.average(losses, weights=w), rel=1e-9)


@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_weights_that_are_all_0_are_refused(model: type, method: str) -> None:
    """There is nothing to learn from rows that all weigh nothing, and the error says so."""
    X, y, w = rows("classes")
    first = {"classes": [0, 1, 2]} if method == "partial_fit" and model is MLPClassifier else {}

    with pytest.raises(DataError, match=r"'sample_weight' must have an entry > 0; all weights are zero"):
        getattr(model(), method)(X, y, sample_weight=0.0 * w, **first)


def test_class_weights_that_are_all_0_are_refused() -> None:
    """Class weights may silence a class, not all of them."""
    X, y, _ = rows("two classes")

    silenced = MLPClassifier(**OPTIONS, class_weight={0: 0.0, 1: 1.0}).fit(X, y)
    assert (silenced.predict_proba(X)[:, 1] > 0.5).mean() > (y == 1).mean()
    with pytest.raises(DataError, match="class_weight"):
        MLPClassifier(**OPTIONS, class_weight={0: 0.0, 1: 0.0}).fit(X, y)


# ---- class weights ---------------------------------------------------------------------------------------


def of_repeated(class_weight: Any, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return each row's class weight where a row stands as often as its weight says; 0 where it does not."""
    found = np.zeros(len(w))
    repeated = np.repeat(np.arange(len(w)), w)
    found[repeated] = compute_sample_weight(class_weight, y[repeated])
    return found


@pytest.mark.parametrize("case", ["two classes", "three classes", "labels"])
def test_balanced_weights_are_repetitions(case: str) -> None:
    """A row of weight 2 counts twice where classes are balanced, one of weight 0 not at all."""
    model, kind, options = CASES[case]
    X, y, w = rows(kind)

    weighted, repeated = fit_both(model, {**options, "class_weight": "balanced"}, X, y, w)

    assert_equivalent(weighted, repeated, X)


def test_balanced_weights_where_a_class_has_no_weight() -> None:
    """A class whose rows all have weight 0 takes no part, without a division by its count."""
    X, y, _ = rows("classes")
    options = {**OPTIONS, "class_weight": "balanced"}

    model = MLPClassifier(**options).fit(X, y, sample_weight=(y != 2).astype(float))
    by_hand = MLPClassifier(**OPTIONS).fit(
        X, y, sample_weight=of_repeated("balanced", y, (y != 2).astype(int))
    )

    np.testing.assert_array_equal(model.network_.parameters, by_hand.network_.parameters)


def test_weights_whose_sum_overflows_are_refused() -> None:
    """Weights that have no finite sum have no mean either, by which a batch is divided."""
    X, y, _ = rows("classes")
    with pytest.raises(DataError, match=r"sample_weight.*sum"):
        MLPClassifier(**OPTIONS).fit(X, y, sample_weight=np.full(20, 1e308))


@pytest.mark.parametrize("given_weight", [False, True], ids=["alone", "times sample_weight"])
@pytest.mark.parametrize("batch_size", [6, 20])
@pytest.mark.parametrize(
    ("kind", "class_weight"),
    [
        ("classes", {0: 1.0, 1: 3.0, 2: 0.5}),
        ("classes", {1: 3.0}),
        ("classes", "balanced"),
        ("two classes", "balanced"),
        ("labels", [{0: 1.0, 1: 2.0}, {0: 1.0, 1: 1.0}, {0: 3.0, 1: 0.5}]),
        ("labels", "balanced"),
    ],
    ids=str,
)
def test_class_weights_are_sample_weights(
    kind: str, class_weight: Any, batch_size: int, given_weight: bool
) -> None:
    """class_weight does what the sample_weight that scikit-learn computes from it does, bit for bit.

    "Balanced" counts a row as often as its weight says.
    """
    X, y, w = rows(kind)
    w = w if given_weight else np.ones(20, int)
    given = {"sample_weight": w} if given_weight else {}
    options = {**OPTIONS, "batch_size": batch_size}

    by_class = MLPClassifier(**options, class_weight=class_weight).fit(X, y, **given)
    by_row = MLPClassifier(**options).fit(X, y, sample_weight=w * of_repeated(class_weight, y, w))
    plain = MLPClassifier(**options).fit(X, y, **given)

    np.testing.assert_array_equal(by_class.network_.parameters, by_row.network_.parameters)
    assert not np.array_equal(by_class.network_.parameters, plain.network_.parameters)


def test_class_weights_in_partial_fit() -> None:
    """partial_fit takes class weights as a dict; 'balanced' needs all rows and is refused with a way out."""
    X, y, _ = rows("classes")
    w = compute_sample_weight({1: 3.0}, y)

    by_class = MLPClassifier(**OPTIONS, class_weight={1: 3.0}).partial_fit(X, y, classes=[0, 1, 2])
    by_row = MLPClassifier(**OPTIONS).partial_fit(X, y, sample_weight=w, classes=[0, 1, 2])

    np.testing.assert_array_equal(by_class.network_.parameters, by_row.network_.parameters)
    with pytest.raises(
        ParameterError, match=r"class_weight='balanced' is not supported by partial_fit.*dict"
    ):
        MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


# ---- penalties -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2, 8])
@pytest.mark.parametrize(
    ("penalty", "strength"),
    [({"l2": 0.3}, lambda batch: 0.3), ({"alpha": 0.3}, lambda batch: 0.3 / batch)],
    ids=["l2", "alpha"],
)
def test_how_strong_a_penalty_is(penalty: dict[str, float], strength: Any, batch_size: int) -> None:
    """Inputs of 0 leave the penalty alone with the weights: η λ per step, λ = l2, or alpha over the batch."""
    model = MLPRegressor(
        (4,), solver="sgd", momentum=0.0, batch_size=batch_size, max_iter=1, dtype="float64", random_state=0
    )
    start: list[np.ndarray] = []

    class Start(Observer):
        def on_train_begin(self, event: TrainBegin) -> None:
            start.append(event.problem.objective.network.weights[0].copy())

    model.set_params(alpha=0.0).set_params(learning_rate_init=0.1, **penalty).set_callbacks(Start())
    model.fit(np.zeros((8, 3)), np.arange(8.0))

    shrunk = (1.0 - 0.1 * strength(batch_size)) ** (8 // batch_size)
    np.testing.assert_allclose(model.coefs_[0], start[0] * shrunk, rtol=1e-12)


def test_alpha_is_divided_by_the_weights_of_the_batch() -> None:
    """With weights of mean 4, alpha is divided by 4 times the rows of the batch."""
    X, y = np.zeros((8, 3)), np.arange(8.0)
    options = {**OPTIONS, "l1": 0.0, "l2": 0.0, "solver": "sgd", "momentum": 0.0, "max_iter": 1}

    weighted = MLPRegressor(**{**options, "alpha": 0.8}).fit(X, y, sample_weight=np.full(8, 4.0))
    plain = MLPRegressor(**{**options, "alpha": 0.2}).fit(X, y)

    np.testing.assert_allclose(weighted.network_.parameters, plain.network_.parameters, rtol=1e-12)


def test_the_penalty_in_the_history() -> None:
    """It is λ₁ Σ|W| + ½ λ₂ ΣW² of the weights, biases and batch normalization left out."""
    X, y, _ = rows("number")
    model = MLPRegressor(**{**OPTIONS, "max_iter": 1}, batch_norm=True)
    start: list[np.ndarray] = []

    class Start(Observer):
        def on_train_begin(self, event: TrainBegin) -> None:
            start.extend(W.copy() for W in event.problem.objective.network.weights)

    model.set_callbacks(Start()).fit(X, y)

    expected = sum(0.001 * np.abs(W).sum() + 0.5 * (0.01 + 0.1 / 20) * (W**2).sum() for W in start)
    assert model.history_[0]["penalty"] == pytest.approx(expected, rel=1e-12)
    assert model.loss_ == pytest.approx(model.history_[0]["loss"] + expected, rel=1e-12)


def test_weight_decay_is_decoupled() -> None:
    """It shrinks the weights by 1 - η λ before each step, and Adam's moments do not see it."""
    model = MLPRegressor(
        (4,), solver="adamw", weight_decay=0.5, learning_rate_init=0.1, alpha=0.0, batch_size=2, max_iter=1
    ).set_params(dtype="float64", random_state=0)
    seen: list[np.ndarray] = []

    class Weights(Observer):
        def on_train_begin(self, event: TrainBegin) -> None:
            seen.append(event.problem.objective.network.weights[0].copy())

        def on_epoch_end(self, event: EpochEnd) -> None:
            memory = model.network_.parameter_views(model._training_state.memory[0])
            seen.append(memory[0]["weights"].copy())

    model.set_callbacks(Weights()).fit(np.zeros((8, 3)), np.arange(8.0))

    np.testing.assert_allclose(model.coefs_[0], seen[0] * (1.0 - 0.1 * 0.5) ** 4, rtol=1e-12)
    np.testing.assert_array_equal(seen[1], 0.0)
