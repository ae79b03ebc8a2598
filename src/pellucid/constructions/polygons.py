"""Exact geometry that cuts a simple polygon into convex pieces.

Every decision is exact: floats are fractions whose denominators are powers of two, so that all coordinates
of a polygon are integers on one fine lattice, and Python's integers do not round.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.exceptions import DataError

__all__ = ["convex_pieces", "simple_polygon"]

Point = tuple[int, int]
Ring = list[int]


def convex_pieces(vertices: ArrayLike) -> list[NDArray[np.floating]]:
    """Cut a simple polygon into convex polygons.

    Ears are cut off one by one, which gives n − 2 triangles; then each diagonal is removed if both its
    ends stay convex.

    Parameters
    ----------
    vertices : array-like of shape (n_vertices, 2)
        The corners in order, clockwise or counterclockwise; the last may repeat the first.

    Returns
    -------
    list of ndarray of shape (n_corners, 2)
        Convex polygons, counterclockwise, which cover the polygon and overlap only in edges. There are at most
        four times as many as necessary.

    Raises
    ------
    DataError
        If the polygon has fewer than 3 corners, has no area, or crosses or touches itself.

    Notes
    -----
    The alternatives: the cells of the arrangement of all edges need no diagonals, but up to O(n²) cells of
    n conditions each; SciPy's Delaunay triangulation does not keep to the edges of a polygon that is not
    convex. Merged ears add at most n − 3 diagonals, each of them one separator for both its sides.

    References
    ----------
    S. Hertel and K. Mehlhorn (1983), Fast triangulation of simple polygons, Foundations of Computation
    Theory, LNCS 158, 207-218.

    Examples
    --------
    >>> ell = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    >>> [len(piece) for piece in convex_pieces(ell)]
    [4, 4]
    """
    corners, points = simple_polygon(vertices)
    return [corners[ring] for ring in merge(points, cut_ears(points))]


def simple_polygon(vertices: ArrayLike) -> tuple[NDArray[np.floating], list[Point]]:
    """Return the corners of a simple polygon counterclockwise, as floats and on their lattice of integers.

    Parameters
    ----------
    vertices : array-like of shape (n_vertices, 2)
        The corners in order, clockwise or counterclockwise; the last may repeat the first. Vertices on a straight
        edge are left out.

    Returns
    -------
    corners : ndarray of shape (n_corners, 2)
        The corners.
    points : list of (int, int)
        The same, times one power of two.

    Raises
    ------
    DataError
        If there is no such polygon.
    """
    given = _as_vertices(vertices)
    points, _ = on_lattice(given)
    kept: Ring = []
    for i, point in enumerate(points):
        if point != points[i - 1]:  # a repeated vertex, such as one that closes the polygon
            kept.append(i)
    if len({points[i] for i in kept}) < 3:
        raise DataError(
            f"'vertices' must hold at least 3 different points; got {len({points[i] for i in kept})}."
        )
    if all(turn(points[kept[0]], points[kept[1]], points[i]) == 0 for i in kept):
        raise DataError("'vertices' must enclose an area; all of them lie on one line.")
    _refuse_crossings(given, points, kept)
    kept = [kept[j] for j in range(len(kept)) if _turn_at(points, kept, j) != 0]
    area = sum(points[i][0] * points[j][1] - points[j][0] * points[i][1] for i, j in _edges(kept))
    if area < 0:
        kept.reverse()
    return given[kept], [points[i] for i in kept]


def turn(a: Point, b: Point, c: Point) -> int:
    """Return a number > 0 where a → b → c turns left, < 0 right, 0 straight: twice the triangle's area."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def on_lattice(corners: NDArray[np.floating]) -> tuple[list[Point], int]:
    """Return the corners times the smallest power of two that makes all of them integers, and that power."""
    ratios = [[float(c).as_integer_ratio() for c in corner] for corner in corners]
    scale = max(below for corner in ratios for _, below in corner)
    return [(x * (scale // p), y * (scale // q)) for (x, p), (y, q) in ratios], scale


def cut_ears(points: list[Point]) -> list[Ring]:
    """Triangulate a simple polygon, given counterclockwise: cut off corners that hold no other vertex."""
    ring, triangles = list(range(len(points))), []
    while len(ring) > 3:
        j = next(j for j in range(len(ring)) if _is_ear(points, ring, j))
        triangles.append([ring[j - 1], ring[j], ring[(j + 1) % len(ring)]])
        del ring[j]
    return [*triangles, ring]


def merge(points: list[Point], pieces: list[Ring]) -> list[Ring]:
    """Join convex pieces along shared diagonals as long as the result is convex."""
    merged = [pieces[0]]
    for piece in pieces[1:]:
        merged.append(piece)
        joined = True
        while joined:
            joined = False
            last = merged[-1]
            for other in merged[:-1]:
                union = _join(last, other)
                if union and all(_turn_at(points, union, j) >= 0 for j in range(len(union))):
                    merged = [ring for ring in merged if ring is not last and ring is not other]
                    merged.append(union)
                    joined = True
                    break
    return [[ring[j] for j in range(len(ring)) if _turn_at(points, ring, j) != 0] for ring in merged]


def _join(one: Ring, other: Ring) -> Ring | None:
    """Return the ring around two rings that share an edge, or None."""
    backward = {(b, a) for a, b in _edges(other)}
    for a, b in _edges(one):
        if (a, b) in backward:
            i, j = one.index(b), other.index(a)
            return one[i:] + one[:i] + (other[j:] + other[:j])[1:-1]
    return None


def _is_ear(points: list[Point], ring: Ring, j: int) -> bool:
    a, b, c = ring[j - 1], ring[j], ring[(j + 1) % len(ring)]
    if _turn_at(points, ring, j) <= 0:
        return False
    sides = ((points[a], points[b]), (points[b], points[c]), (points[c], points[a]))
    others = (points[i] for i in ring if i not in (a, b, c))
    return not any(all(turn(p, q, other) >= 0 for p, q in sides) for other in others)


def _turn_at(points: list[Point], ring: Ring, j: int) -> int:
    return turn(points[ring[j - 1]], points[ring[j]], points[ring[(j + 1) % len(ring)]])


def _edges(ring: Ring) -> list[tuple[int, int]]:
    return list(pairwise([*ring, ring[0]]))


def _as_vertices(vertices: Any) -> NDArray[np.floating]:
    try:
        given = np.asarray(vertices)
        given = given.astype(np.float64, casting="same_kind" if given.dtype.kind == "c" else "unsafe")
    except (TypeError, ValueError) as cause:
        raise DataError(
            f"'vertices' must be pairs of numbers, such as [(0, 0), (1, 0), (0, 1)]; {cause}."
        ) from cause
    if given.ndim != 2 or given.shape[1] != 2 or not np.isfinite(given).all():
        raise DataError(
            f"'vertices' must be finite numbers of shape (n_vertices, 2); got shape {given.shape}"
            f"{'' if np.isfinite(given).all() else ' with values that are not finite'}."
        )
    if len(given) < 3:
        raise DataError(f"'vertices' must hold at least 3 points; got {len(given)}.")
    return given


def _refuse_crossings(given: NDArray[np.floating], points: list[Point], ring: Ring) -> None:
    edges = _edges(ring)
    for n, (a, b) in enumerate(edges):
        for m, (c, d) in enumerate(edges[:n]):
            if n - m == 1 or (m == 0 and n == len(edges) - 1):  # neighbors share a corner
                p, q, r = (points[i] for i in ((c, a, b) if d == a else (a, b, d)))
                meet = turn(p, q, r) == 0 and _ahead(p, q, r) < 0
            else:
                meet = _meet(points[a], points[b], points[c], points[d])
            if meet:
                e, f = (_shown(given[i], given[j]) for i, j in ((c, d), (a, b)))
                raise DataError(
                    f"'vertices' must be those of a simple polygon, in order; its edges {e} and {f} meet. "
                    "Give the parts as separate regions to region_network."
                )


def _ahead(p: Point, q: Point, r: Point) -> int:
    """Return a number < 0 where p → q → r goes back: the inner product of the two steps."""
    return (q[0] - p[0]) * (r[0] - q[0]) + (q[1] - p[1]) * (r[1] - q[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return True if the closed segments ab and cd have a point in common."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    c_d = _sign(turn(a, b, c)) * _sign(turn(a, b, d))
    a_b = _sign(turn(c, d, a)) * _sign(turn(c, d, b))
    return c_d <= 0 and a_b <= 0


def _sign(x: int) -> int:
    return (x > 0) - (x < 0)


def _shown(p: NDArray[np.floating], q: NDArray[np.floating]) -> str:
    return f"({p[0]:g}, {p[1]:g})–({q[0]:g}, {q[1]:g})"
