"""No way in for a sparse matrix whose indices lie outside its shape."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from pellucid import (
    MLPClassifier,
    MLPRegressor,
    Network,
    Perceptron,
    TabularClassifier,
    TabularRegressor,
    diagnose,
    trace,
)
from pellucid.exceptions import DataError
from pellucid.recording import vital_signs
from pellucid.tabular import TableEncoder

RNG = np.random.default_rng(0)
DENSE = np.maximum(RNG.normal(size=(40, 4)), 0.0) + np.eye(40, 4)
X = sp.csr_array(DENSE)
Y = np.arange(40) % 2
LABELS = sp.csr_array(np.stack([Y, 1 - Y], axis=1))


def damaged(whole: Any, format_name: str) -> Any:
    """Return a copy of another format with one index just outside its shape."""
    matrix = whole.asformat(format_name, copy=True)
    name = "row" if format_name == "coo" else "indices"
    getattr(matrix, name)[1] = 10**3 if format_name in ("coo", "csc") else whole.shape[1]
    return matrix


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    """Return models that were fitted to whole matrices."""
    quick: dict[str, Any] = {"max_iter": 2, "random_state": 0, "early_stopping": False}
    table: dict[str, Any] = {"random_state": 0, "max_iter": 2, "n_members": 2, "hidden_layer_sizes": (4,)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too few epochs to converge
        mlp = MLPClassifier((3,), **quick).fit(X, Y)
        perceptron = Perceptron(max_iter=2, random_state=0).fit(X, Y)
        tabular = TabularClassifier(**table).fit(X, Y)
    return {
        "mlp": mlp,
        "perceptron": perceptron,
        "tabular": tabular,
        "encoder": TableEncoder().fit(X),
        "dense encoder": TableEncoder().fit(DENSE),
        "network": Network([4, 3, 1], random_state=0),
    }


WAYS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "MLPClassifier.fit": lambda m, X: MLPClassifier((3,), max_iter=1).fit(X, Y),
    "MLPRegressor.fit, standardized": lambda m, X: MLPRegressor((3,), max_iter=1, standardize=True).fit(X, Y),
    "partial_fit": lambda m, X: MLPClassifier((3,)).partial_fit(X, Y, classes=[0, 1]),
    "validation_data": lambda m, X: MLPClassifier((3,), max_iter=1).fit(DENSE, Y, validation_data=(X, Y)),
    "predict": lambda m, X: m["mlp"].predict(X),
    "predict_proba": lambda m, X: m["mlp"].predict_proba(X),
    "score": lambda m, X: m["mlp"].score(X, Y),
    "transform": lambda m, X: m["mlp"].transform(X),
    "Perceptron.fit": lambda m, X: Perceptron().fit(X, Y),
    "Perceptron.predict": lambda m, X: m["perceptron"].predict(X),
    "Network.predict": lambda m, X: m["network"].predict(X),
    "Network.gradients": lambda m, X: m["network"].gradients(X, Y[:, None]),
    "vital_signs": lambda m, X: vital_signs(m["network"], X, Y.astype(float)),
    "TabularClassifier.fit": lambda m, X: TabularClassifier().fit(X, Y),
    "TabularRegressor.fit": lambda m, X: TabularRegressor().fit(X, Y),
    "TabularClassifier.predict": lambda m, X: m["tabular"].predict(X),
    "TableEncoder.fit": lambda m, X: TableEncoder().fit(X),
    "TableEncoder.transform": lambda m, X: m["encoder"].transform(X),
    "TableEncoder.transform of dense": lambda m, X: m["dense encoder"].transform(X),
    "diagnose": lambda m, X: diagnose(m["mlp"], X, Y),
    "diagnose, held out": lambda m, X: diagnose(m["mlp"], DENSE, Y, X_val=X, y_val=Y),
    "diagnose of a network": lambda m, X: diagnose(m["network"], X, Y[:, None].astype(float)),
    "trace": lambda m, X: trace(m["mlp"], X, Y),
    "trace of a network": lambda m, X: trace(m["network"], X, Y[:, None]),
}


@pytest.mark.parametrize("format_name", ["csr", "csc", "coo"])
@pytest.mark.parametrize("way", WAYS)
def test_inputs_out_of_range(fitted: dict[str, Any], way: str, format_name: str) -> None:
    """Everything that takes a sparse matrix refuses one that would be read beyond its memory."""
    with pytest.raises(DataError, match="damaged sparse matrix"):
        WAYS[way](fitted, damaged(X, format_name))


@pytest.mark.parametrize("format_name", ["csr", "csc", "coo"])
@pytest.mark.parametrize(
    "fit", [MLPClassifier((3,), max_iter=1).fit, TabularClassifier().fit], ids=["mlp", "tabular"]
)
def test_labels_out_of_range(fit: Callable[[Any, Any], Any], format_name: str) -> None:
    """So does everything that takes sparse labels."""
    with pytest.raises(DataError, match="y is a damaged sparse matrix"):
        fit(DENSE, damaged(LABELS, format_name))
