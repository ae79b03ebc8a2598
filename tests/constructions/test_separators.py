"""Separators: polygons against matplotlib's point-in-polygon, regions against their own inequalities."""

import numpy as np
import pytest

from pellucid.constructions import (
    HalfSpace,
    convex_pieces,
    polygon_network,
    region_network,
    soften,
    xor_network,
)
from pellucid.exceptions import DataError, ParameterError

SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1)]
STAIRS = [(0, 0), (3, 0), (3, 1), (2, 1), (2, 2), (1, 2), (1, 3), (0, 3)]
COMB = [(0, 0), (7, 0), (7, 3), (6, 3), (6, 1), (5, 1), (5, 3), (4, 3), (4, 1), (3, 1), (3, 3), (2, 3), (2, 1),
        (1, 1), (1, 3), (0, 3)]  # fmt: skip
SPIRAL = [(0, 0), (5, 0), (5, 5), (1, 5), (1, 2), (3, 2), (3, 3), (2, 3), (2, 4), (4, 4), (4, 1), (0, 1)]
FAR = [(1e6, 1e6), (1e6 + 3, 1e6), (1e6 + 1, 1e6 + 1), (1e6, 1e6 + 3)]
EXTRA_VERTICES = [(0, 0), (0.1, 0), (0.7, 0), (1, 0), (1, 0), (1, 0.5), (0.3, 0.2), (0, 1), (0, 0.3), (0, 0)]


