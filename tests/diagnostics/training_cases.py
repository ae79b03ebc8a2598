"""Constructed trainings and data of which it is known what is wrong with them, and whether mending cures them.

``python tests/diagnostics/training_cases.py`` writes three tables of docs/doctor.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

from pellucid import MLPClassifier, MLPRegressor
from pellucid.core import Activation
from pellucid.diagnostics import Change, Diagnosis, diagnose, mend, preflight
from pellucid.diagnostics.check_rules import CHECK_RULES
from pellucid.diagnostics.data_rules import DATA_RULES
from pellucid.diagnostics.fit_rules import FIT_RULES
from pellucid.diagnostics.step_rules import STEP_RULES
from pellucid.diagnostics.target_rules import TARGET_RULES
from pellucid.recording import Recorder

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
Data = tuple[Any, Any, Any, Any]  # X, y, X_val, y_val


@dataclass(frozen=True, eq=False)
class TrainingCase:
    """An estimator and data, and what is to be found."""

    name: str
    model: dict[str, Any]
    data: Callable[[], Data]
    ill: str
    where: dict[str, Any] = field(default_factory=dict)
    before: bool = False  # training
    level: str = ""  # a note, where it is one

    def diagnosis(self) -> Diagnosis:
        """Train, and ask all rules."""
        X, y, X_val, y_val = self.data()
        model = build(self.model, y)
        if self.before:
            return preflight(model, X, y)
        fitted, recorder = fit(model, X, y, X_val, y_val)
        return diagnose(fitted, X, y, X_val, y_val, record=recorder.record)


def build(parameters: dict[str, Any], y: Any) -> Any:
    kind = MLPRegressor if np.asarray(y).dtype.kind == "f" else MLPClassifier
    usual = {
        "hidden_layer_sizes": (50,),
        "batch_size": 32,
        "max_iter": 60,
        "standardize": True,
        "random_state": 0,
    }
    return kind(**{**usual, **parameters})


def fit(model: Any, X: Any, y: Any, X_val: Any = None, y_val: Any = None) -> tuple[Any, Recorder]:
    recorder = Recorder()
    model.set_callbacks(recorder)
    held = {} if X_val is None or model.early_stopping else {"validation_data": (X_val, y_val)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y, **held)
    return model, recorder


# ---- data ---------------------------------------------------------------------------------------------------


@cache
def real(name: str) -> Data:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    split = train_test_split(X, y, test_size=0.25, random_state=0)
    return split[0], split[2], split[1], split[3]


def scaled(name: str) -> Data:
    X, y, X_val, y_val = real(name)
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    deviation = np.where(deviation > 0.0, deviation, 1.0)
    return (X - mean) / deviation, y, (X_val - mean) / deviation, y_val


def column(name: str, j: int, factor: float = 1.0, offset: float = 0.0) -> Data:
    X, y, X_val, y_val = (part.copy() for part in scaled(name))
    for part in (X, X_val):
        part[:, j] = factor * part[:, j] + offset
    return X, y, X_val, y_val


def with_column(name: str, make: Callable[[Any], Any]) -> Data:
    """Return data with one more column, made of the others."""
    X, y, X_val, y_val = scaled(name)
    return np.column_stack([X, make(X)]), y, np.column_stack([X_val, make(X_val)]), y_val


def leak(name: str) -> Data:
    """Return data with the target as one more column."""
    X, y, X_val, y_val = scaled(name)
    return np.column_stack([X, 32.0 + 1.8 * y]), y, np.column_stack([X_val, 32.0 + 1.8 * y_val]), y_val


def shuffled(name: str) -> Data:
    X, y, X_val, y_val = real(name)
    rng = np.random.default_rng(0)
    return X, rng.permutation(y), X_val, rng.permutation(y_val)


def flipped_rows(name: str, share: float) -> Any:
    n = len(real(name)[1])
    return np.sort(np.random.default_rng(1).choice(n, int(share * n), replace=False))


def flipped(name: str, share: float) -> Data:
    X, y, X_val, y_val = real(name)
    y, rows = y.copy(), flipped_rows(name, share)
    y[rows] = (y[rows] + 1) % (y.max() + 1) if y.dtype.kind != "f" else 10.0 * y[rows]
    return X, y, X_val, y_val


def nan_in_row(row: int, j: int) -> Data:
    X, y, X_val, y_val = (part.copy() for part in real("wine"))
    X[row, j] = np.nan
    return X, y, X_val, y_val


def rare(ratio: int, distance: float) -> Data:
    """Return two normal clouds, one of which has so many times fewer rows."""
    rng = np.random.default_rng(0)
    y = (np.arange(1600) % (ratio + 1) == 0).astype(int)
    X = rng.normal(size=(1600, 4)) + distance * y[:, None] * [1.0, 0.0, 0.0, 0.0]
    split = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    return split[0], split[2], split[1], split[3]


def few(n_rows: int) -> Data:
    """Return a few rows of many noisy columns, of which the first tells the target."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows + 500, 20))
    y = X[:, 0] + rng.normal(size=len(X))
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


