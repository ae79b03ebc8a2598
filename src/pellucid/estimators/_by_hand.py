"""Fitted attributes set by hand, as in scikit-learn: weights from elsewhere, or a history to restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from pellucid.core import Network
from pellucid.core.checks import as_generator
from pellucid.training import TrainingState

__all__ = ["FromNetwork", "assemble", "begin", "rows_of_scores", "rows_of_values"]

UNKNOWN = ("loss", "penalty", "gradient_norm", "seconds")  # of an epoch that was trained elsewhere


class FromNetwork:
    """An attribute that the network holds; it can be set by hand if there is no network yet.

    Parameters
    ----------
    read : callable
        Returns the value for a fitted model.
    write : callable
        Sets it for a fitted model, or says why it cannot be set.
    """

    def __init__(self, read: Callable[[Any], Any], write: Callable[[Any, Any], None]) -> None:
        self.read, self.write = read, write
        self.__doc__ = str(read.__doc__).replace("Return the", "The", 1)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self
        if "network_" in vars(model):
            return self.read(model)
        given = vars(model).get("_by_hand", {})
        if self.name not in given:
            raise AttributeError(f"{type(model).__name__!r} object has no attribute {self.name!r}")
        return given[self.name]

    def __set__(self, model: Any, value: Any) -> None:
        if "network_" in vars(model):
            self.write(model, value)
        else:
            vars(model).setdefault("_by_hand", {})[self.name] = value


def assemble(model: Any) -> Network | None:
    """Build the network from weights and biases that were set by hand.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Not fitted; it becomes so.

    Returns
    -------
    Network or None
        The network; None while weights or biases are missing.
    """
    given = vars(model).get("_by_hand", {})
    weights = [np.asarray(W) for W in given.get("coefs_", ())]
    biases = [np.asarray(b) for b in given.get("intercepts_", ())]
    shapes = [W.shape for W in weights]
    chained = all(len(shape) == 2 for shape in shapes) and all(a[1] == b[0] for a, b in pairwise(shapes))
    if not (shapes and chained and [b.shape for b in biases] == [shape[1:] for shape in shapes]):
        return None
    if hasattr(model, "classes_") and not hasattr(model, "_label_binarizer"):
        model._label_binarizer = LabelBinarizer().fit(model.classes_)
    sizes = [shapes[0][0], *(shape[1] for shape in shapes)]
    output = given.get("out_activation_") or model._output_activation(model._resolved_loss(), sizes[-1])
    model.network_ = Network(
        sizes,
        activation=model.activation,
        output_activation=output,
        weights=weights,
        biases=biases,
        dropout=model.dropout,
        batch_norm=model.batch_norm,
        normalization=model.normalization,
        residual=model.residual,
        dtype=np.float32 if all(W.dtype == np.float32 for W in weights) else np.float64,
    )
    vars(model).setdefault("n_features_in_", sizes[0])
    model.input_mean_ = model.input_scale_ = model.target_mean_ = model.target_scale_ = None
    del model._by_hand
    network: Network = model.network_
    return network


def begin(model: Any) -> TrainingState:
    """Give a model without a training state an initial one, and return its state."""
    if not hasattr(model, "_training_state"):
        rng = as_generator(model.random_state)
        model._split_seed = int(rng.integers(2**31))
        model._training_state = TrainingState(np.empty((0, 0)), rng, int(model.max_iter))
    state: TrainingState = model._training_state
    return state


def rows_of_values(history: list[dict[str, Any]], values: Iterable[float]) -> list[dict[str, Any]]:
    """Return a history with these objectives; rows that had another lose everything else."""
    rows = []
    for epoch, value in enumerate(values, 1):
        known = epoch <= len(history) and history[epoch - 1]["objective"] == value
        rows.append(history[epoch - 1] if known else _row(epoch, float(value)))
    return rows


def rows_of_scores(history: list[dict[str, Any]], scores: Iterable[float]) -> list[dict[str, Any]]:
    """Return a history with these validation scores."""
    scores = [float(score) for score in scores]
    rows = [dict(row) for row in history]
    rows += [_row(epoch, float("nan")) for epoch in range(len(rows) + 1, len(scores) + 1)]
    for place, row in enumerate(rows):
        row["validation_score"] = scores[place] if place < len(scores) else None
    return rows


def _row(epoch: int, objective: float) -> dict[str, Any]:
    known = {"epoch": epoch, "objective": objective, "learning_rate": None}
    return {
        **known,
        **dict.fromkeys(UNKNOWN, float("nan")),
        "validation_loss": None,
        "validation_score": None,
    }
