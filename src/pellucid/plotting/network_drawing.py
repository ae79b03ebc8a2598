"""Drawing of a network with its actual weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core import Network
from pellucid.core.checks import check_whole
from pellucid.host.escaping import for_plot
from pellucid.host.files import replace_file
from pellucid.plotting.network_export import svg_of, tikz_of
from pellucid.plotting.network_layout import RADIUS, TEXT, Drawing, lay_out, number
from pellucid.plotting.style import NEGATIVE, POSITIVE, axes, quiet
from pellucid.plotting.subject import Subject, as_subject

__all__ = ["NetworkDisplay"]

SMALLEST_TEXT = 4.8  # points; smaller numbers are left out
MOST_UNITS = 3  # smallest limit for a layer


@dataclass(eq=False, repr=False)
class NetworkDisplay:
    """A network as circles and lines: a line's width is the size of its weight.

    Positive weights are solid and blue, negative ones dashed and orange. The number in a unit is its bias.
    Numbers are written on the lines where they fit. A layer wider than ``most_units`` shows its first units, dots,
    and its last one.

    Parameters
    ----------
    drawing : Drawing
        The layout of the drawing.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import NetworkDisplay
    >>> net = Network([2, 1], weights=[[[1.5], [-2.0]]])
    >>> display = NetworkDisplay.from_network(net)
    >>> display.table()[1]
    {'layer': 0, 'from': 'x1', 'to': 'y', 'value': -2.0}
    >>> display.to_svg()[:4]
    '<svg'
    """

    drawing: Drawing

    @classmethod
    def from_estimator(cls, model: Any, *, most_units: int = 8, values: bool = True) -> NetworkDisplay:
        """Return the drawing of a fitted estimator's network.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            Fitted. Weights are those of the network, whose inputs are standardized where the estimator does so.
        most_units : int, default=8
            The largest number of circles in a layer, 3 or more.
        values : bool, default=True
            True to write numbers on the lines where they fit.

        Returns
        -------
        NetworkDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(model), most_units, values=values)

    @classmethod
    def from_network(cls, network: Network, *, most_units: int = 8, values: bool = True) -> NetworkDisplay:
        """Return the drawing of a network.

        Parameters
        ----------
        network : Network
            The network.
        most_units : int, default=8
            The largest number of circles in a layer, 3 or more.
        values : bool, default=True
            True to write numbers on the lines where they fit.

        Returns
        -------
        NetworkDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network), most_units, values=values)

    @classmethod
    def _from_subject(cls, subject: Subject, most_units: int, *, values: bool) -> NetworkDisplay:
        check_whole("most_units", most_units, MOST_UNITS)
        network = subject.network
        return cls(lay_out(network, subject.feature_names, subject.output_names, most_units, values=values))

    def plot(self, ax: Any = None) -> NetworkDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        NetworkDisplay
            The display itself.
        """
        left, right, bottom, top = self.drawing.bounds
        width = right - left
        scale = min(0.62, 12.0 / width)  # inches per unit
        with quiet():
            self.ax_ = axes(ax, (max(3.0, scale * width), scale * (top - bottom) + 0.3))
            self.figure_ = self.ax_.figure
            self.ax_.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
            self.ax_.set_axis_off()
            self._plot_edges(self._points_per_unit())
            self._plot_nodes(self._points_per_unit())
        return self

    def to_svg(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the drawing as SVG; every line shows its full weight on hover.

        Parameters
        ----------
        path : path, optional
            A file to write as well.

        Returns
        -------
        str
            One ``<svg>`` element. Matplotlib is not needed.
        """
        return _written(svg_of(self.drawing), path)

    def to_tikz(self, path: str | os.PathLike[str] | None = None) -> str:
        r"""Return the drawing as a TikZ picture for LaTeX.

        Parameters
        ----------
        path : path, optional
            A file to write as well.

        Returns
        -------
        str
            A ``tikzpicture``; the preamble needs ``\usepackage{tikz}``, and names beyond Latin letters need
            LuaLaTeX or XeLaTeX. A comment holds the weight of each line.
        """
        return _written(tikz_of(self.drawing), path)

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per line and per bias that is drawn.
        """
        rows = [
            {"layer": e.source.layer, "from": _called(e.source), "to": _called(e.target), "value": e.weight}
            for e in self.drawing.edges
        ]
        rows += [
            {"layer": node.layer - 1, "from": "bias", "to": _called(node), "value": node.bias}
            for node in self.drawing.nodes
            if node.bias is not None
        ]
        return rows

    def _points_per_unit(self) -> float:
        left, right, bottom, top = self.drawing.bounds
        self.figure_.draw_without_rendering()  # so that the layout is known
        box = self.ax_.get_window_extent()
        pixels = min(box.width / (right - left), box.height / (top - bottom))
        return float(pixels * 72.0 / self.figure_.dpi)

    def _plot_edges(self, points: float) -> None:
        size = TEXT * points
        for edge in self.drawing.edges:
            (x0, y0), (x1, y1) = (edge.source.x, edge.source.y), (edge.target.x, edge.target.y)
            share = abs(edge.weight) / self.drawing.largest
            color, dash = (POSITIVE, "-") if edge.weight >= 0.0 else (NEGATIVE, (0, (3.0, 1.6)))
            width = points * (0.012 + 0.1 * share)
            self.ax_.plot(
                (x0, x1), (y0, y1), color=color, ls=dash, lw=width, alpha=0.35 + 0.65 * share, zorder=1
            )
            if edge.place is not None and size >= SMALLEST_TEXT:
                x, y = x0 + edge.place * (x1 - x0), y0 + edge.place * (y1 - y0)
                angle = np.degrees(np.arctan2(y1 - y0, x1 - x0))
                box = {"boxstyle": "square,pad=0.08", "fc": "white", "ec": "none", "alpha": 0.9}
                style = {"ha": "center", "va": "center", "rotation": angle, "rotation_mode": "anchor"}
                self.ax_.text(x, y, number(edge.weight), size=size, bbox=box, zorder=2, **style)

    def _plot_nodes(self, points: float) -> None:
        from matplotlib.patches import Circle

        size = max(5.0, 1.15 * TEXT * points)
        last = self.drawing.nodes[-1].layer
        for node in self.drawing.nodes:
            if node.unit is None:
                self.ax_.text(node.x, node.y, "⋮", ha="center", va="center", size=2.0 * size)
                continue
            self.ax_.add_patch(Circle((node.x, node.y), RADIUS, fc="white", ec="#333333", lw=1.0, zorder=3))
            if node.bias is not None and TEXT * points >= SMALLEST_TEXT:
                text = number(node.bias)
                fits = min(0.9, 4.6 / len(text)) * TEXT * points
                self.ax_.text(node.x, node.y, text, ha="center", va="center", size=fits, zorder=4)
            if node.layer in (0, last):
                side = -1.0 if node.layer == 0 else 1.0
                self.ax_.text(
                    node.x + side * (RADIUS + 0.15), node.y, for_plot(node.name), va="center", size=size,
                    ha="right" if node.layer == 0 else "left",
                )  # fmt: skip
        for x, caption in self.drawing.captions:
            self.ax_.text(
                x, self.drawing.bounds[2] + 0.3, for_plot(caption), ha="center", size=size, color="#555555"
            )


def _called(node: Any) -> str:
    return node.name or f"unit {node.unit}"


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        replace_file(path, text.encode())
    return text
