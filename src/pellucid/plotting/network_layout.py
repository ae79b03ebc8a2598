"""Layout of a network drawing: positions of units and weights, for any renderer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network
from pellucid.host.counted import counted

__all__ = ["RADIUS", "TEXT", "Drawing", "Edge", "Node", "lay_out", "number"]

Array = NDArray[np.floating]
RADIUS = 0.42  # of a unit; all lengths are in units of one distance
ROW = 1.25  # from unit to unit
TEXT = 0.24  # the height of a number
GLYPH = 0.15  # the width of a digit
MOST_NUMBERS = 32  # between two layers; more would be unreadable
PLACES = np.linspace(0.16, 0.84, 18)  # along an edge, the possible places of its number


@dataclass(frozen=True)
class Node:
    """A unit, or the dots in place of omitted units.

    Parameters
    ----------
    layer : int
        0 for the inputs.
    unit : int or None
        None for dots.
    x, y : float
        Its center; y grows upward.
    name : str
        Name of an input or an output.
    bias : float or None
        None for inputs and dots.
    """

    layer: int
    unit: int | None
    x: float
    y: float
    name: str = ""
    bias: float | None = None


@dataclass(frozen=True)
class Edge:
    """A weight.

    Parameters
    ----------
    source, target : Node
        The units that it connects.
    weight : float
        Its value.
    place : float or None
        Position of the number along the line, from 0 (source) to 1; None if it does not fit.
    """

    source: Node
    target: Node
    weight: float
    place: float | None


@dataclass(frozen=True)
class Drawing:
    """A network laid out.

    Parameters
    ----------
    nodes : tuple of Node
        Layer by layer.
    edges : tuple of Edge
        Between shown units only.
    captions : tuple of (float, str)
        For each layer, its x and the text below it.
    bounds : (float, float, float, float)
        Left, right, bottom and top, names and captions included.
    largest : float
        The largest absolute weight.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    captions: tuple[tuple[float, str], ...]
    bounds: tuple[float, float, float, float]
    largest: float


def lay_out(
    network: Network,
    feature_names: tuple[str, ...],
    output_names: tuple[str, ...],
    most_units: int,
    *,
    values: bool,
) -> Drawing:
    """Lay out a network as a drawing.

    Parameters
    ----------
    network : Network
        The network.
    feature_names, output_names : tuple of str
        The user's names.
    most_units : int
        Wider layers show their first units, dots, and the last.
    values : bool
        True if numbers are placed where they fit.

    Returns
    -------
    Drawing
        The drawing.
    """
    shown = [_shown(n, most_units) for n in network.widths]
    tallest = max(len(units) for units in shown)
    narrow = max(3.0, 0.55 * ROW * tallest)
    for gap in (
        (narrow, 1.4 * narrow, 1.9 * narrow) if values else (narrow,)
    ):  # the least that holds all numbers
        drawing = _with_gap(network, shown, feature_names, output_names, gap, values=values)
        if all(edge.place is not None for edge in drawing.edges):
            return drawing
    return _with_gap(network, shown, feature_names, output_names, narrow, values=values)


