"""Short diagnostic trainings: a sweep of learning rates, and memorization of 20 rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from pellucid.core.checks import check_whole
from pellucid.diagnostics.constant import constant_loss
from pellucid.engines import StepSums, get_engine
from pellucid.estimators import MLPClassifier, MLPRegressor
from pellucid.estimators.checked_arrays import refuse_missing
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.starting import started
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import OPTIMIZERS

__all__ = ["LrRangeTest", "OverfitTrial", "lr_range_test", "overfit_one_batch"]

Array = NDArray[np.floating]
TIMES_BEST = 4.0  # the loss at which the sweep has seen enough
SMOOTHING = 0.9
DECADES = 300.0  # how far below the least loss the steepest fall is looked for
TARGET = 0.05  # of the loss of the best constant: learned by heart
RULE = (
    "the rate at which the smoothed loss falls fastest, but at most a tenth of the rate of its minimum (the "
    "sweep is from Smith, 2015; both limits are common in tools)"
)


@dataclass(frozen=True)
class LrRangeTest:
    """Result of a sweep of learning rates.

    Parameters
    ----------
    rates, losses, smoothed : ndarray of shape (n_steps,)
        The rate of each step, the loss of its batch before the step, and the average of these with a memory of
        about ten steps.
    suggestion : float
        A learning rate to start with.
    rule : str
        The rule by which it follows from the curve.
    largest_stable : float
        The rate of the least smoothed loss.
    stopped : str
        Reason for the end of the sweep: ``"end"``, ``"loss"`` (it grew to 4 times its best), ``"not finite"``.

    Examples
    --------
    >>> from pellucid import MLPClassifier
    >>> from pellucid.diagnostics import lr_range_test
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> found = lr_range_test(MLPClassifier((8,), standardize=True, random_state=0), X, y)
    >>> found.rates[0] < found.suggestion < found.largest_stable
    True
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float
    rule: str
    largest_stable: float
    stopped: str


@dataclass(frozen=True)
class OverfitTrial:
    """Result of a trial to memorize a few rows.

    Parameters
    ----------
    reached : bool
        True if the loss came under 5 % of that of the best constant prediction.
    losses : ndarray of shape (n_steps,)
        The loss after each step, before the next.
    baseline : float
        The loss of the best constant prediction on these rows.
    rows : ndarray of shape (n_rows,)
        Indexes of the rows.
    n_steps : int
        Number of steps made.

    Examples
    --------
    >>> from pellucid import MLPClassifier
    >>> from pellucid.diagnostics import overfit_one_batch
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> found = overfit_one_batch(MLPClassifier((16,), standardize=True, random_state=0), X, y)
    >>> found.reached, len(found.rows)
    (True, 20)
    """

    reached: bool
    losses: Array
    baseline: float
    rows: NDArray[np.intp] = field(repr=False)
    n_steps: int


