"""The compiled engine at work: a problem is lowered; one call of the driver runs many steps."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import StandardizedSparse
from pellucid.engines.compiled.arguments import (
    Buffers,
    Settings,
    Sizes,
    Steps,
    Sums,
    TrainingSet,
    Updated,
    Workers,
)
from pellucid.engines.compiled.blocks import Cut
from pellucid.engines.compiled.components import N_OPTIONS
from pellucid.engines.compiled.lowering import BUFFERS, lower
from pellucid.engines.compiled.modules import driver_of
from pellucid.engines.compiled.pace import Pace
from pellucid.engines.problem import Problem, StepSums
from pellucid.engines.step_course import StepCourse
from pellucid.host.blas import available, one_blas_thread
from pellucid.host.helpers import Helpers

__all__ = ["CompiledSession", "sparse_parts"]

Array = NDArray[np.floating]

SUMS = ("loss", "penalty", "gradient_norm", "n_rows", "weight", "n_updates", "finite")
PIECE = 1 << 14  # numbers of the flat vector that a worker updates at a time


class CompiledSession:
    """The compiled engine at work on one problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    """

    def __init__(self, problem: Problem) -> None:
        network, dtype = problem.objective.network, problem.objective.network.dtype
        self.problem = problem
        network.check_inputs(problem.X)  # codes above all: in compiled code, they are places in memory
        n_rows = min(problem.batch_size, problem.n_samples)
        csr, self.kept_alive, index = sparse_parts(problem.X, dtype)
        self.lowered, places = lower(problem, n_rows, index)
        lowered, cut = self.lowered, Cut(problem, self.lowered)
        self.n_workers = min(available(), cut.most_workers) if YIELD else 1
        cut.allow_whole_products(self.n_workers)
        self.run = driver_of(dtype.name)
        self.course = StepCourse(problem)
        self.sizes = _sizes(problem, n_rows, cut, len(self.course.factors))
        settings = _settings(problem)
        self.data = _data(problem, csr)
        # Weights and biases have one gradient, loops one per block of rows.
        self.gradients = np.zeros((cut.n_blocks if lowered.sizes else 1, network.n_parameters), dtype)
        self.gradient = self.gradients[0]
        self.pieces = _pieces(problem, self.course.factors, PIECE if cut.most_workers > 1 else None)
        n_features, n_outputs = network.layer_sizes[0], network.layer_sizes[-1]
        needs_rows = index is None or any(0 in layer.sources for layer in network.layers)
        buffers = Buffers(
            **{name: np.zeros(lowered.lengths[name], dtype) for name in BUFFERS},
            batch=np.zeros((n_rows if needs_rows else 0, n_features), dtype),
            Y_batch=np.zeros((n_rows * network.n_members, n_outputs), dtype),
            w_batch=np.ones(n_rows * network.n_members, dtype),
            scratch=np.zeros((self.n_workers, cut.widest_piece()), dtype),
            zeros=np.zeros(max(lowered.widest, n_outputs), dtype),
        )
        self.fixed = (
            *lowered.tables(), tuple(places), tuple(self.sizes), tuple(settings), *self.data, *buffers
        )  # fmt: skip
        self.pace = Pace()
        self.shared = np.zeros(cut.n_blocks + 2 * len(self.pieces) + 2)
        self.helpers = Helpers(self.n_workers - 1, "pellucid")

    def run_steps(
        self,
        first: int,
        last: int,
        *,
        order: NDArray[np.intp] | None,
        learning_rates: Array,
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
        decay_factors: Array | None = None,
        dropout_factors: Array | None = None,
    ) -> None:
        """Run the steps first … last - 1 of an epoch; see :class:`pellucid.engines.problem.Session`."""
        course = self.course.strengths(learning_rates, decay_factors, dropout_factors)
        given = order, course, memory, updates_done, rng, sums
        with one_blas_thread(wanted=True) as alone:
            done, has_team = first, self.n_workers > 1 and alone
            while done < last and sums.finite:
                are_here = has_team and self.helpers.are_here()
                has_team = are_here or (has_team and not self.helpers.are_absent)
                is_team = are_here and self.pace.choose()
                stop = min(last, done + self.pace.steps(is_team=is_team)) if has_team else last
                started = perf_counter()
                self._run_slice(done, stop, first, *given, n_workers=self.n_workers if is_team else 1)
                self.pace.note(is_team, (perf_counter() - started) / (stop - done))
                done = stop

    def _run_slice(
        self,
        first: int,
        last: int,
        epoch_first: int,
        order: NDArray[np.intp] | None,
        course: Array,
        memory: Array,
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
        *,
        n_workers: int,
    ) -> None:
        """Run some of the steps; the course begins at step ``epoch_first``."""
        network, course = self.problem.objective.network, course[:, first - epoch_first : last - epoch_first]
        rows = self.course.in_order if order is None else order
        batch_weights = self.course.weights(first, last, rows)
        makes_step = batch_weights > 0.0
        n_steps = int(np.count_nonzero(makes_step))
        terms = np.array([float(getattr(sums, name)) for name in SUMS])
        steps = Steps(
            order=rows,
            has_order=int(order is not None),
            first_step=first,
            batch_weights=batch_weights,
            course=np.ascontiguousarray(course[1:]),
            scalars=self.course.scalars(course[0][makes_step], updates_done + sums.n_updates),
            keys=self.course.keys(rng, n_steps, self.lowered.n_dropouts),
        )
        arguments = (
            *self.fixed,
            *steps,
            *Updated(network.parameters, self.gradients, memory, network.state, self.pieces),
            *Sums(terms, self.shared),
        )
        self._share_out(arguments, n_workers)
        for name, term in zip(SUMS, terms.tolist(), strict=True):
            setattr(sums, name, type(getattr(sums, name))(term))

    def _share_out(self, arguments: tuple[Any, ...], n_workers: int) -> None:
        """Run the driver in this thread and in as many more as there are workers."""
        if n_workers == 1:
            self.run(*arguments, *Workers((0, 0), 0, 1))
            return
        counters = self.counters = np.zeros(2, np.int64)
        team = counters.ctypes.data, YIELD

        def part(worker: int) -> Callable[[], None]:
            return partial(self.run, *arguments, *Workers(team, worker, n_workers))

        def call_off() -> None:  # then no worker comes to the next meeting, and those that wait there stop
            counters[1] = 1

        self.helpers.together(map(part, range(1, n_workers)), part(0), call_off)


def _sizes(problem: Problem, batch_size: int, cut: Cut, n_factors: int) -> Sizes:
    network = problem.objective.network
    return Sizes(
        n_samples=problem.n_samples,
        batch_size=batch_size,
        block_size=cut.block_size,
        n_outputs=network.layer_sizes[-1],
        has_weights=int(problem.sample_weight is not None),
        is_sparse=int(not isinstance(problem.X, np.ndarray)),
        n_factors=n_factors,
        n_members=network.n_members,
        has_pieces=int(cut.has_pieces()),
    )


def _settings(problem: Problem) -> Settings:
    objective, longest = problem.objective, problem.max_grad_norm
    return Settings(
        l1=float(objective.l1),
        l2=float(objective.l2),
        alpha=float(objective.alpha),
        mean_weight=problem.mean_weight,
        max_norm=np.inf if longest is None else float(longest),
    )


def _data(problem: Problem, csr: tuple[int, ...]) -> TrainingSet:
    dtype, weights = problem.objective.network.dtype, problem.sample_weight
    is_dense = isinstance(problem.X, np.ndarray)
    options = np.zeros((problem.Y.shape[1], N_OPTIONS), dtype)
    for k, option in enumerate(problem.objective.loss.loss.options.values()):
        options[:, k] = option
    return TrainingSet(
        X=np.ascontiguousarray(problem.X, dtype) if is_dense else np.zeros((0, problem.X.shape[1]), dtype),
        sparse=csr,
        Y=np.ascontiguousarray(problem.Y, dtype),
        weights=np.zeros(0, dtype) if weights is None else np.ascontiguousarray(weights, dtype),
        options=options,
    )


def sparse_parts(
    X: Any, dtype: np.dtype[Any], index: str | None = None
) -> tuple[tuple[int, ...], list[Any], str | None]:
    """Return the driver's data for a CSR matrix, the arrays that it points to, and their index dtype."""
    if isinstance(X, np.ndarray):
        return (0, 0, 0, 0, 0), [], None
    is_shifted = isinstance(X, StandardizedSparse)
    matrix = scipy.sparse.csr_array(X.scaled if is_shifted else X)
    index = index or ("int32" if matrix.indices.dtype == matrix.indptr.dtype == np.int32 else "int64")
    arrays = [
        np.ascontiguousarray(matrix.data, dtype),
        np.ascontiguousarray(matrix.indices, np.dtype(index)),
        np.ascontiguousarray(matrix.indptr, np.dtype(index)),
        np.ascontiguousarray(X.shift if is_shifted else np.zeros(X.shape[1]), dtype),
    ]
    return (*(array.ctypes.data for array in arrays), X.shape[0]), arrays, index


