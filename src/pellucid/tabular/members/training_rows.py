"""Training rows of a member: in memory here, streamed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.core.brief import brief
from pellucid.engines import Whole
from pellucid.estimators.row_weights import rescaled
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.members.targets import Targets
from pellucid.training import Feed

__all__ = ["RowsInMemory", "TrainingRows"]

Array = NDArray[Any]


class TrainingRows(Protocol):
    """Rows that a member learns from.

    In memory, they are ``sample``. If memory cannot hold all rows, ``sample`` is a part from which the network
    starts, and ``feed`` provides all.
    """

    @property
    def sample(self) -> EncodedRows:
        """Rows from which the network starts: all, or an even sample."""
        ...

    @property
    def at_hand(self) -> EncodedRows:
        """Rows on which the engine is opened: ``sample``, or those of this process if rows are distributed."""
        ...

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        ...

    @property
    def whole(self) -> Whole | None:
        """All rows, where ``sample`` is a part of them."""
        ...

    def scaled(self, targets: Targets) -> Targets:
        """Return targets on the scale of these rows."""
        ...

    def weights_of(self, weight: Array | None, dtype: Any) -> Array | None:
        """Return weights of rows in the form that the engine takes."""
        ...

    def feed(self, problem: Any, encode_targets: Callable[[Array], Array], seed: int) -> Feed | None:
        """Return the source of the rows of each epoch; None if they are those of the problem."""
        ...

    def filling(self, network: Network) -> Callable[[], None]:
        """Return a function that gives categories without training rows the mean of the others, if any."""
        ...


@dataclass(frozen=True)
class RowsInMemory:
    """Rows to learn from that are in memory.

    Parameters
    ----------
    sample : EncodedRows
        The rows.
    """

    sample: EncodedRows

    __repr__ = brief

    @property
    def at_hand(self) -> EncodedRows:
        """The rows."""
        return self.sample

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self.sample.y)

    @property
    def whole(self) -> None:
        """None: the sample is all."""
        return

    def scaled(self, targets: Targets) -> Targets:
        """Return targets on the scale of these rows."""
        return targets.on(self.sample.y, self.sample.weight)

    def weights_of(self, weight: Array | None, dtype: Any) -> Array | None:
        """Return weights of rows in the form that the engine takes."""
        return rescaled(weight, dtype)[0]

    def feed(self, problem: Any, encode_targets: Callable[[Array], Array], seed: int) -> None:
        """Return None: the rows are those of the problem."""

    def filling(self, network: Network) -> Callable[[], None]:
        """Return a function that gives categories without training rows the mean of the others, if there are any.

        No training row reads them, so training is unaffected.
        """
        lookup = network.lookup
        if lookup is None:
            return lambda: None
        reached = lookup.reached(self.sample.X[:, lookup.n_plain :], self.sample.weight)
        if reached.all():
            return lambda: None
        table = network.parameter_views(network.parameters)[0]["rows"]
        return lambda: lookup.fill_unreached(table, np.asarray(reached))
