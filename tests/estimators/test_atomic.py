"""A second fit that fails or is interrupted leaves every estimator as the first one left it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from interrupts import Interruption, count, interrupted
from pellucid import MLPClassifier, MLPRegressor, Perceptron
from pellucid.exceptions import DataError
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, 40)
SMALL: dict[str, Any] = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
MADE: dict[str, Any] = {
    "MLPClassifier": lambda: MLPClassifier(**SMALL),
    "MLPRegressor": lambda: MLPRegressor(**SMALL),
    "Perceptron": lambda: Perceptron(max_iter=5, random_state=0),
    "TableEncoder": TableEncoder,
    "TabularClassifier": lambda: TabularClassifier(n_members=1, **SMALL),
    "TabularRegressor": lambda: TabularRegressor(n_members=1, **SMALL),
}
made = pytest.mark.parametrize("name", MADE)


def fit(model: Any, X: Any) -> Any:
    """Fit to rows with the classes of their signs, or to rows alone."""
    if isinstance(model, TableEncoder):
        return model.fit(X)
    return model.fit(X, np.where(np.asarray(X, float)[:, 0] > 0.0, 7, 3) if X.shape[1] == 4 else Y)


@made
@pytest.mark.filterwarnings("ignore")
def test_a_fit_that_fails_changes_nothing(name: str) -> None:
    """Rows that nobody can learn from, after rows of another width: every attribute is the same object."""
    model = fit(MADE[name](), X)
    before = dict(vars(model))
    bad: Any = np.full((40, 4), 1e200)
    bad[0, 0] = -1.0
    if name == "TableEncoder":
        bad = pd.DataFrame({"a": np.full(40, 1j)})
    elif name.startswith("Tabular"):
        bad = np.ones((40, 4))

    with pytest.raises((DataError, ValueError)):
        fit(model, bad)

    assert vars(model) == before


def bits(model: Any) -> dict[str, str]:
    """Return the fitted attributes as text, without addresses."""
    found = {key: value for key, value in vars(model).items() if key.endswith("_")}
    if "network_" in found:
        found["network_"] = [found["network_"].layer_sizes, found["network_"].parameters.tolist()]
    return {key: repr(value) for key, value in found.items()}


class Begins(Interruption):
    """Counts instructions from now on."""

    def __enter__(self) -> "Begins":
        self.arm()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop counting: the fit is over."""


@pytest.mark.parametrize("name", ["Perceptron", "TableEncoder"])
@pytest.mark.filterwarnings("ignore")
def test_ctrl_c_in_a_fit_without_epochs(name: str) -> None:
    """At places drawn from the whole fit: the model is that of the first fit, or that of the second."""
    other: Any = RNG.normal(size=(40, 4))
    if name == "TableEncoder":
        other = pd.DataFrame(other, columns=list("abcd"))

    def again(interruption: Begins, model: Any) -> None:
        with interruption:
            fit(model, other)

    n = count(lambda i: again(i, fit(MADE[name](), X)), Begins(0))
    fitted = [bits(fit(MADE[name](), rows)) for rows in (X, other)]
    for place in np.random.default_rng(5).integers(1, n + 1, 20):
        model, interruption = fit(MADE[name](), X), Begins(0, int(place))
        interrupted(lambda i, model=model: again(i, model), interruption)

        assert bits(model) in fitted, interruption.where
