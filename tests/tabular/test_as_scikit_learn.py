"""Weights, scorers, labels and held-out rows: all four estimators treat them as scikit-learn's do."""

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn.neural_network
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.metrics import make_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor
from pellucid.exceptions import DataError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

QUICK: dict[str, Any] = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0}
CLASSIFIERS = [MLPClassifier(**QUICK), TabularClassifier("fast", **QUICK)]
REGRESSORS = [MLPRegressor(**QUICK), TabularRegressor("fast", **QUICK)]


def named(estimator: Any) -> str:
    return type(estimator).__name__


of_classes = pytest.mark.parametrize("estimator", CLASSIFIERS, ids=named)
of_all = pytest.mark.parametrize("estimator", CLASSIFIERS + REGRESSORS, ids=named)


def judged(estimator: Any, scoring: Any) -> Any:
    """Return a clone that is judged by a scorer after each epoch."""
    model = clone(estimator).set_params(scoring=scoring)
    return model.set_params(
        **{"early_stopping": True} if named(model).startswith("MLP") else {"linear": False}
    )


@pytest.fixture
def X(rng: np.random.Generator) -> Any:  # noqa: N802
    return rng.normal(size=(120, 4))


@pytest.fixture
def y(X: Any) -> Any:
    """Return classes 0 and 1, which are numbers, too."""
    return (X[:, 0] > 0).astype(int)


# ---- class_weight ------------------------------------------------------------------------------------------


@of_classes
@pytest.mark.parametrize("weight", [-1, -1.0, np.nan, np.inf, -np.inf, "2", None, 1j], ids=str)
def test_weights_of_classes_are_finite_numbers(estimator: Any, weight: Any, X: Any, y: Any) -> None:
    """A weight that is none is refused before training, and the class is named."""
    model = clone(estimator).set_params(class_weight={0: 1.0, 1: weight})
    with pytest.raises(ParameterError, match=r"'class_weight' must hold finite numbers >= 0.* the class 1"):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


@of_classes
def test_weights_of_classes_whose_sum_is_infinite(estimator: Any, X: Any, y: Any) -> None:
    """They are refused as weights of rows are."""
    with pytest.raises(DataError, match="'class_weight' must have a finite sum"):
        clone(estimator).set_params(class_weight={0: 1e308, 1: 1e308}).fit(X, y)


@of_classes
def test_labels_have_weights_of_classes_each(estimator: Any, X: Any, y: Any) -> None:
    """A list with a dict per label is taken, and a weight that is none is named with its label."""
    Y = np.column_stack([y, 1 - y])
    clone(estimator).set_params(class_weight=[{0: 1, 1: 5}, {1: 2}]).fit(X, Y)
    for weights, message in (
        ([{0: 1}, {1: -2}], "the class 1 of label 1"),
        ({0: 1, 1: 2}, "a list of that many dicts"),
        ([{0: 1}], "2 labels"),
    ):
        with pytest.raises(ParameterError, match=message):
            clone(estimator).set_params(class_weight=weights).fit(X, Y)


@of_classes
def test_a_class_left_out_weighs_1_and_a_misspelled_one_is_refused(estimator: Any, X: Any, y: Any) -> None:
    """A dict may name a part of the classes; one that names others beside is an error, as in scikit-learn."""
    names = np.array(["no", "yes"])[y]
    part, whole = (
        clone(estimator).set_params(class_weight=weights).fit(X, names).predict_proba(X)
        for weights in ({"yes": 3.0}, {"yes": 3.0, "no": 1.0, "maybe": 9.0})
    )
    np.testing.assert_array_equal(part, whole)
    with pytest.raises(ParameterError, match=r"The classes, \['no'\], are not in class_weight.*'Yes'"):
        clone(estimator).set_params(class_weight={"Yes": 3.0, "yes": 1.0}).fit(X, names)


