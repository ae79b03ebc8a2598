"""Regions, contours and points over two inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.host.escaping import for_plot
from pellucid.plotting.style import COLORS, markers

__all__ = ["draw_contours", "draw_points", "draw_regions", "drawn_rows"]

Array = NDArray[np.floating]
LEVELS = (0.1, 0.25, 0.75, 0.9)  # of a probability, besides the boundary at 0.5
MOST_POINTS = 600


def draw_regions(ax: Any, x0: Array, x1: Array, values: Array, kind: str, output: int) -> Any:
    """Fill the plane with the predictions of a model.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw in.
    x0, x1 : ndarray
        The grid.
    values : ndarray of shape (len(x1), len(x0), n_outputs)
        The outputs.
    kind : {"classes", "binary", "number", "signals"}
        The kind of values.
    output : int
        Index of the output.

    Returns
    -------
    matplotlib ScalarMappable or None
        The scale of a number.
    """
    if kind == "number":
        filled = ax.contourf(x0, x1, values[..., output], levels=12, cmap="cividis", alpha=0.85)
        lines = ax.contour(
            x0, x1, values[..., output], levels=filled.levels[::2], colors="white", linewidths=0.8
        )
        ax.clabel(lines, fontsize=7, fmt="%g")
        return filled
    if kind == "signals" and values.shape[2] == 1:
        reach = float(np.abs(values).max()) or 1.0
        sides = [_tint(COLORS[0], 0.3), _tint(COLORS[1], 0.3)]
        ax.contourf(x0, x1, values[..., 0], levels=[-2.0 * reach, 0.0, 2.0 * reach], colors=sides)
        if values.min() < 0.0 < values.max():
            ax.contour(x0, x1, values[..., 0], levels=[0.0], colors="black", linewidths=2.0)
        return None
    # Contours of logarithms, which stay smooth where probabilities are 0 or 1 up to rounding.
    logs = values if kind == "signals" else np.log(np.clip(values, 1e-300, None))
    if kind == "binary":
        score = logs[..., output] - np.log(np.clip(1.0 - values[..., output], 1e-300, None))
        tints = [_tint(COLORS[0], share) for share in (0.42, 0.28, 0.14)]
        tints += [_tint(COLORS[1], share) for share in (0.14, 0.28, 0.42)]
        levels = [float(np.log(p / (1.0 - p))) for p in LEVELS]
        ax.contourf(x0, x1, score, levels=[-1e3, *levels[:2], 0.0, *levels[2:], 1e3], colors=tints)
        ax.contour(x0, x1, score, levels=levels, colors="#777777", linewidths=0.6, linestyles="solid")
        if score.min() < 0.0 < score.max():
            ax.contour(x0, x1, score, levels=[0.0], colors="black", linewidths=2.0)
        return None
    n = values.shape[2]
    colors = [_tint(color, 0.3) for color, _ in markers(n)]
    for k in range(n):  # the lead of a class over the best other one
        lead = logs[..., k] - np.delete(logs, k, axis=2).max(axis=2)
        if lead.max() > 0.0:
            ax.contourf(x0, x1, lead, levels=[0.0, max(1e3, lead.max())], colors=[colors[k]])
        if lead.min() < 0.0 < lead.max():
            ax.contour(x0, x1, lead, levels=[0.0], colors="black", linewidths=1.4)
    return None


def draw_contours(ax: Any, x0: Array, x1: Array, z: Array, name: str) -> None:
    """Draw where a signal is 0, with ticks on its positive side, and its name.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw in.
    x0, x1 : ndarray
        The grid.
    z : ndarray of shape (len(x1), len(x0))
        The signal.
    name : str
        The label of the line.
    """
    from matplotlib.patheffects import withStroke, withTickedStroke

    if not z.min() < 0.0 < z.max():
        return
    lines = ax.contour(x0, x1, z, levels=[0.0], colors="#444444", linewidths=1.0, linestyles="solid")
    lines.set_path_effects([withTickedStroke(angle=90, spacing=11, length=0.45, linewidth=0.8)])
    labels = ax.clabel(lines, fontsize=8, fmt={0.0: for_plot(name)}, colors="#222222", inline_spacing=2)
    for label in labels:
        label.set_rotation(0.0)
        label.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def draw_points(ax: Any, points: Array, targets: Array | None, classes: tuple[str, ...], scale: Any) -> None:
    """Draw rows, each class with its marker; of very many rows, only a part.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw in.
    points : ndarray of shape (n_rows, 2)
        The rows.
    targets : ndarray of shape (n_rows,) or None
        Classes as numbers, or targets.
    classes : tuple of str
        The names of the classes.
    scale : matplotlib ScalarMappable or None
        For targets that are numbers.
    """
    rows = drawn_rows(len(points))
    points = points[rows]
    size = 22.0 if len(points) < 200 else 15.0
    if targets is None:
        ax.scatter(*points.T, s=size / 3.0, c="#222222", alpha=0.6, lw=0.0)
    elif not classes:
        shade = {"cmap": scale.cmap, "norm": scale.norm} if scale is not None else {}
        ax.scatter(*points.T, s=size, c=targets[rows], edgecolors="black", lw=0.5, **shade)
    else:
        for k, (color, marker) in enumerate(markers(len(classes))):
            ax.scatter(
                *points[targets[rows] == k].T,
                s=size,
                c=color,
                marker=marker,
                ec="white",
                lw=0.4,
                label=f"class {k}",
            )
        legend = ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=min(len(classes), 5),
                           borderaxespad=0.2, handletextpad=0.2, columnspacing=1.0)  # fmt: skip
        for text, name in zip(legend.get_texts(), classes, strict=True):  # as a label, "_a" would be left out
            text.set_text(for_plot(name, 24))


def drawn_rows(n: int) -> NDArray[np.intp]:
    """Return which of many rows are drawn: all, or 600 spread evenly.

    Parameters
    ----------
    n : int
        Number of items.

    Returns
    -------
    ndarray of int
        Their numbers.
    """
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.intp))


def _tint(color: str, share: float) -> tuple[float, ...]:
    """Return a color mixed with white."""
    from matplotlib.colors import to_rgb

    return tuple(1.0 - share * (1.0 - c) for c in to_rgb(color))
