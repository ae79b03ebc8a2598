"""Time of an explanation per row: ``python -m benchmarks.tabular.explaining``.

Friedman 1 (2,000 rows, 10 columns) and diabetes, with a background of 100 rows: processor time by model and
tolerance, and the largest error of the sums.
"""

from __future__ import annotations

from time import process_time

import numpy as np
from sklearn.datasets import load_diabetes, make_friedman1

from pellucid import MLPRegressor, TabularClassifier, TabularRegressor
from pellucid.inspection import attributions

ROWS = 10


def main() -> None:
    X, y = make_friedman1(2000, 10, noise=0.5, random_state=0)
    dear = np.where(y > np.median(y), "high", "low")
    D, d = load_diabetes(return_X_y=True)
    models = {
        "TabularRegressor, fast": (TabularRegressor("fast", random_state=0).fit(X, y), X),
        "TabularRegressor, default": (TabularRegressor(time_budget=20, random_state=0).fit(X, y), X),
        "TabularClassifier, fast": (TabularClassifier("fast", random_state=0).fit(X, dear), X),
        "MLPRegressor (64, 64), tanh": (
            MLPRegressor((64, 64), activation="tanh", standardize=True, max_iter=50, learning_rate="cosine",
                         random_state=0).fit(D, d), D),
    }  # fmt: skip
    print("| model | tolerance | processor time per row | largest error of a sum, of the tolerance's unit |")
    print("|---|---|---|---|")
    for name, (model, table) in models.items():
        for tolerance in (1e-3, 1e-4):
            attributions(model, table[:1], background=table, tolerance=tolerance)
            before = process_time()
            found = attributions(model, table[:ROWS], background=table, tolerance=tolerance)
            each = (process_time() - before) / ROWS
            error = np.abs(found.residuals).max() * tolerance / found.tolerance
            print(f"| {name} | {tolerance:g} | {1e3 * each:.0f} ms | {error:.1g} |")


if __name__ == "__main__":
    main()
