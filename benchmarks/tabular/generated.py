"""Tables drawn from generators: forty kinds of truth, so that no setting is tuned on the tables of others.

``draw(name, seed)`` gives the rows to learn from, and 2,000 new ones. The seeds of RESULTS.md are 1000, 1001 and
1002; settings are chosen with other seeds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.tabular.data import Problem

__all__ = ["SEEDS", "TABLES", "draw"]

N_TEST = 2000
SEEDS = (1000, 1001, 1002)
Rng = np.random.Generator
Columns = dict[str, np.ndarray]


# ---- columns ------------------------------------------------------------------------------------------


def numbers(rng: Rng, n: int, k: int, draw: str = "normal") -> np.ndarray:
    """Return k independent columns: normal, uniform, skewed or with heavy tails."""
    return {
        "normal": lambda: rng.normal(size=(n, k)),
        "uniform": lambda: rng.uniform(size=(n, k)),
        "skewed": lambda: rng.lognormal(sigma=1.0, size=(n, k)),
        "tails": lambda: rng.standard_t(2.0, size=(n, k)),
    }[draw]()


def related(rng: Rng, truth: Rng, n: int, k: int, rank: int) -> np.ndarray:
    """Return k columns of few causes, so that they correlate."""
    return rng.normal(size=(n, rank)) @ truth.normal(size=(rank, k)) + 0.3 * rng.normal(size=(n, k))


def codes(rng: Rng, n: int, levels: int, *, even: bool = True) -> np.ndarray:
    """Return categories as numbers: all as frequent, or a few frequent and many rare."""
    share = np.ones(levels) if even else 1.0 / np.arange(1, levels + 1)
    return rng.choice(levels, size=n, p=share / share.sum())


def named(prefix: str, values: np.ndarray) -> Columns:
    return {f"{prefix}{k}": column for k, column in enumerate(values.T)}


def texts(prefix: str, code: np.ndarray) -> np.ndarray:
    return np.array([f"{prefix}{c}" for c in code], dtype=object)


def absent(rng: Rng, values: np.ndarray, share: float) -> np.ndarray:
    """Return the values with holes at random places."""
    return np.where(rng.uniform(size=values.shape) < share, np.nan, values)


# ---- truths: a table, and the mean or the log-odds of its target -----------------------------------------
# `truth` draws what belongs to the world and is the same for all rows; `rng` draws the rows.


def linear(rng, truth, n, k=12, draw="normal", used=None):
    X = numbers(rng, n, k, draw)
    slopes = truth.normal(size=k) * (np.arange(k) < (used or k))
    return named("x", X), X @ slopes / np.sqrt(used or k)


def collinear(rng, truth, n, k=30, rank=4):
    X = related(rng, truth, n, k, rank)
    return named("x", X), X @ truth.normal(size=k) / k


def linear_in_categories(rng, truth, n, levels=6, k=5):
    cells = [codes(rng, n, levels) for _ in range(k)]
    z = sum(truth.normal(size=levels)[cell] for cell in cells) / np.sqrt(k)
    return {f"c{j}": texts("level ", cell) for j, cell in enumerate(cells)}, z


def additive(rng, truth, n, k=8):
    X = numbers(rng, n, k, "uniform")
    waves, phases = truth.uniform(0.5, 2.0, k), truth.uniform(0.0, 6.0, k)
    return named("x", X), np.sin(2.0 * np.pi * waves * X + phases).sum(axis=1) / np.sqrt(k / 2.0)


def steps(rng, truth, n, k=8):
    X = numbers(rng, n, k)
    z = ((X[:, :4] > truth.normal(size=4)) * truth.choice([-1.0, 1.0], 4)).sum(axis=1)
    return named("x", X), z.astype(float)


def friedman(rng, truth, n, k=10):
    """J. Friedman (1991), Multivariate adaptive regression splines, section 4.3; k - 5 columns are idle."""
    X = numbers(rng, n, k, "uniform")
    z = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    return named("x", X), (z - 14.4) / 4.9


def products(rng, truth, n, k=8):
    X = numbers(rng, n, k)
    return named("x", X), X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + 0.5 * X[:, 4]


def ratio(rng, truth, n, k=6):
    X = numbers(rng, n, k, "skewed")
    return named("x", X), np.log(X[:, 0] * X[:, 1] / (X[:, 2] + X[:, 3]))


def radius(rng, truth, n, k=6):
    X = numbers(rng, n, k)
    return named("x", X), 2.0 * (np.sqrt((X[:, :3] ** 2).sum(axis=1)) - 1.6)


def tree(rng, truth, n, k=8, depth=5):
    X, z = numbers(rng, n, k), np.zeros(n)
    place = np.zeros(n, int)
    for _ in range(depth):
        column, cut = truth.integers(k, size=4096), truth.normal(scale=0.7, size=4096)
        place = 2 * place + 1 + (X[np.arange(n), column[place]] > cut[place])
    z = truth.normal(size=4096)[place]
    return named("x", X), z


def high_cardinality(rng, truth, n, levels=300):
    cell, X = codes(rng, n, levels, even=False), numbers(rng, n, 4)
    z = truth.normal(size=levels)[cell] + 0.5 * X[:, 0] + 0.5 * np.abs(X[:, 1])
    return {"city": texts("city ", cell), **named("x", X)}, z


def crossed(rng, truth, n, levels=8):
    a, b, X = codes(rng, n, levels), codes(rng, n, levels), numbers(rng, n, 3)
    z = truth.normal(size=(levels, levels))[a, b] + 0.5 * X[:, 0]
    return {"a": texts("a", a), "b": texts("b", b), **named("x", X)}, z


def holes(rng, truth, n, k=8):
    X = numbers(rng, n, k)
    z = X @ truth.normal(size=k) / np.sqrt(k) + np.abs(X[:, 0])
    seen = absent(rng, X, 0.15)
    gone = rng.uniform(size=n) < 0.3
    seen[gone, 1] = np.nan
    return named("x", seen), z + 1.0 * gone


def seasons(rng, truth, n):
    day, X = rng.integers(0, 3000, n), numbers(rng, n, 3)
    z = np.sin(2 * np.pi * day / 365.25) + 0.4 * (day % 7 >= 5) + day / 3000 + 0.4 * X[:, 0]
    return {"day": np.datetime64("2015-01-01", "us") + day.astype("timedelta64[D]"), **named("x", X)}, z


def mixed(rng, truth, n):
    X, a, flag = numbers(rng, n, 5, "skewed"), codes(rng, n, 5), rng.uniform(size=n) < 0.4
    z = np.log(X[:, 0]) + truth.normal(size=5)[a] * np.where(flag, 1.0, 0.3) + 0.3 * (X[:, 1] > 2.0)
    return {"kind": texts("kind ", a), "flag": flag, **named("x", absent(rng, X, 0.05))}, z


def drifted(rng, truth, n):
    """Rows whose columns move with time; new rows lie beyond most of the old ones (see `draw`)."""
    X = numbers(rng, n, 6) + 0.8 * np.linspace(-1.0, 1.0, n)[:, None]
    return named("x", X), X @ truth.normal(size=6) / 2.5 + 0.3 * np.sin(X[:, 0])


# ---- targets --------------------------------------------------------------------------------------------


def noisy(scale: float = 0.5):
    return lambda rng, z: z + scale * rng.normal(size=len(z))


def with_tails(freedom: float = 2.0, scale: float = 0.4):
    return lambda rng, z: z + scale * rng.standard_t(freedom, size=len(z))


def lognormal(scale: float = 1.2):
    return lambda rng, z: np.exp(scale * z + 0.4 * rng.normal(size=len(z)))


def contaminated(share: float = 0.03):
    return lambda rng, z: z + np.where(rng.uniform(size=len(z)) < share, 15.0, 0.4) * rng.normal(size=len(z))


def counts(rate: float = 2.0):
    return lambda rng, z: rng.poisson(rate * np.exp(0.7 * z)).astype(float)


def mostly_zero(share: float = 0.7):
    def target(rng: Rng, z: np.ndarray) -> np.ndarray:
        is_zero = rng.uniform(size=len(z)) < share / (share + (1.0 - share) * np.exp(z))
        return np.where(is_zero, 0.0, np.exp(1.0 + 0.5 * z + 0.5 * rng.normal(size=len(z))))

    return target


def two_classes(steepness: float = 2.0, offset: float = 0.0):
    def target(rng: Rng, z: np.ndarray) -> np.ndarray:
        return (rng.uniform(size=len(z)) < 1.0 / (1.0 + np.exp(-steepness * z - offset))).astype(int)

    return target


def ordered_classes(k: int = 4, noise: float = 0.4):
    edges = np.linspace(-1.0, 1.0, k - 1)
    return lambda rng, z: np.digitize(z + noise * rng.normal(size=len(z)), edges)


def flipped(share: float = 0.15):
    return lambda rng, z: (z > 0).astype(int) ^ (rng.uniform(size=len(z)) < share)


# ---- the tables -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Generated:
    """A kind of table: rows to learn from, the truth, the target."""

    n_rows: int
    truth: Callable
    target: Callable
    classify: bool = False
    options: tuple = ()


def _numbers(*rows) -> dict[str, Generated]:
    return {name: Generated(n, truth, target, False, options) for name, n, truth, target, *options in rows}


def _classes(*rows) -> dict[str, Generated]:
    return {name: Generated(n, truth, target, True, options) for name, n, truth, target, *options in rows}


TABLES = _numbers(
    ("linear", 500, linear, noisy()),
    ("linear, few rows", 70, linear, noisy(), 8),
    ("linear, many columns", 250, linear, noisy(), 150),
    ("linear, heavy-tailed columns", 600, linear, noisy(), 10, "tails"),
    ("collinear", 300, collinear, noisy()),
    ("linear in categories", 400, linear_in_categories, noisy()),
    ("additive", 1500, additive, noisy(0.3)),
    ("steps", 1000, steps, noisy(0.3)),
    ("Friedman", 800, friedman, noisy(0.2)),
    ("Friedman, few rows", 90, friedman, noisy(0.2)),
    ("Friedman, idle columns", 1000, friedman, noisy(0.2), 60),
    ("products", 2000, products, noisy(0.4)),
    ("ratio, log-normal target", 1500, ratio, lognormal()),
    ("linear, target with heavy tails", 800, linear, with_tails()),
    ("additive, outliers", 1200, additive, contaminated()),
    ("counts", 1000, linear, counts(), 8),
    ("mostly zero", 1500, mixed, mostly_zero()),
    ("tree", 3000, tree, noisy(0.4)),
    ("high cardinality", 2500, high_cardinality, noisy()),
    ("holes", 1200, holes, noisy()),
    ("seasons", 2000, seasons, noisy(0.3)),
    ("drift", 1200, drifted, noisy(0.4)),
) | _classes(
    ("classes: linear", 500, linear, two_classes(3.0)),
    ("classes: linear, few rows", 60, linear, two_classes(3.0), 8),
    ("classes: linear, many columns", 250, linear, two_classes(3.0), 150),
    ("classes: strings", 286, linear_in_categories, two_classes(2.0), 5, 9),
    ("classes: collinear", 400, collinear, two_classes(3.0)),
    ("classes: rare", 2000, linear, two_classes(2.0, -3.5)),
    ("classes: ordered", 900, linear, ordered_classes(), 6),
    ("classes: additive", 1500, additive, two_classes(4.0)),
    ("classes: products", 2000, products, two_classes(3.0)),
    ("classes: radius", 800, radius, two_classes(3.0)),
    ("classes: tree", 3000, tree, two_classes(3.0)),
    ("classes: high cardinality", 2500, high_cardinality, two_classes(2.0)),
    ("classes: crossed categories", 2000, crossed, two_classes(2.0)),
    ("classes: wrong labels", 1000, friedman, flipped()),
    ("classes: idle columns", 1000, linear, two_classes(3.0), 100, "normal", 6),
    ("classes: holes", 1200, holes, two_classes(2.0)),
    ("classes: mixed", 1500, mixed, two_classes(2.0)),
    ("classes: drift", 1200, drifted, two_classes(2.0)),
)  # fmt: skip


def draw(name: str, seed: int) -> Problem:
    """Return a table of this kind: another world for every seed.

    With drift, the rows to learn from are the earlier ones.
    """
    table = TABLES[name]
    place = list(TABLES).index(name)
    truth, rng = np.random.default_rng([place, seed, 0]), np.random.default_rng([place, seed, 1])
    columns, z = table.truth(rng, truth, table.n_rows + N_TEST, *table.options)
    y = np.asarray(table.target(rng, z))
    X = pd.DataFrame(columns)
    order = np.arange(len(y)) if table.truth is drifted else rng.permutation(len(y))
    if table.truth is drifted:
        order = np.concatenate([rng.permutation(len(y) - 500), np.arange(len(y) - 500, len(y))])
        learn, test = order[: table.n_rows], order[-500:]
    else:
        learn, test = order[: table.n_rows], order[table.n_rows :]
    return Problem(
        table.classify,
        X.iloc[learn].reset_index(drop=True),
        X.iloc[test].reset_index(drop=True),
        y[learn],
        y[test],
    )
