"""``python -m benchmarks.tabular.small``: scikit-learn's small sets, five times five folds, two peers."""

import argparse
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.tables import Table, write_section
from benchmarks.tabular import ours, store
from benchmarks.tabular.models import MODELS, THREADS, Model
from benchmarks.tabular.report import PAGE, mean_and_error, standard_error
from benchmarks.tabular.scores import mean_log_loss

RESULTS = Path(__file__).parent / "small.json"
SETS = {
    name: getattr(datasets, f"load_{name}")
    for name in ("wine", "breast_cancer", "iris", "digits", "diabetes")
}
FOLDS = {"n_splits": 5, "n_repeats": 5, "random_state": 0}


def build_linear(classify: bool, seed: int):
    """Return logistic regression, or ridge regression that chooses its penalty."""
    return make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000) if classify else RidgeCV(np.logspace(-3, 3, 13))
    )


def build_sklearn_mlp(classify: bool, seed: int):
    return make_pipeline(StandardScaler(), (MLPClassifier if classify else MLPRegressor)(random_state=seed))


def build_ours(classify: bool, seed: int):
    return ours.build("pellucid", classify, seed)


PEERS = {
    "linear": Model("linear model", build_linear, ("scikit-learn",)),
    "sklearn-mlp": Model("scikit-learn MLP", build_sklearn_mlp, ("scikit-learn",)),
}
CONTENDERS = {"pellucid": Model(MODELS["pellucid"].title, build_ours, MODELS["pellucid"].packages), **PEERS}


def losses(build: Callable, name: str) -> list[float]:
    """Return the log loss, for diabetes the RMSE, of each of the 25 folds; the same folds for all."""
    X, y = SETS[name](return_X_y=True, as_frame=True)
    classify = name != "diabetes"
    folds = (RepeatedStratifiedKFold if classify else RepeatedKFold)(**FOLDS)
    found = []
    for fold, (train, test) in enumerate(folds.split(X, y)):
        model = build(classify, fold).fit(X.iloc[train], y.iloc[train])
        if classify:
            found.append(mean_log_loss(y.iloc[test], model.predict_proba(X.iloc[test])))
        else:
            found.append(float(root_mean_squared_error(y.iloc[test], model.predict(X.iloc[test]))))
    return found


def write() -> None:
    """Write the section of the small sets into RESULTS.md."""
    table = Table(
        "mean over 25 folds: log loss; diabetes: RMSE",
        ["data", *[contender.title for contender in CONTENDERS.values()], "no worse than the better?"],
    )
    records = store.read(RESULTS)
    for name in SETS:
        found = {model: store.latest(records, model, name) for model in CONTENDERS}
        folds = {model: rows[0]["losses"] for model, rows in found.items() if rows}
        cells = [mean_and_error(folds[model]) if model in folds else "" for model in CONTENDERS]
        table.add(name, *cells, verdict(folds))
    write_section(PAGE, "small", "\n".join(["## Small sets", "", table.markdown()]))


def verdict(folds: dict[str, list[float]]) -> str:
    """Say whether ours is no worse than the better peer, within a standard error of the paired differences."""
    if folds.keys() != CONTENDERS.keys():
        return ""
    better = min(PEERS, key=lambda peer: np.mean(folds[peer]))
    worse_by = np.subtract(folds["pellucid"], folds[better])
    error = standard_error(list(worse_by))
    return f"{'✓' if worse_by.mean() <= error else '✗'} {worse_by.mean():+.4f} ± {error:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Cross-validate on scikit-learn's small sets.")
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--data", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--again", action="store_true", help="measure anew what is stored, too")
    options, failed = parser.parse_args(), False
    for name in options.data:
        for model in options.only:
            versions = CONTENDERS[model].versions()
            key = {"model": model, "data": name, "seed": FOLDS["random_state"], "versions": versions}
            if store.holds(RESULTS, **key) and not options.again:
                print(f"{name}, {model}: is there", flush=True)
                continue
            try:
                with threadpool_limits(THREADS), warnings.catch_warnings(action="ignore"):
                    found = losses(CONTENDERS[model].build, name)
            except Exception as error:  # one that fails says so, and the others go on
                print(f"{name}, {model}: failed: {type(error).__name__}: {error}", flush=True)
                failed = True
                continue
            store.put(RESULTS, {**key, "losses": found, "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"})
            print(f"{name}, {model}: {mean_and_error(found)}", flush=True)
    write()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
