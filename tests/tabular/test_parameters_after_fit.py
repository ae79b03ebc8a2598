"""Parameters that are set after fit are for the next fit: the fitted model predicts as before."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

import pellucid
from pellucid import MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor
from tabular.conftest import QUICK

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=120), "b": RNG.choice(["x", "y"], 120)})
Y = X["a"].to_numpy() + (X["b"] == "x")
NEW = pd.DataFrame({"a": np.linspace(-3.0, 3.0, 40), "b": ["x", "y"] * 20})
OTHER: dict[str, Any] = {
    "coverage_by": "b",
    "monotonic_cst": {"a": -1},
    "output_range": (0.0, 0.5),
    "loss": "absolute_error",
    "quantiles": (0.4,),
    "fit_intercept": False,
    "standardize": True,
    "preset": "realmlp-td-s",
    "ensemble": "shared",
    "n_members": 3,
    "linear": True,
    "calibrate": True,
    "decimal": ",",
    "sentinels": None,
    "categorical_features": ["a"],
    "class_weight": "balanced",
    "pocket": True,
    "activation": "tanh",
    "output_activation": "tanh",
    "hidden_layer_sizes": (3,),
    "dropout": 0.4,
}
FITTED: dict[str, BaseEstimator] = {
    "numbers": TabularRegressor("fast", **QUICK),
    "numbers in a range": TabularRegressor("fast", output_range=(0.0, 1.0), coverage_by="b", **QUICK),
    "rising numbers": TabularRegressor("fast", monotonic_cst={"a": 1}, **QUICK),
    "classes": TabularClassifier("fast", calibrate=True, **QUICK),
    "rising probabilities": TabularClassifier("fast", calibrate=True, monotonic_cst={"a": 1}, **QUICK),
    "an MLP of numbers": MLPRegressor((4,), solver="lbfgs", max_iter=300, random_state=0),
    "an MLP of classes": MLPClassifier((4,), solver="lbfgs", max_iter=300, random_state=0),
    "a perceptron": Perceptron(random_state=0),
}


def _fit(model: Any) -> tuple[Any, Any]:
    is_table = isinstance(model, TabularRegressor | TabularClassifier)
    inputs, new = (X, NEW) if is_table else (X[["a"]], NEW[["a"]])
    with np.errstate(all="ignore"):
        y = Y.clip(0.0, 1.0) if getattr(model, "output_range", None) else Y
        return model.fit(
            inputs, y > 0.5 if hasattr(model, "predict_proba") or type(model) is Perceptron else y
        ), new


def _said(model: Any, new: Any) -> list[bytes]:
    names = ("predict", "predict_proba", "predict_interval", "predict_set", "decision_function", "spread")
    return [np.asarray(getattr(model, name)(new)).tobytes() for name in names if hasattr(model, name)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", FITTED)
def test_no_parameter_changes_the_predictions_of_a_fitted_model(kind: str, tmp_path: Path) -> None:
    """Nor does one change those of a copy, a pickle and a file of it."""
    model, new = _fit(FITTED[kind])
    expected = _said(model, new)
    changed = [name for name in OTHER if name in model.get_params()]
    assert changed
    before = model.get_params()
    for name in changed:
        model.set_params(**before | {name: OTHER[name]})
        assert _said(model, new) == expected, name
        assert _said(pickle.loads(pickle.dumps(model)), new) == expected, name

    model.set_params(
        **before | {name: OTHER[name] for name in changed if name in ("output_range", "monotonic_cst")}
    )
    pellucid.save(model, path := tmp_path / "model.safetensors")
    loaded = pellucid.load(path)
    assert _said(loaded, new) == expected
    loaded.set_params(**{name: OTHER[name] for name in changed})
    assert _said(loaded, new) == expected
