"""JAX engine at work on a problem: data stay on the device, steps run there, and results come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import StandardizedSparse
from pellucid.engines.accelerated.jax_equations import traced
from pellucid.engines.accelerated.jax_kinds import kind_of
from pellucid.engines.accelerated.jax_steps import Course, Kind, steps_of
from pellucid.engines.accelerated.jax_team import own_shards, placed
from pellucid.engines.accelerated.jax_vectors import Trained
from pellucid.engines.problem import Problem, StepSums
from pellucid.engines.step_course import StepCourse
from pellucid.host.notices import notice

__all__ = ["JaxSession", "settings"]

Array = NDArray[np.floating]

STEPS = 2048  # per call of the device, at most; arrays have this many entries whatever the number of steps
AHEAD, ROWS = 16, 1 << 18  # epochs per call of the device, and their rows, at most
LONG = 100_000  # rows
FINENESS = 4  # leading bits of a window's number of rows that are kept: the device has at most an eighth more
PART = 1 << 16  # numbers that are compared at a time
BITS = {4: np.uint32, 8: np.uint64}  # to compare floats by
_like: Any = jax.ShapeDtypeStruct  # JAX has no types for it
PRODUCTS = {None: "highest", "bfloat16": "BF16_BF16_F32"}


@contextmanager
def settings(products: str | None) -> Iterator[None]:
    """Give this thread double precision, and products of a given precision, while the block runs.

    Parameters
    ----------
    products : str or None
        ``"bfloat16"`` for factors of this precision, added up in float32, where the device has such products; None
        for that of the network.
    """
    name = PRODUCTS[products if products is None or _has(products) else None]
    with ExitStack() as held:
        held.enter_context(jax.enable_x64(new_val=True))
        held.enter_context(jax.default_matmul_precision(name))
        yield


@cache
def _has(products: str) -> bool:
    """Return whether the device has products of a precision; warn once if it does not."""
    try:
        with jax.default_matmul_precision(PRODUCTS[products]):
            found = jax.default_backend() != "cpu" and bool(jnp.isfinite(_products(jnp.ones((64, 64)))))
    except Exception:  # whatever the device's compiler raises
        found = False
    if not found:
        notice(f"{jax.devices()[0].device_kind} cannot multiply in {products}; float32 is used.")
    return found


@jax.jit
def _products(a: Any) -> Any:
    return (a @ a.T + a.T @ a).sum()


class JaxSession:
    """The engine at work on one problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    products : str, optional
        The precision of the factors of products, see :func:`settings`.
    n_shards : int, default=1
        The number of parts of a batch whose gradients are added in pairs: a power of two. A team of processes
        has its own.
    """

    def __init__(self, problem: Problem, products: str | None = None, n_shards: int = 1) -> None:
        network = problem.objective.network
        self.problem, self.products = problem, products if network.dtype == np.float32 else None
        network.check_inputs(problem.X)
        self.flat = np.zeros_like(network.parameters)
        self.latest: Any = None  # the gradient that is still to be written there
        self.ordered: list[_Ordered] = []
        self.is_waiting = False
        self.course = StepCourse(problem)
        self.kind = self._kind(n_shards)
        self.n_dropouts = sum(layer.is_random for layer in self.kind.layers)
        self.run = steps_of(self.kind)
        self.own = np.array(own_shards(self.kind.n_shards, self.kind.n_axes), np.int32)
        # Other ranks would not know how far a rank is ahead; rows in parts are trained one epoch at a time.
        is_alone = not (self.kind.n_axes or self.kind.is_resident or problem.whole is not None)
        most = min(AHEAD, STEPS // problem.n_steps, ROWS // problem.n_samples)
        self.n_ahead = max(1, most) if is_alone else 1
        self.n_rows = self._room()
        n_steps = -(-self.n_rows // problem.batch_size)
        self.capacity = min(STEPS, self.n_ahead * n_steps)
        # Whole batches, and after the last one the excess of its shards.
        self.n_places = n_steps * self.kind.batch_size + self.kind.width - self.kind.batch_size
        self.order: tuple[Any, Any] | None = None
        self.kept: tuple[Trained, list[Array]] | None = None  # on the device, and as seen by the host
        dtype, objective = network.dtype, problem.objective
        self.sent, self.rates = self._empty_course(), np.zeros(self.capacity)
        with settings(self.products):
            weights = np.zeros(0) if problem.sample_weight is None else problem.sample_weight
            X = _sparse(problem.X, dtype) if self.kind.columns else self._filled(problem.X)
            self.data = self._place((X, self._filled(problem.Y), self._filled(weights)))
            strengths = objective.l1, objective.l2, objective.alpha, problem.mean_weight
            self.numbers = placed(np.array(strengths, np.float64), self.kind.n_axes)
            self._trace()

    def _kind(self, n_shards: int) -> Kind:
        return kind_of(self.problem, self.course.factors, n_shards)

    def _room(self) -> int:
        """Return the number of rows of arrays on the device: more than needed for windows, whose sizes vary.

        Each number of rows is compiled separately, which takes longer than the steps of a window.
        """
        n, problem = self.problem.n_samples, self.problem
        if problem.whole is None or self.kind.is_resident or self.kind.columns:
            return n
        step = 1 << max(0, n.bit_length() - FINENESS)
        return -(-n // step) * step

    def _filled(self, array: Array) -> Array:
        """Return rows in the network's dtype, followed by padding rows."""
        dtype, n = self.problem.objective.network.dtype, len(array)
        if n in (0, self.n_rows) or self.n_rows == self.problem.n_samples:
            return np.ascontiguousarray(array, dtype)
        filled = np.empty((self.n_rows, *array.shape[1:]), dtype)
        filled[:n], filled[n:] = array, 0.0
        return filled

    def _place(self, tree: Any) -> Any:
        return placed(tree, self.kind.n_axes)

    def _trace(self) -> None:
        """Trace a step, which the first call then compiles.

        Raises
        ------
        NotTraceable
            If an equation does what JAX cannot trace.
        """
        network = self.problem.objective.network
        memory = self.problem.optimizer.start(network.n_parameters, network.dtype)
        given = self.data, _like(self._shape_of_order, np.int32), self.sent
        with traced():
            self.run.eval_shape(self._views(memory), *given, 0, self.own, self.numbers)

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
        if not self.is_waiting:  # an interrupt may have left some
            self.ordered.clear()
        given = self.course.strengths(learning_rates, decay_factors, dropout_factors)
        rows = self.course.in_order if order is None else order
        weights = self._weights(first, last, rows)
        steps = np.arange(first, last)
        if not weights.all():  # batches without weight make no step
            used = weights.nonzero()[0]
            steps, weights, given = steps[used], weights[used], given[:, used]
        for at in range(0, len(steps), self.capacity):
            some = slice(at, at + self.capacity)
            done = updates_done + sums.n_updates
            self._write_course(steps[some], weights[some], given[:, some], rows, done, rng, sums)
            if not self.is_waiting:
                self._make(memory)
            if not sums.finite:
                break

    def ahead(self, order: Callable[[], None], memory: Array) -> bool:
        """Run the steps of several epochs in one call of the device.

        Parameters
        ----------
        order : callable
            Calls :meth:`run_steps` for up to ``n_ahead`` whole epochs, whose sums are filled in afterwards.
        memory : ndarray of shape (n_slots, n_parameters)
            The optimizer's slots, as in these calls.

        Returns
        -------
        bool
            False if a loss was not finite; parameters, memory and running statistics are then as they were.
        """
        self.is_waiting = True
        try:
            order()
            return self._make(memory, whole=True)
        finally:
            self.is_waiting = False
            self.ordered.clear()

    def _write_course(
        self,
        steps: NDArray[np.intp],
        weights: Array,
        given: Array,
        rows: NDArray[np.intp],
        updates_done: int,
        rng: np.random.Generator,
        sums: StepSums,
    ) -> None:
        """Append the device's data for some steps to those that wait."""
        start = self.ordered[-1].stop if self.ordered else 0
        here = slice(start, start + len(steps))
        starts, n_rows = self._parts(steps)
        self.sent.starts[here] = starts + len(self.ordered) * self.n_places
        self.sent.numbers[0, here], self.sent.numbers[1, here] = n_rows, weights / self.problem.full_weight
        self.sent.numbers[2:, here], self.rates[here] = given[1:], given[0]
        self.sent.keys[here] = self.course.keys(rng, len(steps), self.n_dropouts)
        self.ordered.append(_Ordered(start, here.stop, weights, rows, updates_done, sums))
        if self.is_waiting:
            sums.n_updates += len(steps)  # if all losses are finite

    def _make(self, memory: Array, *, whole: bool = False) -> bool:
        """Run the waiting steps up to the first loss that is not finite; with ``whole``, all of them or none."""
        ordered, self.ordered = self.ordered, []
        if not ordered:
            return True
        n_steps = ordered[-1].stop
        # The updates of the epochs are consecutive.
        scalars = self.course.scalars(self.rates[:n_steps], ordered[0].updates_done)
        self.sent.scalars[:n_steps] = scalars.reshape(n_steps, *self.sent.scalars.shape[1:])
        views = self._views(memory)
        with settings(self.products):
            given = self.data, self._order_of([each.rows for each in ordered]), self.sent
            trained, found, gradient = self.run(self._trained(views), *given, n_steps, self.own, self.numbers)
            begun, is_finite = int(found.begun), bool(np.isfinite(found.objective))
            if whole and not is_finite:
                return False
            self._count(ordered, np.asarray(found.terms)[:begun])
            if not whole:
                ordered[0].sums.n_updates += begun - (not is_finite)
                ordered[0].sums.finite = is_finite
            if not is_finite and self.kind.n_axes:
                return False  # calls of other ranks have other lengths; training returns to the last epoch
            if not is_finite:  # the state before the step whose loss is not finite
                trained = self.run(self._trained(views), *given, begun - 1, self.own, self.numbers)[0]
            self._write(trained, gradient, views)
        return is_finite

    def _trained(self, views: Trained) -> Trained:
        """Return the loop's state on the device, reusing what is there if it has not changed since."""
        kept, self.kept = self.kept, None
        if kept is None:
            return views
        trained, written = kept
        given, structure = jax.tree.flatten(views)
        each = zip(given, jax.tree.leaves(trained), written, strict=True)
        held = [old if _is_same(new, bits) else new for new, old, bits in each]
        return cast(Trained, jax.tree.unflatten(structure, held))

    def _views(self, memory: Array) -> Trained:
        network, n = self.problem.objective.network, len(self.kind.layers)
        if self.kind.is_packed:
            return Trained(network.parameters, tuple(memory), network.state)
        return Trained(
            network.parameter_views(network.parameters)[:n],
            tuple(network.parameter_views(slot)[:n] for slot in memory),
            network.state_views(network.state)[:n],
        )

    def _write(self, trained: Trained, gradient: Any, views: Trained) -> None:
        """Write the trained state back to the loop; it stays on the device too."""
        written = [np.asarray(array) for array in jax.tree.leaves(trained)]
        self.kept, self.latest = (trained, written), gradient
        for view, array in zip(jax.tree.leaves(views), written, strict=True):
            view[...] = array

    @property
    def gradient(self) -> Array:
        """The gradient of the last step, clipped."""
        latest, self.latest = self.latest, None
        if latest is not None:
            views = self._views(self.flat[None]).memory[0]
            for view, array in zip(jax.tree.leaves(views), jax.tree.leaves(latest), strict=True):
                view[...] = np.asarray(array)
        return self.flat

    def _empty_course(self) -> Course:
        """Return the device's data for steps, in arrays of the same length whatever their number."""
        n, none = self.capacity, np.zeros(0, np.intp)
        n_scalars = self.course.scalars(np.ones(1), 0).shape[1]
        return Course(
            np.zeros((n, *self._parts(none)[0].shape[1:]), np.int32),
            np.zeros((4, n)),
            np.zeros((n, len(self.course.factors), n_scalars), self.problem.objective.network.dtype),
            np.zeros((n, max(1, self.n_dropouts)), np.uint32),
        )

    def _order_of(self, rows: list[NDArray[np.intp]]) -> Any:
        """Return the orders of the rows, each filled up to whole batches; a long one is sent once per epoch."""
        if len(rows) > 1 or self.order is None or self.order[0] is not rows[0]:
            whole: Any = np.zeros(self._shape_of_order, np.int32)
            for place, each in enumerate(rows):
                whole[place * self.n_places :][: len(each)] = each
            self.order = rows[0], placed(whole, self.kind.n_axes) if len(whole) > LONG else whole
        return self.order[1]

    @property
    def _shape_of_order(self) -> tuple[int, ...]:
        return (self.n_ahead * self.n_places,)

    def _parts(self, steps: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return where some steps begin in the order, and their rows."""
        starts = steps * self.kind.batch_size
        return starts.astype(np.int32), np.minimum(self.kind.batch_size, self.problem.n_samples - starts)

    def _weights(self, first: int, last: int, rows: NDArray[np.intp]) -> Array:
        return self.course.weights(first, last, rows)

    def _count(self, ordered: list[_Ordered], terms: Array) -> None:
        """Add the results of steps, and their rows and weights, term by term: bits do not depend on calls."""
        rows = np.empty((5, len(terms)))
        rows[3] = self.sent.numbers[0, : len(terms)]
        np.multiply(terms.T, rows[3], out=rows[:3])
        for each in ordered:
            mine, sums = rows[:, each.start : each.stop], each.sums
            mine[4] = each.weights[: mine.shape[1]]
            mine[:, 0] += sums.loss, sums.penalty, sums.gradient_norm, sums.n_rows, sums.weight
            *totals, n_rows, sums.weight = np.add.accumulate(mine, axis=1)[:, -1].tolist()
            sums.loss, sums.penalty, sums.gradient_norm = totals
            sums.n_rows = int(n_rows)


class _Ordered(NamedTuple):
    """Steps of an epoch that wait: their places and weights, the order of the rows, where their sums go."""

    start: int
    stop: int
    weights: Array
    rows: NDArray[np.intp]
    updates_done: int
    sums: StepSums


def _is_same(array: Array, other: Array) -> bool:
    """Return whether two arrays have the same bits; if they differ, usually the first part shows it."""
    whole = BITS[array.itemsize]
    new, old = array.view(whole).ravel(), other.view(whole).ravel()
    return all((new[at : at + PART] == old[at : at + PART]).all() for at in range(0, new.size, PART))


def _sparse(X: Any, dtype: np.dtype[Any]) -> tuple[Array, NDArray[np.int32], Array]:
    """Return the values and columns of each row, filled up to the longest, and the shift of the columns."""
    is_shifted = isinstance(X, StandardizedSparse)
    matrix = scipy.sparse.csr_array(X.scaled if is_shifted else X)
    counts = np.diff(matrix.indptr)
    longest = int(counts.max(initial=0))
    values, columns = np.zeros((X.shape[0], longest), dtype), np.zeros((X.shape[0], longest), np.int32)
    filled = np.arange(longest) < counts[:, None]
    values[filled], columns[filled] = matrix.data, matrix.indices
    return values, columns, np.asarray(X.shift if is_shifted else np.zeros(X.shape[1]), dtype)
