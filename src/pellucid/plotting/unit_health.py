"""Display of unit health: a map of units by layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import ACTIVATIONS, Network
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_plot
from pellucid.plotting.style import axes, pyplot, quiet
from pellucid.plotting.subject import Subject, as_subject
from pellucid.recording.measuring_vitals import vital_signs
from pellucid.recording.record import Record

__all__ = ["UnitHealthDisplay"]

Array = NDArray[np.floating]
STUCK = 0.95  # of the rows
# The states of a unit, and the symbol of each.
SYMBOLS = {"dead": "X", "saturated low": "v", "saturated high": "^", "hard gate": "D", "always on": "s"}
WIDTHS = range(8, 81)  # of a row of the map, in units


@dataclass(eq=False, repr=False)
class UnitHealthDisplay:
    """A cell for every hidden unit: its on-rate as a shade, its problem as a symbol.

    ``dead``: the slope is 0 on every row. ``saturated low`` or ``high``: the slope is under 5 % of its largest
    on 95 % of the rows, on that side. ``hard gate``: the same, on both sides together, which is healthy.
    ``always on``: z > 0 on every row of an activation with a kink at 0, so that the unit is linear.

    Parameters
    ----------
    on, active, saturated_low, saturated_high : tuple of ndarray of shape (n_units,)
        One per hidden layer; see :class:`pellucid.recording.LayerVitals`.
    activations : tuple of str
        The activation of each hidden layer.

    Attributes
    ----------
    states : tuple of list of str
        State of each unit.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from pellucid import Network
    >>> from pellucid.plotting import UnitHealthDisplay
    >>> net = Network([1, 2, 1], activation="relu", weights=[[[1.0, -1.0]], [[1.0], [1.0]]])
    >>> UnitHealthDisplay.from_network(net, [[1.0], [2.0]]).states
    (['always on', 'dead'],)
    """

    on: tuple[Array, ...]
    active: tuple[Array, ...]
    saturated_low: tuple[Array, ...]
    saturated_high: tuple[Array, ...]
    activations: tuple[str, ...]

    @classmethod
    def from_estimator(cls, model: Any, X: Any) -> UnitHealthDisplay:
        """Return the health of a fitted estimator's units on some rows.

        Parameters
        ----------
        model : MLPClassifier or MLPRegressor
            A fitted estimator.
        X : array-like of shape (n_rows, n_features)
            Preferably the whole training set.

        Returns
        -------
        UnitHealthDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(model), X)

    @classmethod
    def from_network(cls, network: Network, X: ArrayLike) -> UnitHealthDisplay:
        """Return the health of a network's units on some rows.

        Parameters
        ----------
        network : Network
            The network.
        X : array-like of shape (n_rows, n_features)
            Preferably the whole training set.

        Returns
        -------
        UnitHealthDisplay
            The display, not yet drawn.
        """
        return cls._from_subject(as_subject(network), X)

    @classmethod
    def from_record(cls, record: Record) -> UnitHealthDisplay:
        """Return the health of the units at the last moment of a record.

        Parameters
        ----------
        record : Record
            A record of at least one moment.

        Returns
        -------
        UnitHealthDisplay
            The display, not yet drawn.

        Raises
        ------
        DataError
            If the record holds no moment.
        """
        if record.is_empty:
            raise DataError("The record holds no moment. Attach a Recorder: model.set_callbacks(Recorder()).")
        rates = (record.on, record.active, record.saturated_low, record.saturated_high)
        on, active, low, high = (tuple(layer[-1] for layer in rate[:-1]) for rate in rates)
        return cls(on, active, low, high, record.activations[:-1])

    @classmethod
    def _from_subject(cls, subject: Subject, X: Any) -> UnitHealthDisplay:
        raw = subject.raw(X)
        outputs = subject.passed(raw).outputs  # any targets will do: no sensitivity is shown
        hidden = vital_signs(subject.network, subject.inputs(raw), outputs, subject.loss).layers[:-1]
        rates = ("on", "active", "saturated_low", "saturated_high")
        on, active, low, high = (tuple(getattr(layer, rate) for layer in hidden) for rate in rates)
        return cls(on, active, low, high, subject.activation_names[:-1])

    def __post_init__(self) -> None:
        if not self.on:
            raise ParameterError("The network has no hidden layer, so there are no units to show.")
        self.states = tuple(self._states(k) for k in range(len(self.on)))

    def _states(self, k: int) -> list[str]:
        row = ACTIVATIONS.get(self.activations[k])
        kinked = row is not None and 0.0 in row.kinks
        low, high = self.saturated_low[k], self.saturated_high[k]
        conditions = {
            "dead": self.active[k] == 0.0,
            "saturated low": low >= STUCK,
            "saturated high": high >= STUCK,
            "hard gate": low + high >= STUCK,
            "always on": kinked & (self.on[k] >= 1.0),
        }
        return [str(s) for s in np.select(list(conditions.values()), list(conditions), "works")]

    def plot(self, ax: Any = None) -> UnitHealthDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to draw in. Default: a new figure.

        Returns
        -------
        UnitHealthDisplay
            The display itself.
        """
        from matplotlib.patches import Rectangle

        with quiet():
            self.ax_ = axes(ax, (7.0, 1.6 + 0.3 * sum(-(-len(rates) // 32) for rates in self.on)))
            self.figure_ = self.ax_.figure
            box = self.ax_.get_window_extent()
            inches = 0.78 * box.width / self.figure_.dpi  # without labels and scale
            width, heights, starts = self._rows(inches * self.figure_.dpi / box.height)
            colors = pyplot().get_cmap("cividis")
            points: dict[str, list[tuple[float, float, str]]] = {}
            for k, rates in enumerate(self.on):
                for j, rate in enumerate(rates):
                    x, y = j % width, starts[k] + j // width
                    cell = Rectangle(
                        (x - 0.47, y - 0.47), 0.94, 0.94, facecolor=colors(rate), edgecolor="none"
                    )
                    self.ax_.add_patch(cell)
                    points.setdefault(self.states[k][j], []).append(
                        (x, y, "white" if rate < 0.5 else "black")
                    )
            side = 72.0 * min(inches / width, box.height / self.figure_.dpi / starts[-1])
            for state, marker in SYMBOLS.items():
                if state in points:
                    xs, ys, inks = zip(*points[state], strict=True)
                    self.ax_.scatter(xs, ys, s=min((0.5 * side) ** 2, 50.0), marker=marker, c=inks, lw=0.0)
                    self.ax_.scatter([], [], s=25, marker=marker, c="black", label=f"{state} ({len(xs)})")
            self._label(width, heights, starts, int(inches / 1.2))
        return self

    def table(self) -> list[dict[str, Any]]:
        """Return the numbers of the picture.

        Returns
        -------
        list of dict
            One row per unit.
        """
        return [
            {
                "layer": k,
                "unit": j,
                "state": self.states[k][j],
                **{
                    name: float(getattr(self, name)[k][j])
                    for name in ("on", "active", "saturated_low", "saturated_high")
                },
            }
            for k in range(len(self.on))
            for j in range(len(self.on[k]))
        ]

    def _rows(self, aspect: float) -> tuple[int, list[int], Array]:
        """Return the units in a row, the rows of each layer and where they start: cells nearest to squares."""
        sizes = [len(rates) for rates in self.on]

        def layout(width: int) -> tuple[int, list[int], Array]:
            heights = [-(-n // width) for n in sizes]
            return width, heights, np.concatenate([[0.0], np.cumsum(np.array(heights) + 0.4)])

        layouts = [layout(min(width, max(sizes))) for width in WIDTHS]
        return min(layouts, key=lambda made: abs(np.log(aspect * made[2][-1] / made[0])))

    def _label(self, width: int, heights: list[int], starts: Array, columns: int) -> None:
        from matplotlib.ticker import MaxNLocator

        ax = self.ax_
        ax.set(xlim=(-0.6, width - 0.4), ylim=(float(starts[-1]) - 0.8, -0.6))
        names = [f"layer {k}\n{for_plot(name)}" for k, name in enumerate(self.activations)]
        ax.set_yticks(
            [start + (height - 1) / 2 for start, height in zip(starts, heights, strict=False)], names
        )
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.tick_params(length=0)
        ax.set_xlabel("unit" if max(heights) == 1 else f"unit, {width} in a row")
        ax.spines[:].set_visible(False)
        scale = pyplot().cm.ScalarMappable(cmap="cividis")
        scale.set_clim(0.0, 1.0)
        bar = self.figure_.colorbar(scale, ax=ax, pad=0.02, aspect=25, ticks=[0.0, 0.5, 1.0])
        bar.set_label("share of rows with z > 0")
        bar.outline.set_visible(False)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(
                loc="lower left",
                bbox_to_anchor=(0.0, 1.0),
                borderaxespad=0.2,
                ncols=max(1, min(5, columns)),
                handletextpad=0.2,
                columnspacing=1.0,
            )
