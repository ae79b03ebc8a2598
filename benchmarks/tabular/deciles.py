"""``python -m benchmarks.tabular.deciles``: coverage of 90 % intervals on twenty sets, by predicted spread too."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.tables import Table, write_section
from benchmarks.tabular.report import PAGE
from pellucid.tabular import TabularRegressor

NEW_ROWS, COVERAGE, ROWS_PER_GROUP = 2000, 0.9, 5
SEEDS = {60: 40, 250: 16, 1000: 6}
MODEL: dict[str, Any] = {"preset": "fast", "n_members": 5, "max_iter": 40}
Draw = Callable[[Any, Any], tuple[Any, Any]]


def _signal(X: Any) -> Any:
    return X[:, 0] + np.sin(2.0 * X[:, 1])


# Each takes rows and a generator, and returns the deviation of the noise with the noise of deviation 1 (or so).
NOISES: dict[str, Draw] = {
    "even": lambda X, rng: (1.0, rng.normal(size=len(X))),
    "exponential": lambda X, rng: (np.exp(0.7 * X[:, 2]), rng.normal(size=len(X))),
    "growing both ways": lambda X, rng: (0.2 + np.abs(X[:, 2]), rng.normal(size=len(X))),
    "a step": lambda X, rng: (np.where(X[:, 0] > 0.5, 3.0, 0.5), rng.normal(size=len(X))),
    "two columns": lambda X, rng: (np.exp(0.4 * (X[:, 0] - X[:, 2])), rng.normal(size=len(X))),
    "heavy tails": lambda X, rng: (np.exp(0.5 * X[:, 2]), rng.standard_t(3, len(X))),
}
SETS = [(noise, n) for n in SEEDS for noise in NOISES] + [("groups", 250), ("groups", 1000)]


def draw(noise: str, n: int, rng: Any) -> tuple[Any, Any, Any]:
    """Return rows, targets and groups or None; rows of a group share half of their noise."""
    X = rng.normal(size=(n, 3))
    if noise != "groups":
        deviation, e = NOISES[noise](X, rng)
        return X, _signal(X) + deviation * e, None
    groups = np.arange(n) // ROWS_PER_GROUP
    e = 0.7 * rng.normal(size=groups[-1] + 1)[groups] + 0.7 * rng.normal(size=n)
    return X, _signal(X) + np.exp(0.5 * X[:, 2]) * e, groups


def covered(noise: str, n: int, seed: int) -> tuple[Any, Any]:
    """Return whether new targets lie inside, and the widths of their intervals."""
    rng = np.random.default_rng(seed)
    X, y, groups = draw(noise, n, rng)
    new, true, _ = draw(noise, NEW_ROWS, rng)
    model = TabularRegressor(**MODEL, random_state=seed).fit(X, y, groups=groups)
    low, high = model.predict_interval(new, COVERAGE).T
    return (low <= true) & (true <= high), high - low


def measure(noise: str, n: int, n_seeds: int) -> tuple[float, float, Any, float]:
    """Return mean coverage, its standard error, coverage by tenth of the widths, and the mean width."""
    shares, tenths, widths = [], [], []
    for seed in range(n_seeds):
        inside, width = covered(noise, n, seed)
        shares.append(inside.mean())
        order = np.argsort(width, kind="stable")
        tenths.append(inside[order].reshape(10, -1).mean(axis=1))
        widths.append(width.mean())
    error = float(np.std(shares, ddof=1) / np.sqrt(n_seeds))
    return float(np.mean(shares)), error, np.mean(tenths, axis=0), float(np.mean(widths))


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the seeds")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    asked = parser.parse_args()
    table = Table(
        "Percent of new targets inside", ["noise", "rows", "sets", "inside", "tenths, narrowest first"]
    )
    every = []
    with threadpool_limits(1):
        for noise, n in SETS:
            n_seeds = max(2, int(asked.share * SEEDS[n]))
            share, error, tenths, width = measure(noise, n, n_seeds)
            every.append(share)
            shown = " ".join(f"{100 * tenth:.0f}" for tenth in tenths)
            table.add(noise, f"{n:,}", n_seeds, f"{100 * share:.1f} ± {100 * error:.1f}", shown)
            print(noise, n, f"{share:.3f} ± {error:.3f}", shown, f"width {width:.2f}", flush=True)
    print(f"mean {np.mean(every):.4f}")
    if not asked.dry:
        text = (
            "## Coverage by predicted spread\n\n90 % intervals of `TabularRegressor('fast', n_members=5, "
            f"max_iter=40)`, 3 inputs, {NEW_ROWS:,} new rows for each set. Rows of a group ({ROWS_PER_GROUP}) "
            f"share half of their noise. Mean of the {len(SETS)} lines: {100 * np.mean(every):.1f} %.\n\n"
        )
        write_section(PAGE, "deciles", text + table.markdown())


if __name__ == "__main__":
    main()
