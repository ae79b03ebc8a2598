"""Fitted model of any kind as a smooth function of encoded rows: names, pieces and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pellucid.core import Network
from pellucid.core.checks import is_whole
from pellucid.estimators import preparation_of
from pellucid.exceptions import ParameterError
from pellucid.inspection.pieces import Piece, of_member, of_network
from pellucid.inspection.scales import SCALES, at_temperature, log_odds
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.encoder_slopes import encoder_slopes
from pellucid.tabular.encoding.unseen import unseen_rows
from pellucid.tabular.members.member import shares_of

__all__ = ["Examined", "Surface", "examined"]

Array = NDArray[Any]
ONE = np.ones(1)  # the weight of a row without variants


@dataclass(frozen=True)
class Examined:
    """A fitted model with the names of its columns and outputs.

    Parameters
    ----------
    model : estimator or Network
        The model.
    columns : tuple of str
        The user's columns.
    pieces : tuple of Piece
        The networks that contribute to the prediction.
    outputs : tuple of str
        Names of the predictions: classes, or targets.
    classes : tuple
        The classes as the user has them; empty for numbers.
    places : tuple of int
        For each output, its place among the predictions of a piece.
    exclusive : bool
        True if the outputs are mutually exclusive classes.
    is_probability : bool
        True if the predictions are probabilities.
    temperature : float
        The temperature of the probabilities.
    encoder : TableEncoder or None
        The encoder of a model for tables.
    """

    model: Any
    columns: tuple[str, ...]
    pieces: tuple[Piece, ...]
    outputs: tuple[str, ...]
    classes: tuple[Any, ...]
    places: tuple[int, ...]
    exclusive: bool
    is_probability: bool
    temperature: float = 1.0
    encoder: TableEncoder | None = None

    def encode(self, X: Any) -> Array:
        """Return rows as the networks take them, dense and in float64."""
        if self.encoder is None:
            how = preparation_of(self.model)
            encoded = how.inputs(how.rows(X))
            return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded, np.float64)
        encoded = self.model.encode(X)
        return np.asarray(encoded.toarray() if issparse(encoded) else encoded, np.float64)

    def slopes(self, X: Any) -> Array:
        """Return the derivatives of encoded rows per unit of the user's cells; NaN where there is none."""
        if self.encoder is not None:
            return encoder_slopes(self.encoder, X)
        scale = preparation_of(self.model).input_scale
        n_rows, n_inputs = self.encode(X).shape
        return np.broadcast_to(1.0 if scale is None else 1.0 / scale, (n_rows, n_inputs))

    def variants(self, encoded: Array) -> dict[int, Array]:
        """Return the variants of shape (32, n_encoded) of each row with a category that fit did not see."""
        if self.encoder is None or self.encoder.is_sparse_:
            return {}
        rows, variants = unseen_rows(self.encoder, encoded.astype(np.float32))
        return dict(zip(rows.tolist(), variants.astype(np.float64), strict=True))

    def output_at(self, output: Any) -> int | None:
        """Return the index of an output by its class, name or number; None stays None with several classes."""
        if output is None:
            return None if len(self.classes) > 2 else len(self.outputs) - 1 if self.classes else 0
        for known in (self.classes, self.outputs):
            for at, name in enumerate(known):
                if type(output) is type(name) and output == name:
                    return at
        names = [*map(str, self.outputs)]
        if str(output) in names:
            return names.index(str(output))
        if not self.classes and is_whole(output, 0) and output < len(self.outputs):
            return int(output)
        raise ParameterError(f"'output' must be one of {list(self.classes or self.outputs)}; got {output!r}.")

    def surface(self, output: int, scale: str) -> Surface:
        """Return one output on a scale, as a function of encoded rows."""
        if scale not in SCALES:
            raise ParameterError(f"'scale' must be one of {', '.join(map(repr, SCALES))}; got {scale!r}.")
        if scale == "log-odds" and not self.is_probability:
            raise ParameterError(
                "scale='log-odds' needs the probabilities of a classifier; this model predicts numbers. Use "
                "scale='prediction'."
            )
        return Surface(self, output, scale)