def lr_range_test(
    model: Any,
    X: Any,
    y: Any,
    *,
    min_rate: float = 1e-7,
    max_rate: float = 10.0,
    n_steps: int = 100,
    sample_weight: ArrayLike | None = None,
) -> LrRangeTest:
    r"""Train a twin of an estimator for a few steps at growing learning rates, and suggest one.

    .. math:: \eta_t = \eta_\min (\eta_\max / \eta_\min)^{t / (T - 1)}

    The loss falls where steps are long enough to matter and rises where they are too long. The sweep ends when
    the smoothed loss is over 4 times its best.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        An estimator, fitted or not, with a solver that makes steps; it is left unchanged.
    X : array-like of shape (n_rows, n_features)
        The training rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Their targets.
    min_rate, max_rate : float, default=1e-7, 10.0
        The first and the last rate.
    n_steps : int, default=100
        The number of steps, at least 10.
    sample_weight : array-like of shape (n_samples,), optional
        Weights >= 0 of the rows.

    Returns
    -------
    LrRangeTest
        The curve, a suggestion, and the rule that gave it.

    Raises
    ------
    ParameterError
        If the rates or the steps make no sense, or the solver has no learning rate.

    References
    ----------
    L. N. Smith (2015), Cyclical learning rates for training neural networks, arXiv:1506.01186, section 3.3.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from pellucid import MLPClassifier
    >>> from pellucid.diagnostics import lr_range_test
    >>> model = MLPClassifier((20,), standardize=True, random_state=0)
    >>> found = lr_range_test(model, *load_wine(return_X_y=True))
    >>> 1e-4 < found.suggestion < 0.3
    True
    """
    if not 0.0 < min_rate < max_rate < np.inf:
        raise ParameterError(
            f"'min_rate' and 'max_rate' must satisfy 0 < min_rate < max_rate; got {min_rate!r}, {max_rate!r}."
        )
    check_whole("n_steps", n_steps, 10)
    trial = _Trial(model, X, y, sample_weight)
    rates = np.geomspace(min_rate, max_rate, n_steps)
    losses: list[float] = []
    smoothed: list[float] = []
    average, stopped = 0.0, "end"
    for t, rate in enumerate(rates):
        loss = trial.step(float(rate))
        if not np.isfinite(loss):
            stopped = "not finite"
            break
        average = SMOOTHING * average + (1.0 - SMOOTHING) * loss
        losses.append(loss)
        smoothed.append(average / (1.0 - SMOOTHING ** (t + 1)))
        if t > 10 and smoothed[-1] > TIMES_BEST * min(smoothed):
            stopped = "loss"
            break
    if not losses:
        raise DataError("The loss is not finite before the first step: look at preflight(model, X, y).")
    least = int(np.argmin(smoothed))
    largest_stable = float(rates[least])
    near = np.flatnonzero(
        rates[: least + 1] >= largest_stable / DECADES
    )  # far below, only noise moves the loss
    falls = -np.diff(np.array(smoothed))[near[:-1]] if len(near) > 1 else np.zeros(1)
    steepest = float(rates[near[int(np.argmax(falls))]]) if falls.max() > 0.0 else largest_stable
    return LrRangeTest(
        rates[: len(losses)],
        np.array(losses),
        np.array(smoothed),
        min(steepest, 0.1 * largest_stable),
        RULE,
        largest_stable,
        stopped,
    )


def overfit_one_batch(
    model: Any, X: Any, y: Any, n_rows: int = 20, *, max_steps: int = 1000, random_state: int = 0
) -> OverfitTrial:
    """Train a twin of an estimator, without any regularization, on a few rows over and over.

    A network that cannot memorize 20 rows is too small, is held back by its learning rate, its
    initialization or the scale of its inputs, or has a wrong gradient: no more data will help.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        An estimator, fitted or not; it is left unchanged.
    X : array-like of shape (n_rows, n_features)
        The training data, from which different rows are drawn, of every class if that is possible.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    n_rows : int, default=20
        Number of rows.
    max_steps : int, default=1000
        After how many steps to give up (iterations with ``solver='lbfgs'``).
    random_state : int, default=0
        Draws the rows.

    Returns
    -------
    OverfitTrial
        True if the loss came under 5 % of that of the best constant prediction, and its curve.

    Raises
    ------
    ParameterError
        If a number makes no sense.

    References
    ----------
    Stanford CS231n, Neural Networks Part 3: overfit a tiny subset of data.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.diagnostics import overfit_one_batch
    >>> model = MLPClassifier((50,), standardize=True, random_state=0)
    >>> overfit_one_batch(model, *load_iris(return_X_y=True)).reached
    True
    """
    for name, value, least in (("n_rows", n_rows, 2), ("max_steps", max_steps, 1)):
        check_whole(name, value, least)
    rng = np.random.default_rng(random_state)
    free: dict[str, Any] = {"l1": 0.0, "l2": 0.0, "alpha": 0.0, "weight_decay": 0.0, "dropout": 0.0}
    if "label_smoothing" in _estimator(model).get_params():
        free["label_smoothing"] = 0.0
    if model.solver == "lbfgs":
        free.pop("weight_decay")
    trial = _Trial(model, X, y, None, few=lambda X, y: different_rows(X, y, n_rows, rng), **free)
    problem = trial.problem
    weight = np.ones(len(problem.Y)) if problem.sample_weight is None else problem.sample_weight
    paired = problem.objective.loss
    baseline, _ = constant_loss(paired, problem.Y.astype(np.float64), weight.astype(np.float64))
    losses = trial.minimize(max_steps) if not problem.optimizer.is_stepwise else []
    while problem.optimizer.is_stepwise and len(losses) < max_steps:
        losses.append(trial.step(float(model.learning_rate_init)))
        if not losses[-1] > TARGET * baseline:
            break
    curve = np.array(losses)
    reached = bool(np.isfinite(curve).all() and curve[-1] <= TARGET * baseline)
    return OverfitTrial(reached, curve, baseline, trial.rows, len(curve))


