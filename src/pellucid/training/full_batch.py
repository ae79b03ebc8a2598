"""Training by a method that works on the whole objective at once: L-BFGS."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.clipping import global_norm
from pellucid.core.propagation import forward
from pellucid.engines import Problem
from pellucid.host.blas import one_blas_thread
from pellucid.training.audience import Audience
from pellucid.training.divergence import explain_divergence
from pellucid.training.epoch_rows import history_row
from pellucid.training.events import Observer, TrainBegin, read_only_data
from pellucid.training.finished import Finished, Outcome, run_to_the_end
from pellucid.training.loop import Validate
from pellucid.training.state import TrainingState
from pellucid.training.whole_gradient import whole_gradient

__all__ = ["train_full_batch"]

Array = NDArray[np.floating]


def train_full_batch(
    problem: Problem,
    state: TrainingState,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    validate: Validate | None = None,
    observers: Sequence[Observer] = (),
) -> Outcome:
    r"""Train a network in place by minimizing the whole objective.

    .. math:: \min_\theta J(\theta)

    Parameters
    ----------
    problem : Problem
        Objective, data and method, such as L-BFGS.
    state : TrainingState
        Its history gets a row per iteration.
    max_iter, max_fun : int
        The largest number of iterations and of evaluations.
    tol : float
        Training ends when no entry of the gradient is larger.
    validate : callable, optional
        As for :func:`pellucid.training.train`.
    observers : sequence of Observer, default=()
        The observers; an iteration counts as an epoch.

    Returns
    -------
    Outcome
        The reason for the end.

    References
    ----------
    D. Liu and J. Nocedal (1989), On the limited memory BFGS method for large scale optimization, Mathematical
    Programming 45, 503-528.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.core import Objective, get_loss
    >>> from pellucid.engines import Problem
    >>> from pellucid.optimizers import OPTIMIZERS
    >>> from pellucid.training import TrainingState, train_full_batch
    >>> X = np.linspace(-1.0, 1.0, 32)[:, None]
    >>> net = Network([1, 8, 1], activation="tanh", dtype="float64", random_state=0)
    >>> objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    >>> problem = Problem(objective, X, X**2, None, 32, OPTIMIZERS["lbfgs"])
    >>> state = TrainingState(problem.optimizer.start(net.n_parameters), np.random.default_rng(0), horizon=200)
    >>> _ = train_full_batch(problem, state, max_iter=200, max_fun=1000, tol=1e-6)
    >>> state.history[-1]["loss"] < 1e-4
    True
    """
    network = problem.objective.network
    finished, audience = Finished(network, state), Audience(observers)
    last: dict[str, Any] = {}
    clock, in_epoch = perf_counter(), False

    def value_and_gradient(parameters: Array) -> tuple[float, Array]:
        nonlocal in_epoch
        if not in_epoch:
            in_epoch = True
            audience.epoch_begin(state.epoch)
        loss, penalty, gradient = whole_gradient(problem, parameters.astype(network.dtype))
        last.update(loss=loss, penalty=penalty, gradient=gradient)
        return loss + penalty, gradient.astype(np.float64)

    def after_iteration(parameters: Array, value: float) -> bool:
        nonlocal clock, in_epoch
        network.parameters[...] = parameters
        _settle_statistics(problem)
        validation = validate() if validate else (None, None)
        state.epoch += 1
        state.samples_seen += problem.n_samples
        row = history_row(
            state.epoch,
            loss=value - last["penalty"],
            penalty=last["penalty"],
            objective=value,
            validation=validation,
            learning_rate=None,
            gradient_norm=global_norm(last["gradient"]),
            seconds=perf_counter() - clock,
        )
        clock = perf_counter()
        told_to_stop = audience.epoch_end(finished.close_epoch(row))
        in_epoch = False
        return told_to_stop

    def run() -> Outcome:
        assert problem.optimizer.minimize is not None
        # SciPy's line search may reach infinity; the bits of its sums may depend on the threads of the BLAS.
        with np.errstate(all="ignore"), one_blas_thread(wanted=True):
            found = problem.optimizer.minimize(
                value_and_gradient,
                network.parameters.astype(np.float64),
                max_iter=max_iter,
                max_fun=max_fun,
                tol=tol,
                callback=after_iteration,
            )
        return _judge(problem, state, found, finished)

    begin = TrainBegin(read_only_data(problem), state.epoch, max_iter)
    return run_to_the_end(run, finished, audience, begin)


def _judge(problem: Problem, state: TrainingState, found: Any, finished: Finished) -> Outcome:
    network, n_epochs = problem.objective.network, finished.n_epochs
    if not (np.isfinite(found.x).all() and np.isfinite(found.fun)):
        finished.put_back()
        divergence = explain_divergence(problem, np.asarray(found.x), state.epoch + 1, 1.0)
        return Outcome("diverged", str(divergence), n_epochs, divergence)
    if not (n_epochs and np.array_equal(network.parameters, found.x.astype(network.dtype))):
        network.parameters[...] = found.x
        _settle_statistics(problem)
        finished.publish()
    if found.status == 99:  # SciPy's code for a callback that asked to stop
        return Outcome("stopped", "An observer ended training.", n_epochs)
    if found.status != 0:
        return Outcome(
            "max_iter", f"lbfgs failed to converge after {found.nit} iteration(s): {found.message}", n_epochs
        )
    return Outcome("converged", str(found.message), n_epochs)


def _settle_statistics(problem: Problem) -> None:
    """Set the running statistics to those of the whole set, since every evaluation saw the whole set."""
    network = problem.objective.network
    if network.state.size:
        # As after infinitely many full batches.
        with one_blas_thread(wanted=True):
            forward(network, problem.X, training=True, sample_weight=problem.sample_weight, share=inf)
