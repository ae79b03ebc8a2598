"""``python -m benchmarks.tabular.certainty``: how often ``compare`` is certain, of noise and of what is there."""

import argparse
import warnings

import numpy as np

from benchmarks.tables import Table, write_section
from benchmarks.tabular.report import PAGE
from pellucid.tabular.comparison import compare

MODELS = ("linear", "hist", "pellucid-fast")
ROWS, SPLITS = (100, 200, 400), (3, 5, 10)


def is_certain(found: dict) -> bool:
    """Return whether some interval of a difference to the first leaves out 0."""
    return any(row["low"] is not None and row["low"] > 0.0 for row in found["models"][1:])


def of_noise(seed: int) -> bool:
    """Return whether the comparison is certain where two classes of equal size are drawn at random."""
    rng = np.random.default_rng(seed)
    n = int(np.exp(rng.uniform(np.log(24), np.log(400))))
    X, y = rng.normal(size=(n, 4)), rng.permutation(np.arange(n) % 2)
    n_splits, options = int(rng.integers(2, 6)), {"time_budget": 0.3, "random_state": 1000 * seed}
    return is_certain(compare(X, y, task="classification", models=MODELS, n_splits=n_splits, **options))


def of_a_product(n: int, n_splits: int, seed: int) -> bool:
    """Return whether it is certain that trees tell a product of two inputs, and a linear model does not."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = (X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=n) > 0.0).astype(int)
    options = {"n_splits": n_splits, "random_state": 100 * seed}
    return is_certain(compare(X, y, task="classification", models=MODELS[:2], **options))


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--noise", type=int, default=60, help="targets at random")
    parser.add_argument("--planted", type=int, default=12, help="data sets per cell")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    false = sum(of_noise(seed) for seed in range(asked.noise))
    print(f"noise: {false} of {asked.noise}", flush=True)
    table = Table(
        "Certain that trees are ahead of a linear model", ["rows", *(f"{k} splits" for k in SPLITS)]
    )
    for n in ROWS:
        shares = [np.mean([of_a_product(n, k, seed) for seed in range(asked.planted)]) for k in SPLITS]
        table.add(n, *(f"{share:.0%}" for share in shares))
        print(n, shares, flush=True)
    text = (
        "## Certainty of comparisons\n\n"
        f"Two classes at random, 24 to 400 rows, 2 to 5 splits, {len(MODELS)} models: `compare` is certain of "
        f"a difference in accuracy in {false} of {asked.noise} tables. Classes by the sign of a product of two "
        f"inputs with noise, which a linear model cannot tell, {asked.planted} tables per cell:\n\n"
    )
    write_section(PAGE, "certainty", text + table.markdown())


if __name__ == "__main__":
    main()
