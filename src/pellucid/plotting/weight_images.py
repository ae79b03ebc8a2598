"""Display of the first layer's weights as images."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isqrt, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import panels, quiet
from pellucid.plotting.subject import Subject, as_subject

__all__ = ["WeightImagesDisplay"]

Array = NDArray[np.floating]


@dataclass(eq=False, repr=False)
class WeightImagesDisplay:
    """The incoming weights of first-layer units as images, on one gray scale.

    White is positive, black negative, middle gray 0, so lightness alone shows the sign.

    Parameters
    ----------
    images : ndarray of shape (n_units, height, width)
        The weights.
    units : tuple of int
        Indexes of the units with the largest outgoing weights, in that order.
    n_units : int
        Number of units in the layer.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes that contain all panels.
    axes_ : ndarray of Axes of shape (n_rows, n_columns)
        The panels.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import WeightImagesDisplay
    >>> WeightImagesDisplay.from_network(Network([64, 10, 2], random_state=0)).images.shape
    (10, 8, 8)
    """

    images: Array
    units: tuple[int, ...]
    n_units: int

    @classmethod
    def from_estimator(
        cls, model: Any, *, shape: tuple[int, int] | None = None, n_images: int = 24
    ) -> WeightImagesDisplay:
        """Return the weights of a fitted estimator as images.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        shape : (int, int), optional
            Height and width of an image in pixels. Default: a square.
        n_images : int, default=24
            The largest number of units.

        Returns
        -------
        WeightImagesDisplay
            The display, not yet drawn.

        Raises
        ------
        ParameterError
            If the inputs do not make such an image.
        """
        return cls._from_subject(as_subject(model), shape, n_images)

    @classmethod
    def from_network(
        cls, network: Network, *, shape: tuple[int, int] | None = None, n_images: int = 24
    ) -> WeightImagesDisplay:
        """Return the weights of a network as images.

        Parameters
        ----------
        network : Network
            The network.
        shape : (int, int), optional
            Height and width of an image in pixels. Default: a square.
        n_images : int, default=24
            The largest number of units.

        Returns
        -------
        WeightImagesDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network), shape, n_images)

    @classmethod
    def _from_subject(
        cls, subject: Subject, shape: tuple[int, int] | None, n_images: int
    ) -> WeightImagesDisplay:
        W = subject.network.weights[0]
        n_in, n_units = W.shape
        side = isqrt(n_in)
        height, width = shape or (side, side)
        if height * width != n_in:
            raise ParameterError(
                f"'shape' must be (height, width) with height * width = {n_in}, the number of inputs; got "
                f"{shape if shape else f'no shape, and {n_in} is not a square'}."
            )
        order = np.arange(n_units)
        if subject.network.n_blocks > 1:
            order = np.argsort(-np.linalg.norm(subject.network.weights[1], axis=1), kind="stable")
        units = tuple(int(j) for j in order[:n_images])
        return cls(W[:, units].T.reshape(-1, height, width), units, n_units)

    def plot(self, ax: Any = None) -> WeightImagesDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes whose place the panels take. Default: a new figure.

        Returns
        -------
        WeightImagesDisplay
            The display itself.
        """
        n = len(self.units)
        columns = min(
            range(1, n + 1), key=lambda c: c * ceil(n / c) / n + 0.3 * abs(log(c / ceil(n / c) / 1.6))
        )
        rows = ceil(n / columns)
        largest = float(np.abs(self.images).max()) or 1.0
        with quiet():
            self.ax_, self.axes_ = panels(ax, rows, columns, (0.9 * columns + 0.9, 1.05 * rows + 0.2))
            self.figure_ = self.ax_.figure
            for panel in self.axes_.flat:
                panel.set_axis_off()
            for panel, image, unit in zip(self.axes_.flat, self.images, self.units, strict=False):
                shown = panel.imshow(image, cmap="gray", vmin=-largest, vmax=largest)
                panel.set_title(for_plot(str(unit)), fontsize=7, loc="center", pad=2)
            bar = self.figure_.colorbar(shown, ax=list(self.axes_.flat), shrink=0.8, pad=0.02, aspect=25)
            bar.set_label("weight: white +, black −")
            bar.outline.set_linewidth(0.5)
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture, unit by unit.

        Returns
        -------
        list of dict
            For each image its norm, and where its largest and smallest weights are (row and column).
        """
        rows = []
        for unit, image in zip(self.units, self.images, strict=True):
            high, low = (np.unravel_index(int(find()), image.shape) for find in (image.argmax, image.argmin))
            rows.append(
                {
                    "unit": unit,
                    "norm": float(np.linalg.norm(image)),
                    "largest": float(image[high]),
                    "largest at": f"{high[0]}, {high[1]}",
                    "smallest": float(image[low]),
                    "smallest at": f"{low[0]}, {low[1]}",
                }
            )
        return rows