@of_classes
def test_rows_may_lack_a_class_that_has_a_weight(estimator: Any, X: Any, y: Any) -> None:
    """Validation data and batches hold a part of the classes."""
    weighted = clone(estimator).set_params(class_weight={0: 5.0})
    weighted.fit(X, y, validation_data=(X[y == 1], y[y == 1]))
    if hasattr(weighted, "partial_fit"):
        clone(weighted).partial_fit(X[y == 1], y[y == 1], classes=[0, 1])


# ---- scorers -----------------------------------------------------------------------------------------------


def mean_agreement(estimator: Any, X: Any, y: Any) -> float:
    """Score without weights."""
    return float(np.mean(np.abs(estimator.predict(X) - y)))


SCORERS: dict[str, Any] = {
    "callable": mean_agreement,
    "keywords": lambda estimator, X, y, **options: float(len(options)),
    "make_scorer": make_scorer(lambda a, b: float((a == b).mean())),
    "partial": make_scorer(lambda a, b, *, factor: factor * float((a == b).mean()), factor=2.0),
    "score": lambda estimator, X, y: estimator.score(X, y),
    "a part": lambda estimator, X, y: float(np.mean(estimator.predict(X[:3]) == y[:3])),
    "network": lambda estimator, X, y: -float(np.abs(estimator.network_.weights[0]).sum()),
    "parameters": lambda estimator, X, y: float(clone(estimator).get_params()["max_iter"]),
    "so far": lambda estimator, X, y: float(len(estimator.history_) + estimator.n_iter_),
    "copy": lambda estimator, X, y: copy.copy(estimator).score(X, y),
}


