"""Friedman and Popescu's H statistic of pairs of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import check_whole
from pellucid.exceptions import ParameterError
from pellucid.host.quiet import quiet
from pellucid.inspection.cells import Cellular
from pellucid.inspection.interactions import Interactions
from pellucid.inspection.predicting import Predict, predictor_of

__all__ = ["interactions"]

Array = NDArray[np.float64]
USUAL = 8  # columns that are compared if none are named


def interactions(
    model: Any, X: Any, *, columns: Sequence[str | int] | None = None, output: Any = None, n_rows: int = 40
) -> Interactions:
    r"""Return how strongly each pair of columns interacts in a model: the H statistic.

    .. math:: H_{jk}^2 = \frac{\sum_i [P_{jk}(x_i) - P_j(x_i) - P_k(x_i)]^2}{\sum_i P_{jk}(x_i)^2}

    with partial dependences P of mean 0 over the rows. H is a ratio, which is unstable if two columns hardly
    matter; ``sizes`` has the numerator in the units of the prediction. Each pair takes ``n_rows`` squared
    predictions.

    Parameters
    ----------
    model : estimator or Network
        A fitted model; any scikit-learn model works.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The rows.
    columns : sequence of str or int, optional
        Names or positions of the columns, at least two. Default: the eight with the largest single effects.
    output : class, str or int, default=None
        The class or the index of the target; None for the second of two classes or the first target.
    n_rows : int, default=40
        The largest number of rows used, evenly spaced.

    Returns
    -------
    Interactions
        Sizes and shares of all pairs.

    Raises
    ------
    ParameterError
        If an option is not accepted, or there is no such column.

    References
    ----------
    J. Friedman and B. Popescu (2008), Predictive learning via rule ensembles, Annals of Applied Statistics 2,
    916-954.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import PolynomialFeatures
    >>> from pellucid.inspection import interactions
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> model = make_pipeline(PolynomialFeatures(), LinearRegression()).fit(X, X[:, 0] * X[:, 1] + X[:, 2])
    >>> line = interactions(model, X).table()[0]
    >>> line["column"], line["with"]
    ('x0', 'x1')
    """
    check_whole("n_rows", n_rows, 2)
    predict, quantity = predictor_of(model, output)
    cells = Cellular(X, getattr(model, "encoder_", None))
    cells.require(2)
    rows = np.arange(cells.n_rows)[:: -(-cells.n_rows // n_rows)]
    with quiet():
        if columns is None:
            every = range(len(cells.names))
            single = {at: _dependence(predict, cells, rows, (at,)) for at in every}
            chosen = sorted(sorted(every, key=lambda at: -float(single[at].std()))[:USUAL])
        else:
            chosen = [cells.position(column, "columns") for column in columns]
            single = {at: _dependence(predict, cells, rows, (at,)) for at in chosen}
        if len(set(chosen)) < 2 or len(set(chosen)) < len(chosen):
            raise ParameterError(f"'columns' must name at least two different columns; got {columns!r}.")
        sizes, shares = np.zeros((len(chosen), len(chosen))), np.zeros((len(chosen), len(chosen)))
        for i, first in enumerate(chosen):
            for j, second in enumerate(chosen[:i]):
                joint = _dependence(predict, cells, rows, (first, second))
                gap, total = joint - single[first] - single[second], float(joint @ joint)
                sizes[i, j] = sizes[j, i] = np.sqrt(np.mean(gap**2))
                share = float(np.sqrt(gap @ gap / total)) if total > 0.0 else 0.0
                shares[i, j] = shares[j, i] = min(1.0, share)
    return Interactions(tuple(cells.names[at] for at in chosen), sizes, shares, quantity)


def _dependence(predict: Predict, cells: Cellular, rows: NDArray[np.intp], columns: tuple[int, ...]) -> Array:
    """Return the partial dependence on some columns at the cells of every row, with mean 0."""
    others, own = np.tile(rows, len(rows)), np.repeat(rows, len(rows))
    predicted = predict(cells.table(others, dict.fromkeys(columns, own)))
    found = predicted.reshape(len(rows), len(rows)).mean(axis=1)
    return np.asarray(found - found.mean())
