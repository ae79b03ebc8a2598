"""Display of the input grid as two units of a hidden layer see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Network
from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.grids import chosen, grid_over, plane_through
from pellucid.plotting.regions import draw_points
from pellucid.plotting.style import COLORS, panels, quiet
from pellucid.plotting.subject import Subject, as_subject, labels

__all__ = ["WarpedGridDisplay"]

Array = NDArray[np.floating]
N_POINTS = 120  # of a line


@dataclass(eq=False, repr=False)
class WarpedGridDisplay:
    """Grid lines over two inputs, and the same lines in the plane of two hidden units' activations.

    Lines along the first input are solid, along the second dashed.

    Parameters
    ----------
    lines : ndarray of shape (2, n_lines, n_points, 2)
        The grid: lines along which the first input varies, then those along which the second does.
    warped : ndarray of shape (2, n_lines, n_points, 2)
        The same points as both units see them.
    points, warped_points : ndarray of shape (n_rows, 2)
        The user's rows in both planes.
    targets : ndarray of shape (n_rows,) or None
        Their classes as numbers, or targets.
    classes : tuple of str
        The names of the classes.
    features, units : tuple of str
        The names of the axes of both planes.
    output : ndarray of shape (3, n_outputs) or None
        Biases and weights of an output layer that sees only these two units: in their plane, the boundaries
        between classes are straight.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain both panels.
    axes_ : ndarray of Axes of shape (1, 2)
        The inputs, and the activations of the units.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    C. Olah (2014), Neural networks, manifolds, and topology.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import WarpedGridDisplay
    >>> net = Network([2, 2, 1], random_state=0)
    >>> WarpedGridDisplay.from_network(net, [[0.0, 0.0], [1.0, 1.0]]).warped.shape
    (2, 15, 120, 2)
    """

    lines: Array
    warped: Array
    points: Array
    warped_points: Array
    targets: Array | None
    classes: tuple[str, ...]
    features: tuple[str, str]
    units: tuple[str, str]
    output: Array | None = None

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any = None,
        *,
        layer: int = -1,
        units: tuple[int, int] | None = None,
        features: Any = None,
        n_lines: int = 15,
    ) -> WarpedGridDisplay:
        """Return the plane of two inputs as a fitted estimator's units see it.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            The rows, whose range is shown.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Their targets, to mark the rows by class.
        layer : int, default=-1
            Index of the hidden layer, from 0; -1 is the last.
        units : (int, int), optional
            The two units. Default: those with the largest outgoing weights.
        features : (int or str, int or str), optional
            The two inputs. Default: the first two. The others are held at their medians.
        n_lines : int, default=15
            Lines in each direction.

        Returns
        -------
        WarpedGridDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If there are no such units, inputs or layer.
        """
        return cls._from_subject(as_subject(model), X, y, layer, units, features, n_lines)

    @classmethod
    def from_network(
        cls,
        network: Network,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        layer: int = -1,
        units: tuple[int, int] | None = None,
        features: Any = None,
        n_lines: int = 15,
    ) -> WarpedGridDisplay:
        """Return the plane of two inputs as a network's units see it.

        Parameters
        ----------
        network : Network
            The network.
        X : array-like of shape (n_rows, n_features)
            Rows, whose range is shown.
        y : array-like of shape (n_rows,), optional
            Their targets, to mark them by class.
        layer : int, default=-1
            Index of the hidden layer, from 0; -1 is the last.
        units : (int, int), optional
            The two units. Default: those with the largest outgoing weights.
        features : (int, int), optional
            The two inputs. Default: the first two.
        n_lines : int, default=15
            Lines in each direction.

        Returns
        -------
        WarpedGridDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network), X, y, layer, units, features, n_lines)

    @classmethod
    def _from_subject(
        cls, subject: Subject, X: Any, y: Any, layer: int, units: Any, features: Any, n_lines: int
    ) -> WarpedGridDisplay:
        network, raw = subject.network, subject.raw(X)
        n_hidden = network.n_blocks - 1
        if not -n_hidden <= layer < n_hidden:
            raise ParameterError(
                f"'layer' must be a hidden layer, {-n_hidden}..{n_hidden - 1}; got {layer!r}."
                if n_hidden
                else "The network has no hidden layer, so there is no warped grid to show."
            )
        k = layer % n_hidden
        columns = chosen("features", features, network.layer_sizes[0], (0, 1), subject.feature_names)
        strongest = np.argsort(-np.linalg.norm(network.weights[k + 1], axis=1), kind="stable")[:2]
        default = (int(min(strongest)), int(max(strongest)))
        pair = list(chosen("units", units, network.layer_sizes[k + 1], default))

        x0, x1, _ = grid_over(raw, columns, n_lines)
        fine0, fine1 = (np.linspace(x[0], x[-1], N_POINTS) for x in (x0, x1))
        center = np.median(raw, axis=0)
        along0 = plane_through(center, columns, fine0, x1).reshape(n_lines, N_POINTS, -1)
        along1 = plane_through(center, columns, x0, fine1).reshape(N_POINTS, n_lines, -1).swapaxes(0, 1)
        lines = np.stack([along0, along1])
        seen = subject.passed(lines.reshape(-1, raw.shape[1])).activations[k + 1][:, pair]
        classes, targets = labels(subject, y, len(raw), 0)
        return cls(
            lines[..., columns],
            seen.reshape(2, n_lines, N_POINTS, 2),
            raw[:, columns],
            subject.passed(raw).activations[k + 1][:, pair],
            targets,
            classes,
            (subject.feature_names[columns[0]], subject.feature_names[columns[1]]),
            (f"unit {pair[0]} of layer {k}", f"unit {pair[1]} of layer {k}"),
            network.matrices[-1][[0, *(j + 1 for j in pair)]]
            if network.layer_sizes[k + 1 : -1] == (2,)
            else None,
        )

    def plot(self, ax: Any = None) -> WarpedGridDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        WarpedGridDisplay
            The display itself.
        """
        with quiet():
            self.ax_, self.axes_ = panels(ax, 1, 2, (7.6, 3.9))
            self.figure_ = self.ax_.figure
            sides = ((self.lines, self.points, self.features), (self.warped, self.warped_points, self.units))
            for panel, (lines, points, names) in zip(self.axes_[0], sides, strict=True):
                for bundle, color, dash in zip(
                    lines, ("#8A8A8A", COLORS[5]), ("-", (0, (4, 1.5))), strict=True
                ):
                    for line in bundle:
                        panel.plot(*line.T, color=color, ls=dash, lw=0.8)
                draw_points(panel, points, self.targets, self.classes, None)
                panel.set(xlabel=for_plot(names[0]), ylabel=for_plot(names[1]))
            self._plot_boundary(self.axes_[0, 1])
            if self.axes_[0, 1].get_legend() is not None:
                self.axes_[0, 1].get_legend().remove()
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return some numbers of the picture.

        Returns
        -------
        list of dict
            25 points of the grid in both planes.
        """
        n_lines, n_points = self.lines.shape[1:3]
        at = [np.linspace(0, n - 1, min(n, 5)).round().astype(int) for n in (n_lines, n_points)]
        names = (*self.features, *self.units)
        return [
            dict(zip(names, map(float, (*self.lines[0, i, j], *self.warped[0, i, j])), strict=True))
            for i in at[0]
            for j in at[1]
        ]

    def _plot_boundary(self, ax: Any) -> None:
        if self.output is None or not self.classes:
            return
        limits = ax.axis()
        a0 = np.linspace(limits[0], limits[1], 200)
        a1 = np.linspace(limits[2], limits[3], 200)
        b, w0, w1 = self.output
        scores = b + a0[None, :, None] * w0 + a1[:, None, None] * w1
        for k in range(scores.shape[2]):
            rest = np.delete(scores, k, axis=2).max(axis=2) if scores.shape[2] > 1 else 0.0
            lead = scores[..., k] - rest
            if lead.min() < 0.0 < lead.max():
                ax.contour(a0, a1, lead, levels=[0.0], colors="black", linewidths=1.6)
        ax.axis(limits)
