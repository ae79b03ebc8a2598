"""Kind of step of a problem: everything that JAX compiles into it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.engines.accelerated.jax_steps import Kind
from pellucid.engines.accelerated.jax_team import axes_of_team
from pellucid.engines.accelerated.jax_vectors import Place, Places
from pellucid.engines.accelerated.team import stepping_team
from pellucid.engines.problem import Problem
from pellucid.exceptions import ParameterError

__all__ = ["kind_of"]

PACKED = 1 << 14  # parameters: the more there are, the longer it takes to concatenate them


def kind_of(problem: Problem, factors: list[float], n_shards: int) -> Kind:
    """Return the kind of step of a problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    factors : list of float
        The different factors on the learning rate.
    n_shards : int
        The number of parts of a batch; 1 where rows depend on each other.

    Returns
    -------
    Kind
        The kind.

    Raises
    ------
    ParameterError
        If rows depend on each other, and several processes share them.
    """
    objective, network = problem.objective, problem.objective.network
    layers, pair = network.layers[: network.z_positions[-1]], objective.loss
    team, n_axes = stepping_team(), axes_of_team()
    if network.mixes_rows and n_axes:
        raise ParameterError(
            "'normalization' must not be 'batch_norm' if several processes train together, since it needs "
            "all rows of a batch in one process. Use normalization='layer_norm' or one process."
        )
    n_shards = 1 if network.mixes_rows else n_shards if team is None else team.n_shards
    batch_size = min(problem.batch_size, problem.n_samples)
    stops, each = (
        [part.stop for part, _ in problem.rate_pieces],
        [factor for _, factor in problem.rate_pieces],
    )
    penalized = {part.start for part in network.penalized}
    parameters = _places(network.parameter_views, network.n_parameters)
    return Kind(
        layers=tuple(layers),
        output=network.output_activation,
        loss=pair.form.fused[pair.activation.name]
        if pair.is_fused
        else (pair.form.value, pair.form.gradient),
        options=tuple(pair.loss.options.values()),
        is_fused=pair.is_fused,
        is_weighted=problem.sample_weight is not None,
        is_ragged=problem.n_samples % batch_size != 0 or batch_size % n_shards != 0,
        update=problem.optimizer.update,  # type: ignore[arg-type]
        parameters=parameters[: len(layers)],
        state=_places(network.state_views, network.state.size)[: len(layers)],
        rules=tuple(
            (factors.index(each[bisect_right(stops, place.start)]), place.start in penalized)
            for layer in parameters
            for place in layer
        ),
        has_l1=bool(objective.l1),
        has_l2=bool(objective.l2 or objective.alpha),
        has_decay=bool(problem.weight_decay),
        max_norm=problem.max_grad_norm,
        n_members=network.n_members,
        batch_size=batch_size,
        n_shards=n_shards,
        n_axes=n_axes,
        is_packed=network.n_parameters <= PACKED,
        columns=None if isinstance(problem.X, np.ndarray) else int(problem.X.shape[1]),
    )


def _places(views_into: Callable[[Any], Any], n: int) -> Places:
    """Return the place of each named array of each layer in a flat vector."""
    return tuple(
        tuple(Place(name, int(view.flat[0]), view.shape) for name, view in views.items())
        for views in views_into(np.arange(n))
    )