@of_all
@pytest.mark.parametrize("scoring", SCORERS.values(), ids=SCORERS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_scorer_is_handed_a_fitted_estimator(
    estimator: Any, scoring: Any, weighted: bool, X: Any, y: Any
) -> None:
    """It may predict, score, look inside or clone; weights go to scorers that take them, and to no other."""
    weight = np.where(np.arange(len(X)) % 2, 2.0, 1.0) if weighted else None
    model = judged(estimator, scoring).fit(X, y, sample_weight=weight)

    assert np.isfinite([row["validation_score"] for row in model.history_]).all()


@of_all
def test_a_scorer_that_takes_weights_gets_them(estimator: Any, X: Any, y: Any) -> None:
    """They are those of the held-out rows."""
    seen = []

    def scoring(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        seen.append((len(X), set(sample_weight)))
        return 0.0

    judged(estimator, scoring).fit(X, y, sample_weight=np.full(len(X), 3.0))

    assert seen
    assert all(0 < n < len(X) and weights == {3.0} for n, weights in seen)


@of_classes
@pytest.mark.parametrize(
    "scoring", ["neg_log_loss", "neg_brier_score", "top_k_accuracy", "roc_auc_ovr", "roc_auc_ovo", "f1_macro"]
)
def test_held_out_rows_may_lack_a_class(estimator: Any, scoring: str, X: Any) -> None:
    """A score is that of all known classes where it is defined, else that among the classes that are there."""
    kinds = np.array(["a", "b", "c"])[np.arange(len(X)) % 3]
    held = kinds != "c"
    model = judged(estimator, scoring).fit(X, kinds, validation_data=(X[held], kinds[held]))

    assert np.isfinite([row["validation_score"] for row in model.history_]).all()


@of_classes
def test_log_loss_without_a_class_is_that_of_all_classes(estimator: Any, X: Any) -> None:
    """A class that no held-out row has leaves log loss as its definition says."""
    kinds = np.arange(len(X)) % 3
    held = kinds != 1
    model = judged(estimator, "neg_log_loss").fit(X, kinds, validation_data=(X[held], kinds[held]))
    best = max(row["validation_score"] for row in model.history_)
    told = model.predict_proba(X[held])[np.arange(held.sum()), kinds[held]]

    assert best == pytest.approx(np.log(told).mean(), rel=1e-5)


@of_classes
def test_a_score_of_a_single_class_is_an_error_of_ours(estimator: Any, X: Any, y: Any) -> None:
    """The error names the class, the rows and the remedy if no class is left to compare with."""
    held = X[y == 1], y[y == 1]
    with (
        pytest.warns(UserWarning, match="Only one class is present"),
        pytest.raises(
            DataError, match=r"scoring='roc_auc' is not defined for .*val.* classes \[0\].*neg_log_loss"
        ),
    ):
        judged(estimator, "roc_auc").fit(X, y, validation_data=held)


# ---- classes and labels of any kind --------------------------------------------------------------------------


@of_classes
@pytest.mark.parametrize(
    "convert",
    [
        lambda y: pd.Series([*(y == 1).tolist(), None], dtype=object).dropna(),
        lambda y: pd.DataFrame({"s": ["a"] * len(y), "y": y}).values[:, 1],
        lambda y: np.array([["no", "yes"][k] for k in y], dtype=object),
        lambda y: (y * 1.0).astype(object),
        lambda y: np.array([np.int8(k) for k in y], dtype=object),
        lambda y: pd.Series(y, dtype="Int64"),
        lambda y: pd.Series(y, dtype="boolean"),
        lambda y: pd.Series(["no", "yes"], dtype="string")[y],
        lambda y: pd.Categorical.from_codes(y, ["no", "yes"]),
        lambda y: y[:, None].astype(object)[:, 0].tolist(),
    ],
    ids=["truth", "values", "text", "floats", "int8", "Int64", "boolean", "string", "category", "list"],
)
def test_classes_held_as_objects(estimator: Any, convert: Any, X: Any, y: Any) -> None:
    """They are what the objects are: a frame's column of objects is as good as an array."""
    given = convert(y)
    model = clone(estimator).fit(X, given)

    assert model.classes_.tolist() == sorted(set(given))
    assert set(model.predict(X).tolist()) <= set(given)
    assert 0.0 <= model.score(X, given) <= 1.0


@of_classes
@pytest.mark.parametrize(
    "values",
    [(1, "one"), (True, 2), (b"a", b"b"), ((1,), (2,)), (object, int)],
    ids=["mixed", "truth", "bytes", "tuples", "types"],
)
def test_objects_that_are_no_classes(estimator: Any, values: Any, X: Any, y: Any) -> None:
    """Objects of several kinds, or of none that can be a class, are refused with what to do."""
    objects = np.empty(len(y), dtype=object)
    objects[:] = [values[k] for k in y]
    with pytest.raises(DataError, match=r"y holds objects of type .*y\.astype\(str\)"):
        clone(estimator).fit(X, objects)


@of_classes
@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csr_array, sp.csc_matrix])
def test_sparse_labels_come_back_sparse(estimator: Any, container: Any, X: Any) -> None:
    """Predictions of labels are as sparse as those of the fit, as in scikit-learn, and equal to dense ones."""
    Y = (X[:, :3] > 0).astype(int)
    sparse, dense = (clone(estimator).fit(X, labels) for labels in (container(Y), Y))
    theirs = sklearn.neural_network.MLPClassifier((5,), max_iter=3).fit(X, container(Y)).predict(X)

    assert type(sparse.predict(X)) is type(theirs)
    assert isinstance(dense.predict(X), np.ndarray)
    np.testing.assert_array_equal(sparse.predict(X).toarray(), dense.predict(X))
    assert sparse.score(X, container(Y)) == dense.score(X, Y)
    judged(estimator, "accuracy").fit(X, container(Y))


# ---- held-out rows -------------------------------------------------------------------------------------------


