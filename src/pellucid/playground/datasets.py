"""Datasets of the page: tables as arrays for a network, and the built-in examples.

The page carries the examples, rounded to three decimals, and a program exported from it has the same rows.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.datasets
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.host.files import replace_file
from pellucid.playground.parts import name_of

__all__ = ["EXAMPLES", "TASKS", "Dataset", "example", "examples_json"]

Array = NDArray[np.float64]
Table = tuple[
    Array, Array
]  # inputs of shape (n, d), and targets of shape (n,): classes as integers, or numbers

TASKS = ("binary", "multiclass", "multilabel", "regression")
DECIMALS = 3
LARGEST_INK = 16  # of a pixel of the digits
DIGITS_OF_A_CLASS = 30
_DIGITS = "".join(chr(code) for code in range(35, 127) if chr(code) not in "<\\")  # of base 90


@dataclass(frozen=True)
class Dataset:
    """A table as a network takes it.

    Parameters
    ----------
    name : str
        The name of the example, or ``"own"``.
    task : {"binary", "multiclass", "multilabel", "regression"}
        The kind of target.
    columns : tuple of dict
        The columns of X: ``name``, ``kind``, and of a standardized one ``mean`` and ``scale``.
    X : ndarray of shape (n_rows, n_inputs)
        The inputs.
    Y : ndarray of shape (n_rows, n_outputs)
        The targets.
    classes : tuple of str, default=()
        The names of the classes.
    weights : ndarray of shape (n_rows,), optional
        The weights of the rows.
    more : dict, default={}
        Further data that the page shows: a title, refused cells, the target's mean and scale.
    """

    name: str
    task: str
    columns: tuple[Mapping[str, Any], ...]
    X: Array
    Y: Array
    classes: tuple[str, ...] = ()
    weights: Array | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = brief


# ---- the examples ------------------------------------------------------------------------------------------


def _corners(truth: Callable[[Any, Any], Any]) -> Callable[[], Table]:
    """Return the truth table of a gate, whose corners are clouds of 25 rows."""

    def rows() -> Table:
        rng = np.random.default_rng(0)
        a, b = np.repeat([0, 0, 1, 1], 25), np.repeat([0, 1, 0, 1], 25)
        X = np.column_stack([a, b]) + rng.normal(0.0, 0.1, (100, 2))
        return X, np.asarray(truth(a, b), dtype=float)

    return rows


def _moons() -> Table:
    rng, n = np.random.default_rng(0), 150
    t = np.linspace(0.0, np.pi, n)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1.0 - np.cos(t), 0.5 - np.sin(t)])
    return np.concatenate([upper, lower]) + rng.normal(0.0, 0.1, (2 * n, 2)), np.repeat([0.0, 1.0], n)


def _circles() -> Table:
    rng, n = np.random.default_rng(0), 100
    angle = rng.uniform(0.0, 2.0 * np.pi, 2 * n)
    radius = np.repeat([1.0, 0.45], n) + rng.normal(0.0, 0.08, 2 * n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), np.repeat([0.0, 1.0], n)


def _spirals() -> Table:
    rng, n = np.random.default_rng(0), 100
    t = np.linspace(0.25, 1.0, n)
    angle = np.concatenate([3.5 * np.pi * t, 3.5 * np.pi * t + np.pi])
    radius = np.concatenate([t, t])
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + rng.normal(0.0, 0.02, X.shape), np.repeat([0.0, 1.0], n)


def _blobs() -> Table:
    rng, n = np.random.default_rng(0), 60
    centers = np.array([[0.0, 1.0], [-0.9, -0.6], [0.9, -0.6]])
    return np.repeat(centers, n, axis=0) + rng.normal(0.0, 0.35, (3 * n, 2)), np.repeat([0.0, 1.0, 2.0], n)


def _square() -> Table:
    x = np.linspace(-1.0, 1.0, 81)
    return x[:, None], x**2


def _sine() -> Table:
    rng = np.random.default_rng(0)
    x = np.linspace(-1.0, 1.0, 120)
    return x[:, None], np.sin(np.pi * x) + rng.normal(0.0, 0.1, len(x))


def _product() -> Table:
    a, b = (grid.ravel() for grid in np.meshgrid(np.linspace(-1.0, 1.0, 15), np.linspace(-1.0, 1.0, 15)))
    return np.column_stack([a, b]), a * b


def _iris() -> Table:
    iris = sklearn.datasets.load_iris()
    return (iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0), iris.target.astype(float)


def _digits() -> Table:
    digits = sklearn.datasets.load_digits()
    rows = np.sort(
        np.concatenate([np.flatnonzero(digits.target == k)[:DIGITS_OF_A_CLASS] for k in range(10)])
    )
    return digits.data[rows] / LARGEST_INK, digits.target[rows].astype(float)


@dataclass(frozen=True)
class _Row:
    table: Callable[[], Table]
    columns: Sequence[str] = ("x1", "x2")
    classes: Sequence[str] = ("0", "1")
    is_made: bool = True  # from a seed, here and in page/data/made.js


_IRIS_NAMES = ("sepal length", "sepal width", "petal length", "petal width")
_PIXELS = tuple(f"{i},{j}" for i in range(1, 9) for j in range(1, 9))

EXAMPLES: Mapping[str, _Row] = {
    "moons": _Row(_moons),
    "xor": _Row(_corners(lambda a, b: a != b)),
    "and": _Row(_corners(lambda a, b: a * b)),
    "circles": _Row(_circles),
    "spirals": _Row(_spirals),
    "blobs": _Row(_blobs, classes=("0", "1", "2")),
    "iris": _Row(_iris, _IRIS_NAMES, ("setosa", "versicolor", "virginica"), is_made=False),
    "x_squared": _Row(_square, ("x",), ()),
    "sine": _Row(_sine, ("x",), ()),
    "product": _Row(_product, classes=()),
    "digits": _Row(_digits, _PIXELS, tuple("0123456789"), is_made=False),
}
"""The built-in examples by name."""


@cache
def example(name: str) -> Dataset:
    """Return a built-in example, rounded to three decimals; digits are sixteenths.

    Parameters
    ----------
    name : str
        A name of :data:`EXAMPLES`.

    Returns
    -------
    Dataset
        Its arrays cannot be written.

    Raises
    ------
    SetupError
        If there is no such example.

    Examples
    --------
    >>> from pellucid.playground.datasets import example
    >>> example("x_squared").X.shape, example("iris").classes
    ((81, 1), ('setosa', 'versicolor', 'virginica'))
    """
    row = EXAMPLES[name_of("data.name", name, EXAMPLES)]
    X, y = row.table()
    X, y = (X if name == "digits" else np.round(X, DECIMALS)) + 0.0, np.round(y, DECIMALS) + 0.0  # no -0
    n_classes = len(row.classes)
    Y = np.eye(n_classes)[y.astype(np.intp)] if n_classes > 2 else y[:, None]
    X.flags.writeable = Y.flags.writeable = False
    task = {0: "regression", 2: "binary"}.get(n_classes, "multiclass")
    columns = tuple({"name": column, "kind": "number"} for column in row.columns)
    return Dataset(name, task, columns, X, Y, tuple(row.classes))


def examples_json() -> str:
    """Return the examples as the page carries them: JSON with the numbers as short texts.

    Those that are made from a seed the page makes itself, in ``page/data/made.js``; they have no numbers here.

    Returns
    -------
    str
        A list of objects with ``name``, ``task``, ``columns``, ``classes``, ``n``, ``X`` column by column, and
        ``y``. Each number is two characters: its thousandths plus 4,050 in base 90, whose digits are the
        characters from ``#`` to ``~`` without ``<`` and the backslash. Classes are letters, ``a`` for the first.
        In place of X, ``ink`` has a letter for each pixel of the digits, ``a`` for 0 to ``q`` for 1 in sixteenths,
        class by class, which makes longer repetitions.
        A letter that stands three times or more in a row is followed by its number of repetitions.
    """
    return json.dumps([_plain(example(name)) for name in EXAMPLES], separators=(",", ":")) + "\n"


def _plain(dataset: Dataset) -> dict[str, Any]:
    y = dataset.Y.argmax(axis=1) if dataset.task == "multiclass" else dataset.Y[:, 0]
    columns = [column["name"] for column in dataset.columns]
    plain: dict[str, Any] = {
        "name": dataset.name, "task": dataset.task, "columns": columns, "classes": list(dataset.classes),
        "n": len(dataset.X),
    }  # fmt: skip
    if EXAMPLES[dataset.name].is_made:
        return plain
    plain["y"] = _letters(y)
    if dataset.name == "digits":
        of_classes = dataset.X[np.argsort(y, kind="stable")]
        return {**plain, "columns": "8x8", "ink": _letters(of_classes.T.ravel() * LARGEST_INK)}
    return {**plain, "X": _numbers(dataset.X.T.ravel())}


def _numbers(values: Array) -> str:
    """Return numbers of three decimals as pairs of base-90 digits."""
    codes = np.rint(values * 10**DECIMALS).astype(int) + len(_DIGITS) ** 2 // 2
    return "".join(_DIGITS[code // len(_DIGITS)] + _DIGITS[code % len(_DIGITS)] for code in codes)


def _letters(values: Array) -> str:
    """Return small whole numbers as letters, with the number of repetitions after three or more."""
    letters = "".join(chr(ord("a") + int(value)) for value in values)
    return re.sub(r"(.)\1{2,}", lambda run: f"{run[1]}{len(run[0])}", letters)


if __name__ == "__main__":
    replace_file(Path(sys.argv[1], "examples.json"), examples_json().encode())
