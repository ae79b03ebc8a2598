"""The engine of JAX at work on a problem: data stay on the device, steps run there, results come back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import StandardizedSparse
from pellucid.engines.accelerated.jax_equations import traced
from pellucid.engines.accelerated.jax_steps import Course, Kind, Place, Trained, steps_of
from pellucid.engines.accelerated.jax_team import axes_of_team, own_shards, placed
from pellucid.engines.accelerated.team import stepping_team
from pellucid.engines.problem import Problem, StepSums
from pellucid.engines.step_course import StepCourse
from pellucid.exceptions import ParameterError
from pellucid.host.notices import notice

__all__ = ["JaxSession", "settings"]

Array = NDArray[np.floating]

STEPS = 256  # of a call of the device, at most; arrays have so many entries whatever the number of steps
LONG = 100_000  # rows
PRODUCTS = {None: "highest", "bfloat16": "BF16_BF16_F32"}


@contextmanager
def settings(products: str | None) -> Iterator[None]:
    """Give this thread double precision and products of a precision, while the block runs.

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
    """Return whether the device has products of a precision; say it once where it has none."""
    try:
        with jax.default_matmul_precision(PRODUCTS[products]):
            found = jax.default_backend() != "cpu" and bool(jnp.isfinite(_products(jnp.ones((64, 64)))))
    except Exception:  # whatever the compiler of a device says
        found = False
    if not found:
        notice(f"{jax.devices()[0].device_kind} has no products of {products}; those of float32 are used.")
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
        self.gradient = np.zeros_like(network.parameters)
        self.course = StepCourse(problem)
        self.kind = kind_of(problem, self.course.factors, n_shards)
        self.n_dropouts = sum(layer.is_random for layer in self.kind.layers)
        self.run = steps_of(self.kind)
        self.own = np.array(own_shards(self.kind.n_shards, self.kind.n_axes), np.int32)
        self.capacity = min(STEPS, problem.n_steps)
        self.order: tuple[Any, Any] | None = None
        self.kept: Trained | None = None
        dtype, objective = network.dtype, problem.objective
        with settings(self.products):
            weights = np.zeros(0) if problem.sample_weight is None else problem.sample_weight
            X = _sparse(problem.X, dtype) if self.kind.columns else np.ascontiguousarray(problem.X, dtype)
            self.data = placed((X, problem.Y.astype(dtype), weights.astype(dtype)), self.kind.n_axes)
            strengths = objective.l1, objective.l2, objective.alpha, problem.mean_weight
            self.numbers = placed(np.array(strengths, np.float64), self.kind.n_axes)
            self._trace()

    def _trace(self) -> None:
        """Trace a step, which the first call then compiles.

        Raises
        ------
        NotTraceable
            If an equation does what JAX cannot trace.
        """
        problem, none = self.problem, np.zeros(0, np.intp)
        memory = problem.optimizer.start(len(self.gradient), self.gradient.dtype)
        course = self._course(none, np.zeros(0), np.zeros((3, 0)), 0, np.random.default_rng(0))
        order = np.zeros(self._n_places, np.int32)
        with traced():
            self.run.eval_shape(
                self._views(memory), np.zeros(3), self.data, order, course, 0, self.own, self.numbers
            )

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
        given = self.course.strengths(learning_rates, decay_factors, dropout_factors)
        rows = self.course.in_order if order is None else order
        weights = self.course.weights(first, last, rows)
        steps = np.flatnonzero(weights > 0.0)  # the others make no step
        with settings(self.products):
            for at in range(0, len(steps), self.capacity):
                some, done = steps[at : at + self.capacity], sums.n_updates
                course = self._course(first + some, weights[some], given[:, some], updates_done + done, rng)
                terms = np.array([sums.loss, sums.penalty, sums.gradient_norm])
                numbers = self.own, self.numbers
                call = terms, self.data, self._order_of(rows), course
                trained, found, gradient = self.run(self._trained(memory), *call, len(some), *numbers)
                begun, finished = int(found.begun), int(found.finished)
                sums.n_updates, sums.finite = done + finished, begun == finished
                sums.loss, sums.penalty, sums.gradient_norm = np.asarray(found.terms).tolist()
                self._count((first + some)[:begun], weights[some][:begun], sums)
                if not sums.finite:  # as it was before the step whose loss is not finite
                    trained = self.run(self._trained(memory), *call, finished, *numbers)[0]
                self._write(trained, gradient, memory)
                if not sums.finite:
                    break

    def _trained(self, memory: Array) -> Trained:
        """Return what the loop holds, on the device: what was left there, where it has not been changed since."""
        given = self._views(memory)
        kept, self.kept = self.kept, None
        if kept is None:
            return given
        held: Trained = jax.tree.map(
            lambda new, old: old if _is_same(new, np.asarray(old)) else new, given, kept
        )
        return held

    def _views(self, memory: Array) -> Trained:
        network, n = self.problem.objective.network, len(self.kind.layers)
        return Trained(
            network.parameter_views(network.parameters)[:n],
            tuple(network.parameter_views(slot)[:n] for slot in memory),
            network.state_views(network.state)[:n],
        )

    def _write(self, trained: Trained, gradient: Any, memory: Array) -> None:
        """Write what was trained where the loop looks for it; it stays on the device too."""
        self.kept = trained
        views = self._views(memory), self._views(self.gradient[None]).memory[0]
        for view, array in zip(jax.tree.leaves(views), jax.tree.leaves((trained, gradient)), strict=True):
            view[...] = np.asarray(array)

    def _course(
        self,
        steps: NDArray[np.intp],
        weights: Array,
        given: Array,
        updates_done: int,
        rng: np.random.Generator,
    ) -> Course:
        """Return what the device is told of some steps, as arrays of the same length every time."""
        problem, n = self.problem, len(steps)
        scalars = self.course.scalars(given[0], updates_done)
        keys = self.course.keys(rng, n, self.n_dropouts).astype(np.uint32)
        starts = steps * self.kind.batch_size
        n_rows = np.minimum(self.kind.batch_size, problem.n_samples - starts)
        columns = (
            starts.astype(np.int32),
            np.column_stack([n_rows, weights / problem.full_weight, given[1], given[2]]),
            scalars.reshape(n, len(self.course.factors), scalars.shape[1]).astype(self.gradient.dtype),
            keys,
        )
        return Course(*(_padded(column, self.capacity) for column in columns))

    def _order_of(self, rows: NDArray[np.intp]) -> Any:
        """Return the order of the rows, filled up to whole batches; a long one is sent once per epoch."""
        if self.order is None or self.order[0] is not rows:
            whole: Any = _padded(rows.astype(np.int32), self._n_places)
            self.order = rows, placed(whole, self.kind.n_axes) if len(whole) > LONG else whole
        return self.order[1]

    @property
    def _n_places(self) -> int:
        """The places of an order in whole batches, and behind the last one what its shards take in excess."""
        return self.problem.n_steps * self.kind.batch_size + self.kind.width - self.kind.batch_size

    def _count(self, steps: NDArray[np.intp], weights: Array, sums: StepSums) -> None:
        """Add the rows of the steps that were begun, and their weights."""
        n_rows = np.minimum(self.kind.batch_size, self.problem.n_samples - steps * self.kind.batch_size)
        sums.n_rows += int(n_rows.sum())
        for weight in weights.tolist():  # term by term, so that the bits do not depend on calls
            sums.weight += weight


