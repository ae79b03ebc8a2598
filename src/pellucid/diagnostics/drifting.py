r"""Drift of a shipped model: new rows compared with the summaries that the model holds, never with rows.

=====================  ================================================================  =================
measure                a column is remarked on                                           source
=====================  ================================================================  =================
stability index        from 0.1 (moderate), from 0.25 (major), and beyond what chance    Siddiqi (2006)
                       explains in 99 of 100 tables of as many rows                      and Yurdakul (2020)
unknown categories     in more than 1 % of the rows (moderate), 10 % (major)             ours
numbers out of range   in more than 1 % of the rows (moderate), 10 % (major)             ours
missing values         a share that differs by more than 0.05 (moderate), 0.25 (major),  ours
                       and by more than 2.6 standard errors
=====================  ================================================================  =================

References
----------
N. Siddiqi, "Credit Risk Scorecards", Wiley 2006. B. Yurdakul and J. Naranjo, "Statistical properties of the
population stability index", Journal of Risk Model Validation 14 (4), 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.diagnostics.drift_record import ColumnDrift, Drift
from pellucid.diagnostics.matrix_drift import columns_of_matrix, is_matrix_model
from pellucid.exceptions import ParameterError
from pellucid.host.quiet import quiet
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.features import Column, codes_of
from pellucid.tabular.encoding.histograms import LEVELS, Histogram, by_chance, stability_index
from pellucid.tabular.encoding.text_values import lengths_of
from pellucid.tabular.predicted import counts_of_predictions
from pellucid.tabular.reading.columns import LABELED, Values

__all__ = ["drift"]

PSI = (0.1, 0.25)
SHARE = (0.01, 0.1)
MISSING = (0.05, 0.25)
STANDARD_ERRORS = 2.6
FEW = 3  # unknown categories that are named


def drift(model: Any, X: Any) -> Drift:
    r"""Compare new rows with a model's training rows, using the summaries stored in the model.

    No rows are stored. A model for tables stores the range, the categories, the fraction of missing values and a
    histogram of each column, and a histogram of its predictions for held-out rows. Other estimators store ranges,
    and histograms of up to 1,000 columns, from their last ``fit``. The index of a histogram is

    .. math:: \mathrm{PSI} = \sum_b (q_b - p_b) \ln \frac{q_b}{p_b}

    with the fractions p in fit and q now.

    Parameters
    ----------
    model : TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor or Perceptron
        A fitted model.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        New rows, with the columns that fit saw. They may have missing values.

    Returns
    -------
    Drift
        A verdict for each column and for the predictions; ``str`` gives a table.

    Raises
    ------
    ParameterError
        If the model is not a fitted estimator.
    DataError
        If the table lacks a column, or one holds values of another kind.

    References
    ----------
    N. Siddiqi, "Credit Risk Scorecards", Wiley 2006. B. Yurdakul and J. Naranjo, "Statistical properties of the
    population stability index", Journal of Risk Model Validation 14 (4), 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import TabularRegressor, drift
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 2))
    >>> model = TabularRegressor("fast", max_iter=3, random_state=0).fit(X, X[:, 0])
    >>> drift(model, rng.normal(size=(300, 2))).level
    'stable'
    >>> [column.level for column in drift(model, X + [0.0, 2.0]).columns]
    ['stable', 'major']
    """
    counts: list[Any] = []
    with quiet():
        if isinstance(model, TabularClassifier | TabularRegressor):
            read = model.encoder_.read(X)
            columns, values = [model.encoder_.columns_[place] for place in read], list(read.values())
            counts = counts_of_predictions(model, X) if model.prediction_histograms_ else []
        elif is_matrix_model(model):
            columns, values = columns_of_matrix(model, X)
        else:
            raise ParameterError(
                f"'model' must be a fitted estimator, which keeps a summary of its columns; got a "
                f"{type(model).__name__}. Fit an estimator, or compare the columns yourself."
            )
    return Drift(
        len(values[0].missing()),
        tuple(map(_of_column, columns, values)),
        _of_predictions(model, counts),
    )


def _of_column(column: Column, values: Values) -> ColumnDrift:
    missing = values.missing()
    now, before = float(missing.mean()), _missing_before(column)
    found: dict[str, Any] = {"missing": now, "missing_before": before}
    verdicts = [_on_missing(before, now, len(missing))]
    if column.kind in LABELED:
        codes = codes_of(column, values)
        counts = None if column.histogram is None else column.histogram.counts_of_codes(codes)
        found["unknown"] = _share(codes[~missing] == 0)
        verdicts.append(_on_unknown(found["unknown"], _new_categories(column, values)))
    elif column.kind == "text":
        counts = None if column.histogram is None else column.histogram.counts_of_numbers(lengths_of(values))
    else:
        assert values.numbers is not None
        numbers = column.without_sentinels(values.numbers)
        counts = None if column.histogram is None else column.histogram.counts_of_numbers(numbers)
        if "date" in column.kind:
            return _joined(column.name, column.kind, verdicts, {**found, "recorded": True})
        if column.low is not None and column.high is not None:
            known = numbers[~np.isnan(numbers)]
            found["outside"] = _share((known < column.low) | (known > column.high))
            verdicts.append(_on_range(found["outside"], column.low, column.high))
    verdicts.append(_on_shares(column.histogram, counts, found))
    return _joined(column.name, column.kind, verdicts, found)


def _of_predictions(model: Any, counts: Sequence[NDArray[Any] | None]) -> tuple[ColumnDrift, ...]:
    kind = "classes" if hasattr(model, "classes_") else "numbers"
    if not counts:
        return (_joined("prediction", kind, [_on_shares(None, None, {})], {}),)
    found = []
    for number, (held, counted) in enumerate(zip(model.prediction_histograms_, counts, strict=True), start=1):
        facts: dict[str, Any] = {}
        name = "prediction" if len(counts) == 1 else f"prediction {number}"
        found.append(_joined(name, kind, [_on_shares(held, counted, facts)], facts))
    return tuple(found)


# ---- verdicts: a level, and a sentence where it is not stable --------------------------------------------------

Verdict = tuple[int, str]


def _joined(name: str, kind: str, verdicts: Sequence[Verdict], found: dict[str, Any]) -> ColumnDrift:
    is_recorded = found.pop("recorded", False) or "psi" in found
    worst = max(level for level, _ in verdicts)
    level = LEVELS[worst] if is_recorded or worst > 1 else LEVELS[0]
    return ColumnDrift(name, kind, level, **found, remarks=tuple(said for _, said in verdicts if said))


def _on_shares(before: Histogram | None, counts: Any, found: dict[str, Any]) -> Verdict:
    if before is None or counts is None:
        return 0, "The model holds no histogram of it."
    found["psi"] = stability_index(before, counts)
    found["psi_by_chance"] = by_chance(before, float(counts.sum()))
    level = _level(found["psi"], PSI) if found["psi"] > found["psi_by_chance"] else 1
    said = f"Its distribution differs from that in fit (PSI {found['psi']:.2g})." if level > 1 else ""
    return level, said


def _on_missing(before: float, now: float, n_rows: int) -> Verdict:
    error = np.sqrt(max(before * (1.0 - before), 0.25 / max(n_rows, 1)) / max(n_rows, 1))
    level = _level(abs(now - before), MISSING) if abs(now - before) > STANDARD_ERRORS * error else 1
    return level, f"{now:.0%} of its values are missing; in fit it was {before:.0%}." if level > 1 else ""


def _on_unknown(share: float, new: Sequence[str]) -> Verdict:
    level, names = _level(share, SHARE), ", ".join(map(repr, new))
    said = f"{share:.0%} of its values are categories that fit did not see, such as {names}."
    return level, said if level > 1 else ""


def _on_range(share: float, low: float, high: float) -> Verdict:
    level = _level(share, SHARE)
    return (
        level,
        f"{share:.0%} of its values lie outside the range of fit, {low:g} to {high:g}." if level > 1 else "",
    )


def _level(value: float, thresholds: tuple[float, float]) -> int:
    return 1 + sum(value > threshold for threshold in thresholds)


def _share(marked: NDArray[np.bool_]) -> float:
    return float(marked.mean()) if len(marked) else 0.0


def _missing_before(column: Column) -> float:
    """Return the share of missing rows in fit: the record adds one of two rows, so that it is never certain."""
    known = 0.0 if column.histogram is None else column.histogram.n_rows
    total = known + float(column.n_missing)
    return float(column.n_missing) / total if known else column.missing_share


def _new_categories(column: Column, values: Values) -> list[str]:
    known, used = set(column.categories), np.unique(values.codes) if values.codes is not None else ()
    return [values.names[code] for code in used if code >= 0 and values.names[code] not in known][:FEW]
