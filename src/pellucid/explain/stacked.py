r"""Many finite differences in one pass: passes with one number shifted, stacked as rows of a single pass.

If samples are independent of each other, m passes over n samples are one pass over m · n rows. A shifted weight
needs no pass through its own layer: :math:`W_{ij} + h` moves column j of :math:`a W + b` by :math:`h\, a_i`,
a shifted bias by :math:`h`. The layers after it run as usual, forward only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.propagation import forward
from pellucid.core.shifts import Shifts
from pellucid.explain.traced import OF_NORMALIZATION

__all__ = ["StackedShifts", "rows_are_apart"]

Array = NDArray[np.floating]
Places = NDArray[np.intp]
Evaluate = Callable[[Array], tuple[Array, Array]]

STACKED = 30_000  # numbers in one layer of a stack; more than the processor's cache holds is slower
STEP = 1e-4  # the step of core's central_difference


def rows_are_apart(shifts: Shifts) -> bool:
    """Return whether each sample's results depend on no other sample and on no random number."""
    layers = shifts.network.layers
    return not (shifts.training and any(layer.mixes_rows or layer.is_random for layer in layers))


class StackedShifts:
    """Derivatives by fourth-order central differences, many to a pass.

    Parameters
    ----------
    shifts : Shifts
        The objective at some samples; :func:`rows_are_apart` holds.
    """

    def __init__(self, shifts: Shifts) -> None:
        self.shifts, self.network, self.values = shifts, shifts.network, shifts.base.run.values
        self.sources = {source for layer in self.network.layers for source in layer.sources}
        widest = max(value.shape[1] for value in self.values)
        self.most = max(1, STACKED // (len(shifts.w) * widest))

    def of_value(self, position: int) -> Array:
        """Return the derivatives with respect to a value of the forward pass, in its shape.

        Parameters
        ----------
        position : int
            Position of the value: 0 is the input, i + 1 the output of layer i.

        Returns
        -------
        ndarray
            NaN where a difference would step across a kink.
        """
        value = self.values[position]
        n, width = value.shape
        numbers = value[:, : self.network.n_numbers if position == 0 else width]
        only_itself = np.broadcast_to(np.eye(n)[:, None, :], (*numbers.shape, n))
        found: Array = np.zeros_like(value)  # a code cannot be shifted
        found[:, : numbers.shape[1]] = self._slopes(position, numbers, only_itself)
        return found

    def of_parameters(self, position: int) -> dict[str, Array]:
        """Return the derivatives with respect to the parameters of a layer, in their shapes.

        Parameters
        ----------
        position : int
            The layer.

        Returns
        -------
        dict of str to ndarray
            By name; empty for a layer without parameters.
        """
        views = self.network.parameter_views(self.network.parameters)[position]
        if self.network.layers[position].worked() is not None:
            return {name: self._slopes_of_layer(position, name, view) for name, view in views.items()}
        found = {
            name: self._slopes(position + 1, view, self._effects(position, name, view))
            for name, view in views.items()
        }
        if "weights" in found:
            found["weights"] += differences(self._penalty(views["weights"]), views["weights"])
        return found

    def _effects(self, position: int, name: str, view: Array) -> Array:
        """Return how much a unit change of each parameter changes its unit's value for each sample."""
        n = len(self.shifts.w)
        if name == "weights":
            return np.broadcast_to(self.values[position].T[:, None, :], (*view.shape, n))
        if name == OF_NORMALIZATION["scale"]:
            return np.asarray(self.shifts.base.kept[position][0].T)
        return np.ones((*view.shape, n))  # biases, shifts

    def _slopes(self, position: int, numbers: Array, effects: Array) -> Array:
        """Return the derivatives with respect to numbers that each move one unit of a value."""
        flat, found = numbers.ravel(), np.empty(numbers.size)
        for first in range(0, numbers.size, self.most):
            places = np.arange(first, min(first + self.most, numbers.size))
            moves = effects[np.unravel_index(places, numbers.shape)]
            units = places % numbers.shape[-1]

            def evaluate(shift: Array, units: Places = units, moves: Array = moves) -> tuple[Array, Array]:
                return self._losses(position, units, shift[:, None] * moves)

            found[places] = differences(evaluate, flat[places])
        return found.reshape(numbers.shape)

    def _slopes_of_layer(self, position: int, name: str, numbers: Array) -> Array:
        """Return the derivatives with respect to parameters of a layer that is rerun for each of them."""
        layer, run = self.network.layers[position], self.shifts.base.run
        views = self.network.parameter_views(self.network.parameters)[position]
        found, n = np.empty(numbers.size), len(self.shifts.w)
        for first in range(0, numbers.size, self.most):
            places = np.arange(first, min(first + self.most, numbers.size))

            def evaluate(shift: Array, places: Places = places) -> tuple[Array, Array]:
                stack = np.empty((len(places), n, self.values[position + 1].shape[1]))
                for row, (place, by) in enumerate(zip(places, shift, strict=True)):
                    moved = numbers.copy()
                    moved.flat[place] += by
                    stack[row] = layer.forward(self.values[position], {**views, name: moved}, {}, run)[0]
                return self._losses_of(position + 1, stack)

            found[places] = differences(evaluate, numbers.ravel()[places])
        return found.reshape(numbers.shape)

    def _losses(self, position: int, units: Places, moves: Array) -> tuple[Array, Array]:
        """Return the loss of m passes with a value that is moved, and the sides of the kinks behind it."""
        stack = np.repeat(self.values[position][None], len(moves), axis=0)
        stack[np.arange(len(moves)), :, units] += moves
        return self._losses_of(position, stack)

    def _losses_of(self, position: int, stack: Array) -> tuple[Array, Array]:
        """Return the loss of m passes from a value of shape (m, n, width), and the sides of the kinks."""
        (m, n, _), w, loss = stack.shape, self.shifts.w, self.shifts.objective.loss
        # Later layers read earlier values only through residual connections.
        before = [
            np.tile(value, (m, 1)) if i in self.sources else value
            for i, value in enumerate(self.values[:position])
        ]
        passed = forward(self.network, self.shifts.X, values=[*before, stack.reshape(m * n, -1)])
        Y, outputs = np.tile(self.shifts.Y, (m, 1)), passed.outputs
        sides = [
            layer.sides(passed.run.values[i]) for i, layer in enumerate(self.network.layers) if i >= position
        ]
        sides += [np.sign(outputs - Y - kink) for kink in loss.loss.kinks(*loss.loss.options.values())]
        mean = loss.values(Y, passed.scores, outputs).reshape(m, n) @ w / w.sum()
        return mean, np.hstack([np.ones((m, 1)), *(of_each.reshape(m, -1) for of_each in sides)])

    def _penalty(self, weights: Array) -> Evaluate:
        """Return the penalty of each weight over its shift; the other weights' stays the same."""
        l1, l2 = self.shifts.objective.l1, self.shifts.objective.l2

        def evaluate(shift: Array) -> tuple[Array, Array]:
            moved = weights + shift
            return l1 * np.abs(moved) + 0.5 * l2 * moved**2, np.sign(l1 * moved)[..., None]

        return evaluate


def differences(evaluate: Evaluate, at: Array) -> Array:
    """Return the derivatives of a function of each number; NaN where its points lie on both sides of a kink.

    Parameters
    ----------
    evaluate : callable
        From the shifts of the numbers to the values there, and the sides along one more axis.
    at : ndarray
        The numbers.

    Returns
    -------
    ndarray
        In their shape.
    """
    h = STEP * np.maximum(1.0, np.abs(at))
    (f1, sides), *others = [evaluate(shift) for shift in (h, -h, 2.0 * h, -2.0 * h)]
    f2, f3, f4 = (value for value, _ in others)
    smooth = np.logical_and.reduce([(there == sides).all(axis=-1) for _, there in others])
    return np.where(smooth, (8.0 * (f1 - f2) - (f3 - f4)) / (12.0 * h), np.nan)