def different_rows(X: Any, y: Any, n_rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return rows at random with different inputs, class after class in turn."""
    order = rng.permutation(X.shape[0])
    dense = X[order].toarray() if hasattr(X, "toarray") else X[order]
    order = order[np.sort(np.unique(dense, axis=0, return_index=True)[1])]
    if getattr(y, "ndim", 1) == 1 and len(np.unique(y)) <= n_rows:
        turn = np.empty(len(order), np.intp)  # a row's number among those of its class
        for label in np.unique(y):
            of_class = y[order] == label
            turn[of_class] = np.arange(of_class.sum())
        order = order[np.argsort(turn, kind="stable")]
    return np.asarray(order[:n_rows])


class _Trial:
    """A twin of an estimator at the start of a fit, whose steps are made one at a time."""

    def __init__(
        self, model: Any, X: Any, y: Any, sample_weight: Any, few: Any = None, **parameters: Any
    ) -> None:
        twin = clone(_estimator(model)).set_params(**parameters)
        check_parameters(twin)
        self.is_stepwise = OPTIMIZERS[twin.solver].is_stepwise
        if few is None and not self.is_stepwise:
            raise ParameterError(
                f"solver={twin.solver!r} has no learning rate: a line search chooses the length of each step."
            )
        if not scipy.sparse.issparse(y):
            refuse_missing("y", np.asarray(y), None, type(twin).__name__)
        start = started(twin, X, y, sample_weight, choose=few)
        self.problem, self.state, self.rows = start.problem(), start.state, start.rows
        if self.is_stepwise:
            self.session = get_engine(twin.engine).open(self.problem)
        self.next = 0

    def step(self, rate: float) -> float:
        """Make a step; return the loss of its batch before it."""
        if self.next == 0:
            self.order = self.state.rng.permutation(self.problem.n_samples)
        sums = StepSums()
        with np.errstate(all="ignore"):
            self.session.run_steps(
                self.next,
                self.next + 1,
                order=self.order,
                learning_rates=np.array([rate]),
                memory=self.state.memory,
                updates_done=self.state.updates,
                rng=self.state.rng,
                sums=sums,
            )
        self.state.updates += sums.n_updates
        self.next = (self.next + 1) % self.problem.n_steps
        if not sums.finite or not np.isfinite(self.problem.objective.network.parameters).all():
            return float("nan")
        return sums.loss / sums.weight if sums.weight > 0.0 else float("nan")

    def minimize(self, max_iter: int) -> list[float]:
        """Minimize as a whole; return the loss of each iteration."""
        from pellucid.training import train_full_batch

        train_full_batch(self.problem, self.state, max_iter=max_iter, max_fun=15 * max_iter, tol=1e-8)
        return [row["loss"] for row in self.state.history] or [float("nan")]


def _estimator(model: Any) -> Any:
    if not isinstance(model, MLPClassifier | MLPRegressor):
        raise ParameterError(
            "'model' must be an MLPClassifier or MLPRegressor of pellucid, fitted or not; got "
            f"{type(model).__name__}."
        )
    return model
