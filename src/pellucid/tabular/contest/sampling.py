"""Sampling error of the difference between two models, due to the test rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from pellucid.tabular.metrics import Answers, Metric

__all__ = ["left_out_scores", "paired_variance", "score_interval", "surely_better"]

Array = NDArray[np.float64]

BLOCKS = 30  # of rows, each left out once
USUAL = 1.96  # standard errors on either side: 95 %
CERTAIN = 2.4  # standard errors: one-sided 2.5 % for each of three measures


def left_out_scores(metric: Metric, answers: Answers, groups: Any = None) -> Array | None:
    """Return a model's score on all test rows, and on all but each block of them.

    Parameters
    ----------
    metric : Metric
        The score.
    answers : Answers
        Of the model.
    groups : ndarray of shape (n_rows,), default=None
        Rows of one group are left out together.

    Returns
    -------
    ndarray of shape (1 + n_blocks,) or None
        None where one of them is not defined, such as an AUC without a row of one class.
    """
    blocks = _blocks(len(answers.y), groups)
    kept = [np.flatnonzero(blocks != b) for b in range(int(blocks.max()) + 1)]
    scores = [metric.measure(answers)]
    with config_context(assume_finite=True, skip_parameter_validation=True):  # all rows were checked
        for rows in kept if len(kept) > 1 else []:
            if scores[-1] is None:
                break
            scores.append(metric.measure(_some(answers, rows)))
    return None if len(scores) < 3 or None in scores else np.array(scores, np.float64)


def paired_variance(one: Array | None, other: Array | None) -> float | None:
    r"""Return the variance of the difference of two models' scores over draws of test rows.

    It is the jackknife's: of g blocks of rows each is left out once, :math:`u_b = g\,d - (g - 1)\,d_{-b}`, and the
    variance is that of the mean of the :math:`u_b`. Two pseudo-values, as far from 0 as the farthest, one on each
    side, are added: a difference is not certain just because no sampled row contradicts it.

    Parameters
    ----------
    one, other : ndarray of shape (1 + g,) or None
        Of :func:`left_out_scores`, for the same rows.

    Returns
    -------
    float or None
        None where either is.
    """
    if one is None or other is None:
        return None
    whole, *left = one - other
    g = len(left)
    values = g * whole - (g - 1) * np.array(left)
    spread = ((values - values.mean()) ** 2).sum() + 2.0 * np.abs(values).max() ** 2
    return float(spread / (g + 1) / g)


def score_interval(metric: Metric, answers: Answers) -> tuple[float, float] | None:
    r"""Return an interval that contains 95 % of the scores that other test rows would give.

    Its half-width is 1.96 standard errors of the jackknife: of g blocks of rows each is left out once, and the
    variance is :math:`\frac{g-1}{g} \sum_b (s_{-b} - \bar s)^2`.

    Parameters
    ----------
    metric : Metric
        The score.
    answers : Answers
        Of the model.

    Returns
    -------
    (low, high) or None
        None where it is not defined.

    References
    ----------
    B. Efron and C. Stein (1981), The jackknife estimate of variance, Annals of Statistics 9 (3).
    """
    scores = left_out_scores(metric, answers)
    if scores is None:
        return None
    whole, left = float(scores[0]), scores[1:]
    variance = (len(left) - 1) / len(left) * float(((left - left.mean()) ** 2).sum())
    half = USUAL * np.sqrt(variance)
    low, high = float(whole - half), float(whole + half)
    return (low, min(high, 1.0)) if metric.sign > 0 else (max(low, 0.0), high)  # score 1 or error 0 at best


def surely_better(metric: Metric, one: Answers, other: Answers) -> bool:
    """Return whether one model's score is better by more than the sampling of the rows explains.

    Parameters
    ----------
    metric : Metric
        The score.
    one, other : Answers
        Of both models, on the same rows.

    Returns
    -------
    bool
        True if it is better by more than 2.4 standard errors.
    """
    scores = [left_out_scores(metric, answers) for answers in (one, other)]
    variance = paired_variance(*scores)
    if variance is None or scores[0] is None or scores[1] is None:
        return False
    return bool(metric.sign * (scores[0][0] - scores[1][0]) > CERTAIN * np.sqrt(variance))


def _blocks(n_rows: int, groups: Any) -> NDArray[np.intp]:
    """Return the block of each row: consecutive rows, or whole groups."""
    units = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_units = int(units.max()) + 1
    return np.asarray(units * min(BLOCKS, n_units) // n_units)


def _some(answers: Answers, rows: NDArray[np.intp]) -> Answers:
    weight, p = answers.weight, answers.probabilities
    return Answers(
        answers.y[rows],
        answers.predicted[rows],
        None if weight is None else weight[rows],
        None if p is None else p[rows],
        answers.classes,
    )
