"""Blocks of rows and pieces of weights: the division of a step that several workers share.

The division depends only on the step, never on the number of threads, because it determines the last bits. A
worker still multiplies many blocks at once if the BLAS then gives the same bits, which is tested once per shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.engines.compiled import driver
from pellucid.engines.compiled.lowering import Lowered
from pellucid.engines.compiled.modules import driver_text, generated
from pellucid.engines.problem import Problem
from pellucid.host.blas import one_blas_thread

__all__ = ["Cut", "spans"]

WORK = 500_000  # multiplications of a forward pass that make a block worth a thread
LEAST_ROWS = 32  # of a block
MOST_BLOCKS = 8
ALIKE = (
    8  # a block has a multiple of so many rows: most BLAS work these out in the same way, wherever they stand
)
PIECE_WORK, PIECE_ROWS = 125_000, 32  # multiplications and rows of W that a piece of a gradient must have
CACHED, MANY_ROWS = (
    1 << 16,
    128,
)  # more weights than these are packed for every block, which should be large then
LOOP_WORK = 800  # multiplications in a block, per parameter whose gradient loops make block by block
PRODUCTS = (driver.DENSE, driver.SHARED_DENSE)

# Compiled behind the text of the driver. Loops compare and copy, since comparing arrays takes seconds to compile.
AGREE = """

@njit(**PLAIN)
def differ(x, y, first):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if not x[i, j] == y[first + i, j]:
                return True
    return False


@njit(types.boolean(MATRIX, MATRIX, MATRIX, INT, INT), cache=CACHE, **PLAIN)
def products_agree(a, W, delta, block, width):
    n_rows, n_in, n_out = a.shape[0], a.shape[1], delta.shape[1]
    z, d = np.empty((n_rows, n_out), a.dtype), np.empty((n_rows, n_in), a.dtype)
    np.dot(a, W, z)
    np.dot(delta, W.T, d)
    for r in range(0, n_rows, block):
        n = min(block, n_rows - r)
        y, v = np.empty((n, n_out), a.dtype), np.empty((n, n_in), a.dtype)
        np.dot(matrix(a, r * n_in, n, n_in), W, y)
        np.dot(matrix(delta, r * n_out, n, n_out), W.T, v)
        if differ(y, z, r) or differ(v, d, r):
            return False
    if width < n_in:
        g = np.empty((n_in, n_out), a.dtype)
        np.dot(a.T, delta, g)
        for c in range(0, n_in, width):
            n = min(width, n_in - c)
            columns, h = np.empty((n_rows, n), a.dtype), np.empty((n, n_out), a.dtype)
            for i in range(n_rows):
                for j in range(n):
                    columns[i, j] = a[i, c + j]
            np.dot(columns.T, delta, h)
            if differ(h, g, c):
                return False
    return True
