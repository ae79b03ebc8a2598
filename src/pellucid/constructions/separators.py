r"""Regions from linear separators: a network of three layers decides whether a point is inside.

.. math:: f(x) = \mathrm{OR}_r\; \mathrm{AND}_{j \in r}\; \mathrm{sign}(w_j^\top x + b_j)

The first layer holds the separators, the second an AND for each convex region, the third the OR. An AND of
k values ±1 has the bias −(k − 1), an OR of k the bias k − 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd, hypot
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.constructions.polygons import Point, convex_pieces, on_lattice
from pellucid.core.network import Network
from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted

__all__ = ["HalfSpace", "polygon_network", "region_network", "xor_network"]


@dataclass(frozen=True)
class HalfSpace:
    r"""The points with :math:`w^\top x + b \ge 0`, one side of a linear separator.

    Parameters
    ----------
    weights : tuple of float
        The normal w, one number per input, not all 0.
    bias : float
        The offset b.

    Examples
    --------
    >>> right_of_two = HalfSpace((1.0, 0.0), -2.0)
    >>> ~right_of_two
    HalfSpace(weights=(-1.0, -0.0), bias=2.0)
    """

    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        try:
            w = tuple(float(v) for v in self.weights)
            b = float(self.bias)
        except (TypeError, ValueError) as cause:
            raise ParameterError(
                f"a HalfSpace takes a sequence of weights and a bias; got {self.weights!r}, {self.bias!r}."
            ) from cause
        if not (any(w) and np.isfinite([*w, b]).all()):
            raise ParameterError(
                f"the weights of a HalfSpace must be finite and not all 0, its bias finite; got {w}, {b}."
            )
        object.__setattr__(self, "weights", w)
        object.__setattr__(self, "bias", b)

    def __invert__(self) -> HalfSpace:
        return HalfSpace(tuple(-w for w in self.weights), -self.bias)


def region_network(regions: Sequence[Sequence[HalfSpace]]) -> Network:
    r"""Return the network that decides a union of convex regions: +1 inside, −1 outside.

    .. math:: y = \bigvee_p \bigwedge_{e \in p} \; [w_e^\top x + b_e \ge 0]

    Parameters
    ----------
    regions : sequence of sequences of HalfSpace
        Each region is the intersection of its half-spaces; the network decides the union of the regions, which
        may overlap and may be unbounded.

    Returns
    -------
    Network
        Sign units, of the sizes [inputs, separators, regions, 1]. A half-space that occurs in several regions,
        or whose opposite does, has one unit: on the separator itself (signal 0, sign +1) the one that came first
        decides.

    Raises
    ------
    ParameterError
        If there is no region or no half-space, or if they differ in their number of inputs.

    See Also
    --------
    polygon_network : Finds the half-planes of a polygon.

    References
    ----------
    R. Lippmann (1987), An introduction to computing with neural nets, IEEE ASSP Magazine 4, 4-22.

    Examples
    --------
    Between 0 and 1, or above 3, on a line:

    >>> regions = [[HalfSpace((1,), 0), HalfSpace((-1,), 1)], [HalfSpace((1,), -3)]]
    >>> net = region_network(regions)
    >>> net.layer_sizes, net.predict([[-1.0], [0.5], [2.0], [4.0]]).ravel().tolist()
    ((1, 3, 2, 1), [-1.0, 1.0, -1.0, 1.0])
    """
    regions = _as_regions(regions)
    separators: list[HalfSpace] = []
    for half_space in (h for region in regions for h in region):
        if half_space not in separators and ~half_space not in separators:
            separators.append(half_space)
    return or_of_ands(separators, regions)


def xor_network(first: HalfSpace, second: HalfSpace) -> Network:
    r"""Return the network for "inside exactly one of two half-spaces".

    .. math:: y = (s_1 \wedge \neg s_2) \vee (\neg s_1 \wedge s_2), \qquad s_i = [w_i^\top x + b_i \ge 0]

    Parameters
    ----------
    first, second : HalfSpace
        The separators h₁ and h₂.

    Returns
    -------
    Network
        The OR of h₁ AND NOT h₂ with NOT h₁ AND h₂: sizes [inputs, 2, 2, 1], sign units; +1 where exactly
        one holds.

    Raises
    ------
    ParameterError
        If they differ in their number of inputs, or are the same separator.

    References
    ----------
    M. Minsky and S. Papert (1969), Perceptrons, MIT Press (no single unit computes XOR).

    Examples
    --------
    On the two inputs themselves:

    >>> net = xor_network(HalfSpace((1, 0), 0), HalfSpace((0, 1), 0))
    >>> net.predict([[-1, -1], [-1, 1], [1, -1], [1, 1]]).ravel().tolist()
    [-1.0, 1.0, 1.0, -1.0]
    """
    _as_regions([[first], [second]])
    if second in (first, ~first):
        raise ParameterError(
            "'first' and 'second' must be two different separators: the XOR of one with itself or its opposite "
            f"is the same everywhere; got {first!r} and {second!r}."
        )
    return or_of_ands([first, second], [[first, ~second], [~first, second]])


def polygon_network(vertices: ArrayLike) -> Network:
    r"""Return the network that decides a simple polygon: +1 inside, −1 outside.

    .. math:: y = \bigvee_p \bigwedge_{e \in p} \; [w_e^\top x + b_e \ge 0]

    The polygon, convex or not, is cut into convex pieces (:func:`convex_pieces`); the lines of its edges
    and of the cuts are the separators, each piece is an AND, and the output is their OR. Separators have
    unit normals, so that the signals of the first layer are distances.

    Parameters
    ----------
    vertices : array-like of shape (n_vertices, 2)
        The corners in order, clockwise or counterclockwise; the last may repeat the first.

    Returns
    -------
    Network
        Sign units, of the sizes [2, lines, pieces, 1]. For n corners at most 2n − 3 lines and n − 2 pieces;
        a convex polygon has n lines and one piece. A point on the boundary may be counted either way.

    Raises
    ------
    DataError
        If the polygon has fewer than 3 corners, has no area, or crosses or touches itself.

    References
    ----------
    R. Lippmann (1987), An introduction to computing with neural nets, IEEE ASSP Magazine 4, 4-22.

    Examples
    --------
    >>> ell = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    >>> net = polygon_network(ell)
    >>> net.layer_sizes, net.predict([[0.5, 1.5], [1.5, 1.5]]).ravel().tolist()
    ((2, 7, 2, 1), [1.0, -1.0])
    """
    return region_network([_sides(piece) for piece in convex_pieces(vertices)])


def or_of_ands(separators: list[HalfSpace], regions: list[list[HalfSpace]]) -> Network:
    """Return the network of three layers with these separators, in this order, as its first units."""
    column = {h: (i, 1.0) for i, h in enumerate(separators)} | {
        ~h: (i, -1.0) for i, h in enumerate(separators)
    }
    all_of = np.zeros((len(separators), len(regions)))
    for r, region in enumerate(regions):
        for i, sign in (column[h] for h in region):
            all_of[i, r] = sign
    return Network(
        [len(separators[0].weights), len(separators), len(regions), 1],
        activation="sign",
        output_activation="sign",
        weights=[np.transpose([h.weights for h in separators]), all_of, np.ones((len(regions), 1))],
        biases=[[h.bias for h in separators], 1.0 - np.abs(all_of).sum(axis=0), [len(regions) - 1.0]],
    )


def _sides(piece: NDArray[np.floating]) -> list[HalfSpace]:
    """Return the half-planes of a convex polygon given counterclockwise.

    The same line gives the same numbers from any two of its points, since they are computed in integers. So a
    cut and its two sides, and edges on one line, share a unit.
    """
    points, scale = on_lattice(piece)
    return [_left_of(p, q, scale) for p, q in pairwise([*points, points[0]])]


def _left_of(p: Point, q: Point, scale: int) -> HalfSpace:
    normal = p[1] - q[1], q[0] - p[0]
    divisor = gcd(*normal)
    w, v = normal[0] // divisor, normal[1] // divisor
    # Python divides integers of any size with one rounding; the offset needs the lattice's own scale.
    size = max(abs(w), abs(v))
    length = hypot(w / size, v / size)
    offset = -(w * p[0] + v * p[1])
    return HalfSpace((w / size / length, v / size / length), offset / (size * scale) / length)


def _as_regions(regions: Any) -> list[list[HalfSpace]]:
    try:
        listed = [list(region) for region in regions]
    except TypeError:
        listed = []
    if not listed or not all(listed) or not all(isinstance(h, HalfSpace) for r in listed for h in r):
        raise ParameterError(
            "'regions' must be a sequence of at least one region, each a sequence of at least one HalfSpace, "
            f"such as [[HalfSpace((1, 0), 0), HalfSpace((0, 1), 0)]]; got {regions!r}."
        )
    for r, region in enumerate(listed):
        if opposite := next((h for h in region if ~h in region), None):
            raise ParameterError(f"regions[{r}] holds {opposite!r} and its opposite: it has no inside.")
    n_inputs = sorted({len(h.weights) for region in listed for h in region})
    if len(n_inputs) > 1:
        raise ParameterError(
            f"all half-spaces must have the same number of inputs; got some with {n_inputs[0]} and some "
            f"with {counted(n_inputs[-1], 'weight')}."
        )
    return listed
