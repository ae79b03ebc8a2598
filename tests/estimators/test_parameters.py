"""One check of parameters, for every estimator."""

from typing import Any

import pytest

from pellucid import MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor
from pellucid.estimators.parameters import check_parameters

REFUSED = [
    (MLPClassifier, {"hidden_layer_sizes": (0,)}, "hidden_layer_sizes"),
    (MLPClassifier, {"class_weight": {0: -1.0}}, "class_weight"),
    (MLPRegressor, {"alpha": -1.0}, "alpha"),
    (Perceptron, {"learning_rate": 0.0}, "learning_rate"),
    (TabularClassifier, {"class_weight": {0: -1.0}}, "class_weight"),
    (TabularRegressor, {"n_members": 0}, "n_members"),
]


@pytest.mark.parametrize(("estimator", "given", "name"), REFUSED)
def test_what_a_fit_refuses_is_refused_without_data(estimator: Any, given: dict[str, Any], name: str) -> None:
    """With the words of the fit."""
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
    with pytest.raises(ValueError, match=name) as by_fit:
        estimator(**given).fit(X, y)
    with pytest.raises(type(by_fit.value)) as by_check:
        check_parameters(estimator(**given))

    assert str(by_check.value) == str(by_fit.value)
    check_parameters(estimator())
