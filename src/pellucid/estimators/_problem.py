"""Conversion of clean rows to a training problem: network, scales, objective and validation."""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from typing import Any

import numpy as np

from pellucid.core import Architecture, Objective
from pellucid.core.losses import smooth_labels
from pellucid.core.objective import check_targets
from pellucid.engines import Problem, outputs_of
from pellucid.estimators._options import batch_size_of, hidden_sizes
from pellucid.estimators._rows import Rows
from pellucid.estimators._shared import SharedRows
from pellucid.estimators.scoring import knowing, score_of
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import Optimizer
from pellucid.training import Validate

__all__ = ["DIVERGED", "check_continues", "problem_of", "start", "validation_of"]

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed. "
)


def start(model: Any, rows: Rows | SharedRows, optimizer: Optimizer, dtype: Any) -> None:
    """Create the network, the scales and the optimizer's memory of a cold fit."""
    loss, n_outputs = model._resolved_loss(), rows.Y.shape[1]
    output = model.output_activation or model._output_activation(loss, n_outputs)
    sizes = [rows.X.shape[1], *hidden_sizes(model), n_outputs]
    model.network_ = model._network(sizes, output, dtype, model.initializer, model._training_state.rng)
    model.input_mean_ = model.input_scale_ = model.target_mean_ = model.target_scale_ = None
    if model.standardize:
        model.input_mean_, model.input_scale_ = rows.moments()
        if (
            model._scales_targets
            and model.network_.output_activation.name == "identity"
            and loss.name not in ("poisson", "tweedie")
        ):
            model.target_mean_, model.target_scale_ = rows.target_moments()
    model._training_state.memory = optimizer.start(model.network_.n_parameters, dtype)
    model._solver_in_memory = optimizer.name


def check_continues(model: Any, rows: Rows | SharedRows, optimizer: Optimizer, dtype: Any) -> None:
    """Check that parameters and data still require the fitted network."""
    network = model.network_
    sizes = (rows.X.shape[1], *hidden_sizes(model), rows.Y.shape[1])
    if sizes != network.layer_sizes:
        raise ParameterError(
            f"warm_start and partial_fit continue the fitted network with layers {network.layer_sizes}; "
            f"parameters and data now ask for {sizes}. Set warm_start=False to start again."
        )
    trained_here = hasattr(model, "_solver_in_memory")
    if dtype != network.dtype and not trained_here:
        model.network_ = network = network.copy(dtype)
    if dtype != network.dtype:
        raise ParameterError(
            f"warm_start and partial_fit continue in {network.dtype}; dtype and solver now ask for {dtype}. "
            f"Set dtype={network.dtype.name!r}, or warm_start=False."
        )
    output = model.output_activation or model._output_activation(model._resolved_loss(), sizes[-1])
    asked = model._network(sizes, output, dtype, "zeros", np.random.default_rng(0))
    for name in (field.name for field in fields(Architecture)):
        if getattr(asked.architecture, name) != getattr(network.architecture, name):
            called = {"normalization": "normalization (batch_norm)"}.get(name, name)
            raise ParameterError(
                f"warm_start and partial_fit continue the fitted network, whose {called} differs from the "
                f"one the parameters now ask for. Restore {called}, or set warm_start=False to start again."
            )
    if getattr(model, "_solver_in_memory", None) != optimizer.name:
        model._training_state.memory = optimizer.start(network.n_parameters, dtype)
        model._training_state.updates = 0
        model._solver_in_memory = optimizer.name


def problem_of(
    model: Any, rows: Rows | SharedRows, optimizer: Optimizer, options: dict[str, float], dtype: Any
) -> Problem:
    network = model.network_
    loss = model._resolved_loss().on(network.output_activation)
    at_hand = rows.at_hand()
    try:
        inputs = standardized(at_hand.X, model.input_mean_, model.input_scale_, dtype)
        targets = standardized(at_hand.Y, model.target_mean_, model.target_scale_, dtype, "y")
    except DataError as error:  # scikit-learn's sentence for a problem that it finds by training
        raise DataError(DIVERGED + str(error)) from error
    check_targets(targets, loss)
    weight, unit = rows.rescaled(at_hand.weight, dtype)
    return Problem(
        Objective(network, loss, model.l1, model.l2, model.alpha / unit),
        inputs,
        smooth_labels(targets, getattr(model, "label_smoothing", 0.0), network.output_activation),
        weight,
        batch_size_of(model, len(rows.Y)),
        optimizer,
        options,
        optimizer.weight_decay if model.weight_decay is None else model.weight_decay,
        model.max_grad_norm,
        whole=rows.whole(unit, dtype),
    )


def validation_of(model: Any, objective: Objective, rows: Rows) -> Validate:
    """Return a function that computes the current validation loss and validation score."""
    dtype = model.network_.dtype
    counted = rows.silenced()
    inputs = standardized(counted.X, model.input_mean_, model.input_scale_, dtype)
    targets = standardized(counted.Y, model.target_mean_, model.target_scale_, dtype, "y")
    check_targets(targets, objective.loss)
    rows = replace(rows, weight=rows.given_weight).silenced()  # a score ignores class weights
    score = None if model.scoring == "loss" else score_of(model, "the validation rows")

    phi = model.network_.output_activation

    def validate() -> tuple[float, float | None]:
        with np.errstate(all="ignore"):
            scores = outputs_of(model.network_, inputs, engine=model._predicting_engine, scores=True)
            outputs = phi.value(scores)
            loss = objective.mean_loss(scores, outputs, targets, counted.weight)
            if rows.X.dtype != dtype:  # as `predict_proba` does: sums are 1 in the precision of X
                outputs = phi.value(scores.astype(rows.X.dtype))
        if score is None:
            return loss, -loss
        if not np.isfinite(loss):
            return loss, float("nan")
        probe = copy.copy(model)
        probe.__dict__.pop("feature_names_in_", None)  # the rows are arrays by now
        probe.n_iter_ = len(model.history_)
        if rows.X is counted.X:  # a scorer needs the outputs from which the loss was computed
            probe = knowing(probe, rows.X, {"_outputs": outputs})
        return loss, score(probe, rows.X, rows.y, rows.given_weight)

    return validate