def star(seed: int, n: int) -> np.ndarray:
    """Return a polygon around the origin with random radii."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.9, n)) / n
    return (rng.uniform(0.1, 1, n) * np.array([np.cos(angle), np.sin(angle)])).T


def untangled(seed: int, n: int) -> np.ndarray:
    """Return a polygon through random points: two edges that cross are turned around until none do."""
    points = np.random.default_rng(seed).uniform(-1, 1, (n, 2))

    def side(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    crossed = True
    while crossed:
        crossed = False
        for i in range(n - 1):
            for j in range(i + 2, n if i else n - 1):
                a, b, c, d = points[i], points[i + 1], points[j], points[(j + 1) % n]
                if side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b):
                    points[i + 1 : j + 1] = points[i + 1 : j + 1][::-1].copy()
                    crossed = True
    return points


def distance_to_edges(x: np.ndarray, corners: np.ndarray) -> np.ndarray:
    start, step = corners, np.roll(corners, -1, axis=0) - corners
    step = step + (step == 0).all(axis=1, keepdims=True) * 1e-300
    along = np.clip(((x[:, None] - start) * step).sum(2) / np.maximum((step**2).sum(1), 1e-300), 0, 1)
    return np.linalg.norm(x[:, None] - start - along[:, :, None] * step, axis=2).min(axis=1)


POLYGONS = [SQUARE, STAIRS, COMB, SPIRAL, FAR, EXTRA_VERTICES]
POLYGONS += [star(seed, n) for seed, n in enumerate((3, 5, 8, 13, 21, 34))]
POLYGONS += [untangled(seed, n) for seed, n in enumerate((4, 6, 7, 9, 12, 16, 24, 40))]


@pytest.mark.parametrize("corners", POLYGONS)
@pytest.mark.parametrize("way", [1, -1])
def test_a_polygon_is_decided_as_matplotlib_decides_it(corners, way):
    from matplotlib.path import Path

    corners = np.array(corners, float)[::way]
    low, high = corners.min(axis=0), corners.max(axis=0)
    rng = np.random.default_rng(0)
    x = rng.uniform(low - 0.2, high + 0.2, (4000, 2))
    near = corners[rng.integers(len(corners), size=2000)] + rng.normal(0, 1e-3, (2000, 2))
    x = np.vstack([x, near])
    x = x[distance_to_edges(x, corners) > 1e-9 * max(1.0, np.abs(corners).max())]

    net = polygon_network(corners)

    np.testing.assert_array_equal(net.predict(x).ravel() > 0, Path(corners).contains_points(x))
    n = len(corners)
    _, lines, pieces, last = net.layer_sizes
    assert (last, lines <= 2 * n - 3, pieces <= n - 2) == (1, True, True)
    assert set(net.predict(x).ravel()) <= {-1.0, 1.0}


@pytest.mark.parametrize("corners", POLYGONS)
def test_the_pieces_are_convex_and_cover_the_area_once(corners):
    def area(p):
        p = p - p[0]
        return (p[:, 0] * np.roll(p[:, 1], -1) - np.roll(p[:, 0], -1) * p[:, 1]).sum() / 2

    pieces = convex_pieces(corners)

    np.testing.assert_allclose(sum(map(area, pieces)), abs(area(np.array(corners, float))), rtol=1e-9)
    for p in pieces:
        before, after = p - np.roll(p, 1, axis=0), np.roll(p, -1, axis=0) - p
        assert (before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] > 0).all()


def test_the_sizes_known_by_hand():
    assert polygon_network(SQUARE).layer_sizes == (2, 4, 1, 1)
    assert polygon_network(STAIRS).layer_sizes[2] == 3  # two reflex corners, each its own cut
    ell = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    assert polygon_network(ell).layer_sizes == (2, 7, 2, 1)
    # The first signals are distances: the center of the unit square is 1/2 from each edge.
    net = polygon_network(SQUARE)
    np.testing.assert_allclose(np.array([0.5, 0.5]) @ net.weights[0] + net.biases[0], 0.5)


@pytest.mark.parametrize("n_inputs", [1, 2, 3, 6])
def test_a_union_of_regions_is_its_inequalities(n_inputs):
    rng = np.random.default_rng(n_inputs)
    planes = [HalfSpace(tuple(rng.normal(size=n_inputs)), rng.normal()) for _ in range(6)]
    regions = [
        [planes[0], ~planes[1]],
        [planes[2], planes[3], ~planes[0]],
        [~planes[4]],
        [planes[5], planes[5]],
    ]
    x = rng.normal(0, 2, (3000, n_inputs))

    net = region_network(regions)

    def holds(h):
        return x @ h.weights + h.bias >= 0

    inside = np.any([np.all([holds(h) for h in region], axis=0) for region in regions], axis=0)
    np.testing.assert_array_equal(net.predict(x).ravel(), np.where(inside, 1.0, -1.0))
    assert net.layer_sizes == (n_inputs, 6, 4, 1)  # a separator and its opposite are one unit


def test_xor_of_two_separators_is_the_notes_network():
    first, second = HalfSpace((1.0, -1.0), 0.0), HalfSpace((1.0, 1.0), -0.5)
    x = np.random.default_rng(0).normal(size=(2000, 2))

    net = xor_network(first, second)

    h1, h2 = (x @ first.weights >= 0), (x @ second.weights >= 0.5)
    np.testing.assert_array_equal(net.predict(x).ravel(), np.where(h1 ^ h2, 1, -1))
    np.testing.assert_array_equal(net.weights[1], [[1, -1], [-1, 1]])
    # The notes' biases are ∓1.5; for two inputs any in (0, 2) does the same, and ours is k − 1 (E37).
    np.testing.assert_array_equal([*net.biases[1], *net.biases[2]], [-1, -1, 1])


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        ([(0, 0), (1, 1)], "at least 3 points; got 2"),
        ([(0, 0), (1, 1), (0, 0), (1, 1)], "at least 3 different points; got 2"),
        ([(0, 0), (1, 1), (2, 2), (3, 3)], "lie on one line"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], r"\(0, 0\)–\(1, 1\) and \(1, 0\)–\(0, 1\) meet"),
        ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], "meet"),  # a corner on an edge
        ([(0, 0), (2, 0), (2, 2), (2, 1), (0, 1)], "meet"),  # a spike
        ([(0, 0), (2, 2), (4, 0), (4, 4), (2, 2), (0, 4)], "meet"),  # two triangles at one point
        ([(0, 0), (1, 0), (np.nan, 1)], "finite"),
        ([(0, 0), (1, 1j), (2, 0)], "pairs of numbers"),
        ([(0, 0, 0), (1, 0, 0), (0, 1, 0)], r"shape \(n_vertices, 2\)"),
        ("abc", "pairs of numbers"),
    ],
)
def test_what_is_no_simple_polygon_is_refused(vertices, message):
    with pytest.raises(DataError, match=message):
        polygon_network(vertices)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: HalfSpace((0.0, 0.0), 1.0), "not all 0"),
        (lambda: HalfSpace("ab", 1.0), "sequence of weights"),
        (lambda: HalfSpace((1.0,), np.inf), "finite"),
        (lambda: region_network([]), "at least one region"),
        (lambda: region_network([[]]), "a sequence of at least one HalfSpace"),
        (lambda: region_network([[(1, 2)]]), "at least one HalfSpace"),
        (lambda: region_network([[HalfSpace((1,), 0)], [HalfSpace((1, 2), 0)]]), "same number of inputs"),
        (lambda: region_network([[HalfSpace((1,), 0), HalfSpace((-1,), 0)]]), "no inside"),
        (lambda: xor_network(HalfSpace((1,), 0), HalfSpace((-1,), 0)), "different"),
    ],
)
def test_what_is_no_region_is_refused(build, message):
    with pytest.raises(ParameterError, match=message):
        build()


def test_a_polygon_can_be_softened_and_then_trained():
    hard = polygon_network(STAIRS)
    soft = soften(hard, beta=4.0)
    x = np.random.default_rng(0).uniform(-0.5, 3.5, (500, 2))
    far = distance_to_edges(x, np.array(STAIRS, float)) > 0.3
    shifted = polygon_network(np.array(STAIRS) + 0.15).predict(x)  # where training is to take it

    np.testing.assert_array_equal(np.sign(soft.predict(x[far])), hard.predict(x[far]))
    before = soft.gradients(x, shifted, loss="squared_error")
    for _ in range(300):
        soft.parameters[...] -= 0.05 * soft.gradients(x, shifted, loss="squared_error").flat
    after = soft.gradients(x, shifted, loss="squared_error")
    assert after.loss < before.loss / 2
