"""Expected gradients: integrated gradients from every row of a background, by the user's columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils.validation import _num_samples

from pellucid.core.checks import check_whole
from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.host.streams import warn
from pellucid.inspection.attributions import Attributions
from pellucid.inspection.cell_texts import cell_texts
from pellucid.inspection.examined import Examined, Surface, examined
from pellucid.inspection.path_integral import integrated
from pellucid.tabular.encoding.unseen import VARIANTS

__all__ = ["attributions", "input_gradients"]

Array = NDArray[np.float64]
AT_ONCE = 2048  # points that are evaluated at a time
TINY = np.finfo(np.float64).tiny


def attributions(
    model: Any,
    X: Any,
    *,
    background: Any = None,
    n_background: int = 100,
    output: Any = None,
    scale: str = "prediction",
    tolerance: float = 1e-4,
) -> Attributions:
    r"""Return the contribution of each column to predictions: expected gradients.

    .. math:: \varphi_j = \operatorname{mean}_b \sum_{i \in j} \int_0^1 (x_i - b_i)\,
              \frac{\partial F}{\partial x_i}\bigl(b + t (x - b)\bigr)\, dt,
              \qquad \sum_j \varphi_j = F(x) - \operatorname{mean}_b F(b)

    The sum over i covers all encoded features of the user's column j: a number with its missing-value indicator,
    all columns of a category, all parts of a date. The path from a background row b to x is straight in these
    features; a category with a learned vector moves straight from one vector to the other. The integral is refined
    until the sums hold within the tolerance, which is checked on every part of every path.

    For a linear or additive function the contributions are Shapley values with the same background. For other
    functions the two differ, because interactions are divided along the path instead of over orders of columns.

    A prediction is explained before ``output_range`` clips it.

    Parameters
    ----------
    model : TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor or Network
        A fitted model.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The rows to explain.
    background : data frame, array-like or sparse matrix of shape (n_rows, n_columns), default=None
        Rows to compare with, such as those of training; X itself if None.
    n_background : int, default=100
        The largest number of background rows used, evenly spaced.
    output : class, str or int, default=None
        The class, or the index of the target. None for the second of two classes, the most probable of more, or
        the first target.
    scale : {"prediction", "log-odds"}, default="prediction"
        Contributions to the probability or the number, or to the log-odds :math:`\log p - \log (1 - p)` of a
        class.
    tolerance : float, default=1e-4
        Bound on the errors of the sums: absolute for probabilities, in standard deviations of the background's
        predictions for numbers and log-odds.

    Returns
    -------
    Attributions
        The contributions; ``table(row)`` and ``sentence(row)`` show one prediction.

    Raises
    ------
    ParameterError
        If an option is not accepted, or the predictions are steps.
    DataError
        If a table does not fit the model.

    See Also
    --------
    input_gradients : The gradients at the rows themselves.
    importance : The importance of columns for the quality of all predictions.

    References
    ----------
    M. Sundararajan, A. Taly and Q. Yan (2017), Axiomatic attribution for deep networks, ICML, arXiv:1703.01365.
    G. Erion, J. Janizek, P. Sturmfels, S. Lundberg and S.-I. Lee (2021), Improving performance of deep learning
    models with axiomatic attribution priors and expected gradients, Nature Machine Intelligence 3, 620-631.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import TabularRegressor
    >>> from pellucid.inspection import attributions
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> model = TabularRegressor("fast", max_iter=10, random_state=0).fit(X, 3.0 * X[:, 0] + X[:, 1])
    >>> found = attributions(model, X[:5], background=X)
    >>> list(found.sizes)
    ['x0', 'x1', 'x2']
    """
    how = examined(model)
    check_whole("n_background", n_background, 1)
    if not (isinstance(tolerance, int | float | np.number) and 0.0 < tolerance < np.inf):
        raise ParameterError(f"'tolerance' must be a positive number; got {tolerance!r}.")
    against = X if background is None else background
    if _num_samples(against) == 0:
        raise DataError("'background' must have at least one row; got none.")
    step = -(-_num_samples(against) // n_background)
    against = take_rows(against, np.arange(0, _num_samples(against), step))
    rows, starts = how.encode(X), how.encode(against)
    at = how.output_at(output)
    places = _most_probable(how, rows) if at is None else np.full(len(rows), at)
    values, base, told = np.zeros((len(rows), len(how.columns))), np.zeros(len(rows)), np.zeros(len(rows))
    reached, allowed = np.zeros(len(rows)), tolerance
    for place in np.unique(places):
        paths = _Paths(how.surface(int(place), scale), starts)
        is_absolute = how.is_probability and scale == "prediction"
        allowed = tolerance * (1.0 if is_absolute else paths.spread)
        for row in np.flatnonzero(places == place):
            told[row], values[row], reached[row] = paths.to(rows[row], allowed)
            base[row] = paths.base
    _warn_of(reached, allowed)
    names = getattr(model, "feature_names_in_", None)
    cells = cell_texts(X, how.columns, None if names is None else tuple(map(str, names)))
    return Attributions(
        values, base, told, how.columns, cells, tuple(how.outputs[place] for place in places), scale,
        how.is_probability, len(starts), allowed,
    )  # fmt: skip


class _Paths:
    """Straight paths from every background row to one row at a time."""

    def __init__(self, surface: Surface, starts: Array) -> None:
        self.surface = surface
        unseen = surface.examined.variants(starts)
        plain = np.array([row for row in range(len(starts)) if row not in unseen], np.intp)
        self.seen = starts[plain][:, None]
        self.unseen = np.array([unseen[row] for row in unseen]).reshape(-1, VARIANTS, starts.shape[1])
        self.values = [_of_variants(surface, rows, _even(rows.shape[1])) for rows in (self.seen, self.unseen)]

    @property
    def base(self) -> float:
        """The mean prediction of the background."""
        return float(np.concatenate(self.values).mean())

    @property
    def spread(self) -> float:
        """The standard deviation of the background's predictions, or their size where all are equal."""
        spread = float(np.concatenate(self.values).std())
        return spread if spread > 1e-9 * abs(self.base) else max(abs(self.base), TINY)

    def to(self, row: Array, tolerance: float) -> tuple[float, Array, float]:
        """Return the prediction of a row, the contributions of the columns, and the error of their sum."""
        variants = self.surface.examined.variants(row[None]).get(0, row[None])
        end, counts = np.unique(variants, axis=0, return_counts=True)
        told = float(_of_variants(self.surface, end[None], counts / counts.sum())[0])
        every = np.broadcast_to(variants, (VARIANTS, len(row)))
        n = len(self.seen) + len(self.unseen)
        total, error = np.zeros(len(self.surface.examined.columns)), 0.0
        for starts, values, to, weight in (
            (self.seen, self.values[0], end, counts / counts.sum()),
            (self.unseen, self.values[1], every, _even(VARIANTS)),
        ):
            if len(starts):
                ends = np.column_stack([values, np.full(len(values), told)])
                along = _Along(self.surface, starts, to, weight)
                share = np.full(len(starts), 1.0 / n)
                found, reached = integrated(along, ends, share, tolerance * len(starts) / n)
                total, error = total + found, error + reached
        return told, total, error


