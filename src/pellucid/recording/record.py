"""Plain data of a training, which a recorder passes to diagnoses, displays and reports."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Activation
from pellucid.core.brief import brief
from pellucid.core.structure import Structure
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.files import replace_file
from pellucid.recording.archive import read_arrays
from pellucid.training.epoch_rows import QUANTITIES

__all__ = ["EPOCH_QUANTITIES", "LAYER_QUANTITIES", "UNIT_QUANTITIES", "Record", "activations_of", "record_of"]

Array = NDArray[np.floating]

EPOCH_QUANTITIES = QUANTITIES
LAYER_QUANTITIES = (
    "rms_z", "rms_a", "rms_delta", "rms_weights", "rms_gradient", "rms_update", "update_ratio", "mean_slope",
    "spectral_norm", "gradient_noise",
)  # fmt: skip
UNIT_QUANTITIES = ("on", "active", "saturated_low", "saturated_high", "mean_abs")
MOMENT_QUANTITIES = ("epochs", "steps", "probe_loss", "probe_penalty")
FORMAT = 1


def _no_moments() -> Array:
    return np.empty(0)


def _no_layers() -> Array:
    return np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Record:
    """Training as plain numbers: per epoch, and at some moments per layer and per unit.

    There are M moments, K blocks, and n_k units in block k. Moments lie between steps and are measured on a
    probe, the same rows at each of them. The last shows the network as training left it.

    Parameters
    ----------
    layer_sizes : tuple of int
        The widths, inputs first.
    activations : tuple of str
        The name of each block's activation.
    n_parameters : int
        The number of parameters.
    loss, optimizer : str, default=""
        Names.
    batch_size, n_samples, n_probe : int, default=0
        Rows of a step, of the training set, of the probe.
    reason, message : str, default=""
        The reason for the end of training, as in :class:`pellucid.training.TrainEnd`; empty while it runs.
    history : dict of str to ndarray of shape (n_epochs,)
        A number per epoch under each name in the rows of ``history_``, NaN if there is none. Of a long training,
        every 2nd, 4th, … epoch, and the last.
    epochs, steps : ndarray of shape (M,)
        Time of each moment: finished epochs (a fraction between them) and steps since the cold start.
    probe_loss, probe_penalty : ndarray of shape (M,)
        Loss of the probe, and the penalty.
    rms_z, rms_a, rms_delta, rms_weights, rms_gradient : ndarray of shape (M, K)
        See :class:`LayerVitals`.
    rms_update, update_ratio : ndarray of shape (M, K)
        The change of the weights in one step, the last full one before the moment (an iteration of a
        method without steps), and its ratio to the rms of the weights before it; NaN if no step was
        observed: before training, and if training ended unexpectedly.
    mean_slope : ndarray of shape (M, K)
        See :class:`LayerVitals`.
    spectral_norm : ndarray of shape (M, K)
        That of the weights before and after training; NaN in between, since it costs more than all the rest.
    gradient_noise : ndarray of shape (M, K)
        See :class:`LayerVitals`.
    on, active, saturated_low, saturated_high, mean_abs : tuple of ndarray of shape (M, n_k)
        One array per block; see :class:`LayerVitals`.

    See Also
    --------
    Recorder : Makes a record.

    Examples
    --------
    >>> from pellucid.recording import Record
    >>> record = Record((2, 1), ("identity",), 3)
    >>> record.n_moments, record.is_empty
    (0, True)
    """

    layer_sizes: tuple[int, ...]
    activations: tuple[str, ...]
    n_parameters: int
    loss: str = ""
    optimizer: str = ""
    batch_size: int = 0
    n_samples: int = 0
    n_probe: int = 0
    reason: str = ""
    message: str = ""
    history: dict[str, Array] = field(
        default_factory=lambda: {name: np.empty(0) for name in EPOCH_QUANTITIES}
    )
    epochs: Array = field(default_factory=_no_moments)
    steps: Array = field(default_factory=_no_moments)
    probe_loss: Array = field(default_factory=_no_moments)
    probe_penalty: Array = field(default_factory=_no_moments)
    rms_z: Array = field(default_factory=_no_layers)
    rms_a: Array = field(default_factory=_no_layers)
    rms_delta: Array = field(default_factory=_no_layers)
    rms_weights: Array = field(default_factory=_no_layers)
    rms_gradient: Array = field(default_factory=_no_layers)
    rms_update: Array = field(default_factory=_no_layers)
    update_ratio: Array = field(default_factory=_no_layers)
    mean_slope: Array = field(default_factory=_no_layers)
    spectral_norm: Array = field(default_factory=_no_layers)
    gradient_noise: Array = field(default_factory=_no_layers)
    on: tuple[Array, ...] = ()
    active: tuple[Array, ...] = ()
    saturated_low: tuple[Array, ...] = ()
    saturated_high: tuple[Array, ...] = ()
    mean_abs: tuple[Array, ...] = ()

    __repr__ = brief

    @property
    def n_moments(self) -> int:
        """The number of moments M."""
        return len(self.epochs)

    @property
    def n_layers(self) -> int:
        """The number of blocks K."""
        return len(self.activations)

    @property
    def is_empty(self) -> bool:
        """True if it holds no moment; it may still hold epochs."""
        return self.n_moments == 0

    def check_network(self, network: Structure) -> None:
        """Check that this is a record of such a network.

        Parameters
        ----------
        network : Network
            The network.

        Raises
        ------
        ParameterError
            If sizes, activations or the number of parameters differ.
        """
        mine = (self.layer_sizes, self.activations, self.n_parameters)
        sizes = tuple(network.layer_sizes)
        theirs = (sizes, tuple(a.name for a in activations_of(network)), network.n_parameters)
        if mine != theirs:
            raise ParameterError(
                f"'record' is of another network: layers {mine[0]}, activations {mine[1]}, {mine[2]} parameters; "
                f"this one has layers {theirs[0]}, activations {theirs[1]}, {theirs[2]} parameters. Pass the "
                "record of this network's own training, or none."
            )

    # ---- rows, for tables ------------------------------------------------------------------------------

    def to_rows(self) -> list[dict[str, float]]:
        """Return a row per moment and layer.

        Returns
        -------
        list of dict
            ``epoch``, ``step``, ``layer``, then the quantities of shape (M, K).
        """
        return [
            {
                "epoch": float(self.epochs[m]),
                "step": int(self.steps[m]),
                "layer": k,
                **{name: float(getattr(self, name)[m, k]) for name in LAYER_QUANTITIES},
            }
            for m in range(self.n_moments)
            for k in range(self.n_layers)
        ]

    def history_rows(self) -> list[dict[str, float]]:
        """Return a row per epoch.

        Returns
        -------
        list of dict
            Under the names of ``history``.
        """
        columns = [column.tolist() for column in self.history.values()]
        return [dict(zip(self.history, row, strict=True)) for row in zip(*columns, strict=True)]

    # ---- files --------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record to a file of NumPy's ``.npz`` format, whole or not at all; nothing in it is executable.

        Parameters
        ----------
        path : path
            The file.
        """
        arrays: dict[str, Any] = {f"history.{name}": column for name, column in self.history.items()}
        for name in (*MOMENT_QUANTITIES, *LAYER_QUANTITIES):
            arrays[name] = getattr(self, name)
        for name in UNIT_QUANTITIES:
            arrays |= {f"{name}.{k}": values for k, values in enumerate(getattr(self, name))}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name in _PLAIN}
        header = json.dumps({"pellucid_record": FORMAT, **plain})
        packed = io.BytesIO()
        np.savez_compressed(packed, header=np.array(header), **arrays)
        replace_file(path, packed.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Record:
        """Read a record that was saved.

        Parameters
        ----------
        path : path
            The file.

        Returns
        -------
        Record
            The record.

        Raises
        ------
        DataError
            If the file is not a record, is from a newer version, or unpacks to much more than its size.
        """
        arrays = read_arrays(path)
        try:
            header = json.loads(str(arrays.pop("header")))
            version = header.pop("pellucid_record")
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as cause:
            raise DataError(f"{path} is not a record of pellucid: {cause}") from cause
        if version != FORMAT:
            raise DataError(f"{path} is a record of format {version!r}; this version reads {FORMAT}.")
        try:
            return cls._put_together(header, arrays)
        except (KeyError, TypeError, ValueError) as cause:
            raise DataError(
                f"{path} is not a complete record: {cause} is missing, unknown or malformed."
            ) from cause

    @classmethod
    def _put_together(cls, header: dict[str, Any], arrays: dict[str, Array]) -> Record:
        plain = header | {name: tuple(header[name]) for name in ("layer_sizes", "activations")}
        n_layers = len(plain["activations"]) if len(arrays["epochs"]) else 0
        values: dict[str, Any] = {name: arrays[name] for name in (*MOMENT_QUANTITIES, *LAYER_QUANTITIES)}
        for name in UNIT_QUANTITIES:
            values[name] = tuple(arrays[f"{name}.{k}"] for k in range(n_layers))
        history = {name: arrays[f"history.{name}"] for name in EPOCH_QUANTITIES}
        record = cls(**plain, history=history, **values)
        record._check()
        return record

    def _check(self) -> None:
        """Raise a ValueError that names an entry whose type or shape differs from its description."""
        sizes, names = self.layer_sizes, self.activations
        counts = [self.n_parameters, self.batch_size, self.n_samples, self.n_probe]
        texts = [self.loss, self.optimizer, self.reason, self.message, *names]
        if not all(type(n) is int and n >= 0 for n in (*sizes, *counts)) or len(sizes) != len(names) + 1:
            raise ValueError("layer_sizes or a count")
        if not all(type(text) is str for text in texts):
            raise ValueError("a name or a text")
        n_epochs, m = len(self.history["epoch"]), self.n_moments
        shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
            f"history.{name}": (column, (n_epochs,)) for name, column in self.history.items()
        }
        shapes |= {name: (getattr(self, name), (m,)) for name in MOMENT_QUANTITIES}
        if m:
            shapes |= {name: (getattr(self, name), (m, len(names))) for name in LAYER_QUANTITIES}
            for name in UNIT_QUANTITIES:
                each = zip(getattr(self, name), sizes[1:], strict=True)
                shapes |= {f"{name}.{k}": (values, (m, n)) for k, (values, n) in enumerate(each)}
        for name, (values, shape) in shapes.items():
            if values.dtype.kind not in "fiu" or values.shape != shape:
                raise ValueError(f"{name} of shape {shape}")


