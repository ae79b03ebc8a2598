"""The coverage that intervals or sets have on rows whose targets are known, by group."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pellucid.core.checks import is_whole
from pellucid.estimators.checked_arrays import array_of, is_missing, refuse_masked, refuse_missing, types_of
from pellucid.estimators.row_weights import check_weights, of_present, of_rows
from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.settings import is_real

__all__ = ["GroupCoverage", "coverage_by_group"]

Array = NDArray[Any]


@dataclass(frozen=True)
class GroupCoverage:
    """Observed coverage of one group of rows.

    Parameters
    ----------
    group : str
        The name of the group: a category, or a range of numbers.
    n_rows : int
        Its rows.
    share : float
        The share of targets inside.
    low, high : float
        Its confidence interval.
    size : float
        The mean width of the intervals, or the mean number of classes in the sets.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.tabular import coverage_by_group
    >>> (row,) = coverage_by_group([0.5, 2.0], np.array([[0.0, 1.0], [0.0, 1.0]]))
    >>> row.group, row.n_rows, row.share, round(row.low, 2), round(row.high, 2)
    ('all', 2, 0.5, 0.09, 0.91)
    """

    group: str
    n_rows: int
    share: float
    low: float
    high: float
    size: float


def coverage_by_group(
    y: Any,
    predicted: Any,
    by: Any = None,
    *,
    classes: Any = None,
    sample_weight: Any = None,
    n_ranges: int = 10,
    level: float = 0.95,
) -> tuple[GroupCoverage, ...]:
    r"""Return the share of targets inside their intervals or sets, for each group of rows.

    .. math:: \frac{\hat p + z^2 / 2n \pm z \sqrt{\hat p (1 - \hat p) / n + z^2 / 4n^2}}{1 + z^2 / n}

    is the confidence interval of a share p̂ of n rows; with weights n is :math:`(\sum w)^2 / \sum w^2`.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Known targets of rows that ``fit`` did not see.
    predicted : array-like of shape (n_rows, 2) or (n_rows, n_classes)
        The result of ``predict_interval``, or with ``classes`` that of ``predict_set``.
    by : array-like of shape (n_rows,), default=None
        Groups, or numbers that are divided into ranges with about as many rows each. Rows whose group is missing
        are a group of their own, the last. None: one group for all rows.
    classes : array-like of shape (n_classes,), default=None
        ``classes_`` of the model whose sets these are.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights >= 0 of the rows; a row of weight 0 is left out.
    n_ranges : int, default=10
        The largest number of different numbers that are groups; more are divided into so many ranges.
    level : float, default=0.95
        The level of the confidence intervals, in (0, 1).

    Returns
    -------
    tuple of GroupCoverage
        In the order of the groups.

    Raises
    ------
    DataError
        If the shapes do not match, a target or an end is missing or masked, a weight is not a number >= 0, or a
        class is not among ``classes``.

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc.
    22, 209-212.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.tabular import coverage_by_group
    >>> ends = np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 4.0], [2.0, 4.0]])
    >>> for row in coverage_by_group([0.5, 2.0, 3.0, 2.0], ends, ["sea", "sea", "lake", "lake"]):
    ...     print(row.group, row.share, row.size)
    lake 1.0 2.0
    sea 0.5 1.0
    """
    if not (is_real(level) and 0.0 < level < 1.0):
        raise ParameterError(f"'level' must lie in (0, 1), 0.95 for 95 %; got {level!r}.")
    if not is_whole(n_ranges, 1):
        raise ParameterError(f"'n_ranges' must be a whole number >= 1; got {n_ranges!r}.")
    for name, given in {"y": y, "predicted": predicted, "by": by, "sample_weight": sample_weight}.items():
        refuse_masked(name, given)
    y, predicted = array_of(y), np.asarray(predicted)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    width = 2 if classes is None else len(classes)
    if y.ndim != 1 or len(y) == 0 or predicted.shape != (len(y), width):
        raise DataError(
            f"'predicted' must have shape ({len(y) if y.ndim else 0}, {width}), a row for each of 'y'; got shape "
            f"{predicted.shape} for 'y' of shape {y.shape}."
        )
    by_row = np.zeros(len(y), int) if by is None else array_of(by)
    if by_row.shape != y.shape or np.shape(sample_weight) not in ((), y.shape):
        raise DataError(f"'by' and 'sample_weight' must have shape {y.shape}, one value per row.")

    def counted(y: Array, predicted: Array, by: Array, weight: Any) -> tuple[Array, ...]:
        weight = of_rows(check_weights(weight, len(y), None, None)[0])
        return *_inside(y, predicted, classes), by, np.ones(len(y)) if weight is None else weight

    inside, size, by_row, weight = of_present(counted, sample_weight, y, predicted, by_row)
    codes, names = _groups(by_row, n_ranges)
    if by is None:
        names = ["all"]
    z = float(ndtri(0.5 + 0.5 * level))
    found = []
    for code, name in enumerate(names):
        own = codes == code
        w = weight[own]
        share = float(np.average(inside[own], weights=w))
        low, high = _wilson(share, float(w.sum() ** 2 / (w**2).sum()), z)
        mean = float(np.average(size[own], weights=w))
        found.append(GroupCoverage(name, int(own.sum()), share, low, high, mean))
    return tuple(found)


def _inside(y: Array, predicted: Array, classes: Any) -> tuple[Array, Array]:
    """Return whether each target is inside, and the size of each interval or set."""
    refuse_missing("y", y, None, "coverage_by_group")
    if classes is None:
        try:
            y, (low, high) = y.astype(np.float64), predicted.astype(np.float64).T
        except (TypeError, ValueError) as error:
            raise DataError(
                f"'y' must be numbers for intervals: {error}. For sets, pass 'classes'."
            ) from error
        if np.isnan(low).any() or np.isnan(high).any():
            raise DataError("'predicted' must not contain NaN. Leave such rows out.")
        return (low <= y) & (y <= high), high - low
    classes, y = of_one_type(np.asarray(classes), y)
    order = np.argsort(classes)
    place = np.minimum(np.searchsorted(classes, y, sorter=order), len(order) - 1)
    codes = order[place]
    unknown = classes[codes] != y
    if unknown.any():
        raise DataError(f"'y' holds the class {y[unknown].tolist()[0]!r}, which is not among 'classes'.")
    return predicted[np.arange(len(y)), codes].astype(bool), predicted.sum(axis=1)


def _groups(by: Array, n_ranges: int) -> tuple[Array, list[str]]:
    """Return the group of each row as a whole number, and the names of the groups, a missing one last."""
    missing = is_missing(by)
    if not missing.any():
        return _known_groups(by, n_ranges)
    codes = np.zeros(len(by), np.intp)
    codes[~missing], names = _known_groups(by[~missing], n_ranges)
    codes[missing] = len(names)
    return codes, [*names, "missing"]


def _known_groups(by: Array, n_ranges: int) -> tuple[Array, list[str]]:
    if by.dtype.kind == "O":
        are_numbers = all(issubclass(kind, Real) and not issubclass(kind, bool) for kind in types_of(by))
        by = _numbers(by) if are_numbers else by.astype(str)
    values, codes = np.unique(by, return_inverse=True)
    if values.dtype.kind not in "fiu" or len(values) <= n_ranges:
        return codes, [str(value) for value in values.tolist()]
    cuts = np.unique(np.quantile(by, np.arange(1, n_ranges) / n_ranges))
    codes = np.searchsorted(cuts, by, side="right")
    present = np.unique(codes)
    ends = [(by[codes == code].min(), by[codes == code].max()) for code in present]
    texts = [[f"{low:.{n}g} to {high:.{n}g}" for low, high in ends] for n in (4, 8, 17)]
    return np.searchsorted(present, codes), next(
        (some for some in texts if len(set(some)) == len(some)), texts[-1]
    )


def _numbers(by: Array) -> Array:
    """Return objects as numbers; whole ones that no type of NumPy holds together stay objects."""
    values = by.tolist()
    found = np.array(values)
    return found if found.dtype.kind != "f" or not all(isinstance(each, Integral) for each in values) else by


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n)) / (1.0 + z * z / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
