"""Summaries of the columns of fit in model files, which files of earlier versions lack."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.estimators.fit_summary import MOST_COLUMNS, N_BOUNDS, FitSummary
from pellucid.exceptions import ModelFileError
from pellucid.persistence.container import Tensors
from pellucid.persistence.networks import take

__all__ = ["pack_summary", "take_summary"]

RANGES, BINS = ("low", "high"), ("bounds", "below")


def pack_summary(summary: FitSummary | None) -> Tensors:
    """Return the tensors of a summary: the ranges, and the bins with the number of rows that were counted."""
    if summary is None:
        return {}
    tensors: dict[str, Any] = {f"summary_{name}": getattr(summary, name) for name in (*RANGES, *BINS)}
    return {**tensors, "summary_n_rows": np.array([summary.n_rows])}


def take_summary(tensors: Tensors, n_columns: int) -> FitSummary | None:
    """Take the tensors of a summary, and return it; None for a file without one."""
    if not any(name.startswith("summary_") for name in tensors):
        return None
    found: dict[str, Any] = {
        name: take(tensors, f"summary_{name}", (n_columns,), np.float64) for name in RANGES
    }
    shape = (n_columns if n_columns <= MOST_COLUMNS else 0, N_BOUNDS)
    found |= {name: take(tensors, f"summary_{name}", shape, np.float64) for name in BINS}
    (n_rows,) = take(tensors, "summary_n_rows", (1,), np.float64).tolist()
    summary = FitSummary(**found, n_rows=n_rows)
    if not _is_possible(summary):
        raise ModelFileError("Its summary of the columns of fit is inconsistent.")
    return summary


def _is_possible(summary: FitSummary) -> bool:
    """Return whether a fit could have produced it."""
    low, high, bounds, below, n = (getattr(summary, name) for name in (*RANGES, *BINS, "n_rows"))
    are_ranges = (low < high) | ((low == 0.0) & (high == 0.0))
    is_repeated = below == n
    same = np.diff(bounds, axis=1, prepend=0.0) == 0.0
    bounds_rise = (np.diff(bounds, axis=1) > 0.0) | is_repeated[:, 1:]
    counts_rise = (np.diff(below, axis=1, prepend=0.0) > 0.0) | is_repeated
    checks = (are_ranges, bounds_rise, counts_rise, below <= n, same | ~is_repeated)
    return n >= 0.0 and all(bool(check.all()) for check in checks)