_PLAIN = tuple(
    f.name for f in fields(Record) if f.type in ("str", "int", "tuple[int, ...]", "tuple[str, ...]")
)


def activations_of(network: Structure) -> tuple[Activation, ...]:
    """Return the activation of each block.

    Parameters
    ----------
    network : Structure
        The network.

    Returns
    -------
    tuple of Activation
        The output's is the last.
    """
    return tuple(layer.activation for layer in network.layers if hasattr(layer, "activation"))


def columns_of(rows: Sequence[dict[str, Any]]) -> dict[str, Array]:
    """Return the rows of a history as columns of numbers, NaN for None.

    Parameters
    ----------
    rows : sequence of dict
        One per epoch.

    Returns
    -------
    dict of str to ndarray
        One per quantity.
    """
    return {
        name: np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)
        for name in EPOCH_QUANTITIES
    }


def record_of(model: Any) -> Record:
    """Return the record that a fitted estimator keeps of its training: its epochs, without moments.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        A fitted estimator.

    Returns
    -------
    Record
        With an empty array for everything that only a :class:`Recorder` measures.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ParameterError
        If it is not an estimator of pellucid.

    Examples
    --------
    >>> from pellucid import MLPRegressor
    >>> from pellucid.recording import record_of
    >>> model = MLPRegressor((3,), solver="lbfgs", random_state=0)
    >>> record = record_of(model.fit([[0.0], [1.0]], [0.0, 1.0]))
    >>> record.layer_sizes, len(record.history["loss"]) == len(model.history_)
    ((1, 3, 1), True)
    """
    check_is_fitted(model)
    if not (hasattr(model, "network_") and hasattr(model, "history_")):
        raise ParameterError(
            f"'model' must be a fitted MLPClassifier, MLPRegressor or Perceptron; got {model!r}."
        )
    network = model.network_
    return Record(
        tuple(network.layer_sizes),
        tuple(a.name for a in activations_of(network)),
        network.n_parameters,
        loss=str(getattr(model.loss, "name", model.loss)) if hasattr(model, "loss") else "",
        optimizer=str(getattr(model, "solver", "")),
        history=columns_of(model.history_),
    )