def _pieces(problem: Problem, factors: list[float], size: int | None) -> NDArray[np.int64]:
    """Return the bounds of each piece of the flat vector, whether penalties act on it, and its factor."""
    network = problem.objective.network
    penalized = {part.start: part.stop for part in network.penalized}
    edges = {0, network.n_parameters, *penalized, *penalized.values()}
    edges |= {part.stop for part, _ in problem.rate_pieces}
    stops, each = (
        np.array([part.stop for part, _ in problem.rate_pieces]),
        [f for _, f in problem.rate_pieces],
    )
    rows = []
    for start, stop in pairwise(sorted(edges)):
        factor = factors.index(each[int(np.searchsorted(stops, start, side="right"))])
        is_penalized = any(lo <= start < hi for lo, hi in penalized.items())
        step = size or max(1, stop - start)
        rows += [(lo, min(lo + step, stop), is_penalized, factor) for lo in range(start, stop, step)]
    return np.array(rows, np.int64)


def _address_of_yield() -> int:
    """Return the address of the system's function with which a thread yields its processor; 0 without one."""
    library, function = ("kernel32", "SwitchToThread") if os.name == "nt" else (None, "sched_yield")
    try:
        return ctypes.cast(getattr(ctypes.CDLL(library), function), ctypes.c_void_p).value or 0
    except (AttributeError, OSError, TypeError):
        return 0


YIELD = _address_of_yield()
