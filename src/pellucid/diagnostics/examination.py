"""Subject of the rules: a network with its data, vital signs and record, gathered once for all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core import Network, forward
from pellucid.core.losses import PairedLoss
from pellucid.core.propagation import ForwardPass
from pellucid.diagnostics.constant import constant_loss
from pellucid.diagnostics.survey import Survey, survey
from pellucid.host.counted import agreeing
from pellucid.recording import Vitals
from pellucid.recording.measuring_vitals import vital_signs

__all__ = ["Examination", "Held"]

Array = NDArray[np.floating]
ENOUGH = 8192  # rows, for the size of gradients


@dataclass(frozen=True)
class Held:
    """Rows not used in training.

    Parameters
    ----------
    X, Y : ndarray
        As the network sees them.
    y : ndarray
        The targets as the user gave them.
    """

    X: Any
    Y: Array
    y: Any


@dataclass(frozen=True)
class Examination:
    """Everything that rules read; nothing in it is changed.

    Parameters
    ----------
    model : Network or estimator
        The model as given by the user.
    network : Network
        A copy in float64.
    own : Network
        The model's own, in the precision in which it trains.
    raw : ndarray or CSR array of shape (n_given, n_features)
        All inputs as the user gave them.
    y : ndarray
        All targets as the user gave them.
    X, Y : ndarray, CSR array or StandardizedSparse
        The rows whose numbers are all finite, as the network sees them.
    rows : ndarray of shape (n_rows,)
        The places of these among the rows given.
    weight : ndarray of shape (n_rows,)
        Their weights, class weights included.
    loss : PairedLoss
        The loss on the network's outputs.
    l1, l2 : float
        The penalties.
    bad : dict of str to list of (row, column)
        Positions of NaN or infinity in ``"X"``, ``"y"`` and ``"sample_weight"``.
    batch_size : int
        Number of rows per step.
    feature_names, output_names : tuple of str, default=()
        An estimator's names of columns and outputs.
    validation : Held, optional
        Rows not used in training.
    record : Record, optional
        The record that a recorder kept.
    history : list of dict, default=[]
        An estimator's row of numbers per epoch.
    start : Network, optional
        The network before training.
    untrained : bool, default=False
        True if ``network`` itself is as it was drawn.
    owner : TabularClassifier or TabularRegressor, optional
        The estimator whose first network is ``model``.
    """

    model: Any
    network: Network
    own: Network
    raw: Any
    y: Any
    X: Any
    Y: Array
    rows: NDArray[np.intp]
    weight: Array
    loss: PairedLoss
    l1: float
    l2: float
    bad: dict[str, list[tuple[int, int]]]
    batch_size: int
    feature_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    validation: Held | None = None
    record: Any = None
    history: list[dict[str, Any]] = field(default_factory=list)
    start: Network | None = None
    untrained: bool = False
    owner: Any = None

    def has(self, need: str) -> bool:
        """Return whether what a rule needs is there.

        Parameters
        ----------
        need : str
            ``"network"``, ``"data"``, ``"vitals"``, ``"initial"``, ``"record"``, ``"history"``,
            ``"validation"``.

        Returns
        -------
        bool
            Vital signs are there where all numbers of the network are finite on at least one row.
        """
        if need in ("network", "history", "data"):
            return need == "network" or len(self.history if need == "history" else self.rows) > 0
        return getattr(self, need) is not None

    @cached_property
    def seen(self) -> Survey | None:
        """Result of the forward pass for all finite rows; None if there are none."""
        return survey(self.network, self.X, self.Y, self.loss, self.weight) if len(self.rows) else None

    @cached_property
    def columns(self) -> Any:
        """The rows in columns that can be compared: of a code, which is a name, one of 0 and 1 for each value."""
        if self.network.lookup is None:
            return self.X
        n, n_rows = self.network.lookup.n_plain, np.arange(len(self.rows))
        spread = [
            scipy.sparse.csr_array((np.ones(len(n_rows)), (n_rows, codes.astype(np.intp))))
            for codes in self.X[:, n:].T
        ]
        return scipy.sparse.hstack([scipy.sparse.csr_array(self.X[:, :n]), *spread], format="csr")

    @cached_property
    def passed(self) -> ForwardPass | None:
        """The forward pass of all finite rows with all its values; None if there are none."""
        if not len(self.rows):
            return None
        with np.errstate(all="ignore"):
            return forward(self.network, self.X)

    @cached_property
    def sample(self) -> NDArray[np.intp]:
        """The places, in ``rows``, of those on which gradients are measured: all, or as many as are enough."""
        n = len(self.rows)
        return np.arange(n) if n <= ENOUGH else np.sort(np.random.default_rng(0).permutation(n)[:ENOUGH])

    @cached_property
    def vitals(self) -> Vitals | None:
        """The vital signs; None where numbers in the network are not finite.

        Losses, and what a forward pass tells, are of all finite rows; sensitivities and gradients of the sample.
        """
        if self.seen is None or not self.seen.is_finite:
            return None
        s, seen = self.sample, self.seen
        found = vital_signs(
            self.network,
            self.X[s],
            self.Y[s],
            self.loss,
            sample_weight=self.weight[s],
            l1=self.l1,
            l2=self.l2,
        )
        layers = (replace(layer, **block) for layer, block in zip(found.layers, seen.blocks, strict=True))
        loss = float(self.weight @ seen.losses / self.weight.sum())
        return replace(found, layers=tuple(layers), loss=loss, losses=seen.losses, n_rows=len(self.rows))

    @cached_property
    def constant(self) -> tuple[float, Array]:
        """The loss of the best constant prediction, and its scores."""
        return constant_loss(self.loss, self.Y, self.weight)

    @cached_property
    def initial(self) -> Examination | None:
        """The same data before training: itself if nothing was trained; None if it is unknown."""
        if self.untrained:
            return self
        if self.start is None:
            return None
        return replace(
            self,
            network=self.start.copy(np.float64),
            own=self.start,
            start=None,
            untrained=True,
            history=[],
            record=None,
        )

    @property
    def is_estimator(self) -> bool:
        """True if an estimator is examined, whose parameters a remedy can name."""
        return not isinstance(self.model, Network)

    def column(self, j: int) -> str:
        """Return how to call input j.

        Parameters
        ----------
        j : int
            The column.

        Returns
        -------
        str
            ``column 3 ('age')``, or without a name.
        """
        return f"column {j}" + (f" ({self.feature_names[j]!r})" if self.feature_names else "")

    def output(self, j: int) -> str:
        """Return how to call output j.

        Parameters
        ----------
        j : int
            The output.

        Returns
        -------
        str
            ``output 1 (class 'setosa')``, or without a name.
        """
        return f"output {j}" + (f" (class {self.output_names[j]!r})" if self.output_names else "")

    def layer(self, k: int) -> str:
        """Return how to call block k.

        Parameters
        ----------
        k : int
            The block.

        Returns
        -------
        str
            ``hidden layer 0 (100 relu)`` or ``the output layer (10 softmax)``.
        """
        network = self.network
        if k == network.n_blocks - 1:
            return f"the output layer ({network.layer_sizes[-1]} {network.output_activation.name})"
        return f"hidden layer {k} ({network.layer_sizes[k + 1]} {network.activation[k].name})"


def places(bad: Any) -> list[tuple[int, int]]:
    """Return the row and column of each entry that is marked; column 0 for a vector.

    Parameters
    ----------
    bad : ndarray or sparse array of bool
        Mask of the bad entries.

    Returns
    -------
    list of (int, int)
        In the order of the rows.
    """
    if scipy.sparse.issparse(bad):
        bad = bad.tocoo()
        return sorted(zip(bad.row.tolist(), bad.col.tolist(), strict=True))
    at = np.argwhere(bad if bad.ndim == 2 else bad[:, None])
    return [(int(row), int(column)) for row, column in at]


def not_finite(values: Any) -> Any:
    """Return where numbers are NaN or infinite.

    Parameters
    ----------
    values : ndarray or sparse array
        The numbers.

    Returns
    -------
    ndarray or sparse array of bool
        Of the same shape.
    """
    if scipy.sparse.issparse(values):
        marked = values.tocsr(copy=True)
        marked.data = ~np.isfinite(marked.data)
        marked.eliminate_zeros()
        return marked
    return ~np.isfinite(values)


def listed(items: Iterable[Any], most: int = 8) -> str:
    """Return some of many numbers or names, as text.

    Parameters
    ----------
    items : iterable
        The numbers or names.
    most : int, default=8
        Largest number of entries named.

    Returns
    -------
    str
        ``3, 17, 20`` or ``0, 1, 2, … (40 in all)``.
    """
    items = list(items)
    text = ", ".join(str(item) for item in items[:most])
    return text if len(items) <= most else f"{text}, … ({len(items)} in all)"


def numbered(places: Sequence[int] | NDArray[np.intp], thing: str) -> str:
    """Return things by their numbers.

    Parameters
    ----------
    places : sequence of int
        The numbers.
    thing : str
        The noun, in the singular.

    Returns
    -------
    str
        ``row 3`` or ``rows 3, 17, 20``.
    """
    return f"{agreeing(len(places), thing, f'{thing}s')} {listed(places)}"


def narrowed(y: NDArray[Any]) -> NDArray[Any]:
    """Return labels as what they are once a missing one is left out, such as whole numbers."""
    return np.array(y.tolist()) if y.dtype.kind == "O" else y