def _with_gap(
    network: Network,
    shown: list[list[int | None]],
    feature_names: tuple[str, ...],
    output_names: tuple[str, ...],
    gap: float,
    *,
    values: bool,
) -> Drawing:
    tallest = max(len(units) for units in shown)
    layers: list[list[Node]] = []
    for k, units in enumerate(shown):
        inputs = () if network.input_layers else feature_names
        names = inputs if k == 0 else output_names if k == len(shown) - 1 else ()
        layers.append(
            [
                Node(
                    k,
                    unit,
                    k * gap,
                    ROW * ((len(units) - 1) / 2 - row),
                    names[unit] if names and unit is not None else "",
                    float(network.biases[k - 1][unit]) if k and unit is not None else None,
                )
                for row, unit in enumerate(units)
            ]
        )
    edges: list[Edge] = []
    for k, W in enumerate(network.weights):
        edges += _edges(layers[k], layers[k + 1], W, values=values)
    activations = (*(a.name for a in network.activation), network.output_activation.name)
    made = f"{counted(network.widths[0], 'number')} of " if network.input_layers else ""
    captions = [(0.0, f"{made}{counted(network.layer_sizes[0], 'input')}")]
    captions += [(layers[k + 1][0].x, f"{n} {activations[k]}") for k, n in enumerate(network.layer_sizes[1:])]
    bottom = -ROW * (tallest - 1) / 2
    left = RADIUS + 0.15 + GLYPH * max(len(node.name) for node in layers[0])
    right = RADIUS + 0.15 + GLYPH * max(len(node.name) for node in layers[-1])
    side = 0.5 * GLYPH * max(len(captions[0][1]), len(captions[-1][1]))
    bounds = (
        -max(left, side),
        (len(shown) - 1) * gap + max(right, side),
        bottom - 1.25,
        -bottom + RADIUS + 0.2,
    )
    largest = max(float(np.abs(W).max()) for W in network.weights) or 1.0
    return Drawing(
        tuple(n for layer in layers for n in layer), tuple(edges), tuple(captions), bounds, largest
    )


def number(value: float) -> str:
    """Return a number in three significant digits, small ones in two, with a true minus sign.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        Such as ``−0.52``.

    Examples
    --------
    >>> number(-0.5234), number(12.0)
    ('−0.523', '12')
    """
    digits = 3 if abs(value) >= 0.1 else 2
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    shown = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return shown.replace("-", "−")


def _shown(n: int, most: int) -> list[int | None]:
    if n <= most:
        return list(range(n))
    return [*range(most - 2), None, n - 1]


def _edges(sources: list[Node], targets: list[Node], W: Array, *, values: bool) -> list[Edge]:
    pairs = [(s, t) for s in sources for t in targets if s.unit is not None and t.unit is not None]
    weights = [float(W[s.unit, t.unit]) for s, t in pairs]
    places = _places(pairs, weights) if values else {}
    return [Edge(s, t, w, places.get(i)) for i, ((s, t), w) in enumerate(zip(pairs, weights, strict=True))]


def _places(pairs: list[tuple[Node, Node]], weights: list[float]) -> dict[int, float]:
    """Return the places of numbers along their edges so that none covers another; large weights choose first."""
    found: dict[int, float] = {}
    if len(pairs) > MOST_NUMBERS:
        return found
    starts = np.array([(s.x, s.y) for s, _ in pairs])
    ends = np.array([(t.x, t.y) for _, t in pairs])
    taken = np.empty((0, 2))  # points along the middles of the numbers that are placed
    for i in np.argsort(-np.abs(weights), kind="stable").tolist():
        others = np.arange(len(pairs)) != i
        length = float(np.linalg.norm(ends[i] - starts[i]))
        half = 0.5 * GLYPH * (len(number(weights[i])) + 0.5) / length
        best, least, where = None, np.inf, taken
        for place in PLACES.tolist():
            if place - half < RADIUS / length or place + half > 1.0 - RADIUS / length:
                continue
            points = starts[i] + np.linspace(place - half, place + half, 7)[:, None] * (ends[i] - starts[i])
            if len(taken) and _nearest(points, taken) < 1.2 * TEXT:
                continue
            # Other edges should not run beneath it.
            hidden = sum(max(0.0, 0.75 * TEXT - _distance(p, starts[others], ends[others])) for p in points)
            cost = hidden + 0.02 * abs(place - 0.3)
            if cost < least:
                best, least, where = place, cost, points
        if best is not None:
            found[i], taken = best, np.vstack([taken, where])
    return found


def _nearest(points: Array, others: Array) -> float:
    return float(np.linalg.norm(points[:, None] - others[None], axis=2).min())


def _distance(point: Array, starts: Array, ends: Array) -> float:
    """Return how far a point is from the nearest of some segments."""
    if not len(starts):
        return np.inf
    direction = ends - starts
    t = np.clip(((point - starts) * direction).sum(axis=1) / (direction**2).sum(axis=1), 0.0, 1.0)
    return float(np.linalg.norm(starts + t[:, None] * direction - point, axis=1).min())
