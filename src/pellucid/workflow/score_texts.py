"""Scores as text, with as many digits as people read."""

from __future__ import annotations

from typing import Any

from pellucid.tabular.metrics import METRICS

__all__ = ["LABELS", "gap_text", "mistakes", "number_text", "score_text", "seconds_text"]

LABELS = {row.name: row.label for row in METRICS.values()}


def score_text(name: str, value: float | None) -> str:
    """Return a score as people read it.

    Parameters
    ----------
    name : str
        The metric.
    value : float or None
        The score; None if it is not defined.

    Returns
    -------
    str
        A percentage for the accuracy.

    Examples
    --------
    >>> score_text("accuracy", 0.975), score_text("rmse", 12345.678), score_text("auc", None)
    ('97.5 %', '12,346', '–')
    """
    if value is None:
        return "–"
    if name == "accuracy":
        return f"{100.0 * value:.1f} %"
    return f"{value:.3f}".replace("-0.000", "0.000") if name == "r2" else number_text(value)


def number_text(value: float) -> str:
    """Return four digits, or more if a number has more before the point."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.4g}"


def gap_text(name: str, value: float) -> str:
    """Return the difference of two scores of a metric."""
    if name == "accuracy":
        return f"{100.0 * value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 1e3 else f"{value:.3g}"


def seconds_text(value: float) -> str:
    """Return a time in seconds."""
    return f"{value:.3f} s" if value < 0.1 else f"{value:.1f} s"


def mistakes(confusion: dict[str, Any]) -> list[tuple[float, Any, Any]]:
    """Return the mistakes of a confusion table, the most frequent first.

    Parameters
    ----------
    confusion : dict
        As :func:`pellucid.workflow.scores.confusion` returns it.

    Returns
    -------
    list of tuple
        The weight of the rows, their class and the predicted one.

    Examples
    --------
    >>> mistakes({"classes": ["a", "b"], "counts": [[5, 1], [2, 7]]})
    [(2, 'b', 'a'), (1, 'a', 'b')]
    """
    names = confusion["classes"]
    wrong = [
        (count, names[i], names[j])
        for i, row in enumerate(confusion["counts"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    return sorted(wrong, key=lambda mistake: -mistake[0])
