"""The objective as a function of one number that is shifted: a parameter, or a value of the forward pass.

Finite differences are taken of them in :mod:`pellucid.core.gradcheck` and in traces.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.differences import Evaluate
from pellucid.core.layers.dropout import draw_key
from pellucid.core.objective import Objective
from pellucid.core.propagation import ForwardPass, forward

__all__ = ["Shifts"]

Array = NDArray[np.floating]


class Shifts:
    """Evaluates an objective for some samples with one number moved and all else kept.

    Parameters
    ----------
    objective : Objective
        Its network is in float64.
    X : ndarray or sparse array of shape (n_samples, n_features)
        The inputs.
    Y : ndarray of shape (n_samples, n_outputs)
        The targets.
    sample_weight : ndarray of shape (n_samples,)
        The weights.
    training : bool, default=False
        True if dropout is active (the same units at every point) and batch normalization uses the batch.
    rng : numpy.random.Generator, optional
        For dropout; it is copied.
    """

    def __init__(
        self,
        objective: Objective,
        X: Any,
        Y: Array,
        sample_weight: Array,
        *,
        training: bool = False,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.objective, self.network = objective, objective.network
        self.X, self.w, self.training = X, sample_weight, training
        self.Y, self.w_of_each = self.network.of_each(Y), self.network.of_each(sample_weight)
        # Copied once and rewound for each pass: a copy takes as long as the rest of a small pass.
        self.rng, self.rng_start = copy.deepcopy(rng), None if rng is None else rng.bit_generator.state
        self.base = self._run(self.network.parameters)

    def at_parameter(self, index: int, position: int) -> Evaluate:
        """Return the objective over a shift of a parameter.

        Parameters
        ----------
        index : int
            Its place in the flat vector.
        position : int
            Its layer: what stands before does not depend on it, so that the pass starts there.

        Returns
        -------
        callable
            From a shift to the objective, and the sides of all kinks on which everything stands.
        """
        values = self.base.run.values[: position + 1]

        def evaluate(shift: float) -> tuple[float, Array]:
            parameters = self.network.parameters.copy()
            parameters[index] += shift
            passed = self._run(parameters, values)
            return self._data_term(passed) + self._penalty(parameters), self._sides(passed)

        return evaluate

    def at_value(self, position: int, place: tuple[int, ...]) -> Evaluate:
        """Return the loss over a shift of one entry of a value of the forward pass.

        Parameters
        ----------
        position : int
            The index of the value: 0 is the input, i + 1 the output of layer i.
        place : tuple of int
            Sample and unit.

        Returns
        -------
        callable
            From a shift to the loss, and the sides of all kinks on which everything stands.
        """

        def evaluate(shift: float) -> tuple[float, Array]:
            values = [*self.base.run.values[: position + 1]]
            values[-1] = values[-1].copy()
            values[-1][place] += shift
            passed = self._run(self.network.parameters, values)
            return self._data_term(passed), self._sides(passed)

        return evaluate

    def _run(self, parameters: Array, values: list[Any] | None = None) -> ForwardPass:
        rng = self.rng
        if rng is not None and self.rng_start is not None:
            rng.bit_generator.state = self.rng_start
        for layer in self.network.layers[: len(values or [None]) - 1]:
            if layer.is_random and self.training and rng is not None:
                draw_key(rng)  # drawn already, before the start
        return forward(
            self.network,
            self.X,
            parameters=parameters,
            state=self.network.state.copy(),
            training=self.training,
            sample_weight=self.w,
            rng=rng,
            values=values,
        )

    def _data_term(self, passed: ForwardPass) -> float:
        losses = self.objective.loss.values(self.Y, passed.scores, passed.outputs)
        return float(self.w_of_each @ losses / self.w_of_each.sum())

    def _sides(self, passed: ForwardPass) -> Array:
        network, loss = self.network, self.objective.loss.loss
        parts = [layer.sides(passed.run.values[i]) for i, layer in enumerate(network.layers)]
        parts += [np.sign(passed.outputs - self.Y - kink) for kink in loss.kinks(*loss.options.values())]
        parts += [np.sign(passed.parameters[part]) for part in network.penalized if self.objective.l1]
        return np.concatenate([part.ravel() for part in parts])

    def _penalty(self, parameters: Array) -> float:
        l1, l2 = self.objective.l1, self.objective.l2_of(float(self.w.sum()))
        if not (l1 or l2):
            return 0.0
        weights = np.concatenate([parameters[part] for part in self.network.penalized])
        return float(l1 * np.abs(weights).sum() + 0.5 * l2 * (weights @ weights))