@dataclass(frozen=True)
class Surface:
    """One output of a model on a scale, with its derivatives.

    Parameters
    ----------
    examined : Examined
        The model.
    output : int
        Index of the output.
    scale : str
        One of ``SCALES``.
    """

    examined: Examined
    output: int
    scale: str

    def lift(self, X: Array) -> list[Array]:
        """Return encoded rows as each piece takes them on a straight path."""
        return [piece.lift(X) for piece in self.examined.pieces]

    def values(self, lifted: list[Array], weight: Array = ONE) -> Array:
        """Return the prediction of lifted rows, of which each has successive variants with these weights."""
        pieces = self.examined.pieces
        each = [piece.predictions(piece.passed(x)) for piece, x in zip(pieces, lifted, strict=True)]
        return self._on_scale(self._joined(each, weight))[0]

    def with_gradients(self, lifted: list[Array], weight: Array = ONE) -> tuple[Array, list[Array]]:
        """Return the prediction of lifted rows, and its derivatives with respect to them."""
        pieces = self.examined.pieces
        passes = [piece.passed(x) for piece, x in zip(pieces, lifted, strict=True)]
        each = [piece.predictions(passed) for piece, passed in zip(pieces, passes, strict=True)]
        value, slopes = self._on_scale(self._joined(each, weight))
        slopes = (slopes[:, None] * weight[:, None]).reshape(-1, slopes.shape[1])
        return value, [
            piece.gradient(passed, piece.share * slopes) for piece, passed in zip(pieces, passes, strict=True)
        ]

    def _joined(self, each: list[Array], weight: Array) -> Array:
        joined = sum(p.share * one for p, one in zip(self.examined.pieces, each, strict=True))
        return np.asarray(weight @ np.asarray(joined).reshape(-1, len(weight), each[0].shape[1]))

    def _on_scale(self, P: Array) -> tuple[Array, Array]:
        """Return the output on its scale, and the derivatives with respect to all predictions."""
        k, model = self.examined.places[self.output], self.examined
        plain = self.scale == "prediction"
        if plain and (model.temperature == 1.0 or not model.is_probability):
            return P[:, k], np.broadcast_to(np.arange(P.shape[1]) == k, P.shape).astype(np.float64)
        p, rest, slopes = at_temperature(P, model.temperature, k, exclusive=model.exclusive)
        return (p, slopes * (p * rest)[:, None]) if plain else (log_odds(p, rest), slopes)

    @cached_property
    def indicators(self) -> list[Array]:
        """For each piece, a matrix of shape (n_lifted, n_columns) with 1 where an input belongs to a column."""
        columns = np.arange(len(self.examined.columns))
        return [
            (piece.lifted_source[:, None] == columns).astype(np.float64) for piece in self.examined.pieces
        ]


def examined(model: Any) -> Examined:
    """Return a fitted model with the names of its columns and outputs.

    Parameters
    ----------
    model : TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor or Network
        The model.

    Returns
    -------
    Examined
        The pieces of its prediction.

    Raises
    ------
    ParameterError
        If the model is of another kind, or its predictions are steps, which have no slope.
    """
    how = preparation_of(model)  # which checks it
    found = (
        _of_table(model) if isinstance(model, TabularClassifier | TabularRegressor) else _of_mlp(model, how)
    )
    for piece in found.pieces:
        flat = [a.name for a in piece.network.activations if a.is_flat]
        if flat:
            raise ParameterError(
                f"'model' must have outputs that change gradually; the activation {flat[0]!r} is piecewise "
                "constant, so its slopes explain nothing. Use pellucid.inspection.importance, which "
                "permutes columns."
            )
    return found


def _of_table(model: TabularClassifier | TabularRegressor) -> Examined:
    encoder, path = model.encoder_, model.linear_
    source = np.array(encoder.source_)
    share = 0.0 if path is None else path.share
    members = model.members_ if share < 1.0 else []
    shares = shares_of(members) if members else None
    if shares is None:
        shares = np.full(len(members), 1.0 / max(1, len(members)))
    pieces = [
        of_member(member, (1.0 - share) * float(own), source)
        for member, own in zip(members, shares, strict=True)
    ]
    if path is not None:
        pieces.append(of_member(path.member, share, source))
    how = preparation_of(model)
    classes = tuple(getattr(model, "classes_", ()))
    columns = tuple(column.name for column in encoder.columns_)
    if classes:
        names = tuple(map(str, classes))
        places = tuple(range(len(names)))
        temperature = float(model.temperature_)
        return Examined(
            model, columns, tuple(pieces), names, classes, places, not how.is_multilabel,
            is_probability=True, temperature=temperature, encoder=encoder,
        )  # fmt: skip
    targets = model.members_[0].targets
    n_levels = max(1, len(targets.levels))
    n_targets = targets.n_outputs // n_levels
    places = tuple(n_levels * target + (n_levels - 1) // 2 for target in range(n_targets))
    return Examined(
        model, columns, tuple(pieces), _targets(n_targets), (), places, exclusive=False,
        is_probability=False, encoder=encoder,
    )  # fmt: skip


def _of_mlp(model: Any, how: Any) -> Examined:
    n_in, n_out = how.network.layer_sizes[0], how.network.layer_sizes[-1]
    columns = how.feature_names or tuple(f"x{j}" for j in range(n_in))
    classes = () if isinstance(model, Network) else tuple(getattr(model, "classes_", ()))
    activation = how.network.output_activation
    is_binary = len(classes) == 2 and n_out == 1
    bounds = activation.range
    names = tuple(map(str, classes)) or tuple(how.output_names) or _targets(n_out)
    return Examined(
        model, columns, (of_network(how, is_binary=is_binary),), names, classes, tuple(range(len(names))),
        exclusive=is_binary or bounds.simplex,
        is_probability=bounds.low >= 0.0 and bounds.high <= 1.0 and (bool(classes) or isinstance(model, Network)),
    )  # fmt: skip


def _targets(n: int) -> tuple[str, ...]:
    return ("prediction",) if n == 1 else tuple(f"target {k}" for k in range(n))
