"""How much of a difference between two models may come from which rows judged them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.metrics import Answers, Metric

__all__ = ["paired_variance", "surely_better"]

BLOCKS = 30  # of rows, each left out once
CERTAIN = 2.4  # standard errors: one-sided 2.5 % for each of three measures


def paired_variance(metric: Metric, one: Answers, other: Answers, groups: Any = None) -> float | None:
    r"""Return the variance of the difference of two models' scores over draws of test rows.

    It is the jackknife's: of g blocks of rows each is left out once, :math:`u_b = g\,d - (g - 1)\,d_{-b}`, and the
    variance is that of the mean of the :math:`u_b`. Two pseudo-values, as far from 0 as the farthest and on either
    side, are added: that no drawn row contradicts a difference does not make it certain.

    Parameters
    ----------
    metric : Metric
        The score.
    one, other : Answers
        Of both models, on the same rows.
    groups : ndarray of shape (n_rows,), default=None
        Rows of one group are left out together.

    Returns
    -------
    float or None
        None where it is not defined, such as an AUC without a row of one class.
    """
    blocks = _blocks(len(one.y), groups)
    whole = _difference(metric, one, other, np.arange(len(one.y)))
    g = int(blocks.max()) + 1
    if whole is None or g < 2:
        return None
    left = [_difference(metric, one, other, np.flatnonzero(blocks != b)) for b in range(g)]
    if None in left:
        return None
    values = g * whole - (g - 1) * np.array(left, np.float64)
    spread = ((values - values.mean()) ** 2).sum() + 2.0 * np.abs(values).max() ** 2
    return float(spread / (g + 1) / g)


def surely_better(metric: Metric, one: Answers, other: Answers) -> bool:
    """Return whether one model's score is better by more than the draw of the rows explains.

    Parameters
    ----------
    metric : Metric
        The score.
    one, other : Answers
        Of both models, on the same rows.

    Returns
    -------
    bool
        Whether it is better by over 2.4 standard errors.
    """
    difference = _difference(metric, one, other, np.arange(len(one.y)))
    if difference is None or metric.sign * difference <= 0.0:
        return False
    variance = paired_variance(metric, one, other)
    return variance is not None and metric.sign * difference > CERTAIN * np.sqrt(variance)


def _blocks(n_rows: int, groups: Any) -> NDArray[np.intp]:
    """Return the block of each row: rows that follow each other, or whole groups."""
    units = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_units = int(units.max()) + 1
    return np.asarray(units * min(BLOCKS, n_units) // n_units)


def _difference(metric: Metric, one: Answers, other: Answers, rows: NDArray[np.intp]) -> float | None:
    scores = [metric.measure(_some(answers, rows)) for answers in (one, other)]
    return None if scores[0] is None or scores[1] is None else scores[0] - scores[1]


def _some(answers: Answers, rows: NDArray[np.intp]) -> Answers:
    if len(rows) == len(answers.y):
        return answers
    parts: dict[str, Any] = {
        name: None if (part := getattr(answers, name)) is None else part[rows]
        for name in ("y", "predicted", "weight", "probabilities")
    }
    return replace(answers, **parts)
