"""The course of a training as the rules read it: columns of its history, in baselines.

The *baseline* is the loss of the best constant prediction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.diagnostics.examination import Examination

__all__ = ["baseline", "course", "rate_of", "row_medians"]

Array = NDArray[np.floating]


def baseline(examination: Examination) -> float:
    """Return the loss of the best constant prediction, in the units of the history."""
    return max(examination.constant[0], 1e-12)


def course(examination: Examination, name: str = "loss") -> Array:
    """Return a column of the history, NaN if there is no number."""
    rows = examination.history
    return np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)


def rate_of(examination: Examination) -> float | None:
    """Return the learning rate of a training with steps; None if there was none."""
    model = examination.model
    if not examination.is_estimator or examination.untrained or getattr(model, "solver", "lbfgs") == "lbfgs":
        return None
    return float(model.learning_rate_init) if len(examination.history) else None


def row_medians(values: Array) -> Array:
    """Return the median of each row over its finite entries; rows without any are left out."""
    kept = values[np.isfinite(values).any(axis=1)]
    return np.asarray(np.nanmedian(kept, axis=1))
