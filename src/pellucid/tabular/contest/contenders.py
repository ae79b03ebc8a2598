"""Models to compare: pellucid and the usual alternatives for tables, each with its own defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.tabular._classifier import TabularClassifier
from pellucid.tabular._regressor import TabularRegressor
from pellucid.tabular.contest.plain_matrix import PlainMatrix

__all__ = ["CONTENDERS", "CatBoost", "Contender", "Request", "Rival"]

MOST_CATEGORIES = 255  # per column that scikit-learn's histograms distinguish; more are treated as numbers


@dataclass(frozen=True)
class Request:
    """Task that a contender is built for.

    Parameters
    ----------
    task : {"classification", "regression"}
        The kind of targets.
    table : PlainMatrix
        Says which columns are categories.
    categorical : object
        The ``categorical_features`` of this library's estimators.
    texts : object
        Their ``text_columns``.
    time_budget : float or None
        Seconds for a fit of this library's.
    seed : int
        For all that is drawn.
    """

    task: str
    table: PlainMatrix
    categorical: Any
    texts: Any
    time_budget: float | None
    seed: int

    def choose(self, classifier: Any, regressor: Any) -> Any:
        """Return the one for the task."""
        return classifier if self.task == "classification" else regressor


@dataclass(frozen=True)
class Contender:
    """A row of the table.

    Parameters
    ----------
    name : str
        The name by which it is requested.
    label : str
        The name that is shown.
    build : callable
        From a request to an estimator.
    is_ours : bool, default=False
        True if it takes the table as it is; the others get a :class:`PlainMatrix`.
    module : str, default=""
        The module that must be installed.
    is_usual : bool, default=True
        True if it takes part where nothing else is said.
    """

    name: str
    label: str
    build: Callable[[Request], Any]
    is_ours: bool = False
    module: str = ""
    is_usual: bool = True

    @property
    def is_available(self) -> bool:
        """True if its library is installed."""
        return not self.module or find_spec(self.module) is not None


def _ours(preset: str) -> Callable[[Request], Any]:
    def build(asked: Request) -> Any:
        return asked.choose(TabularClassifier, TabularRegressor)(
            preset,
            categorical_features=asked.categorical,
            text_columns=asked.texts,
            time_budget=asked.time_budget,
            random_state=asked.seed,
        )

    return build


def _linear(asked: Request) -> Any:
    """Return a pipeline: medians for missing values, standardized numbers, one-hot categories, a linear model."""
    labeled = asked.table.categorical()
    counted = [i for i in range(len(asked.table.cardinalities)) if i not in labeled]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), counted),
        (OneHotEncoder(handle_unknown="ignore"), labeled),
    )
    return make_pipeline(columns, asked.choose(LogisticRegression(max_iter=1000), Ridge()))


def _histograms(asked: Request) -> Any:
    kind = asked.choose(HistGradientBoostingClassifier, HistGradientBoostingRegressor)
    return kind(
        categorical_features=asked.table.categorical(MOST_CATEGORIES) or None, random_state=asked.seed
    )


class Rival:
    """An estimator of another library whose ``fit`` takes the list of categorical columns."""

    def __init__(self, estimator: Any, **at_fit: Any) -> None:
        self.estimator, self.at_fit = estimator, at_fit

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Rival:
        """Fit it."""
        self.estimator.fit(self.read(X), y, sample_weight=sample_weight, **self.at_fit)
        return self

    def predict(self, X: Any) -> Any:
        """Return its predictions as one column."""
        return np.asarray(self.estimator.predict(self.read(X))).reshape(len(X))

    def predict_proba(self, X: Any) -> Any:
        """Return its probabilities."""
        return self.estimator.predict_proba(self.read(X))

    def read(self, X: Any) -> Any:
        """Return the rows as the library takes them."""
        return X


class CatBoost(Rival):
    """CatBoost, which takes categories only as text."""

    def read(self, X: Any) -> Any:
        """Return the rows as objects, with categories as text."""
        rows = X.astype(object)
        for column in self.at_fit["cat_features"]:
            rows[:, column] = X[:, column].astype(str)
        return rows


def _lightgbm(asked: Request) -> Any:
    module = import_module("lightgbm")
    kind = asked.choose(module.LGBMClassifier, module.LGBMRegressor)
    return Rival(
        kind(random_state=asked.seed, verbose=-1), categorical_feature=asked.table.categorical() or "auto"
    )


def _catboost(asked: Request) -> Any:
    module = import_module("catboost")
    kind = asked.choose(module.CatBoostClassifier, module.CatBoostRegressor)
    model = kind(random_seed=asked.seed, verbose=0, allow_writing_files=False)
    return CatBoost(model, cat_features=asked.table.categorical())


def _xgboost(asked: Request) -> Any:
    module = import_module("xgboost")
    kind = asked.choose(module.XGBClassifier, module.XGBRegressor)
    types = ["c" if count else "q" for count in asked.table.cardinalities]
    return Rival(kind(random_state=asked.seed, feature_types=types, enable_categorical=True))


CONTENDERS: dict[str, Contender] = {
    row.name: row
    for row in (
        Contender("pellucid", "pellucid", _ours("default"), is_ours=True),
        Contender("pellucid-fast", "pellucid fast", _ours("fast"), is_ours=True),
        Contender("pellucid-best", "pellucid best", _ours("best"), is_ours=True, is_usual=False),
        Contender("linear", "linear model", _linear),
        Contender("hist", "HistGradientBoosting", _histograms),
        Contender("lightgbm", "LightGBM", _lightgbm, module="lightgbm"),
        Contender("catboost", "CatBoost", _catboost, module="catboost"),
        Contender("xgboost", "XGBoost", _xgboost, module="xgboost"),
    )
}