WRONG = Activation("wrong tanh", np.tanh, lambda z, a: 1.0 - a)

SETS = ("digits", "iris", "wine", "breast_cancer", "diabetes")
STEEP = {"activation": "tanh", "hidden_layer_sizes": (30, 30)}
TRAINING_CASES: tuple[TrainingCase, ...] = (
    *(
        TrainingCase(
            f"learning rate 1,000 times too high: adam, {name}",
            {"learning_rate_init": 1.0},
            lambda name=name: real(name),
            "learning-rate-too-high",
        )
        for name in SETS
    ),
    *(
        TrainingCase(
            f"learning rate 1,000 times too high: adam, tanh, {name}",
            STEEP | {"learning_rate_init": 1.0},
            lambda name=name: real(name),
            "learning-rate-too-high",
        )
        for name in ("digits", "breast_cancer")
    ),
    TrainingCase(
        "learning rate 1,000 times too high: sgd, tanh, iris",
        STEEP | {"solver": "sgd", "learning_rate_init": 30.0},
        lambda: real("iris"),
        "learning-rate-too-high",
    ),
    TrainingCase(
        "sgd, tanh, iris, 1,000 times too high, before training",
        STEEP | {"solver": "sgd", "learning_rate_init": 30.0},
        lambda: real("iris"),
        "learning-rate-too-high",
        before=True,
    ),
    *(
        TrainingCase(
            f"learning rate 1,000 times too low: adam, {name}",
            {"learning_rate_init": 1e-6},
            lambda name=name: real(name),
            "learning-rate-too-low",
        )
        for name in SETS
    ),
    TrainingCase(
        "learning rate 1,000 times too low: sgd, tanh, iris",
        STEEP | {"solver": "sgd", "learning_rate_init": 3e-5},
        lambda: real("iris"),
        "learning-rate-too-low",
    ),
    TrainingCase(
        "adam, iris, 1,000 times too low, before training",
        {"learning_rate_init": 1e-6},
        lambda: real("iris"),
        "learning-rate-too-low",
        before=True,
    ),
    *(
        TrainingCase(
            f"column {j} 1,000 times too large: {name}",
            {"standardize": False},
            lambda name=name, j=j: column(name, j, 1000.0),
            "unscaled-input",
            {"columns": [j], "side": "large"},
        )
        for name, j in (("iris", 2), ("wine", 7), ("breast_cancer", 20), ("diabetes", 4))
    ),
    TrainingCase(
        "column 2 1,000 times too small: iris",
        {"standardize": False},
        lambda: column("iris", 2, 1e-3),
        "unscaled-input",
        {"columns": [2], "side": "small"},
    ),
    TrainingCase(
        "column 3 at 1,000 ± 1: wine",
        {"standardize": False},
        lambda: column("wine", 3, 1.0, 1000.0),
        "unscaled-input",
        {"columns": [3], "side": "large"},
        before=True,
    ),
    *(
        TrainingCase(
            f"shuffled labels: {name}",
            {"max_iter": 200},
            lambda name=name: shuffled(name),
            "label-noise",
            {"rows": "all"},
        )
        for name in ("digits", "iris", "wine", "breast_cancer")
    ),
    TrainingCase(
        "shuffled targets: diabetes",
        {"max_iter": 200},
        lambda: shuffled("diabetes"),
        "label-noise",
        {"rows": "all"},
    ),
    *(
        TrainingCase(
            f"{share:.0%} of the labels flipped: {name}",
            {},
            lambda name=name, share=share: flipped(name, share),
            "label-noise",
        )
        for name, share in (("digits", 0.08), ("breast_cancer", 0.08), ("diabetes", 0.03))
    ),
    TrainingCase(
        "overfit: 100 units, 40 noisy rows",
        {"hidden_layer_sizes": (100,), "max_iter": 200, "learning_rate_init": 0.01},
        lambda: few(40),
        "overfitting",
    ),
    TrainingCase(
        "overfit: 64-32 units, diabetes",
        {"hidden_layer_sizes": (64, 32), "max_iter": 200},
        lambda: real("diabetes"),
        "overfitting",
    ),
    TrainingCase(
        "underfit: 1 unit, digits",
        {"hidden_layer_sizes": (1,), "activation": "tanh"},
        lambda: real("digits"),
        "underfitting",
    ),
    *(
        TrainingCase(
            f"underfit: alpha = 1,000, {name}",
            {"alpha": 1000.0},
            lambda name=name: real(name),
            "underfitting",
        )
        for name in ("wine", "diabetes")
    ),
    TrainingCase(
        "one class 40 times rarer, overlapping",
        {},
        lambda: rare(40, 1.5),
        "class-imbalance",
        {"classes": [1]},
    ),
    TrainingCase(
        "one class 40 times rarer, before training",
        {},
        lambda: rare(40, 1.5),
        "class-imbalance",
        {"classes": [1]},
        before=True,
    ),
    TrainingCase(
        "one class 40 times rarer, far apart",
        {},
        lambda: rare(40, 12.0),
        "class-imbalance",
        {"classes": [1]},
        level="note",
    ),
    TrainingCase(
        "NaN in row 17, column 5",
        {},
        lambda: nan_in_row(17, 5),
        "not-finite",
        {"rows": [17], "columns": [5]},
        before=True,
    ),
    TrainingCase(
        "a constant column",
        {},
        lambda: with_column("wine", lambda X: np.full(len(X), 3.0)),
        "constant-input",
        {"columns": [13]},
        level="note",
    ),
    TrainingCase(
        "a column twice",
        {},
        lambda: with_column("wine", lambda X: X[:, 4]),
        "duplicate-input",
        {"columns": [4, 13]},
    ),
    TrainingCase(
        "a column twice, in other units",
        {"standardize": False},
        lambda: with_column("iris", lambda X: 32.0 - 1.8 * X[:, 1]),
        "duplicate-input",
        {"columns": [1, 4]},
    ),
    TrainingCase(
        "the target as a column, in other units",
        {},
        lambda: leak("diabetes"),
        "leaking-input",
        {"columns": [10]},
    ),
    *(
        TrainingCase(
            f"all rows in one batch: {name}",
            {"batch_size": n, "max_iter": 50},
            lambda name=name: real(name),
            "batch-size",
            {"side": "large"},
        )
        for name, n in (("digits", 1347), ("breast_cancer", 426))
    ),
    TrainingCase(
        "weights of 1e-6: 4 layers",
        {"hidden_layer_sizes": (20, 20, 20), "initializer": ("normal", 1e-6)},
        lambda: real("wine"),
        "input-independent",
        before=True,
    ),
    TrainingCase(
        "an activation with a wrong derivative",
        {"activation": WRONG},
        lambda: real("wine"),
        "wrong-gradient",
        before=True,
    ),
)


