"""Base of both estimators: a fit validates, builds a network and a problem, trains, and reports its outcome."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning

from pellucid.core import Network
from pellucid.core.losses import Loss
from pellucid.engines import Problem, announcer, get_engine
from pellucid.estimators._by_hand import begin
from pellucid.estimators._callbacks import CallbackBridge
from pellucid.estimators._fitted import Array, FittedMLP
from pellucid.estimators._options import (
    check_combinations,
    dtype_of,
    has_horizon,
    hidden_sizes,
    optimizer_of,
    schedule_of,
)
from pellucid.estimators._preparations import MLPPreparation
from pellucid.estimators._problem import DIVERGED, check_continues, problem_of, start, validation_of
from pellucid.estimators._reading import read_rows, read_validation
from pellucid.estimators._rows import split_rows
from pellucid.estimators._shared import read_shared_rows
from pellucid.estimators.class_weight import check_class_weight
from pellucid.estimators.divergence_warning import DivergenceWarning
from pellucid.estimators.held_out import TakesHeldOutRows
from pellucid.estimators.parameters import check_parameters
from pellucid.exceptions import DivergenceError, ParameterError
from pellucid.host import interruptions
from pellucid.host.blas import blas_threads
from pellucid.host.streams import warn
from pellucid.optimizers import Moment
from pellucid.training import Observer, Outcome, Plan, Validate, train, train_full_batch
from pellucid.training.console import PrintEpochs, ProgressBar, say_compiling
from pellucid.training.finished import INTERRUPTED

__all__ = ["BaseMLP"]


class BaseMLP(TakesHeldOutRows, CallbackSupportMixin, FittedMLP):
    """Base of the estimators; see :class:`MLPClassifier` and :class:`MLPRegressor`."""

    # ---- what a subclass adds ---------------------------------------------------------------------

    _scales_targets = False

    @abstractmethod
    def _check_y(self, y: Any, *, cold: bool, warm: bool = False) -> Any:
        """Return validated targets of shape (n_samples,) or (n_samples, n_outputs); ``warm`` is a warm start."""

    @abstractmethod
    def _encode(self, y: Any) -> Array:
        """Return targets as the network's outputs see them, in float64."""

    @abstractmethod
    def _output_activation(self, loss: Loss, n_outputs: int) -> str:
        """Return the default output activation."""

    @abstractmethod
    def _resolved_loss(self) -> Loss:
        """Return the loss with its options."""

    # ---- fit ----------------------------------------------------------------------------------------

    def _validate_params(self) -> None:
        hidden_sizes(self)
        super()._validate_params()
        check_class_weight(getattr(self, "class_weight", None))

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, incremental: bool) -> None:
        check_parameters(self)
        check_combinations(self, incremental=incremental)
        cold = not hasattr(self, "network_") or not (self.warm_start or incremental)
        before = self.__dict__.copy()
        try:
            with blas_threads(self.n_threads):
                outcome = self._fit_checked(
                    X, y, sample_weight, validation_data, cold=cold, incremental=incremental
                )
        except BaseException as error:
            try:
                kept = self._rescue(error, before, cold=cold)
            except KeyboardInterrupt as again:
                kept = self._rescue(again, before, cold=cold)
            if kept is None:
                raise
            outcome = kept
        if not (incremental and outcome.reason == "max_iter"):
            self._conclude(outcome)

    def _rescue(self, error: BaseException, before: dict[str, Any], *, cold: bool) -> Outcome | None:
        """Keep the finished epochs of a fit that Ctrl-C ended; otherwise leave the estimator unchanged."""
        old, state = before.get("_training_state"), self.__dict__.get("_training_state")
        if isinstance(error, KeyboardInterrupt) and state is not None and state is not old:
            n_epochs = int(state.epoch) - (0 if cold or old is None else int(old.epoch))
            if n_epochs > 0:
                self.n_iter_ = n_epochs
                return Outcome("interrupted", INTERRUPTED, n_epochs)
        # What scikit-learn tears down itself stays. A single assignment cannot be split by Ctrl-C.
        own = {key: self.__dict__[key] for key in _SKLEARN_TEARS_DOWN if key in self.__dict__}
        self.__dict__ = {**before, **own}
        return None

    def _fit_checked(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, cold: bool, incremental: bool
    ) -> Outcome:
        optimizer, options = optimizer_of(self)
        dtype = dtype_of(self, optimizer)
        data: Any = (
            read_shared_rows(self, X, cold=cold)
            if hasattr(X, "shards")
            else read_rows(self, X, y, sample_weight, cold=cold, warm=not (cold or incremental))
        )
        if cold:
            self.__dict__.pop("_training_state", None)
            self.__dict__.pop("fit_summary_", None)
        begin(self)
        if not cold:  # a failure must leave the previous fit unchanged, so training works on copies
            self.network_ = self.network_.copy()
            self._training_state = self._training_state.copy()
        train_rows, held_out = data, None
        if self.early_stopping and validation_data is None and optimizer.is_stepwise:
            strata = self._strata(data.y)
            share = min(self.validation_fraction, data.most_held_out / len(data.Y))
            kept, out = split_rows(len(data.Y), share, self._split_seed, strata)
            train_rows, held_out = data.take(kept), data.together(out)
        elif validation_data is not None:
            held_out = read_validation(self, validation_data)
        train_rows = train_rows.silenced()
        if cold:
            start(self, train_rows, optimizer, dtype)
        else:
            check_continues(self, data, optimizer, dtype)

        if not incremental:  # a chunk of partial_fit does not represent all rows
            self.fit_summary_ = train_rows.summary()
        problem = problem_of(self, train_rows, optimizer, options, dtype)
        validate = None if held_out is None else validation_of(self, problem.objective, held_out)
        n_epochs = 1 if incremental else int(self.max_iter)
        context = self._init_callback_context(max_subtasks=n_epochs)
        shown: dict[str, Any] = {"X": X, "y": y, "metadata": None}
        if sample_weight is not None:
            shown["metadata"] = {"sample_weight": sample_weight}
        context.call_on_fit_task_begin(estimator=self, **shown)
        outcome = self._train(problem, validate, self._observers(context, shown), n_epochs)
        self.n_iter_ = outcome.n_epochs
        context.call_on_fit_task_end(estimator=self, **shown, reconstruction_attributes=self._reconstruction)
        if outcome.reason == "diverged" and not self._training_state.history:
            raise DivergenceError(DIVERGED + outcome.message)
        return outcome

    def _train(
        self, problem: Problem, validate: Validate | None, observers: list[Observer], n_epochs: int
    ) -> Outcome:
        state = self._training_state
        if not problem.optimizer.is_stepwise:
            return train_full_batch(
                problem,
                state,
                max_iter=n_epochs,
                max_fun=self.max_fun,
                tol=self.tol,
                validate=validate,
                observers=observers,
            )
        plan = Plan(
            n_epochs,
            self.learning_rate_init,
            schedule_of(self),
            self.shuffle,
            self.tol,
            self.n_iter_no_change,
            keep_best=self.early_stopping,
        )
        beyond = min(n_epochs, state.epoch + n_epochs - state.horizon)
        if has_horizon(self) and beyond > 0:
            rate = plan.schedule(plan.learning_rate, Moment(state.epoch, 1.0, state.samples_seen, 0))
            warn(
                f"learning_rate={self.learning_rate!r} was planned for the {state.horizon} epochs of the "
                f"cold fit, and {beyond} of these {n_epochs} epochs come later, at its last rate, "
                f"{rate:g}. Choose another learning_rate to continue, or fit again with a larger max_iter.",
                stacklevel=6,
            )
        engine = get_engine(self.engine)
        with announcer(say_compiling):
            return train(problem, state, plan, engine, validate=validate, observers=observers)

    def _conclude(self, outcome: Outcome) -> None:
        """Warn of an outcome that concerns the user. The model is fitted even if the warning is an error."""
        if outcome.reason == "diverged":
            which = "the best epoch" if self.early_stopping else f"epoch {self._training_state.epoch}"
            warn(
                f"{outcome.message} The parameters of {which} were restored.",
                DivergenceWarning,
                stacklevel=5,
            )
        elif outcome.reason == "interrupted":
            interruptions.tell(outcome.message)
            warn(outcome.message, stacklevel=5)
        elif outcome.reason == "max_iter" and not has_horizon(self):
            prefix = "" if self.solver == "lbfgs" else "Stochastic Optimizer: "
            warn(prefix + outcome.message, ConvergenceWarning, stacklevel=5)

    # ---- the parts of a fit ---------------------------------------------------------------------------

    def _strata(self, y: Any) -> Any:
        """Return the values whose shares a split preserves; None for a random split."""
        return None

    def _network(
        self, sizes: Sequence[int], output: Any, dtype: Any, initializer: Any, rng: np.random.Generator
    ) -> Network:
        network = Network(
            sizes,
            activation=self.activation,
            output_activation=output,
            initializer=initializer,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            normalization=self.normalization,
            residual=self.residual,
            dtype=dtype,
            random_state=rng,
        )
        flat = [a.name for a in (*network.activation, network.output_activation) if a.is_flat]
        if flat:
            raise ParameterError(
                f"The derivative of {flat[0]!r} is 0 everywhere, so the layers below it cannot learn: use "
                "'tanh' or 'logistic', its soft forms. (A Network may have it; training cannot.)"
            )
        return network

    # ---- observers --------------------------------------------------------------------------------------

    def set_callbacks(self, *callbacks: Any) -> Any:
        """Set the observers of a fit.

        Parameters
        ----------
        *callbacks : callback or Observer
            Callbacks of scikit-learn's protocol (:mod:`sklearn.callback`), or
            :class:`pellucid.training.Observer` objects. None removes them.

        Returns
        -------
        self
            The estimator.
        """
        super().set_callbacks(*(c for c in callbacks if not isinstance(c, Observer)))
        self._watchers = [c for c in callbacks if isinstance(c, Observer)]
        return self

    def __sklearn_clone__(self) -> Any:
        twin = super().__sklearn_clone__()
        twin._watchers = list(getattr(self, "_watchers", ()))
        return twin

    def __pellucid_preparation__(self, *, loss: Any = None, member: int = 0) -> MLPPreparation:
        return MLPPreparation(self, loss)

    def _observers(self, context: Any, data: dict[str, Any]) -> list[Observer]:
        observers: list[Observer] = list(getattr(self, "_watchers", ()))
        if self.verbose == "progress":
            observers.append(ProgressBar())
        elif self.verbose:
            observers.append(PrintEpochs())
        if getattr(self, "_skl_callbacks", None):
            observers.append(CallbackBridge(self, context, data, self._reconstruction))
        return observers

    def _reconstruction(self) -> dict[str, Any]:
        state = self._training_state.snapshot()
        return {"network_": self.network_.copy(), "_training_state": state, "n_iter_": len(state.history)}


_SKLEARN_TEARS_DOWN = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")
