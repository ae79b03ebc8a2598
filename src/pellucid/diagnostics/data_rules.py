"""Rules on the inputs, as the network sees them: scale, constant, duplicate and leaking columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import StandardizedSparse
from pellucid.diagnostics.examination import Examination, listed
from pellucid.diagnostics.finding import Rule, Symptom
from pellucid.host.counted import agreeing, counted

__all__ = [
    "DATA_RULES",
    "column_statistics",
    "constant_inputs",
    "duplicate_inputs",
    "leaking_inputs",
    "unscaled_inputs",
]

Array = NDArray[np.floating]

LARGE, TIMES_LARGER = 3.0, 20.0  # rms of a column, by itself and against the median column
HUGE = 20.0
TIMES_SMALLER = 1e-2
FAR = 10.0  # a mean so many standard deviations from 0
FEWEST = 20  # rows of which a column may not be the target by chance, as in a truth table
EQUAL = 1e-9  # what standardized columns may differ by


def column_statistics(X: Any) -> tuple[Array, Array, Array]:
    """Return mean, standard deviation and reach of each column.

    Parameters
    ----------
    X : ndarray, sparse array or StandardizedSparse of shape (n_rows, n_columns)
        Finite inputs.

    Returns
    -------
    mean, deviation, reach : ndarray of shape (n_columns,)
        The reach is the largest distance from the mean; a deviation that is rounding alone is 0.
    """
    if isinstance(X, StandardizedSparse):
        mean, deviation, reach = column_statistics(X.scaled)
        return mean - X.shift, deviation, reach
    if scipy.sparse.issparse(X):
        mean = np.asarray(X.mean(axis=0)).ravel()
        squares = np.asarray(X.multiply(X).mean(axis=0)).ravel()
        deviation = np.sqrt(np.maximum(squares - mean**2, 0.0))
        low, high = (extreme(axis=0).toarray().ravel() for extreme in (X.min, X.max))
    else:
        mean, deviation, low, high = X.mean(axis=0), X.std(axis=0), X.min(axis=0), X.max(axis=0)
    deviation = np.where(high > low, deviation, 0.0)
    return mean, deviation, np.maximum(high - mean, mean - low) * (high > low)


def unscaled_inputs(examination: Examination) -> Iterator[Symptom]:
    """Yield the columns that are far larger, or far smaller, than the network can well use.

    None where input layers stand between columns and weights: they learn how much of a column goes on.
    """
    if examination.network.input_layers:
        return
    mean, deviation, reach = column_statistics(examination.X)
    rms = np.hypot(mean, deviation)
    varies = deviation > 0.0
    if not varies.any():
        return
    median = float(np.median(rms[varies]))
    W = (examination.initial or examination).network.weights[0]
    share = rms**2 * (W**2).sum(axis=1)
    share = share / share.sum() if share.sum() > 0.0 else share
    large = (rms > HUGE) | ((rms > LARGE) & (rms > TIMES_LARGER * median))
    large |= (rms > LARGE) & varies & (np.abs(mean) > FAR * deviation)
    parameters = {} if getattr(examination.model, "standardize", True) else {"standardize": True}
    remedy = (
        "Standardize the inputs: standardize=True, or a StandardScaler before the network."
        if parameters or not examination.is_estimator
        else "The estimator standardizes with the statistics of its training data, "
        "so these rows come from other data: check how they were made."
    )
    if large.any():
        worst = int(rms.argmax())
        times = rms[worst] / max(1.0, median if not large.all() else 1.0)
        yield Symptom(
            min(0.95, 0.5 + 0.2 * np.log10(max(1.0, rms[worst] / LARGE))),
            {
                "columns": np.flatnonzero(large),
                "names": names(examination, np.flatnonzero(large)),
                "side": "large",
            },
            {
                "rms of the worst column": rms[worst],
                "mean of the worst column": mean[worst],
                "median rms": median,
                "share of the first signals": float(share[large].sum()),
            },
            f"{int(large.sum())} of {len(rms)} input columns are far from scale 1; the worst is "
            f"{examination.column(worst)} with rms {rms[worst]:.3g} (mean {mean[worst]:.3g}, deviation "
            f"{deviation[worst]:.3g}), {times:.3g} times too large. All: {listed(np.flatnonzero(large))}.",
            f"At the start, these columns account for {share[large].sum():.0%} of the variance of the "
            "first signals, so they alone can saturate or kill units, and a learning rate that suits them "
            "is too small for the others.",
            remedy,
            parameters,
        )
    usual = float(np.median(reach[varies]))
    small = varies & (reach < TIMES_SMALLER * usual) & ~large
    if usual > LARGE:  # then it is the others that are large
        small &= reach < TIMES_SMALLER
    if small.any():
        worst = int(np.flatnonzero(small)[reach[small].argmin()])
        yield Symptom(
            min(0.6, 0.3 + 0.1 * np.log10(TIMES_SMALLER * usual / reach[worst])),
            {
                "columns": np.flatnonzero(small),
                "names": names(examination, np.flatnonzero(small)),
                "side": "small",
            },
            {
                "reach of the worst column": reach[worst],
                "median reach": usual,
                "share of the first signals": float(share[small].sum()),
            },
            f"{int(small.sum())} of {len(rms)} input columns hardly vary; the worst is "
            f"{examination.column(worst)}, never further than {reach[worst]:.3g} from its mean, where the "
            f"median column reaches {usual:.3g}. All: {listed(np.flatnonzero(small))}.",
            f"They account for {share[small].sum():.1g} of the variance of the first signals: they have no effect "
            "until their weights have grown accordingly, and a penalty keeps weights small.",
            remedy,
            parameters,
        )


def constant_inputs(examination: Examination) -> Iterator[Symptom]:
    """Yield the columns that are the same on every row."""
    mean, _, reach = column_statistics(examination.X)
    constant = np.flatnonzero(reach == 0.0)
    if len(constant) and len(examination.rows) > 1:
        zero = int((mean[constant] == 0.0).sum())
        all_of_them = len(constant) == len(mean)
        yield Symptom(
            1.0 if all_of_them else 0.15,
            {"columns": constant, "names": names(examination, constant)},
            {"columns": len(constant), "constant at 0": zero, "share of columns": len(constant) / len(mean)},
            f"{len(constant)} of {len(mean)} input columns are constant: {listed(constant)}.",
            "They carry no information about a row. "
            + (
                "The weights of a column of 0 keep their initial values."
                if zero
                else "Each acts as another bias with its own learning rate."
            ),
            "Check how the rows were chosen: all inputs are the same."
            if all_of_them
            else "Leave them out, for example with sklearn.feature_selection.VarianceThreshold; "
            "otherwise, a new value at prediction would be multiplied by untrained weights.",
        )


def duplicate_inputs(examination: Examination) -> Iterator[Symptom]:
    """Yield the groups of columns that are the same up to shift, scale and sign."""
    groups = equal_columns(examination.X)
    if groups:
        columns = [column for group in groups for column in group]
        copies = len(columns) - len(groups)
        shown = "; ".join(" = ".join(examination.column(j) for j in group[:4]) for group in groups[:4])
        yield Symptom(
            0.3,
            {"columns": sorted(columns), "groups": groups, "names": names(examination, sorted(columns))},
            {"copies": copies, "groups": len(groups)},
            f"{copies} input columns are copies of others, up to shift, scale and sign: {shown}"
            + ("; …." if len(groups) > 4 else "."),
            "Only the sum of their weights matters to the fit, so their contribution is learned faster and "
            "penalized less than that of other columns, and their weights cannot be interpreted one by one.",
            "Leave the copies out.",
        )


def equal_columns(X: Any) -> list[list[int]]:
    """Return groups of columns with correlation 1 or -1."""
    mean, deviation, _ = column_statistics(X)
    X = X.scaled if isinstance(X, StandardizedSparse) else X
    mean = column_statistics(X)[0]
    varies = np.flatnonzero(deviation > 0.0)
    n = X.shape[0]
    if n < 3 or len(varies) < 2:
        return []
    # Equal columns have equal projections on any direction; the other columns need not be compared.
    direction = np.random.default_rng(0).normal(size=n)
    projected = np.abs((X.T @ direction - mean * direction.sum())[varies] / deviation[varies])
    order = varies[projected.argsort(kind="stable")]
    projected = np.sort(projected)
    groups: list[list[int]] = []
    for place in range(1, len(order)):
        if projected[place] - projected[place - 1] > EQUAL * n:
            continue
        one, other = (standardized(X, int(j), mean, deviation) for j in order[place - 1 : place + 1])
        if 1.0 - abs(float(one @ other)) / n < EQUAL:
            before, column = int(order[place - 1]), int(order[place])
            if groups and before in groups[-1]:
                groups[-1].append(column)
            else:
                groups.append([before, column])
    return sorted(sorted(group) for group in groups)


def leaking_inputs(examination: Examination) -> Iterator[Symptom]:
    """Yield the columns that are the target itself, up to shift, scale and sign."""
    X, Y = examination.X, examination.Y
    n = X.shape[0]
    if n < FEWEST:
        return
    X = X.scaled if isinstance(X, StandardizedSparse) else X
    mean, deviation, _ = column_statistics(X)
    targets = Y.astype(np.float64)
    if examination.loss.loss.name == "log_loss":  # classes may be numbers in steps of one
        targets = np.column_stack([targets, Y.argmax(axis=1)])
    targets = targets[:, np.ptp(targets, axis=0) > 0.0]
    targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
    moments = np.abs(X.T @ targets - mean[:, None] * targets.sum(axis=0)).max(axis=1, initial=0.0)
    leaks = np.flatnonzero((deviation > 0.0) & (moments > (1.0 - EQUAL) * n * deviation))
    if len(leaks):
        called = "; ".join(examination.column(int(j)) for j in leaks[:4]) + "; …" * (len(leaks) > 4)
        yield Symptom(
            0.6,
            {"columns": leaks, "names": names(examination, leaks)},
            {"columns": len(leaks)},
            f"There {agreeing(len(leaks))} {counted(len(leaks), 'input column')} equal to the "
            f"target, up to shift, scale and sign: {called}.",
            "Scores on such data say nothing about rows whose target is not known yet, and little is learned "
            "from the other columns.",
            "Leave out what is not known before the target is.",
        )


def standardized(X: Any, j: int, mean: Array, deviation: Array) -> Array:
    """Return column j with mean 0 and variance 1."""
    column = X[:, [j]].toarray().ravel() if scipy.sparse.issparse(X) else X[:, j]
    return np.asarray((column - mean[j]) / deviation[j])


def names(examination: Examination, columns: Any) -> list[str]:
    """Return the names of columns, if they have any."""
    return [examination.feature_names[j] for j in columns] if examination.feature_names else []


DATA_RULES: tuple[Rule, ...] = (
    Rule(
        "unscaled-input", unscaled_inputs, ("data",),
        "the rms of a column, as the network receives it, is over 20; or it is over 3 and either 20 times that of"
        " the median column or with a mean over 10 standard deviations from 0; or no value is farther from the "
        "mean than 1 % of that distance in the median column",
        "LeCun et al. (1998), Efficient BackProp, section 4.3; the numbers are pellucid's", "ours",
    ),
    Rule(
        "constant-input", constant_inputs, ("data",),
        "a column has the same value on all rows", "the definition", "published",
    ),
    Rule(
        "duplicate-input", duplicate_inputs, ("data",),
        "two columns have correlation 1 or -1, to 1e-9", "the definition", "published",
    ),
    Rule(
        "leaking-input", leaking_inputs, ("data",),
        "on 20 rows or more, a column has correlation 1 or -1, to 1e-9, with a target, a class or the codes of "
        "classes", "Kaufman et al. (2012), Leakage in data mining, ACM TKDD 6; the test is pellucid's", "ours",
    ),
)  # fmt: skip
