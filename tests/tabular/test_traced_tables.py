"""Estimators for tables are traced from a row of the table on, with the names of columns and categories."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import TabularClassifier, TabularRegressor, trace
from pellucid.core import check_gradients
from pellucid.estimators import prepared
from pellucid.exceptions import DataError, ParameterError
from tabular.conftest import QUICK

SMALL: dict[str, Any] = {**QUICK, "hidden_layer_sizes": (3,), "max_iter": 2, "n_members": 2}


@pytest.fixture(scope="module")
def regressor(frame: pd.DataFrame, numbers: Any) -> TabularRegressor:
    return TabularRegressor(**{**SMALL, "linear": True}).fit(frame, numbers)


@pytest.fixture(scope="module")
def classifier(frame: pd.DataFrame, classes: Any) -> TabularClassifier:
    return TabularClassifier(**SMALL).fit(frame, classes)


def test_a_trace_is_the_members_network(regressor: Any, frame: pd.DataFrame, numbers: Any) -> None:
    """Rows with missing values, text, truth values and dates."""
    rows = frame[:10]
    for member in (0, 1):
        t = trace(regressor, rows, numbers[:10], member=member)
        network = regressor.members_[member].network.copy(np.float64)
        exact = network.gradients(t.X, t.Y, loss="squared_error")
        np.testing.assert_allclose(t.gradient, exact.flat, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(t.X, regressor.encode(rows))
        targets = regressor.members_[member].targets
        told = regressor.members_[member].outputs(t.X)
        np.testing.assert_allclose(np.clip(t.predictions, targets.low, targets.high), told, rtol=1e-4)
        assert t.replay().max_error < 1e-12
        assert check_gradients(network, t.X, t.Y).ok
    assert t.remarks == (
        "This is network 1 of 2, whose mean the model predicts.",
        f"A linear model has a share of {regressor.linear_.share:.0%} in the predictions; "
        'member="linear" traces it.',
        "The model clips its predictions to the range of the training targets.",
    )


def test_the_linear_model_is_traced_through_its_layers(
    regressor: Any, frame: pd.DataFrame, numbers: Any
) -> None:
    t = trace(regressor, frame, numbers, member="linear")

    np.testing.assert_allclose(
        t.predictions, regressor.linear_.member.network.predict(regressor.encode(frame).astype(float))
        * regressor.linear_.member.targets.scale + regressor.linear_.member.targets.mean,
    )  # fmt: skip
    assert len(t.blocks) == 1
    assert "lookup" in t.input_layers[0].label
    assert t.replay().max_error < 1e-12
    assert "the linear model, whose share" in " ".join(t.document("kaist").remarks)


@pytest.mark.slow
def test_differences_confirm_a_whole_tables_network(
    regressor: Any, classifier: Any, frame: pd.DataFrame, numbers: Any, classes: Any
) -> None:
    for model, y in ((regressor, numbers), (classifier, classes)):
        t = trace(model, frame[:6], y[:6])
        assert t.finite_differences.max_error < 1e-6
        assert t.by_hand(4).replay().max_error == 0.0


def test_one_row_in_every_form(classifier: Any, frame: pd.DataFrame, classes: Any) -> None:
    whole = trace(classifier, frame[5:6], classes[5:6])

    for row in (frame.iloc[5], list(frame.iloc[5])):
        np.testing.assert_array_equal(trace(classifier, row, classes[5]).gradient, whole.gradient)
    assert whole.output_names == tuple(classifier.classes_)
    np.testing.assert_allclose(
        whole.outputs, classifier.members_[0].outputs(classifier.encode(frame[5:6])), rtol=1e-4
    )


def test_columns_and_categories_have_their_names(classifier: Any, frame: pd.DataFrame, classes: Any) -> None:
    rows = frame[:3].assign(street=["street 3", None, "street 99"])
    t = trace(classifier, rows, classes[:3])
    page = "\n".join(remark for step in t.document().steps for remark in step.remarks)

    code = sorted(frame["street"].unique()).index("street 3") + 1
    assert t.categories == (("missing or unknown", *sorted(frame["street"].unique())),)
    assert f"street: 0 is missing or unknown, {code} is street 3." in page
    said = t.explain("outputs", input_layer=0, index="street (1)")
    assert "sample 0: number 1 of the row 'street: street 3' " in str(said)
    assert "sample 2: number 1 of the row 'street: missing or unknown' " in str(said)
    assert "input signal 'rooms (1)' " in str(t.explain("weights", block=0, row=1, column=0))


def test_the_way_from_cells_to_inputs_is_shown(regressor: Any, frame: pd.DataFrame, numbers: Any) -> None:
    t = trace(regressor, frame[:3], numbers[:3])
    median, quartiles = frame["rooms"].median(), frame["rooms"].quantile([0.25, 0.75])

    rooms = frame["rooms"].to_numpy()[:3]
    u = (rooms - median) / np.diff(quartiles)
    np.testing.assert_allclose(t.X[1:, 0], (u / np.sqrt(1.0 + (u / 3.0) ** 2))[1:], rtol=1e-5)
    assert np.isnan(rooms[0])
    assert t.X[0, 0] == 0.0
    for name in ("pellucid", "ng"):
        step = t.document(name).steps[1]
        assert step.equations[0] == "scaled = (cell − median) · scale"
        cells = step.entries[0].array if name == "pellucid" else step.entries[0].array.T
        np.testing.assert_array_equal(cells[:, 0], rooms)
        assert step.entries[0].compared == {}
    said = [str(t.explain("inputs", input_layer=0, index="rooms", sample=i, precision=6)) for i in (0, 1)]
    assert said[0] == "the cell is missing, which counts as 0.000000"
    assert said[1].startswith(f"(cell {rooms[1]:.6f} − median {median:.6f}) × scale ")
    assert said[1].endswith(f" = {t.X[1, 0]:.6f}".replace("-", "−"))
    code = int(t.X[2, -1])
    said = str(t.explain("inputs", input_layer=0, index="street", sample=2))
    assert said == f"{code} is {frame['street'][2]}"
    assert t.to_json().count("null") > 0


def test_a_row_that_is_averaged_over_categories_is_told(numbers: Any) -> None:
    """If fit saw no row without a category, predictions for one are a mean over several passes."""
    X = pd.DataFrame({"kind": np.resize(["a", "b", "c"], 80), "size": numbers})
    model = TabularRegressor(**SMALL).fit(X, numbers)

    assert (
        "category that fit did not see" in trace(model, X[:2].assign(kind=["z", "a"]), [1.0, 2.0]).remarks[-1]
    )
    assert "category" not in " ".join(trace(model, X[:2], [1.0, 2.0]).remarks)


def test_members_that_share_weights_are_counted_one_by_one(frame: pd.DataFrame, classes: Any) -> None:
    model = TabularClassifier(**{**SMALL, "ensemble": "shared"}).fit(frame, classes)
    votes = model.members_[0].votes(model.encode(frame[:4]))

    for member in (0, 1):
        t = trace(model, frame[:4], classes[:4], member=member)
        np.testing.assert_allclose(t.outputs, votes[member], rtol=1e-4, atol=1e-6)
        assert t.replay().max_error < 1e-12


def test_what_does_not_fit_is_told(
    regressor: Any, classifier: Any, frame: pd.DataFrame, numbers: Any
) -> None:
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.1 or 'linear'; got 2"):
        trace(regressor, frame, numbers, member=2)
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.1; got 'linear'"):
        trace(classifier, frame, numbers, member="linear")
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.1 or 'linear'; got 'wide'"):
        prepared(regressor, frame, numbers, member="wide")
    with pytest.raises(DataError, match="got None"):
        trace(regressor, frame, None)
    assert prepared(regressor, frame, numbers, member="linear").network.n_blocks == 1
