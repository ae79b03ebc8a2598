"""Many training steps as one JAX computation: compiled once per kind of step, for any number of steps.

The loop over steps runs on the device. It ends at the first loss that is not finite, so it is a ``while`` rather
than a ``scan``; a call can then have any number of steps without another compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from pellucid.core.layers import Layer, Run
from pellucid.core.penalties import l2_of_batch
from pellucid.engines.accelerated.jax_equations import traceable
from pellucid.engines.accelerated.jax_passes import Keys, Share, Tree, back, forth
from pellucid.engines.accelerated.jax_shards import sum_of_shards
from pellucid.engines.accelerated.jax_team import first_of, on_team
from pellucid.engines.accelerated.jax_vectors import Places, Trained, packed, unpacked, vector_of

INDEX = jnp.uint32  # of a step: without a sign, none can count from the end
STRANDS, STRANDED = 8, 256  # strands of a sum of squares; the size from which on it has strands
TINIEST = 1e-30  # of the square of a norm, whose terms are numbers of float32

__all__ = ["Course", "Kind", "steps_of"]


@dataclass(frozen=True)
class Kind:
    """Everything about a step that is compiled into it.

    Parameters
    ----------
    layers : tuple of Layer
        The layers up to the scores.
    output : Activation
        The output activation.
    loss : (callable, callable)
        Value and gradient of the loss: of the scores if ``is_fused``, else of the outputs.
    options : tuple
        The loss's options.
    is_fused, is_weighted, is_ragged : bool
        The loss takes scores; rows have weights; the last batch has fewer rows.
    update : callable
        The optimizer's equation.
    parameters, state : tuple of tuple of Place
        The places of each layer's arrays in the flat vectors.
    rules : tuple of (int, bool)
        For each array of parameters, in the order of the flat vector: the number of its factor on the rate, and
        True if it is penalized.
    has_l1, has_l2, has_decay : bool
        The penalties that there are.
    max_norm : float or None
        The longest gradient.
    n_members, batch_size, n_shards : int
        The members, the rows of a batch, and the parts of a batch whose gradients are added in pairs.
    n_axes : int
        Number of times that the devices can be halved, which share the parts; 0 for one device.
    columns : int or None
        The columns of sparse inputs.
    is_packed : bool
        True if what is trained comes and goes in flat vectors.
    is_resident : bool, default=False
        True if each device holds the rows of its shards alone, and has an order of each.
    """

    layers: tuple[Layer, ...]
    output: Any
    loss: tuple[Callable[..., Any], Callable[..., Any]]
    options: tuple[Any, ...]
    is_fused: bool
    is_weighted: bool
    is_ragged: bool
    update: Callable[..., Any]
    parameters: Places
    state: Places
    rules: tuple[tuple[int, bool], ...]
    has_l1: bool
    has_l2: bool
    has_decay: bool
    max_norm: float | None
    n_members: int
    batch_size: int
    n_shards: int
    n_axes: int
    columns: int | None
    is_packed: bool
    is_resident: bool = False

    @property
    def is_flat(self) -> bool:
        """True if all numbers are updated alike, so that steps update vectors: fewer and longer operations."""
        factors, penalized = zip(*self.rules, strict=True)
        is_decay_alike = not self.has_decay or len(set(penalized)) == 1
        return self.is_packed and len(set(factors)) == 1 and is_decay_alike

    @property
    def width(self) -> int:
        """The rows of all parts of a batch; those beyond the batch are absent."""
        return self.n_shards * -(-self.batch_size // self.n_shards)


class Course(NamedTuple):
    """Numbers that change from step to step, in few arrays.

    Parameters
    ----------
    starts : Array of int32 of shape (n_steps,), or (n_steps, n_shards, 2) for resident rows
        The place of the first row in the order; of each shard, with its number of rows.
    numbers : Array of float64 of shape (4, n_steps)
        Rows of the batch, its weight over that of a full one, learning rate times weight decay, factor on dropout.
    scalars : Array of shape (n_steps, n_factors, n_scalars)
        The optimizer's, in the network's dtype.
    keys : Array of uint32 of shape (n_steps, n_dropouts)
        The keys of dropout.
    """

    starts: Any
    numbers: Any
    scalars: Any
    keys: Any


class Step(NamedTuple):
    """The entries of a course for one step."""

    start: Any
    n_rows: Any
    share: Any
    decay: Any
    dropout: Any
    scalars: Any
    keys: Any


class Sums(NamedTuple):
    """Results of the steps of a call: loss, penalty and gradient norm of each; steps begun; the last objective."""

    terms: Any
    begun: Any
    objective: Any


@lru_cache(maxsize=64)
def steps_of(kind: Kind) -> Any:
    """Return the compiled loop over steps of a kind.

    Parameters
    ----------
    kind : Kind
        The kind of step.

    Returns
    -------
    jitted callable
        ``run(trained, data, order, course, n_steps, own, numbers)`` makes the first steps of a course.
        Data are inputs (dense, or values, columns, shift), targets and weights. ``own`` are the first shard of
        this device, and their number; ``numbers`` are the strengths of L1, L2 and ``alpha``, and the mean weight
        of a row. It returns what was trained, sums, and the gradient of the last step begun. After a step whose
        loss is not finite all numbers have been updated once too often; what was before comes of one step less.
        The memory of ``trained`` is used again. The gradient has the form of its parameters.
    """

    def run(
        trained: Trained,
        data: Any,
        order: Any,
        course: Course,
        n_steps: Any,
        own: Any,
        numbers: Any,
    ) -> tuple[Trained, Sums, Any]:
        def is_left(now: tuple[Trained, Sums, Tree]) -> Any:
            return (now[1].begun < n_steps) & jnp.isfinite(now[1].objective)

        def make_step(now: tuple[Trained, Sums, Tree]) -> tuple[Trained, Sums, Tree]:
            at = _at(course, now[1].begun)
            return _step(kind, now[0], now[1], data, order, at, own, numbers)

        terms = jnp.zeros((len(course.starts), 3), jnp.float64)
        sums = Sums(terms, jnp.zeros((), INDEX), jnp.zeros((), jnp.float64))
        places = kind.parameters, kind.state
        is_cut = kind.is_packed and not kind.is_flat
        held = unpacked(trained, *places) if is_cut else trained
        start = held, sums, jax.tree.map(jnp.zeros_like, held.parameters)
        held, sums, gradient = lax.while_loop(is_left, make_step, start)
        if not is_cut:
            return held, sums, gradient
        return packed(held, *places), sums, vector_of(gradient, kind.parameters)

    apart = (1, 2) if kind.is_resident else ()  # data and order
    return jax.jit(on_team(run, kind.n_axes, apart), donate_argnums=0)


def _at(course: Course, step: Any) -> Step:
    def entry(values: Any) -> Any:
        return lax.dynamic_index_in_dim(values, step, keepdims=False)

    n_rows, share, decay, dropout = (entry(course.numbers[k]) for k in range(4))
    return Step(
        entry(course.starts), n_rows, share, decay, dropout, entry(course.scalars), entry(course.keys)
    )


def _step(
    kind: Kind, now: Trained, sums: Sums, data: Any, order: Any, at: Step, own: Any, numbers: Any
) -> tuple[Trained, Sums, Tree]:
    l1, l2, alpha, mean_weight = (numbers[k] for k in range(4))
    total, places = at.n_rows * mean_weight, (kind.parameters, kind.state)
    seen = unpacked(now, *places) if kind.is_flat else now
    loss, gradient, state = _value_and_gradient(kind, seen, data, order, total, at, own)

    strength: Any = l2_of_batch(l2, alpha, total)
    penalty: Any = 0.0
    leaves: list[Any] = []
    for p, g, (_, is_penalized) in zip(
        _arrays(kind, seen.parameters), _arrays(kind, gradient), kind.rules, strict=True
    ):
        if is_penalized and kind.has_l1:
            penalty += l1 * jnp.abs(p).sum()
            g = g + l1.astype(g.dtype) * jnp.sign(p)
        if is_penalized and kind.has_l2:
            penalty += 0.5 * strength * (p * p).sum()
            g = g + strength.astype(g.dtype) * p
        leaves.append(g)
    value = loss + penalty
    length = _norm(leaves)
    if kind.max_norm is not None:
        is_long = (length > kind.max_norm) & jnp.isfinite(length)
        factor = jnp.where(is_long, kind.max_norm / length, 1.0)
        leaves = [g * factor.astype(g.dtype) for g in leaves]

    clipped: Any = _tree(kind, leaves)
    if kind.is_flat:
        clipped = vector_of(clipped, kind.parameters)
        state = vector_of(state, kind.state) if any(kind.state) else now.state
    new = _updated(kind, now, clipped, state, at)
    term = jnp.stack([loss, penalty, jnp.where(jnp.isfinite(value), length, 0.0)])
    terms = lax.dynamic_update_index_in_dim(sums.terms, term, sums.begun, 0)
    return new, Sums(terms, sums.begun + INDEX(1), value), clipped


def _value_and_gradient(
    kind: Kind, now: Trained, data: Any, order: Any, total: Any, at: Step, own: Any
) -> tuple[Any, Tree, Tree]:
    """Return the loss, its gradient and the running statistics of a batch."""
    size = kind.width // kind.n_shards

    def of_shard(shard: Any) -> tuple[Any, Tree, Tree]:
        first = shard * size
        batch = (
            _resident(kind, data, order, at, first, own)
            if kind.is_resident
            else _batch(kind, data, order, at, first)
        )
        return _of_rows(kind, now, batch, total, at, first)

    if kind.n_shards == 1:
        return of_shard(0)
    loss, gradient = sum_of_shards(lambda shard: of_shard(shard)[:2], kind.n_shards, kind.n_axes, own)
    return loss, gradient, now.state


def _batch(kind: Kind, data: Any, order: Any, at: Step, first: Any) -> tuple[Any, Any, Any]:
    """Return inputs, targets and weights of a shard of a batch, from its row ``first`` on."""
    X, Y, weights = data
    size = kind.width // kind.n_shards
    rows = lax.dynamic_slice(order, (at.start + first,), (size,))
    w = _taken(weights, rows) if kind.is_weighted else None
    if kind.is_ragged:
        is_there = jnp.arange(size) + first < at.n_rows
        w = is_there.astype(Y.dtype) if w is None else jnp.where(is_there, w, 0.0)
    return _inputs(kind, X, rows), _taken(Y, rows), w


def _resident(kind: Kind, data: Any, order: Any, at: Step, first: Any, own: Any) -> tuple[Any, Any, Any]:
    """Return the same of rows that the device holds, of which the shard has an order of its own."""
    X, Y, weights = data
    size = kind.width // kind.n_shards
    shard = first // size
    start, n_rows = at.start[shard, 0], at.start[shard, 1]
    here = shard - first_of(own, kind.n_axes)
    rows = lax.dynamic_slice(order, (here, start), (1, size))[0]
    w = _taken(weights, rows) if kind.is_weighted else jnp.ones(size, Y.dtype)
    w = jnp.where(jnp.arange(size) < n_rows, w, 0.0)
    return _inputs(kind, X, rows), _taken(Y, rows), w


def _of_rows(
    kind: Kind, now: Trained, batch: tuple[Any, Any, Any], total: Any, at: Step, first: Any
) -> tuple[Any, Tree, Tree]:
    """Return the contributions of some rows of a batch, from row ``first`` on, to loss and gradient."""
    X, Y, w = batch
    run = Run(
        training=True,
        values=[],
        sample_weight=w,
        rng=Keys(at.keys, first),  # type: ignore[arg-type]
        share=Share(at.share),  # type: ignore[arg-type]
        dropout=at.dropout,
    )
    values, kept, state = forth(kind.layers, X, now.parameters, now.state, run)
    n_outputs = Y.shape[1]
    scores = values[-1].reshape(-1, n_outputs)
    if kind.n_members > 1:
        Y = jnp.repeat(Y, kind.n_members, axis=0)
        w = None if w is None else jnp.repeat(w, kind.n_members)
    value, slope = (traceable(equation) for equation in kind.loss)
    of_all = total * kind.n_members
    options = [jnp.array(o, Y.dtype) if isinstance(o, tuple) else o for o in kind.options]
    if kind.is_fused:
        terms, delta = value(Y, scores, *options), slope(Y, scores, *options)
    else:
        output = traceable(kind.output)
        outputs = output.value(scores)
        terms = value(Y, outputs, *options)
        delta = output.backward(scores, outputs, slope(Y, outputs, *options))
    portion = (1.0 / of_all).astype(Y.dtype)
    if w is not None:  # a row of weight 0 is absent, whatever it contains
        terms = jnp.where(w[:, None] > 0.0, w[:, None] * terms, 0.0)
        delta = jnp.where(w[:, None] > 0.0, w[:, None] * delta, 0.0)
    loss = terms.sum(axis=0).sum().astype(at.share.dtype) / of_all
    delta = (portion * delta).reshape(values[-1].shape)
    return loss, back(kind.layers, delta, kept, now.parameters, run), state


def _updated(kind: Kind, now: Trained, gradient: Any, state: Any, at: Step) -> Trained:
    """Return parameters and slots after the update, and running statistics."""
    update = traceable(kind.update)

    def after(rule: tuple[int, bool], p: Any, g: Any, *slots: Any) -> list[Any]:
        factor, is_penalized = rule
        change, *new = update(g, *slots, *(at.scalars[factor, k] for k in range(at.scalars.shape[1])))
        shrunk = p * (1.0 - at.decay).astype(p.dtype) if is_penalized and kind.has_decay else p
        return [shrunk + change, *new]

    held = now.parameters, gradient, *now.memory
    if kind.is_flat:
        parameters, *memory = after(kind.rules[0], *held)
    else:
        each = map(after, kind.rules, *(_arrays(kind, tree) for tree in held))
        parameters, *memory = (_tree(kind, list(column)) for column in zip(*each, strict=True))
    return Trained(parameters, tuple(memory), state)


def _inputs(kind: Kind, X: Any, rows: Any) -> Any:
    """Return the inputs of a batch; of sparse ones, (values, columns, shift), as dense rows."""
    if kind.columns is None:
        return _taken(X, rows)
    values, columns, shift = X
    dense = jnp.zeros((rows.size, kind.columns), values.dtype)
    return dense.at[jnp.arange(rows.size)[:, None], _taken(columns, rows)].add(_taken(values, rows)) - shift


def _taken(array: Any, rows: Any) -> Any:
    return array.at[rows].get(mode="promise_in_bounds")


def _norm(gradient: list[Any]) -> Any:
    """Return the Euclidean norm; only where its square over- or underflows, by entries scaled by the largest."""
    if gradient[0].dtype == jnp.float32 and sum(g.size for g in gradient) < STRANDED:
        return jnp.sqrt(jnp.square(jnp.concatenate([g.ravel() for g in gradient]).astype(jnp.float64)).sum())
    squared = sum(_squared(g.ravel()) for g in gradient).astype(jnp.float64)
    is_plain = (squared > TINIEST) & (squared < jnp.inf)
    return lax.cond(is_plain, jnp.sqrt, lambda _: _scaled_norm(gradient), squared)


def _squared(values: Any) -> Any:
    """Return the sum of squares; of many in strands that are added as vectors, which takes half the time."""
    n = values.size // STRANDS if values.size >= STRANDED else 0
    strands = (values[k * n : (k + 1) * n] for k in range(STRANDS))
    rest = values[STRANDS * n :]
    return sum(strand * strand for strand in strands).sum() + (rest * rest).sum()


def _scaled_norm(gradient: list[Any]) -> Any:
    largest = jnp.stack([jnp.abs(g).max(initial=0.0) for g in gradient]).max().astype(jnp.float64)
    is_plain = (largest > 0.0) & jnp.isfinite(largest)
    scale = jnp.where(is_plain, largest, 1.0)
    squared = sum(((g.astype(jnp.float64) / scale) ** 2).sum() for g in gradient)
    return jnp.where(is_plain, scale * jnp.sqrt(squared), largest)


def _arrays(kind: Kind, tree: Tree) -> list[Any]:
    """Return the arrays of parameters in the order of the flat vector."""
    return [
        arrays[place.name] for layer, arrays in zip(kind.parameters, tree, strict=True) for place in layer
    ]


def _tree(kind: Kind, arrays: list[Any]) -> Tree:
    """Return arrays in the order of the flat vector by layer and name."""
    left = iter(arrays)
    return tuple({place.name: next(left) for place in layer} for layer in kind.parameters)
