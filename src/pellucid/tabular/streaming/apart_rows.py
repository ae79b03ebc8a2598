"""Training rows that are not all available when training begins, known by their statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.members.targets import Targets
from pellucid.tabular.streaming.streamed_targets import StreamedTargets

__all__ = ["ApartRows"]

Array = NDArray[Any]


class ApartRows:
    """Training rows of which only statistics are available as a whole; see :class:`TrainingRows`.

    Attributes
    ----------
    targets : StreamedTargets
        Statistics of the targets.
    fold : int or None
        The fold that this member holds out; None if it learns from all rows.
    """

    targets: StreamedTargets
    fold: int | None

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.targets.n_rows[self.targets.learned(self.fold)].sum())

    @property
    def mean_weight(self) -> float:
        """The mean weight of the rows as the engine sees it, from 1 up to 2."""
        return self.targets.mean_weight(self.fold) / self._unit

    @property
    def _unit(self) -> float:
        return float(np.exp2(np.floor(np.log2(self.targets.mean_weight(self.fold)))))

    def scaled(self, targets: Targets) -> Targets:
        """Return targets on the scale of these rows."""
        return self.targets.scaled(targets, self.fold)

    def weights_of(self, weight: Array | None, dtype: Any) -> Array | None:
        """Return weights of rows in the form that the engine takes."""
        return None if weight is None else (weight / self._unit).astype(dtype)