class _Along:
    """Values and derivatives at places on straight paths, whose prediction is the mean of their variants."""

    def __init__(self, surface: Surface, starts: Array, end: Array, weight: Array) -> None:
        self.surface, self.weight = surface, weight
        n_paths, n, width = len(starts), len(weight), starts.shape[2]
        first = np.broadcast_to(starts, (n_paths, n, width)).reshape(-1, width)
        last = surface.lift(end)
        self.starts = [lifted.reshape(n_paths, n, -1) for lifted in surface.lift(first)]
        self.ways = [to - lifted for to, lifted in zip(last, self.starts, strict=True)]

    def __call__(self, path: NDArray[np.intp], at: Array) -> tuple[Array, Array]:
        """Return values, and the derivative along the path that each column contributes."""
        size = max(1, AT_ONCE // len(self.weight))
        parts = [self._part(path[i : i + size], at[i : i + size]) for i in range(0, len(path), size)]
        values, slopes = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(slopes)

    def _part(self, path: NDArray[np.intp], at: Array) -> tuple[Array, Array]:
        ways = [way[path] for way in self.ways]
        points = [
            (start[path] + at[:, None, None] * way).reshape(-1, way.shape[2])
            for start, way in zip(self.starts, ways, strict=True)
        ]
        values, gradients = self.surface.with_gradients(points, self.weight)
        each = [
            (gradient.reshape(way.shape) * way).sum(axis=1) @ indicator
            for gradient, way, indicator in zip(gradients, ways, self.surface.indicators, strict=True)
        ]
        return values, np.asarray(sum(each))


def _even(n: int) -> Array:
    return np.full(n, 1.0 / n)


def input_gradients(model: Any, X: Any, *, output: Any = None, scale: str = "prediction") -> Array:
    r"""Return how fast a prediction changes with the number in each cell, through encoding and networks.

    .. math:: \frac{\partial F}{\partial x_j} = \sum_{i \in j} \frac{\partial F}{\partial e_i} \frac{d e_i}{d x_j}

    with the encoded features e of column j.

    Parameters
    ----------
    model : TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor or Network
        A fitted model.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The rows.
    output : class, str or int, default=None
        The class, or the index of the target; None as in :func:`attributions`.
    scale : {"prediction", "log-odds"}, default="prediction"
        The scale of the prediction.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        Per unit of a number, per day of a date, per second of a duration. NaN where a cell is missing or a
        category, and 0 for columns that the model left out.

    Raises
    ------
    ParameterError, DataError
        As for :func:`attributions`.

    References
    ----------
    D. Baehrens et al. (2010), How to explain individual classification decisions, JMLR 11, 1803-1831.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.inspection import input_gradients
    >>> net = Network([2, 1], weights=[[[3.0], [-1.0]]], biases=[[0.5]])
    >>> input_gradients(net, [[1.0, 2.0]])
    array([[ 3., -1.]])
    """
    how = examined(model)
    rows, slopes = how.encode(X), how.slopes(X)
    at = how.output_at(output)
    places = _most_probable(how, rows) if at is None else np.full(len(rows), at)
    found = np.zeros((len(rows), len(how.columns)))
    unseen = how.variants(rows)
    for place in np.unique(places):
        surface = how.surface(int(place), scale)
        chosen = [row for row in np.flatnonzero(places == place) if row not in unseen]
        groups = [(np.array(chosen, np.intp), rows[chosen][:, None])]
        groups += [(np.array([row]), unseen[row][None]) for row in unseen if places[row] == place]
        for group, points in groups:
            weight = _even(points.shape[1])
            gradients = surface.with_gradients(surface.lift(points.reshape(-1, rows.shape[1])), weight)[1]
            for piece, gradient in zip(how.pieces, gradients, strict=True):
                n_plain = len(piece.source) if piece.network.lookup is None else piece.network.lookup.n_plain
                each = gradient.reshape(len(group), len(weight), -1)[:, :, :n_plain].sum(axis=1)
                for i, column in enumerate(piece.source[:n_plain]):
                    found[group, column] += each[:, i] * slopes[group, i]
                found[np.ix_(group, piece.source[n_plain:])] = np.nan
    return found


def _most_probable(how: Examined, rows: Array) -> NDArray[np.intp]:
    told = [_told(how.surface(place, "prediction"), rows) for place in range(len(how.outputs))]
    return np.asarray(np.argmax(told, axis=0))


def _told(surface: Surface, rows: Array) -> Array:
    """Return the predictions of encoded rows, those of unseen categories with all their variants."""
    told = _of_variants(surface, rows[:, None], _even(1))
    for row, variants in surface.examined.variants(rows).items():
        told[row] = _of_variants(surface, variants[None], _even(VARIANTS))[0]
    return told


def _of_variants(surface: Surface, rows: Array, weight: Array) -> Array:
    """Return predictions of rows of shape (n_rows, n_variants, n_encoded)."""
    if not len(rows):
        return np.empty(0)
    parts = np.array_split(rows, 1 + rows.shape[0] * rows.shape[1] // AT_ONCE)
    flat = (part.reshape(-1, rows.shape[2]) for part in parts if len(part))
    return np.concatenate([surface.values(surface.lift(part), weight) for part in flat])


def _warn_of(reached: Array, tolerance: float) -> None:
    worst = float(reached.max())
    if worst > tolerance:
        warn(
            f"The contributions add up to the difference of the predictions only within {worst:.2g}, not within "
            f"{tolerance:.2g}: the predictions have a jump between the rows.",
            DataWarning,
            stacklevel=3,
        )