@of_all
def test_held_out_rows_by_name_and_through_a_pipeline(estimator: Any, X: Any, y: Any) -> None:
    """One tuple, three names, and both through a Pipeline that scales them give the same validation losses."""
    X, weight = 1000.0 * X + 500.0, np.arange(40) % 3 + 1.0
    scaler = StandardScaler().fit(X[:80])
    held = scaler.transform(X[80:]), y[80:], weight
    names = dict(zip(("X_val", "y_val", "sample_weight_val"), held, strict=True))
    plain = scaler.transform(X[:80]), y[:80]
    models = [
        clone(estimator).fit(*plain, validation_data=held),
        clone(estimator).fit(*plain, **names),
    ]
    with config_context(enable_metadata_routing=True):
        for asked, given in (
            (("validation_data",), {"validation_data": (X[80:], y[80:], weight)}),
            (("X_val", "y_val", "sample_weight_val"), names | {"X_val": X[80:]}),
        ):
            last = clone(estimator).set_fit_request(**dict.fromkeys(asked, True))
            steps = [("scaler", StandardScaler()), ("model", last)]
            models.append(Pipeline(steps, transform_input=[asked[0]]).fit(X[:80], y[:80], **given)[-1])

    losses = [[row["validation_loss"] for row in model.history_] for model in models]
    assert losses[0] == losses[1] == losses[2] == losses[3]
    assert np.isfinite(losses[0]).all()


@of_all
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("X_val",), "X_val and y_val belong together; got no y_val"),
        (("y_val",), "got no X_val"),
        (("sample_weight_val",), "got no X_val"),
        (("validation_data", "X_val", "y_val"), "Pass the validation data once"),
        (("validation_data", "y_val"), "Pass the validation data once"),
    ],
    ids=str,
)
def test_held_out_rows_given_in_part_or_twice(
    estimator: Any, given: Any, message: str, X: Any, y: Any
) -> None:
    """The error names the part that is missing, or given twice."""
    known = {"X_val": X, "y_val": y, "sample_weight_val": y + 1.0, "validation_data": (X, y)}
    with pytest.raises(DataError, match=message):
        clone(estimator).fit(X, y, **{name: known[name] for name in given})


# ---- rows of weight 0 ----------------------------------------------------------------------------------------


UNUSABLE = [
    (estimator, what)
    for estimator in CLASSIFIERS + REGRESSORS
    for what in ("missing target", "infinite target", "missing input", "infinite input", "class")
    if (what != "class" or is_classifier(estimator))
    and (what != "missing input" or named(estimator).startswith("MLP"))  # a table may have missing values
]


@pytest.mark.parametrize("place", ["fit", "validation_data"])
@pytest.mark.parametrize(("estimator", "what"), UNUSABLE, ids=lambda v: v if isinstance(v, str) else named(v))
def test_a_row_of_weight_0_is_absent_whatever_it_holds(
    estimator: Any, place: str, what: str, X: Any, y: Any
) -> None:
    """A row that cannot be used changes nothing where its weight is 0, and is refused where it is not."""
    weight, bad, target = np.ones(len(X)), X.copy(), y * 1.0
    weight[5], target[5] = 0.0, target[6]
    wrong = target.copy()
    if what == "class":
        wrong[5] = 7.0
    elif "target" in what:
        wrong[5] = np.nan if "missing" in what else np.inf
    else:
        bad[5, 1] = np.nan if "missing" in what else np.inf

    def fitted(inputs: Any, targets: Any, weights: Any) -> Any:
        if place == "fit":
            return clone(estimator).fit(inputs, targets, weights)
        return clone(estimator).fit(X, y * 1.0, validation_data=(inputs, targets, weights))

    expected, found = fitted(X, target, weight), fitted(bad, wrong, weight)
    unseen_class = what == "class" and place == "fit"  # which every weight but 0 makes a class of the model
    if not (unseen_class and named(estimator).startswith("MLP")):  # as in scikit-learn, it knows the class
        same = [[{**row, "seconds": 0.0} for row in model.history_] for model in (expected, found)]
        assert same[0] == same[1]
    if not unseen_class:
        with pytest.raises(ValueError, match=r"validation_data|Input|unknown|classes"):
            fitted(bad, wrong, np.ones(len(X)))