def _is_same(array: Array, other: Array) -> bool:
    """Return whether two arrays have the same bits."""
    whole = np.dtype(f"u{array.itemsize}")
    return bool((array.view(whole) == other.view(whole)).all())


def kind_of(problem: Problem, factors: list[float], n_shards: int) -> Kind:
    """Return the kind of step of a problem.

    Parameters
    ----------
    problem : Problem
        Objective, data and method.
    factors : list of float
        The different factors on the learning rate.
    n_shards : int
        The number of parts of a batch; 1 where rows depend on each other.

    Returns
    -------
    Kind
        The kind.

    Raises
    ------
    ParameterError
        If rows depend on each other, and several processes share them.
    """
    objective, network = problem.objective, problem.objective.network
    layers, pair = network.layers[: network.z_positions[-1]], objective.loss
    team, n_axes = stepping_team(), axes_of_team()
    if network.mixes_rows and n_axes:
        raise ParameterError(
            "'normalization' must not be 'batch_norm' where several processes train together, since it needs all "
            "rows of a batch in one. Use normalization='layer_norm' or one process."
        )
    n_shards = 1 if network.mixes_rows else n_shards if team is None else team.n_shards
    batch_size = min(problem.batch_size, problem.n_samples)
    stops, each = (
        [part.stop for part, _ in problem.rate_pieces],
        [factor for _, factor in problem.rate_pieces],
    )
    penalized = {part.start for part in network.penalized}
    parameters = _places(network.parameter_views, network.n_parameters)
    return Kind(
        layers=tuple(layers),
        output=network.output_activation,
        loss=pair.form.fused[pair.activation.name]
        if pair.is_fused
        else (pair.form.value, pair.form.gradient),
        options=tuple(pair.loss.options.values()),
        is_fused=pair.is_fused,
        is_weighted=problem.sample_weight is not None,
        is_ragged=problem.n_samples % batch_size != 0 or batch_size % n_shards != 0,
        update=problem.optimizer.update,  # type: ignore[arg-type]
        parameters=parameters[: len(layers)],
        state=_places(network.state_views, network.state.size)[: len(layers)],
        rules=tuple(
            (factors.index(each[bisect_right(stops, place.start)]), place.start in penalized)
            for layer in parameters
            for place in layer
        ),
        has_l1=bool(objective.l1),
        has_l2=bool(objective.l2 or objective.alpha),
        has_decay=bool(problem.weight_decay),
        max_norm=problem.max_grad_norm,
        n_members=network.n_members,
        batch_size=batch_size,
        n_shards=n_shards,
        n_axes=n_axes,
        columns=None if isinstance(problem.X, np.ndarray) else int(problem.X.shape[1]),
    )


def _places(views_into: Callable[[Any], Any], n: int) -> tuple[tuple[Place, ...], ...]:
    """Return the place of each named array of each layer in a flat vector."""
    return tuple(
        tuple(Place(name, int(view.flat[0]), view.shape) for name, view in views.items())
        for views in views_into(np.arange(n))
    )


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


def _padded(array: NDArray[Any], length: int) -> NDArray[Any]:
    """Return an array with zeros behind it."""
    whole = np.zeros((length, *array.shape[1:]), array.dtype)
    whole[: len(array)] = array
    return whole
