"""``python -m benchmarks.tabular.growth``: the seconds of a fit by the number of rows, with a chart of them.

Ten columns of Friedman's first function with noise. Contenders take turns at each size; a first, small fit of each
goes before, so that importing and compiling are in nobody's time.
"""

import argparse
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from sklearn.datasets import make_friedman1
from sklearn.metrics import root_mean_squared_error

from benchmarks.chart import STYLE, plt
from benchmarks.tables import Table, write_section
from benchmarks.tabular.measure import machine
from benchmarks.tabular.models import MODELS
from benchmarks.tabular.report import PAGE

CONTENDERS = ("pellucid", "pellucid-fast", "hist-gradient-boosting", "lightgbm", "catboost")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PICTURE = Path(__file__).parent / "growth.svg"
COLORS = ("#1f77b4", "#17becf", "#f7931e", "#4daf4a", "#e6b800")


def drawn(n_rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows of the same function."""
    X, y = make_friedman1(n_rows, noise=1.0, random_state=seed)
    return pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])]), y


def measured(model: str, n_rows: int, seed: int) -> tuple[float, float, float]:
    """Return the seconds of a fit, those of the processors, and the RMSE for 10,000 new rows."""
    (X, y), (X_test, y_test) = drawn(n_rows, seed), drawn(10_000, 10_000 + seed)
    estimator = MODELS[model].build(False, [], seed)
    started, processor = perf_counter(), process_time()
    estimator.fit(X, y)
    wall, processor = perf_counter() - started, process_time() - processor
    return wall, processor, float(root_mean_squared_error(y_test, estimator.predict(X_test)))


def main() -> None:
    """Print a line per fit, then write the table and the chart."""
    parser = argparse.ArgumentParser(description="Measure how the time of a fit grows with rows.")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=list(CONTENDERS), metavar="MODEL")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3, help="fits of each up to 10,000 rows; beyond, one")
    asked = parser.parse_args()
    found: dict[tuple[str, int], np.ndarray] = {}
    for model in asked.only:
        measured(model, 400, 0)
    for n_rows in asked.sizes:
        turns = [
            {model: measured(model, n_rows, seed) for model in asked.only}
            for seed in range(asked.repeats if n_rows <= 10_000 else 1)
        ]
        for model in asked.only:
            found[model, n_rows] = np.median([turn[model] for turn in turns], axis=0)
            print(n_rows, model, *(f"{number:.3f}" for number in found[model, n_rows]), flush=True)
    table = Table(
        "seconds of a fit (and RMSE; the noise has 1.0)", ["rows", *(MODELS[m].title for m in asked.only)]
    )
    for n_rows in asked.sizes:
        cells = [f"{wall:.2f} ({rmse:.3f})" for wall, _, rmse in (found[m, n_rows] for m in asked.only)]
        table.add(f"{n_rows:,}", *cells)
    table.notes = [f"{machine()}. `python -m benchmarks.tabular.growth`. ![Seconds by rows](growth.svg)"]
    write_section(PAGE, "growth", "## Growth with rows\n\n" + table.markdown())
    draw(asked.only, asked.sizes, found)


def draw(models: list[str], sizes: list[int], found: dict[tuple[str, int], np.ndarray]) -> None:
    """Draw seconds by rows, both on logarithmic scales."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
        for model, color in zip(models, COLORS, strict=False):
            seconds = [found[model, n_rows][0] for n_rows in sizes]
            axes.plot(sizes, seconds, marker="o", color=color, label=MODELS[model].title)
        axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds of a fit")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(frameon=False, loc="outside upper center", ncols=3)
        figure.savefig(PICTURE, transparent=True, metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
