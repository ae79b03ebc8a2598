"""scikit-learn is the oracle: the same start and the same batches give the same coefficients.

Excluded, because there the original is not what it says: L-BFGS with several numeric outputs (its loss is a
mean over outputs, its gradient that of the sum, scikit-learn issue 8349); sample weights in mini-batches
(each batch is divided by its own sum of weights). Adam has epsilon=1e-30, since the two place it differently.
"""

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import StrOptions

import pellucid

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS: dict[str, dict[str, Any]] = {
    "sgd": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.02},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.02},
    "adam": {"solver": "adam", "epsilon": 1e-30},
}
PAIRS = [
    (sklearn.neural_network.MLPClassifier, pellucid.MLPClassifier),
    (sklearn.neural_network.MLPRegressor, pellucid.MLPRegressor),
]

solvers = pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
both = pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=["classifier", "regressor"])


def same_start(theirs: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Return scikit-learn's model and ours, fitted alike and about to train for five epochs, warm."""
    theirs.set_params(shuffle=False, max_iter=1, random_state=3, n_iter_no_change=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    theirs.set_params(warm_start=True, max_iter=5)
    theirs.t_, theirs._no_improvement_count, theirs.best_loss_, theirs.loss_curve_ = 0, 0, np.inf, []
    ours = getattr(pellucid, type(theirs).__name__).from_sklearn(theirs)
    return theirs, ours


def assert_equal_training(theirs: Any, ours: Any) -> None:
    """Assert that parameters and losses agree, and that training has moved at all."""
    for expected, actual in zip(
        [*theirs.coefs_, *theirs.intercepts_], [*ours.coefs_, *ours.intercepts_], strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    assert ours.loss_curve_[-1] != ours.loss_curve_[0]


def poisson_targets(X: np.ndarray) -> np.ndarray:
    """Return counts that depend on X."""
    return np.random.default_rng(4).poisson(np.exp(X[:, :3].sum(axis=1) - 1.0)).astype(float)


# ---- five epochs ----------------------------------------------------------------------------------------


@solvers
@pytest.mark.parametrize("alpha", [0.0, 1e-4, 1.0])
def test_five_epochs_on_the_digits(solver: dict[str, Any], alpha: float, digits: Data) -> None:
    """The coefficients after five epochs are scikit-learn's, the tail batch of 197 rows included."""
    assert len(digits[0]) % 200 == 197
    theirs, ours = same_start(sklearn.neural_network.MLPClassifier((30,), alpha=alpha, **solver), *digits)

    assert_equal_training(theirs.fit(*digits), ours.fit(*digits))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_every_activation(activation: str, digits: Data) -> None:
    """Each of scikit-learn's activations, in two hidden layers."""
    theirs, ours = same_start(
        sklearn.neural_network.MLPClassifier((16, 12), activation, batch_size=64, **SOLVERS["nesterov"]),
        *digits,
    )

    assert_equal_training(theirs.fit(*digits), ours.fit(*digits))


@pytest.mark.parametrize("solver", ["sgd", "nesterov"])
def test_invscaling(solver: str, digits: Data) -> None:
    """The rate falls with the samples seen, from the second epoch on."""
    theirs, ours = same_start(
        sklearn.neural_network.MLPClassifier(
            (30,), learning_rate="invscaling", power_t=0.1, **SOLVERS[solver]
        ),
        *digits,
    )

    assert_equal_training(theirs.fit(*digits), ours.fit(*digits))
    assert ours.history_[1]["learning_rate"] < ours.history_[0]["learning_rate"]


def test_adaptive(digits: Data) -> None:
    """The rate is divided by 5 each time training stalls: here from the third epoch on."""
    theirs, ours = same_start(
        sklearn.neural_network.MLPClassifier(
            (30,), learning_rate="adaptive", tol=10.0, **SOLVERS["nesterov"]
        ),
        *digits,
    )
    for model in (theirs, ours):
        model.set_params(n_iter_no_change=1)

    assert_equal_training(theirs.fit(*digits), ours.fit(*digits))
    rates = [row["learning_rate"] for row in ours.history_]
    assert len(set(rates)) > 1
    # Theirs is the rate of the epoch to come.
    assert theirs._optimizer.learning_rate in (pytest.approx(rates[-1]), pytest.approx(rates[-1] / 5.0))


@both
def test_adam_does_not_use_the_schedules_of_sgd(theirs: type, ours: type, numbers: Data) -> None:
    """With Adam, 'invscaling' does nothing, as in scikit-learn; ours says so."""
    X, y = numbers[0], (numbers[1] > 0).astype(int)
    reference, model = same_start(
        theirs(hidden_layer_sizes=(8,), learning_rate="invscaling", **SOLVERS["adam"]), X, y
    )
    reference.fit(X, y)

    with pytest.warns(UserWarning, match="learning_rate='invscaling' has no effect with solver='adam'"):
        model.fit(X, y)

    assert_equal_training(reference, model)


@solvers
def test_partial_fit(solver: dict[str, Any], digits: Data) -> None:
    """Five calls of partial_fit give scikit-learn's coefficients: moments go on from call to call."""
    theirs, ours = same_start(sklearn.neural_network.MLPClassifier((30,), **solver), *digits)
    del theirs._optimizer

    for _ in range(5):
        theirs.partial_fit(*digits)
        ours.partial_fit(*digits)

    assert_equal_training(theirs, ours)


# ---- other targets ---------------------------------------------------------------------------------------


@solvers
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regression(solver: dict[str, Any], loss: str, digits: Data) -> None:
    """One numeric output, with both of scikit-learn's losses."""
    X = digits[0]
    y = poisson_targets(X) if loss == "poisson" else digits[1] / 3.0
    theirs, ours = same_start(
        sklearn.neural_network.MLPRegressor(loss=loss, hidden_layer_sizes=(20,), **solver), X, y
    )

    assert_equal_training(theirs.fit(X, y), ours.fit(X, y))
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


def test_several_outputs_have_the_gradient_of_the_sum(digits: Data) -> None:
    """With k outputs the coefficients agree; our loss is what they descend on, k times scikit-learn's."""
    X = digits[0]
    Y = np.column_stack([digits[1] / 3.0, X.sum(axis=1) / 20.0, X[:, 20]])
    theirs, ours = same_start(
        sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(20,), alpha=0.0, **SOLVERS["nesterov"]), X, Y
    )
    theirs.fit(X, Y)
    ours.fit(X, Y)

    np.testing.assert_allclose(ours.loss_curve_, 3.0 * np.array(theirs.loss_curve_), rtol=1e-6)
    theirs.loss_curve_ = ours.loss_curve_
    assert_equal_training(theirs, ours)


@pytest.mark.parametrize("kind", ["two classes", "labels"])
def test_logistic_outputs(kind: str, digits: Data) -> None:
    """Two classes, and labels that do not exclude each other."""
    X, y = digits[0], digits[1] % 2
    if kind == "labels":
        X, y = make_multilabel_classification(300, 10, n_classes=4, random_state=0)
        X = X / 10.0
    theirs, ours = same_start(sklearn.neural_network.MLPClassifier((12,), **SOLVERS["adam"]), X, y)

    assert_equal_training(theirs.fit(X, y), ours.fit(X, y))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9)


def test_weights_in_full_batches(digits: Data) -> None:
    """With all rows in one batch scikit-learn's weights are right, and ours are the same."""
    X, y = digits[0][:300], digits[1][:300]
    w = np.random.default_rng(5).uniform(0.0, 3.0, 300)
    theirs, ours = same_start(
        sklearn.neural_network.MLPClassifier((20,), batch_size=300, alpha=1.0, **SOLVERS["nesterov"]), X, y
    )

    assert_equal_training(theirs.fit(X, y, sample_weight=w), ours.fit(X, y, sample_weight=w))


# ---- L-BFGS ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["digits", "squared_error", "poisson"])
def test_lbfgs(kind: str, digits: Data) -> None:
    """From the same start, 15 iterations of L-BFGS reach the same loss."""
    X = digits[0][:400]
    y = {"digits": digits[1][:400], "squared_error": digits[1][:400] / 3.0, "poisson": poisson_targets(X)}[
        kind
    ]
    options = {
        "hidden_layer_sizes": (10,),
        "activation": "tanh",
        "solver": "lbfgs",
        "alpha": 0.1,
        "max_iter": 15,
    }
    if kind == "digits":
        theirs = sklearn.neural_network.MLPClassifier(**options)
    else:
        theirs = sklearn.neural_network.MLPRegressor(loss=kind, **options)
    theirs, ours = same_start(theirs, X, y)
    start = theirs.loss_
    for model in (theirs, ours):
        model.set_params(max_iter=15)
        with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after 15 iteration"):
            model.fit(X, y)

    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    assert ours.loss_ < 0.9 * start
    assert ours.n_iter_ == theirs.n_iter_ == 15


# ---- the face --------------------------------------------------------------------------------------------


@both
def test_every_parameter_of_theirs_is_ours(theirs: type, ours: type) -> None:
    """Ours has every constructor parameter of theirs with its default and place, but for that of loss."""
    expected, actual = (dict(inspect.signature(cls).parameters) for cls in (theirs, ours))
    for parameters in (expected, actual):
        parameters.pop("loss", None)

    for name, parameter in expected.items():
        assert actual[name].default == parameter.default, name
        assert actual[name].kind == parameter.kind, name
    positional = [n for n, p in expected.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [n for n, p in actual.items() if p.kind is p.POSITIONAL_OR_KEYWORD] == positional


def test_the_loss_is_named() -> None:
    """The loss has scikit-learn's default and is keyword-only, so that the sizes come first."""
    parameter = inspect.signature(pellucid.MLPRegressor).parameters["loss"]
    original = inspect.signature(sklearn.neural_network.MLPRegressor).parameters["loss"]

    assert parameter.default == original.default
    assert parameter.kind is parameter.KEYWORD_ONLY
    assert next(iter(inspect.signature(pellucid.MLPRegressor).parameters)) == "hidden_layer_sizes"


@both
def test_every_option_of_theirs_is_accepted(theirs: type, ours: type) -> None:
    """Whatever name scikit-learn accepts for a parameter, ours accepts too."""
    for name, accepted in theirs._parameter_constraints.items():  # type: ignore[attr-defined]
        wanted = {option for rule in accepted if isinstance(rule, StrOptions) for option in rule.options}
        rules = ours._parameter_constraints[name]  # type: ignore[attr-defined]
        offered = {option for rule in rules if isinstance(rule, StrOptions) for option in rule.options}
        assert wanted <= offered, name


@both
def test_every_method_of_theirs_is_ours(theirs: type, ours: type) -> None:
    """Every public method of theirs exists, and takes the same arguments in the same places, or by keyword."""
    methods = [name for name in dir(theirs) if not name.startswith("_") and callable(getattr(theirs, name))]
    assert {"fit", "partial_fit", "predict", "score"} <= set(methods)

    for name in methods:
        original = list(inspect.signature(getattr(theirs, name)).parameters.values())
        taken = list(inspect.signature(getattr(ours, name)).parameters.values())
        by_place, by_name = (
            [p for p in original if (p.kind is p.KEYWORD_ONLY) is only] for only in (False, True)
        )
        assert [(p.name, p.default, p.kind) for p in taken][: len(by_place)] == [
            (p.name, p.default, p.kind) for p in by_place
        ], name
        assert {(p.name, p.default, p.kind) for p in by_name} <= {
            (p.name, p.default, p.kind) for p in taken
        }, name


@both
@pytest.mark.parametrize(
    "options",
    [{"solver": "sgd"}, {"solver": "adam", "early_stopping": True}, {"solver": "lbfgs"}],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_every_fitted_attribute_of_theirs_is_ours(
    theirs: type, ours: type, options: dict[str, Any], numbers: Data
) -> None:
    """Every fitted attribute of theirs exists, of the same shape, None where theirs is None."""
    X, y = numbers[0], (numbers[1] > 0).astype(int)
    expected, actual = (
        cls(hidden_layer_sizes=(5,), max_iter=3, random_state=0, **options).fit(X, y)
        for cls in (theirs, ours)
    )
    names = [name for name in dir(expected) if name.endswith("_") and not name.startswith("_")]
    assert {"coefs_", "n_iter_", "loss_", "t_"} <= set(names)

    for name in names:
        original, value = getattr(expected, name), getattr(actual, name)
        assert (value is None) == (original is None), name
        if isinstance(original, list):
            assert isinstance(value, list), name
            assert [np.shape(v) for v in value] == [np.shape(o) for o in original], name
        elif original is not None:
            assert np.shape(value) == np.shape(original), name
    for name in ("n_iter_", "n_layers_", "n_outputs_", "n_features_in_", "out_activation_"):
        assert getattr(actual, name) == getattr(expected, name), name
    # Theirs stays 0 with L-BFGS, though it is documented as n_iter_ times the rows.
    rows_seen = actual.n_iter_ * 60 if options["solver"] == "lbfgs" else expected.t_
    assert actual.t_ == rows_seen > 0