# ---- cures --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Cure:
    """An ill training, and how much mending is to help it."""

    name: str
    model: dict[str, Any]
    data: Callable[[], Data]
    code: str
    gain: float  # of the score on rows held out

    def outcome(self) -> tuple[Diagnosis, list[Change], tuple[float, float], tuple[float, float]]:
        """Train, diagnose, mend, train again; return findings, changes, losses and scores before and after."""
        X, y, X_val, y_val = self.data()
        first, recorder = fit(build(self.model, y), X, y, X_val, y_val)
        found = diagnose(first, X, y, X_val, y_val, record=recorder.record)
        mended, changes = mend(first, found)
        second, _ = fit(mended, X, y)
        losses = first.history_[-1]["loss"], second.history_[-1]["loss"]
        return found, changes, losses, (score(first, X_val, y_val), score(second, X_val, y_val))


def score(model: Any, X: Any, y: Any) -> float:
    if isinstance(model, MLPRegressor):
        return float(model.score(X, y))
    return float(balanced_accuracy_score(y, model.predict(X)))


CURES: tuple[Cure, ...] = (
    Cure(
        "learning rate 1,000 times too high",
        STEEP | {"learning_rate_init": 1.0},
        lambda: real("digits"),
        "learning-rate-too-high",
        0.1,
    ),
    Cure(
        "learning rate 1,000 times too low",
        {"learning_rate_init": 1e-6},
        lambda: real("wine"),
        "learning-rate-too-low",
        0.2,
    ),
    Cure(
        "a column 1,000 times too large",
        {"standardize": False},
        lambda: column("diabetes", 4, 1000.0),
        "unscaled-input",
        0.1,
    ),
    Cure("weights of 0", {"initializer": "zeros"}, lambda: real("digits"), "zero-initialization", 0.5),
    Cure("equal weights", {"initializer": ("constant", 0.1)}, lambda: real("digits"), "symmetric-units", 0.3),
    Cure(
        "weights drawn with deviation 10",
        {"activation": "tanh", "hidden_layer_sizes": (30, 30), "initializer": ("normal", 10.0)},
        lambda: real("digits"),
        "bad-initial-loss",
        0.3,
    ),
    Cure(
        "logistic, 6 layers",
        {"activation": "logistic", "hidden_layer_sizes": (30,) * 6, "initializer": ("normal", 0.01)},
        lambda: real("digits"),
        "vanishing-gradient",
        0.3,
    ),
    Cure(
        "exploding, 8 layers",
        {"hidden_layer_sizes": (30,) * 8, "initializer": ("normal", 1.5)},
        lambda: real("digits"),
        "exploding-gradient",
        0.05,
    ),
    Cure(
        "overfit",
        {"hidden_layer_sizes": (64, 32), "max_iter": 200},
        lambda: real("diabetes"),
        "overfitting",
        0.2,
    ),
    Cure(
        "1 unit",
        {"hidden_layer_sizes": (1,), "activation": "tanh"},
        lambda: real("digits"),
        "underfitting",
        0.3,
    ),
    Cure("alpha = 1,000", {"alpha": 1000.0}, lambda: real("wine"), "underfitting", 0.2),
    Cure("one class 40 times rarer", {}, lambda: rare(40, 1.5), "class-imbalance", 0.1),
    Cure(
        "all rows in one batch",
        {"batch_size": 1347, "max_iter": 20},
        lambda: real("digits"),
        "batch-size",
        0.05,
    ),
    Cure(
        "15 % of the labels flipped",
        {"hidden_layer_sizes": (200,), "max_iter": 200},
        lambda: flipped("digits", 0.15),
        "label-noise",
        0.05,
    ),
)


