"""Style of every display: quiet, safe for color-blind readers, and readable in black and white.

Everything that a color shows is also shown by a marker, a dash or a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle, islice
from typing import Any

from pellucid.exceptions import ParameterError
from pellucid.host.locks import fork_safe_lock

__all__ = [
    "COLORS",
    "DASHES",
    "MARKERS",
    "NEGATIVE",
    "POSITIVE",
    "axes",
    "markers",
    "panels",
    "pyplot",
    "quiet",
    "settings",
]

# Okabe and Ito's colors (2008), distinguishable with every kind of color vision.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
POSITIVE, NEGATIVE = COLORS[0], COLORS[1]  # and solid, dashed

_drawing = fork_safe_lock()  # matplotlib has one set of settings for all threads
QUIET = {
    "text.usetex": False,  # names are data, not TeX
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": "#222222",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.formatter.useoffset": False,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "image.cmap": "cividis",
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelcolor": "#222222",
    "ytick.labelcolor": "#222222",
}


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``, or raise an error that explains how to install it.

    Returns
    -------
    module
        It is imported here and nowhere else, when something is drawn.

    Raises
    ------
    ParameterError
        If matplotlib is missing.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as cause:
        raise ParameterError('A display needs matplotlib: pip install "pellucid[plot]".') from cause
    return plt


@contextmanager
def settings(look: dict[str, Any]) -> Iterator[None]:
    """Draw with some settings of matplotlib, one thread at a time; restore the user's afterwards.

    Parameters
    ----------
    look : dict
        The settings, which apply to the whole process.

    Yields
    ------
    None
        While the block runs.
    """
    with _drawing, pyplot().rc_context(look):
        yield


def quiet() -> AbstractContextManager[None]:
    """Return a context that draws figures in pellucid's style, and restores the user's settings afterwards.

    Returns
    -------
    context manager
        That of :func:`settings`.
    """
    return settings(QUIET)


def axes(ax: Any, size: tuple[float, float]) -> Any:
    """Return the axes to draw on.

    Parameters
    ----------
    ax : matplotlib Axes or None
        The user's axes; None makes a figure.
    size : (float, float)
        Width and height of a new figure in inches.

    Returns
    -------
    matplotlib Axes
        The axes.
    """
    return pyplot().subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def panels(ax: Any, rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Any, Any]:
    """Return axes for small multiples, in place of one.

    Parameters
    ----------
    ax : matplotlib Axes or None
        The user's axes, whose place the panels take; None makes a figure.
    rows, columns : int
        Number of rows and columns.
    size : (float, float)
        Width and height of a new figure in inches.
    **options
        Options of ``subplots``, such as ``sharex`` and ``height_ratios``.

    Returns
    -------
    outer : matplotlib Axes
        The axes that contain them, not drawn itself.
    inner : ndarray of Axes of shape (rows, columns)
        The panels.
    """
    outer = axes(ax, size)
    outer.set_axis_off()
    place = outer.get_subplotspec()
    if place is None:
        raise ParameterError(
            "'ax' must be made by subplots or add_subplot, so that panels can take its place."
        )
    ratios = {name: options.pop(name) for name in ("height_ratios", "width_ratios") if name in options}
    grid = place.subgridspec(rows, columns, **ratios)
    return outer, grid.subplots(squeeze=False, **options)


def grid(ax: Any) -> None:
    """Draw quiet grid lines, on the user's own axes too.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw in.
    """
    ax.grid(visible=True, color=QUIET["grid.color"], linewidth=QUIET["grid.linewidth"])
    ax.set_axisbelow(True)


def logarithmic(axis: Any, low: float, high: float) -> None:
    """Make an axis logarithmic, with plain numbers at 1, 2 and 5 if it spans few decades.

    Parameters
    ----------
    axis : matplotlib Axis
        Such as ``ax.yaxis``.
    low, high : float
        The limits of the range.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    if high < 1000.0 * low:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 100.0 * low else (1.0, 3.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def markers(n: int) -> list[tuple[str, str]]:
    """Return a color and a marker for each of some classes.

    Parameters
    ----------
    n : int
        Number of classes.

    Returns
    -------
    list of (str, str)
        The first 70 pairs are distinct.
    """
    return list(islice(zip(cycle(COLORS), cycle(MARKERS), strict=False), n))
