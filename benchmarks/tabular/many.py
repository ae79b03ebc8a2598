"""``python -m benchmarks.tabular.many``: forty generated tables and scikit-learn's small sets, all untuned."""

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache, partial
from itertools import product
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn import datasets
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from benchmarks.tables import Table, write_section
from benchmarks.tabular import store
from benchmarks.tabular.data import Problem
from benchmarks.tabular.generated import SEEDS, TABLES, draw
from benchmarks.tabular.models import MODELS, THREADS, Model, build_ours
from benchmarks.tabular.report import PAGE, standard_error
from benchmarks.tabular.scores import mean_log_loss

RESULTS = Path(__file__).parent / "many.json"
MOST = 0.75  # of the tables: who was measured on fewer has no rank
BUNDLED = ("wine", "breast_cancer", "iris", "digits", "diabetes")


def build_linear(classify: bool, text: list[str], seed: int):
    """Return logistic regression, or ridge regression that chooses its penalty, behind one-hot columns."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), text),
        remainder=make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
    )
    return make_pipeline(
        columns, LogisticRegression(max_iter=1000) if classify else RidgeCV(np.logspace(-3, 3, 13))
    )


LINEAR = Model("linear", build_linear, ("scikit-learn",))
PEERS = ("hist-gradient-boosting", "lightgbm", "catboost", "realmlp-td", "tabm-d")
WITHOUT = Model("pellucid, fast, linear=False", partial(build_ours, "pellucid-fast-networks"), ("pellucid",))
IN_15_SECONDS = Model("pellucid, best in 15 s", partial(build_ours, "pellucid-best-15"), ("pellucid",))
IN_25_SECONDS = Model("pellucid, best in 25 s", partial(build_ours, "pellucid-best-25"), ("pellucid",))
CONTENDERS = {
    **{name: MODELS[name] for name in ("pellucid", "pellucid-fast")},
    "pellucid-fast-networks": WITHOUT,
    "pellucid-best-15": IN_15_SECONDS,
    "pellucid-best-25": IN_25_SECONDS,
    "pellucid-best": MODELS["pellucid-best"],
    "linear": LINEAR,
    **{name: MODELS[name] for name in PEERS},
}


@cache
def load(name: str, seed: int) -> Problem:
    """Return a generated table, or a split of a bundled one."""
    if name in TABLES:
        return draw(name, seed)
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
    classify = name != "diabetes"
    parts = train_test_split(X, y.to_numpy(), random_state=seed, stratify=y if classify else None)
    return Problem(
        classify, *(part.reset_index(drop=True) if hasattr(part, "index") else part for part in parts)
    )


def as_numbers(X: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose dates are days, for contenders that take none."""
    dates = X.select_dtypes("datetime").columns
    return X.assign(**{name: (X[name] - pd.Timestamp(0)) / pd.Timedelta(days=1) for name in dates})


def score(build: Callable, problem: Problem, seed: int, *, takes_dates: bool) -> dict[str, float]:
    """Return log loss and error, or the RMSE, for the rows to be predicted, and the seconds of the fit."""
    X, X_test = problem.X, problem.X_test
    text = [name for name in problem.text if not pd.api.types.is_datetime64_dtype(X[name])]
    if not takes_dates:
        X, X_test = as_numbers(X), as_numbers(X_test)
    began = process_time()
    model = build(problem.classify, text, seed).fit(X, problem.y)
    took = {"fit_cpu_seconds": process_time() - began}
    if not problem.classify:
        return {
            "rmse": float(root_mean_squared_error(problem.y_test, np.ravel(model.predict(X_test)))),
            **took,
        }
    p = model.predict_proba(X_test)
    error = float(np.mean(model.classes_[p.argmax(axis=1)] != problem.y_test))
    return {"log_loss": mean_log_loss(problem.y_test, p), "error": error, **took}


# ---- the report -----------------------------------------------------------------------------------------


def write() -> None:
    """Write mean ranks, and a row per table, into RESULTS.md."""
    records = store.read(RESULTS)
    found = {
        (model, name): store.latest(records, model, name)
        for model, name in product(CONTENDERS, [*TABLES, *BUNDLED])
        if any((each["model"], each["data"]) == (model, name) for each in records)
    }
    present = [model for model in CONTENDERS if any(model == key[0] for key in found)]
    every = [*TABLES, *BUNDLED]
    whole = [model for model in present if sum((model, name) in found for name in every) > MOST * len(every)]
    parts = [
        "## Forty generated tables and the bundled sets",
        "",
        "Means over the seeds with which every contender of a table was measured. The last column compares ours "
        "with the linear model, over all seeds of both: ✓ if it is not worse by more than a standard error.",
        "",
    ]
    for measure, title in (("log_loss", "log loss"), ("error", "error"), ("rmse", "RMSE")):
        names = [
            name for name in every if all((m, name) in found and measure in found[m, name][0] for m in whole)
        ]
        if names:
            parts += [ranks(title, measure, names, whole, found).markdown(), ""]
    parts += [per_table(present, found).markdown()]
    write_section(PAGE, "many", "\n".join(parts))


