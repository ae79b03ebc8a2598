"""``python -m benchmarks.tabular.coverage``: how often intervals hold new targets, on known data."""

import argparse
import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.tables import Table, write_section
from benchmarks.tabular.report import PAGE
from pellucid.tabular import TabularRegressor

SIZES = (9, 20, 60, 200, 1000)
KINDS = ("homoscedastic", "heteroscedastic", "heavy-tailed", "grouped")
LEVELS = (0.8, 0.9, 0.99)
SETTINGS: dict[str, dict[str, Any]] = {
    "fast": {"preset": "fast", "max_iter": 60},
    "default": {"max_iter": 60},
    "quantile": {"preset": "fast", "max_iter": 60, "loss": "quantile", "quantiles": (0.05, 0.95)},
}
SEEDS = {9: 20, 20: 200, 60: 150, 200: 60, 1000: 20}  # small sets differ more from each other
NEW_ROWS, ROWS_PER_GROUP = 2000, 5


def draw(kind: str, n: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Return rows, targets and the group of each row, or None."""
    X = rng.normal(size=(n, 3))
    signal = X[:, 0] + np.sin(2.0 * X[:, 1])
    if kind == "homoscedastic":
        return X, signal + rng.normal(size=n), None
    if kind == "heteroscedastic":
        return X, signal + np.exp(X[:, 2]) * rng.normal(size=n), None
    if kind == "heavy-tailed":
        return X, signal + rng.standard_t(2, n), None
    groups = np.arange(n) // ROWS_PER_GROUP
    return X, signal + rng.normal(size=groups[-1] + 1)[groups] + 0.3 * rng.normal(size=n), groups


def held(kind: str, n: int, seed: int, setting: dict[str, Any]) -> list[tuple[float, bool]]:
    """Return, for each level, the share of new targets inside, and whether intervals are infinite and say so."""
    rng = np.random.default_rng(seed)
    X, y, groups = draw(kind, n, rng)
    new, true, _ = draw(kind, NEW_ROWS, rng)
    model = TabularRegressor(**setting, random_state=seed).fit(X, y, groups=groups)
    found = []
    for level in LEVELS:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            low, high = model.predict_interval(new, level).T
        infinite = bool(np.isinf(high).all())
        if infinite != any("held-out" in str(w.message) for w in caught):
            raise AssertionError("an infinite interval comes with its warning, and a finite one without")
        found.append((float(np.mean((low <= true) & (true <= high))), infinite))
    return found


def measure(kind: str, n: int, setting: str, n_seeds: int) -> dict[float, tuple[float, float, float]]:
    """Return by level: mean share of new targets inside, its standard error, share of infinite intervals."""
    rows = np.array([held(kind, n, seed, SETTINGS[setting]) for seed in range(n_seeds)])
    shares, infinite = rows[:, :, 0], rows[:, :, 1]
    errors = shares.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    return {
        level: (float(shares[:, k].mean()), float(errors[k]), float(infinite[:, k].mean()))
        for k, level in enumerate(LEVELS)
    }


def shown(share: float, error: float, infinite: float) -> str:
    """Return a cell of the table."""
    return "∞" if infinite == 1.0 else f"{100.0 * share:.1f} ± {100.0 * error:.1f}"


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=SETTINGS)
    parser.add_argument("--share", type=float, default=1.0, help="of the seeds")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    asked = parser.parse_args()
    title = "New targets inside, percent, with the standard error over data sets"
    table = Table(title, ["setting", "noise", "asked", *(f"{n:,} rows" for n in SIZES)])
    with threadpool_limits(1):
        for setting in asked.settings:
            for kind in KINDS:
                found = [measure(kind, n, setting, max(2, int(asked.share * SEEDS[n]))) for n in SIZES]
                for level in LEVELS:
                    cells = [shown(*row[level]) for row in found]
                    table.add(setting, kind, f"{100 * level:g} %", *cells)
                    print(setting, kind, level, *cells, flush=True)
    if not asked.dry:
        n_sets = {n: max(2, int(asked.share * SEEDS[n])) for n in SIZES}
        sets = ", ".join(f"{count} of {n:,}" for n, count in n_sets.items())
        text = (
            f"## Coverage of intervals\n\n`predict_interval` on {NEW_ROWS:,} new rows, for so many data sets of "
            f"so many rows: {sets}. Each has 3 inputs, trainings `max_iter=60`. Groups have {ROWS_PER_GROUP} "
            "rows, new rows are of new groups. ∞: the held-out rows cannot promise that coverage, and a warning "
            "says so.\n\n"
        )
        write_section(PAGE, "coverage", text + table.markdown())


if __name__ == "__main__":
    main()
