"""The doctor on networks: every constructed problem is found where it is, and healthy networks have none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.exceptions import NotFittedError

from diagnostics.cases import CASES as CASE_TABLE
from diagnostics.cases import (
    NETWORK_CASES,
    PAGE,
    Case,
    between,
    chain,
    classes,
    dead_below,
    healthy,
    table,
    table_of_rules,
)
from diagnostics.cases import RULES as RULE_TABLE
from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import LOSSES, get_loss
from pellucid.diagnostics import RULES, Diagnosis, diagnose, predicted_flow, preflight
from pellucid.diagnostics.constant import constant_loss
from pellucid.diagnostics.finding import STATUSES
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.rules import NETWORK_RULES
from pellucid.diagnostics.unit_rules import duplicates
from pellucid.engines import outputs_of
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording import Record

OWN = {rule.code for rule in NETWORK_RULES}


def of_networks(diagnosis: Diagnosis, level: str = "") -> list[str]:
    """Return the codes of the rules on networks that were found, or only those of a level."""
    return [f.code for f in diagnosis if f.code in OWN and (f.level == level or not level)]


def ill(diagnosis: Diagnosis) -> tuple[str, ...]:
    return tuple(code for code in diagnosis.codes if code in OWN)


def off_on_every_row(network: Network, X: Any) -> list[list[int]]:
    """Return for each hidden block of relu the units with z <= 0 on all rows, by a forward pass of its own."""
    a, found = np.asarray(X, float), []
    for W, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
        z = a @ W + b
        found.append(np.flatnonzero((z <= 0).all(axis=0)).tolist())
        a = np.clip(z, 0, None)
    return found


# ---- constructed cases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", NETWORK_CASES, ids=lambda case: case.name)
def test_a_problem_is_found_where_it_is_and_nothing_else(case: Case) -> None:
    found = case.diagnosis()

    assert ill(found) == case.ill, str(found)
    for code, place in case.where.items():
        places = [{key: f.where.get(key) for key in place} for f in found.find(code)]
        assert place in places, str(found)
    # A few units of relu may be dead in any network; those that are said to be, are.
    notes = set(of_networks(found, "note"))
    assert notes - {"dead-units"} == set(case.notes) - {"dead-units"}, str(found)
    if "relu" in case.name and "leaky" not in case.name and not found.find("not-finite"):
        model, X, _ = case.build()
        said = {f.where["layer"]: f.where["units"] for f in found.find("dead-units")}
        if isinstance(model, Network) and not found.find("zero-initialization"):
            assert said == {k: units for k, units in enumerate(off_on_every_row(model, X)) if units}


def test_a_rule_that_is_turned_around_finds_the_opposite() -> None:
    turned = {
        case.name.replace("smaller", "larger"): case for case in NETWORK_CASES if "smaller" in case.name
    }
    pairs = [(turned[case.name], case) for case in NETWORK_CASES if case.name in turned]

    assert len(pairs) == 9
    for vanishing, exploding in pairs:
        small, large = vanishing.diagnosis().findings[0], exploding.diagnosis().findings[0]
        assert vanishing.diagnosis().codes == (small.code,) == ("vanishing-gradient",)
        assert exploding.diagnosis().codes == (large.code,) == ("exploding-gradient",)
        assert small.measured["decades"] == pytest.approx(-3.0, abs=0.02)
        assert large.measured["decades"] == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize(("activation", "slope"), [("tanh", 1.0), ("logistic", 0.25), ("gelu", 0.5)])
@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_the_flow_is_that_of_the_gradients_and_is_predicted_without_them(
    activation: str, slope: float, factor: float
) -> None:
    network, X, y = chain(activation, (6, 20, 20, 20, 3), factor)
    rms = [np.sqrt(np.mean(delta**2)) for delta in network.gradients(X, y).deltas]  # core's own
    predicted = predicted_flow(network, X)

    assert np.log10(rms[0] / rms[-1]) == pytest.approx(3 * np.log10(factor), abs=0.02)
    assert predicted.decades == pytest.approx(3 * np.log10(factor), abs=0.02)
    assert 10**predicted.by_slope == pytest.approx(slope, rel=1e-3)
    assert 10**predicted.by_weights == pytest.approx(factor / slope, rel=1e-3)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_flow_is_no_matter_of_the_scale_of_the_loss(scale: float) -> None:
    X, y = classes(6)
    sound, ill_ = (chain("tanh", (6, 20, 20, 20, 1), factor)[0] for factor in (0.5, 0.05))

    assert not diagnose(sound, X, scale * y).find("vanishing-gradient")
    (finding,) = diagnose(ill_, 1e-6 * X, scale * y).find("vanishing-gradient")
    assert finding.measured["decades"] == pytest.approx(3 * np.log10(0.05), abs=0.01)


# ---- healthy trainings --------------------------------------------------------------------------------------

SHAPES = (((100,), "relu"), ((32, 16), "tanh"), ((8,), "logistic"), ((64, 64, 64), "relu"),
          ((50, 50), "elu"), ((30, 30), "gelu"), ((20, 20, 20, 20), "tanh"))  # fmt: skip
SETS = ("iris", "wine", "breast_cancer", "digits", "diabetes")


def trained(name: str, sizes: tuple[int, ...], activation: str, seed: int) -> tuple[Any, Any, Any]:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    estimator = MLPRegressor if name == "diabetes" else MLPClassifier
    model = estimator(sizes, activation=activation, standardize=True, random_state=seed, max_iter=150)
    if activation == "logistic":
        model.learning_rate_init = 0.01
    return model.fit(X, y), X, y


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("name", "sizes", "activation", "seed"),
    [
        pytest.param(name, sizes, activation, seed,
                     marks=() if seed == 0 and i % len(SHAPES) == 2 * j % len(SHAPES) else pytest.mark.slow)
        for j, name in enumerate(SETS)
        for i, (sizes, activation) in enumerate(SHAPES)
        for seed in (0, 1)
    ],
)  # fmt: skip
def test_a_healthy_training_raises_no_alarm(name: str, sizes: Any, activation: str, seed: int) -> None:
    model, X, y = trained(name, sizes, activation, seed)

    assert model.score(X, y) > (0.4 if name == "diabetes" else 0.75)  # it did learn
    assert ill(diagnose(model, X, y)) == (), str(diagnose(model, X, y))
    assert ill(preflight(model, X, y)) == (), str(preflight(model, X, y))


# ---- what rules measure -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "output", "Y", "expected"),
    [
        ("log_loss", "softmax", np.eye(10), np.log(10.0)),  # ln K
        ("log_loss", "softmax", np.eye(2)[[0] * 7 + [1] * 3], -0.7 * np.log(0.7) - 0.3 * np.log(0.3)),
        ("log_loss", "logistic", np.eye(4)[:, :1], -0.25 * np.log(0.25) - 0.75 * np.log(0.75)),
        ("squared_error", "identity", np.array([[1000.0, 0.0], [1004.0, 6.0]]), 0.5 * (4.0 + 9.0)),  # variances
        ("poisson", "exp", np.array([[1.0], [3.0]]), 0.5 * (np.log(0.5) + 3 * np.log(1.5))),  # at the mean, 2
        ("squared_error", "logistic", np.array([[0.2], [0.6]]), 0.5 * 0.04),
    ],
)  # fmt: skip
def test_the_best_constant_is_the_one_known_by_hand(loss: str, output: str, Y: Any, expected: float) -> None:
    paired = get_loss(loss).on(Network([1, Y.shape[1]], output_activation=output).output_activation)

    assert constant_loss(paired, Y, np.ones(len(Y)))[0] == pytest.approx(expected, rel=1e-5)


def test_a_weight_counts_as_rows_in_the_best_constant() -> None:
    paired = LOSSES["squared_error"].on(Network([1, 1]).output_activation)
    Y, w = np.array([[0.0], [1.0], [5.0]]), np.array([3.0, 1.0, 2.0])

    value, scores = constant_loss(paired, Y, w)

    repeated = np.repeat(Y, w.astype(int), axis=0)
    assert value == pytest.approx(0.5 * repeated.var())
    assert scores == pytest.approx(repeated.mean())


def test_equal_columns_are_found_among_many() -> None:
    columns = np.random.default_rng(0).normal(size=(30, 200))
    columns[:, [150, 7]] = columns[:, [31]]
    columns[:, 8] = columns[:, 9] * (1 + 1e-15)
    columns[:, 12] = columns[:, 13] + 1e-6

    assert duplicates(columns, 1e-12) == [[7, 31, 150], [8, 9]]


def test_the_network_before_training_is_the_one_that_fit_starts_from() -> None:
    X, y = datasets.load_iris(return_X_y=True)
    more = {"learning_rate_init": 1e-30, "n_iter_no_change": 1}
    for options in ({}, {"early_stopping": True}, {"batch_norm": True, "initializer": "he_normal"}):
        model = MLPClassifier((7, 5), random_state=3, tol=1.0, **more, **options)
        before = examine(model, X, y, before=True)
        model.fit(X, y)
        after = examine(model, X, y)

        assert after.initial is not None
        for first in (before, after.initial):  # a step of 1e-30 is seen where a bias was 0
            np.testing.assert_allclose(first.own.parameters, model.network_.parameters, rtol=0, atol=1e-28)


# ---- a diagnosis as a whole ---------------------------------------------------------------------------------


def test_a_diagnosis_is_a_sorted_sequence_of_plain_data_and_changes_nothing() -> None:
    import json

    X, y = datasets.load_iris(return_X_y=True)
    model = MLPClassifier((8,), tol=0.1, random_state=0).fit(X, y)
    model.network_.biases[0][:4] = -1000.0
    model.network_.weights[0][0, 7] = np.nan
    before, data = model.network_.parameters.copy(), (X.copy(), y.copy())

    found = diagnose(model, X, y)

    np.testing.assert_array_equal(model.network_.parameters, before)
    np.testing.assert_array_equal(X, data[0])
    np.testing.assert_array_equal(y, data[1])
    assert found[0].code == "not-finite"
    assert [f.severity for f in found] == sorted((f.severity for f in found), reverse=True)
    assert json.loads(json.dumps(found.to_dict()))["findings"][0]["where"]["layer"] == 0
    assert "dead-units" not in found.checked  # which needs finite signals, and was not asked
    assert "nothing found" in Diagnosis((), found.checked, "it", 3).summary()
    assert found[0].summary in str(found).replace("\n    ", " ")


def test_every_rule_says_what_it_is() -> None:
    codes = [rule.code for rule in RULES]

    assert set(codes) >= OWN
    assert all(rule.status in STATUSES and rule.source and rule.rule for rule in RULES)


def test_names_are_those_of_the_user() -> None:
    case = next(case for case in NETWORK_CASES if "'width'" in case.name)
    (finding,) = case.diagnosis().find("not-finite")

    assert "column 1 ('width')" in finding.summary
    assert "row 17" in finding.summary


def test_rows_of_weight_0_are_absent_and_a_weight_is_a_repetition() -> None:
    network, X, y = healthy("relu", (4, 9, 3))
    network.biases[0][2] = -2.5  # off on most rows
    w = np.random.default_rng(1).integers(0, 3, len(y))

    weighted, repeated = (
        diagnose(network, X, y, sample_weight=w),
        diagnose(network, np.repeat(X, w, axis=0), np.repeat(y, w)),
    )

    assert [f.to_dict()["where"] for f in weighted if f.code in OWN] == [
        f.to_dict()["where"] for f in repeated if f.code in OWN
    ]


def test_what_a_row_of_weight_0_holds_does_not_matter() -> None:
    network, X, y = healthy("relu", (4, 9, 3))
    X[3], w = 1e308, np.ones(len(y))

    assert diagnose(network, X, y, sample_weight=w).find("not-finite")[0].where["rows"] == [3]
    w[3] = 0.0
    assert not diagnose(network, X, y, sample_weight=w).find("not-finite")


def test_units_that_hear_nothing_are_dead_by_their_inputs_and_what_is_before_is_to_blame() -> None:
    above, below = sorted(
        diagnose(*dead_below((4, 8, 8, 3))).find("dead-units"), key=lambda f: f.where["layer"]
    )

    assert set(above.where["causes"]) == {"bias"}
    assert set(below.where["causes"]) == {"inputs"}
    assert "previous layer" in below.remedy
    assert below.parameters == {}


def test_a_remedy_is_not_what_the_model_has_already() -> None:
    X, y = datasets.load_iris(return_X_y=True)
    options = {"initializer": "constant", "random_state": 0}
    plain = preflight(MLPClassifier((8,), **options), X, y).find("symmetric-units")[0]
    odd = MLPClassifier((8,), activation="logistic", initializer=("normal", 30.0), random_state=0)
    scaled = preflight(odd.set_params(standardize=True), X, y).find("bad-initial-loss")[0]

    assert plain.parameters == {"initializer": "glorot_uniform"}
    assert scaled.parameters == {"initializer": "glorot_uniform"}  # not standardize, which it has


def test_a_gradient_with_one_entry_is_checked() -> None:
    X, y = np.linspace(-1.0, 1.0, 40)[:, None], np.linspace(1.0, 2.0, 40)
    model = MLPRegressor((3,), initializer="zeros", tol=1.0, n_iter_no_change=1, random_state=0).fit(X, y)
    found = diagnose(model, X, y)  # only the output bias has a gradient; its random direction may oppose it

    assert "zero-initialization" in found.codes
    assert "wrong-gradient" not in found.codes


def test_a_missing_label_among_whole_numbers_is_a_finding() -> None:
    X, y = datasets.load_iris(return_X_y=True)
    model = MLPClassifier((4,), n_iter_no_change=1, tol=10.0, random_state=0).fit(X, y)
    missing = y.astype(object)
    missing[7] = None
    found = diagnose(model, X, missing)

    assert found.find("not-finite")[0].where["rows"] == [7]
    assert found.find("underfitting")  # whose trial reads the labels anew


def test_standardize_is_no_remedy_for_the_base_rate_of_classes() -> None:
    X = np.random.default_rng(0).normal(size=(400, 3))
    rare = preflight(MLPClassifier((8,), random_state=0), X, (np.arange(400) < 8).astype(int))
    far = preflight(MLPRegressor((8,), random_state=0), X, 100.0 + X[:, 0])
    of_classes, of_numbers = (found.find("bad-initial-loss")[0] for found in (rare, far))

    assert of_classes.parameters == {}
    assert of_classes.remedy.endswith(f"base rate: {np.log(8 / 392):.3g}.")
    assert of_numbers.parameters == {"standardize": True}


def test_sparse_inputs_and_several_labels_are_examined() -> None:
    import scipy.sparse

    X, _ = classes(6)
    labels = (X[:, :2] > 0).astype(int)
    sparse = scipy.sparse.csr_array(np.where(np.abs(X) > 1.0, X, 0.0))
    model = MLPClassifier((8,), standardize=True, tol=0.1, random_state=0).fit(sparse, labels)
    dense = diagnose(model, sparse.toarray(), labels)

    assert of_networks(diagnose(model, sparse, labels)) == of_networks(dense) == []
    damaged = sparse.copy()
    damaged.data[5] = np.nan
    (finding,) = diagnose(model, damaged, labels).find("not-finite")
    assert finding.where["rows"] == [int(np.searchsorted(sparse.indptr, 5, side="right")) - 1]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"model": MLPClassifier()}, NotFittedError, "not fitted"),
        ({"model": object()}, ParameterError, "pellucid.Network or a fitted"),
        ({"X": np.ones((5, 3))}, ValueError, "3 features"),
        ({"X": np.ones((5, 4))}, DataError, "same number of rows"),
        ({"X_val": np.empty((0, 4)), "y_val": np.empty(0)}, ValueError, "X_val, y_val"),
        ({"X_val": np.ones((3, 4))}, ParameterError, "must be given together"),
        ({"loss": "log_loss"}, ParameterError, "'loss' is for a Network"),
        ({"y": np.full(150, 7)}, DataError, "not in"),
        ({"y": None}, DataError, "'y' must have one target per row of X, as in training; got None"),
        ({"record": []}, ParameterError, "must be the Record"),
        ({"record": Record((4, 5, 3), ("relu", "softmax"), 43)}, ParameterError, "belongs to another network"),
    ],
)  # fmt: skip
def test_what_cannot_be_examined_is_refused(
    change: dict[str, Any], error: type[Exception], says: str
) -> None:
    X, y = datasets.load_iris(return_X_y=True)
    model = MLPClassifier((4,), tol=0.1, random_state=0).fit(X, y)
    arguments = {"model": model, "X": X, "y": y, **change}

    with pytest.raises(error, match=says):
        diagnose(**arguments)


@pytest.mark.parametrize(
    ("options", "is_linear"),
    [
        ({"activation": "identity"}, True),
        ({"activation": "identity", "normalization": "batch_norm", "residual": True}, True),
        ({"activation": "identity", "normalization": "layer_norm"}, False),
        ({"activation": ["identity", "tanh"]}, False),
    ],
)
def test_layers_of_identities_are_one_linear_function(options: dict[str, Any], is_linear: bool) -> None:
    """Doubled differences of inputs make doubled differences of scores, where and only where it is said."""
    X, y = classes(4)
    network = Network([4, 6, 6, 3], output_activation="softmax", random_state=0, **options)
    scores = outputs_of(network, np.stack([X[0], X[0] + X[1], X[0] + 2.0 * X[1]]), scores=True)
    found = diagnose(network, X, y).find("linear-network")

    assert np.allclose(2.0 * (scores[1] - scores[0]), scores[2] - scores[0], atol=1e-9) == is_linear
    assert [finding.level for finding in found] == ["note"] * is_linear


# ---- the page -----------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "made"),
    [(RULE_TABLE, lambda: table_of_rules(NETWORK_RULES)), (CASE_TABLE, lambda: table(NETWORK_CASES))],
    ids=[RULE_TABLE, CASE_TABLE],
)
def test_the_page_shows_what_the_doctor_says(name: str, made: Callable[[], str]) -> None:
    _, shown, _ = between(PAGE.read_text(encoding="utf-8"), name)

    assert shown == made(), "python tests/diagnostics/cases.py writes it"