# ---- the page -----------------------------------------------------------------------------------------------

MARKS = {
    name: (f"<!-- {name}: made by tests/diagnostics/training_cases.py -->", f"<!-- end of {name} -->")
    for name in ("rules on trainings and data", "cases on trainings and data", "cures")
}


def table_of_rules() -> str:
    rows = ["| code | rule | source | status |", "|---|---|---|---|"]
    for rule in (*DATA_RULES, *TARGET_RULES, *STEP_RULES, *FIT_RULES, *CHECK_RULES):
        cells = (f"`{rule.code}`", rule.rule, rule.source, rule.status)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def table_of_cases() -> str:
    rows = ["| case | fault | found | where |", "|---|---|---|---|"]
    for case in TRAINING_CASES:
        found = case.diagnosis()
        of_it = found.find(case.ill)
        codes = ", ".join(found.codes) or "nothing"
        codes += "; as a note: " + case.ill if of_it and of_it[0].level == "note" else ""
        keys = ("in", "rows", "columns", "classes", "side")
        place = "; ".join(
            f"{key} {short(of_it[0].where[key])}" for key in keys if of_it and key in of_it[0].where
        )
        rows.append(f"| {case.name} | `{case.ill}` | {codes} | {place} |")
    return "\n".join(rows) + "\n"


def short(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return ", ".join(map(str, value[:5])) + (f", … ({len(value)})" if len(value) > 5 else "")


def table_of_cures() -> str:
    rows = [
        "| training | problem | changed | training loss before, after | score before, after |",
        "|---|---|---|---|---|",
    ]
    for cure in CURES:
        _, changes, losses, scores = cure.outcome()
        changed = ", ".join(f"{change.parameter}={change.after!r}" for change in changes)
        rows.append(
            f"| {cure.name} | `{cure.code}` | {changed} | {losses[0]:.3g}, {losses[1]:.3g} | "
            f"{scores[0]:.2f}, {scores[1]:.2f} |"
        )
    return "\n".join(rows) + "\n"


def write_page() -> None:
    makers = (table_of_rules, table_of_cases, table_of_cures)
    page = PAGE.read_text()
    for (first, last), make in zip(MARKS.values(), makers, strict=True):
        before, _, rest = page.partition(first)
        page = f"{before}{first}\n{make()}{last}{rest.partition(last)[2]}"
    PAGE.write_text(page)


if __name__ == "__main__":
    write_page()