"""


class Cut:
    """Division of the steps of a problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    lowered : Lowered
        Its network; gets the width of the pieces of each gradient.

    Attributes
    ----------
    block_size : int
        The number of rows of a block; the last block of a batch may have fewer.
    n_blocks : int
        The number of blocks of a full batch.
    most_workers : int
        The number of workers that a step has work for.
    """

    def __init__(self, problem: Problem, lowered: Lowered) -> None:
        network, n_rows = problem.objective.network, min(problem.batch_size, problem.n_samples)
        self.dtype, self.n_rows, self.lowered = network.dtype.name, n_rows, lowered
        self.batches = sorted({n_rows, problem.n_samples % problem.batch_size or n_rows})
        work = n_rows * network.n_members * sum(n_in * n_out for n_in, n_out in pairwise(network.widths))
        self.most_workers = max(1, min(work // WORK, MOST_BLOCKS))
        n_blocks = min(
            work // WORK, n_rows // LEAST_ROWS, MOST_BLOCKS, work // max(1, LOOP_WORK * _of_loops(lowered))
        )
        self._set(-(-n_rows // max(1, n_blocks)))
        for op, n_in, n_out, m in self._products():
            pieces = min(n_rows * m * n_in * n_out // PIECE_WORK, n_in // PIECE_ROWS, MOST_BLOCKS)
            op[driver.WIDTH] = min(n_in, _rounded(-(-n_in // max(1, pieces if self.most_workers > 1 else 1))))
        if any(
            n_in * n_out > CACHED and not self._is_whole(op, n_in, n_out, m, 1)
            for op, n_in, n_out, m in self._products()
        ):
            self._set(max(self.block_size, MANY_ROWS))

    def _set(self, block_size: int) -> None:
        self.block_size = min(self.n_rows, _rounded(block_size) if block_size < self.n_rows else block_size)
        self.n_blocks = -(-self.n_rows // self.block_size)

    def allow_whole_products(self, n_workers: int) -> None:
        """Mark in the table of operations where products of many blocks at once have the same bits.

        Parameters
        ----------
        n_workers : int
            The number of workers of a team. One worker also makes whole gradients, one of a team its neighboring
            pieces at once.
        """
        for op, n_in, n_out, m in self._products():
            op[driver.WHOLE], width = 0, op[driver.WIDTH]
            for flag, n in ((driver.ALONE, 1), (driver.IN_TEAM, n_workers)):
                if self._is_whole(op, n_in, n_out, m, n):
                    op[driver.WHOLE] |= flag
            wide = width * -(-n_in // (width * n_workers))  # as many pieces as a worker has
            is_alike = op[driver.WHOLE] & driver.ALONE and self._is_whole(op, n_in, n_out, m, 1, width=wide)
            op[driver.TEAM_WIDTH] = wide if is_alike else width

    def has_pieces(self) -> bool:
        """Return whether one worker, too, makes some gradient in pieces, or adds up those of blocks."""
        return any(
            op[driver.KIND] == driver.SPARSE_DENSE
            or (op[driver.KIND] == driver.LOOPS and self.n_blocks > 1)
            or (op[driver.KIND] in PRODUCTS and not op[driver.WHOLE] & driver.ALONE)
            for op in self.lowered.operations
        )

    def widest_piece(self) -> int:
        """Return the numbers that the rows of a batch have in the columns of the widest piece."""
        return max(
            (
                self.n_rows * m * width
                for op, n_in, _, m in self._products()
                for width in (op[driver.WIDTH], op[driver.TEAM_WIDTH])
                if width < n_in
            ),
            default=0,
        )

    def _products(self) -> Iterator[tuple[list[int], int, int, int]]:
        """Yield each operation that is a product, the shape of its weights, its rows per row of the batch."""
        for op in self.lowered.operations:
            m = op[driver.STATE] if op[driver.KIND] == driver.SHARED_DENSE else 1
            if op[driver.KIND] in PRODUCTS:
                yield op, op[driver.N_IN] // m, op[driver.N_OUT] // m, m

    def _is_whole(
        self, op: list[int], n_in: int, n_out: int, m: int, n_workers: int, *, width: int | None = None
    ) -> bool:
        """Return whether a product of all rows of a worker has the bits of those of blocks, in any batch.

        That of a gradient, which is compared for one worker, has those of pieces of some width.
        """
        width = (width or op[driver.WIDTH]) if n_workers == 1 else n_in
        counts = {n for rows in self.batches for n in spans(rows, self.block_size, n_workers)}
        with one_blas_thread(wanted=True):
            return all(
                _agree(self.dtype, n * m, n_in, n_out, self.block_size * m, width)
                for n in counts
                if n > self.block_size or width < n_in
            )


def spans(n_rows: int, block_size: int, n_workers: int) -> list[int]:
    """Return the number of rows of a batch that each worker takes, as the driver distributes blocks.

    Parameters
    ----------
    n_rows : int
        The rows of the batch.
    block_size : int
        The rows of a block.
    n_workers : int
        The number of workers.

    Returns
    -------
    list of int
        The rows of each worker that has any.
    """
    n_blocks = -(-n_rows // block_size)
    edges = [min(n_rows, n_blocks * k // n_workers * block_size) for k in range(n_workers + 1)]
    return [hi - lo for lo, hi in pairwise(edges) if hi > lo]


def _of_loops(lowered: Lowered) -> int:
    """Return the number of parameters whose gradients loops compute."""
    loops = [op for op in lowered.operations if op[driver.KIND] == driver.LOOPS]
    return sum(lowered.sizes[op[driver.STATE]] for op in loops)


def _rounded(n: int) -> int:
    return -(-n // ALIKE) * ALIKE


@cache
def _agree(dtype: str, n_rows: int, n_in: int, n_out: int, block: int, width: int) -> bool:
    """Return whether products of these shapes have the same bits in parts, for random numbers."""
    rng = np.random.default_rng(0)
    a, W, delta = (
        rng.random(shape, np.dtype(dtype)) - np.dtype(dtype).type(0.5)
        for shape in ((n_rows, n_in), (n_in, n_out), (n_rows, n_out))
    )
    return bool(_compiled(dtype)(a, W, delta, block, width))


@cache
def _compiled(dtype: str) -> Callable[..., Any]:
    agree: Callable[..., Any] = generated(f"products_{dtype}", driver_text(dtype) + AGREE).products_agree
    return agree
