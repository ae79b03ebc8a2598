"""Display of decision boundaries, and of the hidden units that form them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Network
from pellucid.estimators import Preparation, preparation_of
from pellucid.estimators.checked_arrays import read_numbers
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.grids import chosen, grid_over
from pellucid.plotting.regions import draw_contours, draw_points, draw_regions
from pellucid.plotting.style import axes, quiet
from pellucid.plotting.subject import Subject, as_subject, labels
from pellucid.plotting.table_planes import over_table
from pellucid.tabular import TabularClassifier, TabularRegressor

__all__ = ["DecisionBoundaryDisplay"]

Array = NDArray[np.floating]
MOST_UNITS = 12


@dataclass(eq=False, repr=False)
class DecisionBoundaryDisplay:
    """Decision boundary: a model's predictions over two inputs, and the lines at which its hidden units switch.

    Other inputs are held at their medians; in a table, other columns have the cells of a typical row. Classes are
    filled regions with a marker per class; numbers are contours with their values. A hidden unit's own boundary
    z = 0 is a thin line with its number; the small ticks are on the side where z > 0.

    Parameters
    ----------
    x0, x1 : ndarray of shape (resolution,)
        The grid, in the user's units.
    values : ndarray of shape (resolution, resolution, n_outputs)
        The outputs at ``(x0[j], x1[i])``: probabilities, signals of a Perceptron, or predictions.
    hidden : ndarray of shape (resolution, resolution, n_units)
        The signals of the units whose boundaries are drawn.
    units : tuple of int
        Indexes of the units shown: at most 12, those with the largest outgoing weights.
    features : tuple of str
        The names of both inputs.
    outputs : tuple of str
        The names of the outputs.
    classes : tuple of str
        The names of the classes; empty for numbers.
    points : ndarray of shape (n_rows, 2)
        The user's rows.
    targets : ndarray of shape (n_rows,) or None
        Their classes (as numbers from 0) or targets.
    output : int
        Index of the output drawn, if it is one of several: a number, a label, or the second of two classes.
    has_signals : bool, default=False
        True if classes are told apart by the sign or the size of signals, and not by probabilities.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import DecisionBoundaryDisplay
    >>> net = Network([2, 1], output_activation="logistic", weights=[[[1.0], [1.0]]])
    >>> display = DecisionBoundaryDisplay.from_network(net, [[0.0, 0.0], [1.0, 1.0]], resolution=20)
    >>> display.values.shape
    (20, 20, 1)
    """

    x0: Array
    x1: Array
    values: Array
    hidden: Array
    units: tuple[int, ...]
    features: tuple[str, str]
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    points: Array
    targets: Array | None
    output: int = 0
    has_signals: bool = False

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any = None,
        *,
        features: Any = None,
        resolution: int = 200,
        hidden: bool = True,
        layer: int = 0,
        output: int = 0,
    ) -> DecisionBoundaryDisplay:
        """Compute the predictions of a fitted estimator around some rows.

        Parameters
        ----------
        model : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            The rows, whose range is shown.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets, to mark the rows by class.
        features : (int or str, int or str), optional
            The two columns to draw over. Default: the first two; of a table, the first two numeric ones.
        resolution : int, default=200
            Grid points along each axis.
        hidden : bool, default=True
            True to draw the hidden units' boundaries. Estimators for tables show none: their members have
            different ones.
        layer : int, default=0
            Index of the hidden layer.
        output : int, default=0
            Index of the output, if there are several numbers or labels.

        Returns
        -------
        DecisionBoundaryDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If there are no such columns, layer or output.
        """
        if isinstance(model, TabularClassifier | TabularRegressor):
            return cls._from_table(model, X, y, features, resolution, output)
        return cls._from_subject(
            as_subject(model, units=True), X, y, features, resolution, layer if hidden else None, output
        )

    @classmethod
    def from_network(
        cls,
        network: Network,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        features: Any = None,
        resolution: int = 200,
        hidden: bool = True,
        layer: int = 0,
        output: int = 0,
    ) -> DecisionBoundaryDisplay:
        """Compute the predictions of a network around some rows.

        Parameters
        ----------
        network : Network
            A logistic output is taken as a probability, a softmax output as probabilities of classes.
        X : array-like of shape (n_rows, n_features)
            Rows, whose range is shown.
        y : array-like of shape (n_rows,), optional
            Their targets, to mark them by class.
        features : (int, int), optional
            The two columns to draw over. Default: the first two.
        resolution : int, default=200
            Grid points along each axis.
        hidden : bool, default=True
            True to draw the hidden units' boundaries.
        layer : int, default=0
            Index of the hidden layer.
        output : int, default=0
            Index of the output, if there are several numbers.

        Returns
        -------
        DecisionBoundaryDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(
            as_subject(network), X, y, features, resolution, layer if hidden else None, output
        )

    @classmethod
    def _from_subject(
        cls, subject: Subject, X: Any, y: Any, features: Any, resolution: int, layer: int | None, output: int
    ) -> DecisionBoundaryDisplay:
        network, raw = subject.network, subject.raw(X)
        columns = chosen("features", features, network.layer_sizes[0], (0, 1), subject.feature_names)
        n_outputs, n_hidden = network.layer_sizes[-1], network.n_blocks - 1
        if not 0 <= output < n_outputs:
            raise ParameterError(f"'output' must be in 0..{n_outputs - 1}; got {output!r}.")
        if layer is not None and n_hidden and not 0 <= layer < n_hidden:
            raise ParameterError(f"'layer' must be a hidden layer, 0..{n_hidden - 1}; got {layer!r}.")
        x0, x1, grid = grid_over(raw, columns, resolution)
        passed = subject.passed(grid)
        units: tuple[int, ...] = ()
        if layer is not None and n_hidden:
            strength = np.linalg.norm(network.weights[layer + 1], axis=1)
            units = tuple(sorted(int(j) for j in np.argsort(-strength, kind="stable")[:MOST_UNITS]))
        hidden = passed.zs[layer or 0][:, list(units)]
        shape = (len(x1), len(x0), -1)
        if len(subject.classes) == 1:
            raise ParameterError(
                f"A decision boundary needs two classes or more; the model has only {subject.classes[0]!r}. Fit "
                "it to rows of more classes."
            )
        classes, targets = labels(subject, y, len(raw), output)
        if network.output_activation.range.simplex and n_outputs == 2:
            output = 1  # the probability of the second class, as where there is one output only
        names = (subject.feature_names[columns[0]], subject.feature_names[columns[1]])
        return cls(
            x0,
            x1,
            subject.outputs(grid).reshape(shape),
            hidden.reshape(*shape[:2], len(units)),
            units,
            names,
            subject.output_names,
            classes,
            raw[:, columns],
            targets,
            output,
            subject.has_signals,
        )

    @classmethod
    def _from_table(
        cls, model: Any, X: Any, y: Any, features: Any, resolution: int, output: int
    ) -> DecisionBoundaryDisplay:
        how = preparation_of(model)
        plane = over_table(model, X, features, resolution)
        n_outputs = plane.values.shape[2]
        if not 0 <= output < n_outputs:
            raise ParameterError(f"'output' must be in 0..{n_outputs - 1}; got {output!r}.")
        classes, several = how.classes, not how.network.output_activation.range.simplex
        names = classes or (tuple(f"y{j}" for j in range(n_outputs)) if n_outputs > 1 else ("y",))
        targets = _targets_of_table(how, y, len(plane.points), output)
        if classes and several:  # labels, which are not mutually exclusive
            classes = (f"not {classes[output]}", classes[output])
        elif len(classes) == 2:
            output = 1
        none = np.empty((*plane.values.shape[:2], 0))
        return cls(
            plane.x0, plane.x1, plane.values, none, (), plane.features, names, classes, plane.points,
            targets, output,
        )  # fmt: skip

    @property
    def kind(self) -> str:
        """``"classes"`` for three or more, ``"binary"`` for a probability, ``"signals"``, or ``"number"``."""
        if self.has_signals:
            return "signals"
        return "number" if not self.classes else "binary" if len(self.classes) == 2 else "classes"

    def plot(self, ax: Any = None) -> DecisionBoundaryDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        DecisionBoundaryDisplay
            The display itself.
        """
        with quiet():
            self.ax_ = axes(ax, (5.6, 4.4))
            self.figure_ = self.ax_.figure
            scale = draw_regions(self.ax_, self.x0, self.x1, self.values, self.kind, self.output)
            for i, j in enumerate(self.units):
                draw_contours(self.ax_, self.x0, self.x1, self.hidden[..., i], str(j))
            draw_points(self.ax_, self.points, self.targets, self.classes, scale)
            if scale is not None:
                bar = self.figure_.colorbar(scale, ax=self.ax_, aspect=30, pad=0.02)
                bar.set_label(for_plot(self.outputs[self.output]))
                bar.outline.set_visible(False)
            self.ax_.set(xlabel=for_plot(self.features[0]), ylabel=for_plot(self.features[1]))
            self.ax_.set(xlim=self.x0[[0, -1]], ylim=self.x1[[0, -1]])
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return some numbers of the picture.

        Returns
        -------
        list of dict
            The outputs at 25 grid points, spread evenly.
        """
        at0, at1 = (
            np.linspace(0, len(x) - 1, min(len(x), 5)).round().astype(int) for x in (self.x0, self.x1)
        )
        return [
            {
                self.features[0]: float(self.x0[j]),
                self.features[1]: float(self.x1[i]),
                **{name: float(value) for name, value in zip(self.outputs, self.values[i, j], strict=True)},
            }
            for i in at1
            for j in at0
        ]


def _targets_of_table(how: Preparation, y: Any, n_rows: int, output: int) -> Array | None:
    """Return classes as numbers from 0, a label, or targets in the user's units."""
    if y is None:
        return None
    Y = how.targets(y) if how.classes else read_numbers(y, "DecisionBoundaryDisplay").reshape(len(y), -1)
    if len(Y) != n_rows:
        raise DataError(f"'y' must have one target for each of the {n_rows} rows of X; got {len(Y)}.")
    if not how.classes:
        return Y[:, output]
    exclusive = how.network.output_activation.range.simplex
    return Y.argmax(axis=1).astype(np.float64) if exclusive else Y[:, output]
