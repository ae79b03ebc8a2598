"""Outputs of rows: the single path of every prediction.

Rows go through a network in blocks, so that intermediate values stay in the cache and memory stays bounded. Any
engine computes; threads share the spans of rows if there is enough to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from pellucid.core.folding import folded
from pellucid.core.network import Network
from pellucid.core.propagation import ForwardPass, forward
from pellucid.engines.accelerated import JAX_ENGINES, NotTraceable, jax_obstacle
from pellucid.engines.compiled import obstacle
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.sharing import share_out
from pellucid.exceptions import ParameterError
from pellucid.host.blas import one_blas_thread

__all__ = ["activations_of", "outputs_of", "outputs_runner"]

Array = NDArray[np.floating]
Inputs = Callable[[Any], Any]  # from some of the given rows to the network's inputs
Compute = Callable[[Any, Array], None]  # writes the outputs of some inputs
Runner = Any  # a RowsRunner, whose module needs Numba

CHOICES = ("auto", "compiled", *JAX_ENGINES, "reference")
MUCH = 1 << 25  # multiplications from which on "auto" compiles; they take a few milliseconds in NumPy
SPAN_WORK = 1 << 23  # multiplications that make a span worth a thread
SPAN_NUMBERS = 1 << 20  # numbers of a span in the widest value, at most
ALONE = 1 << 13  # multiplications below which no BLAS uses threads
BLOCK = 512  # rows that a compiled product takes at a time; every span but the last has several times as many

_runners: WeakKeyDictionary[Network, dict[Any, Runner | None]] = WeakKeyDictionary()


def outputs_of(
    network: Network,
    X: Any,
    *,
    engine: str = "auto",
    inputs: Inputs | None = None,
    dtype: Any = None,
    scores: bool = False,
    members: bool = False,
) -> Array:
    """Return the outputs of a network for many rows.

    The engine depends only on the network and the number of rows, so that equal calls give equal bits in any
    process on one machine.

    Parameters
    ----------
    network : Network
        The network.
    X : ndarray, sparse array or StandardizedSparse of shape (n_samples, n_features)
        The rows: what ``network.check_inputs`` returns, or what ``inputs`` takes.
    engine : {"auto", "compiled", "jax", "jax_bfloat16", "reference"}, default="auto"
        ``"compiled"`` computes in machine code wherever that is possible, ``"auto"`` if it is and there is
        much to compute, ``"reference"`` never. ``"jax"`` computes on the device of JAX, and as ``"compiled"``
        where JAX is missing.
    inputs : callable, optional
        Takes some rows of X to inputs of the network, in threads if it pays: standardizes them, or raises an
        error. Default: X are the inputs.
    dtype : dtype, optional
        The precision of inputs and outputs. The computation has that of inputs and network together. Default:
        that of the network.
    scores : bool, default=False
        True to return scores, the signals z of the last block, instead of outputs.
    members : bool, default=False
        True to return the outputs of each member, of those that share weights, instead of their mean.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs) or (n_members, n_samples, n_outputs)
        The outputs.

    Raises
    ------
    ParameterError
        If there is no such engine.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.engines import outputs_of
    >>> net = Network([2, 1], output_activation="logistic", weights=[[[1.0], [2.0]]], biases=[[-3.0]])
    >>> outputs_of(net, np.ones((2, 2))), outputs_of(net, np.ones((2, 2)), scores=True)
    (array([[0.5],
           [0.5]]), array([[0.],
           [0.]]))
    """
    if engine not in CHOICES:
        raise ParameterError(f"'engine' must be one of {list(CHOICES)}; got {engine!r}.")
    dtype = np.dtype(network.dtype if dtype is None else dtype)
    precision = np.result_type(dtype, network.dtype)
    n_members, n_outputs = network.n_members, network.layer_sizes[-1]
    is_much = X.shape[0] * n_members * network.n_parameters >= MUCH
    begin = None
    if engine in JAX_ENGINES:
        begin = _by_jax(network, precision, engine, scores=scores)
    if engine in ("compiled", *JAX_ENGINES) or (engine == "auto" and is_much):
        begin = begin or _compiled(network, X, precision, scores=scores)
    outputs = np.empty((X.shape[0], n_members * n_outputs), precision if begin else dtype)
    if begin is None:
        pick = _scores if scores else _outputs
        _fill(outputs, X, inputs, lambda: partial(_by_core, network, pick), network)
    else:
        _fill(outputs, X, _with_codes_checked(network, inputs), begin, network)
    outputs = outputs.astype(dtype, copy=False)
    if n_members == 1 and not members:
        return outputs
    each = outputs.reshape(-1, n_members, n_outputs)
    return each.transpose(1, 0, 2) if members else each.mean(axis=1)


def activations_of(network: Network, X: Any, k: int, *, inputs: Inputs | None = None, dtype: Any) -> Array:
    r"""Return the activations a_k of a network for many rows, computed by the core.

    .. math:: a_{k+1} = \varphi_k(a_k W_k + b_k), \qquad a_0 = X

    Parameters
    ----------
    network : Network
        The network.
    X : ndarray, sparse array or StandardizedSparse of shape (n_samples, n_features)
        The rows, whose shape has been checked.
    k : int
        The index of the layer: 0 is the input of the first block.
    inputs : callable, optional
        As in :func:`outputs_of`.
    dtype : dtype
        The precision of inputs and activations.

    Returns
    -------
    ndarray of shape (n_samples, n_units)
        The activations.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.engines import activations_of
    >>> net = Network([2, 3, 1], activation="relu", random_state=0)
    >>> activations_of(net, np.ones((4, 2)), 1, dtype=np.float64).shape
    (4, 3)
    """
    found = np.empty((X.shape[0], network.widths[k]), dtype)
    _fill(found, X, inputs, lambda: partial(_by_core, network, lambda passed: passed.activations[k]), network)
    return found


def outputs_runner(
    network: Network, *, members: bool = False, engine: str = "compiled"
) -> Callable[[Any], Array]:
    """Return a callable that checks rows and returns a network's outputs for them.

    Parameters
    ----------
    network : Network
        The network; its parameters are read at each call, so that it may be in training.
    members : bool, default=False
        True to return the outputs of each member, of those that share weights, instead of their mean.
    engine : {"compiled", "auto", "reference"}, default="compiled"
        As in :func:`outputs_of`. Compiled, a row predicts the same alone and among others up to rounding; to the
        last bit where the BLAS computes a row in the same way wherever it stands (OpenBLAS with AVX-512).

    Returns
    -------
    callable
        ``run(X)`` for an ndarray or sparse array of shape (n_samples, n_features) returns outputs of shape
        (n_samples, n_outputs), or (n_members, n_samples, n_outputs), in the network's dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.engines import outputs_runner
    >>> outputs_runner(Network([2, 1], weights=[[[1.0], [2.0]]], biases=[[0.5]]))(np.ones((3, 2)))
    array([[3.5],
           [3.5],
           [3.5]])
    """

    def run(X: Any) -> Array:
        return outputs_of(network, network.check_inputs(X), engine=engine, members=members)

    return run


# ---- who computes ------------------------------------------------------------------------------------------


def _compiled(
    network: Network, X: Any, precision: np.dtype[Any], *, scores: bool
) -> Callable[[], Compute] | None:
    """Return a function that starts a worker of the compiled engine; None if something cannot be compiled."""
    if obstacle():
        return None
    from pellucid.engines.compiled.rows import RowsRunner, index_of

    known = _runners.setdefault(network, {})
    key = precision.name, index_of(X), scores
    if network.mixes_rows:  # its parameters may change between calls, its structure does not
        network = folded(network.copy(precision))
    if key not in known:
        try:
            known[key] = RowsRunner(network, BLOCK, *key)
        except NotAnEquation:
            known[key] = None
    runner = known[key]
    return None if runner is None else runner.begin(network.parameters)


def _by_jax(
    network: Network, precision: np.dtype[Any], engine: str, *, scores: bool
) -> Callable[[], Compute] | None:
    """Return a function that starts a JAX worker; None if JAX is missing or something cannot be traced."""
    if jax_obstacle():
        return None
    from pellucid.engines.accelerated.jax_rows import jax_rows

    try:
        return jax_rows(network, precision, JAX_ENGINES[engine].products, scores=scores)
    except NotTraceable:
        return None


def _with_codes_checked(network: Network, inputs: Inputs | None) -> Inputs | None:
    """Return a check that refuses codes outside the lookup, since in compiled code they are places in memory."""
    lookup = network.lookup
    if inputs is None or lookup is None:
        return inputs

    def checked(rows: Any) -> Any:
        made = inputs(rows)
        lookup.check_codes(made[:, lookup.n_plain :])
        return made

    return checked


def _by_core(network: Network, pick: Callable[[ForwardPass], Array], inputs: Any, outputs: Array) -> None:
    with np.errstate(over="ignore", under="ignore"):
        outputs[...] = pick(forward(network, inputs)).reshape(outputs.shape)


def _outputs(passed: ForwardPass) -> Array:
    return passed.outputs


def _scores(passed: ForwardPass) -> Array:
    return passed.scores


# ---- who does which rows -----------------------------------------------------------------------------------


def _fill(
    outputs: Array,
    X: Any,
    inputs: Inputs | None,
    begin: Callable[[], Compute],
    network: Network,
) -> None:
    """Compute all rows, span by span."""

    def work(spans: Iterable[slice]) -> None:
        compute = begin()
        for rows in spans:
            compute(X[rows] if inputs is None else inputs(X[rows]), outputs[rows])

    spans = _spans(X.shape[0], network)
    if X.shape[0] * network.n_members * network.n_parameters < ALONE:
        work(spans)
        return
    # The bits must not depend on threads, and those of a product may depend on the threads of the BLAS.
    with one_blas_thread(wanted=True):
        share_out(work, spans)


def _spans(n_rows: int, network: Network) -> list[slice]:
    """Return the rows in spans of whole blocks, since the bits of a product may depend on how many rows it has."""
    if n_rows <= BLOCK:
        return [slice(0, n_rows)]
    widest = network.n_members * max(*network.layer_sizes, *network.widths)
    size = min(SPAN_WORK // (network.n_members * max(1, network.n_parameters)), SPAN_NUMBERS // widest)
    size = max(1, size // BLOCK) * BLOCK
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