def ranks(title: str, measure: str, names: list[str], present: list[str], found: dict) -> Table:
    """Return the mean rank of every contender, and how often it is first."""
    means = np.array([[mean(found, m, name, measure, present) for m in present] for name in names])
    each = np.array([rankdata(row) for row in means])
    table = Table(f"{title}, {len(names)} tables", ["", *(CONTENDERS[m].title for m in present)])
    table.add("mean rank", *(f"{rank:.2f}" for rank in each.mean(axis=0)))
    table.add("times first", *(str(n) for n in (each == each.min(axis=1, keepdims=True)).sum(axis=0)))
    means = means[means.min(axis=1) > 0.0]
    excess = means / means.min(axis=1, keepdims=True) - 1.0
    table.add("mean excess over the best", *(f"{each:.1%}" for each in excess.mean(axis=0)))
    return table


def mean(found: dict, model: str, name: str, measure: str, present: list[str]) -> float:
    """Return the mean of a contender over the seeds that all have."""
    seeds = set.intersection(*({row["seed"] for row in found[m, name]} for m in present))
    return float(np.mean([row[measure] for row in found[model, name] if row["seed"] in seeds]))


def per_table(present: Iterable[str], found: dict) -> Table:
    """Return a row per table: means over the seeds that all have, and how far ours is behind the linear model."""
    present = list(present)
    table = Table("log loss or RMSE", ["table", *(CONTENDERS[m].title for m in present), "ours - linear"])
    for name in [*TABLES, *BUNDLED]:
        rows = {m: found.get((m, name), []) for m in present}
        if not any(rows.values()):
            continue
        measure = next("rmse" if "rmse" in r[0] else "log_loss" for r in rows.values() if r)
        there = [m for m in present if rows[m]]
        cells = [f"{mean(found, m, name, measure, there):.4f}" if rows[m] else "" for m in present]
        table.add(name, *cells, behind(measure, rows.get("pellucid", []), rows.get("linear", [])))
    return table


def behind(measure: str, ours: list[dict], linear: list[dict]) -> str:
    """Say whether ours is no worse than the linear model, within a standard error of paired differences."""
    theirs = {row["seed"]: row[measure] for row in linear}
    gaps = [row[measure] - theirs[row["seed"]] for row in ours if row["seed"] in theirs]
    if not gaps:
        return ""
    error = standard_error(gaps)
    return f"{'✓' if np.mean(gaps) <= error else '✗'} {np.mean(gaps):+.4f} ± {error:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure on many small tables.")
    usual = [name for name in CONTENDERS if "best" not in name]  # which take half an hour
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, default=usual, metavar="MODEL")
    every = [*TABLES, *BUNDLED]
    parser.add_argument("--data", nargs="+", choices=every, default=every, metavar="TABLE")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--again", action="store_true", help="measure anew what is stored, too")
    parser.add_argument(
        "--processor-time", action="store_true", help="count budgets in processor time, on a busy machine"
    )
    options, failed = parser.parse_args(), False
    if options.processor_time:
        time.perf_counter = time.process_time  # before pellucid is imported
    for name, model, seed in product(options.data, options.only, options.seeds):
        key = {"model": model, "data": name, "seed": seed, "versions": CONTENDERS[model].versions()}
        if store.holds(RESULTS, **key) and not options.again:
            continue
        one = partial(score, CONTENDERS[model].build, load(name, seed), seed)
        try:
            with threadpool_limits(THREADS), warnings.catch_warnings(action="ignore"):
                found = one(takes_dates=model.startswith("pellucid"))
        except Exception as error:  # one that fails says so, and the others go on
            print(f"{name}, {model}, seed {seed}: failed: {type(error).__name__}: {error}", flush=True)
            failed = True
            continue
        store.put(RESULTS, {**key, **found, "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"})
        print(
            f"{name}, {model}, seed {seed}:", ", ".join(f"{k} {v:.4g}" for k, v in found.items()), flush=True
        )
    write()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
