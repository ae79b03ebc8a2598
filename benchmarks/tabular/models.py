"""Contenders: a row each, with the preparation of a table that its library needs.

Everyone has the defaults of its library, apart from the seed, the threads and silence.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from benchmarks.tabular import ours
from benchmarks.tabular.data import ROOT

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))  # what `measured` gave the process


@dataclass(frozen=True)
class Model:
    """A contender: its name in tables, ``build(classify, text_columns, seed)``, the packages it stands on."""

    title: str
    build: Callable
    packages: tuple[str, ...]

    def versions(self) -> dict[str, str]:
        found = {package: version(package) for package in self.packages}
        return found | {"source": _source()} if "pellucid" in found else found


def _source() -> str:
    """Return the last commit that changed pellucid, since its version number stays between releases."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.check_output([*git, "log", "-1", "--format=%h", "--", "src"], text=True).strip()
    changed = subprocess.check_output([*git, "status", "--porcelain", "--", "src"], text=True).strip()
    return f"{commit}-changed" if changed else commit


def build_ours(variant: str, classify: bool, text: list[str], seed: int):
    return ours.build(variant, classify, seed)


def build_sklearn_mlp(classify: bool, text: list[str], seed: int):
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), text),
        remainder=make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
    )
    kind = MLPClassifier if classify else MLPRegressor
    return make_pipeline(columns, kind(early_stopping=True, random_state=seed))


def build_hist_gradient_boosting(classify: bool, text: list[str], seed: int):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor
    return _with_dtype("category", text, kind(random_state=seed))


def build_lightgbm(classify: bool, text: list[str], seed: int):
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMClassifier if classify else LGBMRegressor
    return _with_dtype("category", text, kind(random_state=seed, n_jobs=THREADS, verbose=-1))


def build_catboost(classify: bool, text: list[str], seed: int):
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostClassifier if classify else CatBoostRegressor
    quiet = {"verbose": False, "allow_writing_files": False}
    model = kind(cat_features=text, random_seed=seed, thread_count=THREADS, **quiet)
    return _with_dtype(object, text, model, missing="missing")


def build_pytabkit(kind: str, classify: bool, text: list[str], seed: int):
    from pytabkit.models.sklearn import sklearn_interfaces
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    model = getattr(sklearn_interfaces, f"{kind}_{'Classifier' if classify else 'Regressor'}")
    columns = make_column_transformer(
        ("passthrough", text), remainder=SimpleImputer(strategy="median"), verbose_feature_names_out=False
    )
    single = {"n_cv": 1, "n_refit": 0, "val_fraction": 0.2}
    return make_pipeline(
        columns.set_output(transform="pandas"),
        model(**single, device="cpu", n_threads=THREADS, random_state=seed),
    )


def _with_dtype(dtype, text: list[str], model, missing: str | None = None):
    """Return the model behind a step that gives the text columns the dtype by which it knows categories."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def prepare(X):
        X = X.astype(dict.fromkeys(text, dtype))
        return X if missing is None else X.fillna(dict.fromkeys(text, missing))

    return make_pipeline(FunctionTransformer(prepare), model)


MODELS = {
    "pellucid": Model("pellucid", partial(build_ours, "pellucid"), ("pellucid",)),
    "pellucid-single": Model("pellucid, 1 member", partial(build_ours, "pellucid-single"), ("pellucid",)),
    "pellucid-fast": Model("pellucid, fast", partial(build_ours, "pellucid-fast"), ("pellucid",)),
    "pellucid-ensemble": Model(
        "pellucid, 8 members", partial(build_ours, "pellucid-ensemble"), ("pellucid",)
    ),
    "pellucid-best": Model("pellucid, best in 60 s", partial(build_ours, "pellucid-best"), ("pellucid",)),
    "sklearn-mlp": Model("scikit-learn MLP", build_sklearn_mlp, ("scikit-learn",)),
    "hist-gradient-boosting": Model(
        "scikit-learn HistGradientBoosting", build_hist_gradient_boosting, ("scikit-learn",)
    ),
    "lightgbm": Model("LightGBM", build_lightgbm, ("lightgbm",)),
    "catboost": Model("CatBoost", build_catboost, ("catboost",)),
    "realmlp-td-s": Model("RealMLP-TD-S", partial(build_pytabkit, "RealMLP_TD_S"), ("pytabkit", "torch")),
    "realmlp-td": Model("RealMLP-TD", partial(build_pytabkit, "RealMLP_TD"), ("pytabkit", "torch")),
    "tabm-d": Model("TabM-D", partial(build_pytabkit, "TabM_D"), ("pytabkit", "torch")),
}
OURS = tuple(name for name in MODELS if name in ours.VARIANTS)
