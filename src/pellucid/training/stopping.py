"""Detection of training that has stopped improving, counted as in scikit-learn."""

from math import inf

from pellucid.training.state import TrainingState

__all__ = ["improved", "is_stalled", "watch"]


def improved(state: TrainingState, value: float, tol: float, *, ties: bool = False) -> bool:
    """Record an epoch's monitored value, and return whether it is the best so far.

    An epoch counts as no improvement unless it beats the best by at least ``tol``.

    Parameters
    ----------
    state : TrainingState
        Its ``best`` and ``epochs_without_improvement`` are updated.
    value : float
        The value, greater is better; NaN is not an improvement.
    tol : float
        The tolerance, >= 0.
    ties : bool, default=False
        True if a value that equals the best takes its place.

    Returns
    -------
    bool
        True if ``value`` is the best so far: greater than every one before, or with ``ties`` as great.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.training import TrainingState
    >>> state = TrainingState(np.zeros((0, 1)), np.random.default_rng(0), horizon=10)
    >>> [improved(state, value, tol=0.1) for value in (1.0, 1.05, 2.0)], state.epochs_without_improvement
    ([True, True, True], 0)
    """
    if value >= state.best + tol:
        state.epochs_without_improvement = 0
    else:
        state.epochs_without_improvement += 1
    is_best = value > state.best or (ties and value == state.best)
    state.best = value if is_best else state.best
    return is_best


def is_stalled(state: TrainingState, patience: float) -> bool:
    """Return whether more than ``patience`` consecutive epochs brought no improvement."""
    return state.epochs_without_improvement > patience


def watch(state: TrainingState, monitor: str, patience: float) -> None:
    """Prepare to count: from zero if another value was monitored before or training had stalled."""
    if state.monitor != monitor:
        state.monitor, state.best = monitor, -inf
        state.best_parameters = state.best_statistics = None
        state.epochs_without_improvement = 0
    if is_stalled(state, patience):
        state.epochs_without_improvement = 0
