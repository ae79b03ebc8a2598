"""What both estimators share: a fit is validation, a network, a problem, training, and an honest ending."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning

from pellucid.core import Architecture, Network, Objective
from pellucid.core.losses import Loss, smooth_labels
from pellucid.core.objective import check_targets
from pellucid.engines import Problem, announcer, get_engine, outputs_of
from pellucid.estimators._by_hand import begin
from pellucid.estimators._callbacks import CallbackBridge
from pellucid.estimators._class_weight import check_class_weight
from pellucid.estimators._data import (
    Rows,
    absent_replaced,
    check_inputs,
    check_weights,
    moments,
    prepare,
    rescaled,
    split_rows,
)
from pellucid.estimators._fitted import Array, FittedMLP
from pellucid.estimators._held_out import TakesHeldOutRows
from pellucid.estimators._options import (
    batch_size_of,
    check_combinations,
    dtype_of,
    has_horizon,
    hidden_sizes,
    optimizer_of,
    schedule_of,
)
from pellucid.estimators._scoring import score_of
from pellucid.estimators._warnings import DivergenceWarning
from pellucid.exceptions import DataError, DivergenceError, ParameterError
from pellucid.host.blas import blas_threads
from pellucid.host.streams import warn
from pellucid.optimizers import Moment, Optimizer
from pellucid.training import Observer, Outcome, Plan, Validate, train, train_full_batch
from pellucid.training.console import PrintEpochs, ProgressBar, say_compiling
from pellucid.training.finished import INTERRUPTED

__all__ = ["BaseMLP"]

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed. "
)


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

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, incremental: bool) -> None:
        hidden_sizes(self)
        self._validate_params()
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
        """Keep the finished epochs of a fit that Ctrl-C has ended; else leave the estimator as it was."""
        old, state = before.get("_training_state"), self.__dict__.get("_training_state")
        if isinstance(error, KeyboardInterrupt) and state is not None and state is not old:
            n_epochs = int(state.epoch) - (0 if cold or old is None else int(old.epoch))
            if n_epochs > 0:
                self.n_iter_ = n_epochs
                return Outcome("interrupted", INTERRUPTED, n_epochs)
        # What scikit-learn tears down itself stays. One assignment: Ctrl-C cannot come in between.
        own = {key: self.__dict__[key] for key in _SKLEARN_TEARS_DOWN if key in self.__dict__}
        self.__dict__ = {**before, **own}
        return None

    def _fit_checked(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, cold: bool, incremental: bool
    ) -> Outcome:
        optimizer, options = optimizer_of(self)
        dtype = dtype_of(self, optimizer)
        class_weight = self._class_weight(incremental=incremental)
        warm = not (cold or incremental)
        data = self._read(X, y, sample_weight, class_weight, cold=cold, warm=warm)
        if cold:
            self.__dict__.pop("_training_state", None)
        begin(self)
        if not cold:  # what fails must leave the fit before as it was, so training works on copies
            self.network_ = self.network_.copy()
            self._training_state = self._training_state.copy()
        train_rows, held_out = data, None
        if self.early_stopping and validation_data is None and optimizer.is_stepwise:
            strata = self._strata(data.y)
            kept, out = split_rows(len(data.Y), self.validation_fraction, self._split_seed, strata)
            train_rows, held_out = data.take(kept), data.take(out)
        elif validation_data is not None:
            held_out = self._read_validation(validation_data, class_weight)
        train_rows = train_rows.silenced()
        if cold:
            self._start(train_rows, optimizer, dtype)
        else:
            self._check_continues(data, optimizer, dtype)

        problem = self._problem(train_rows, optimizer, options, dtype)
        validate = None if held_out is None else self._judge(problem.objective, held_out)
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
                f"learning_rate={self.learning_rate!r} was planned for the {state.horizon} epochs of the cold fit "
                f"and {beyond} of these {n_epochs} epochs come after them, at its last rate, {rate:g}. Use "
                "another learning_rate to go on, or fit anew with a larger max_iter.",
                stacklevel=6,
            )
        engine = get_engine(self.engine)
        with announcer(say_compiling):
            return train(problem, state, plan, engine, validate=validate, observers=observers)

    def _conclude(self, outcome: Outcome) -> None:
        """Warn of an ending that the user should know of. The model is fitted, also if the warning is an error."""
        if outcome.reason == "diverged":
            which = "the best epoch" if self.early_stopping else f"epoch {self._training_state.epoch}"
            warn(
                f"{outcome.message} The parameters of {which} were put back.",
                DivergenceWarning,
                stacklevel=5,
            )
        elif outcome.reason == "interrupted":
            warn(outcome.message, stacklevel=5)
        elif outcome.reason == "max_iter" and not has_horizon(self):
            prefix = "" if self.solver == "lbfgs" else "Stochastic Optimizer: "
            warn(prefix + outcome.message, ConvergenceWarning, stacklevel=5)

    # ---- the parts of a fit ---------------------------------------------------------------------------

    def _read(
        self, X: Any, y: Any, sample_weight: Any, class_weight: Any, *, cold: bool, warm: bool = False
    ) -> Rows:
        """Return clean rows of what the user gave."""
        if y is None:
            raise DataError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        try:
            return self._read_rows(X, y, sample_weight, class_weight, cold=cold, warm=warm)
        except ValueError:  # a row of weight 0 is absent, whatever it holds
            present = absent_replaced(sample_weight, X, y)
            if present is None:
                raise
        return self._read_rows(present[0], present[1], sample_weight, class_weight, cold=cold, warm=warm)

    def _read_rows(
        self, X: Any, y: Any, sample_weight: Any, class_weight: Any, *, cold: bool, warm: bool
    ) -> Rows:
        X, y = check_inputs(self, X, y, reset=cold)
        y = self._check_y(y, cold=cold, warm=warm)
        classes = getattr(self, "classes_", None)
        given_weight, weight = check_weights(sample_weight, X, class_weight, y, classes)
        return Rows(X, y, self._encode(y), given_weight, weight)

    def _read_validation(self, validation_data: Any, class_weight: Any) -> Rows:
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise DataError(
                "validation_data must be (X_val, y_val) or (X_val, y_val, sample_weight_val); got "
                f"{type(validation_data).__name__}"
                + (f" of length {len(validation_data)}." if hasattr(validation_data, "__len__") else ".")
            )
        X, y, sample_weight = (*validation_data, None)[:3]
        try:
            return self._read(X, y, sample_weight, class_weight, cold=False)
        except ValueError as error:
            raise DataError(f"validation_data: {error}") from error

    def _class_weight(self, *, incremental: bool) -> Any:
        class_weight = getattr(self, "class_weight", None)
        check_class_weight(class_weight)
        if incremental and class_weight == "balanced":
            raise ParameterError(
                "class_weight='balanced' is not supported by partial_fit, which does not see all rows; pass "
                "the weights as a dict, see sklearn.utils.compute_class_weight."
            )
        return class_weight

    def _strata(self, y: Any) -> Any:
        """Return what a split keeps the shares of; None for a split at random."""
        return None

    def _start(self, rows: Rows, optimizer: Optimizer, dtype: Any) -> None:
        """Make the network, the scales and the optimizer's memory of a cold fit."""
        loss, n_outputs = self._resolved_loss(), rows.Y.shape[1]
        output = self.output_activation or self._output_activation(loss, n_outputs)
        sizes = [rows.X.shape[1], *hidden_sizes(self), n_outputs]
        self.network_ = self._network(sizes, output, dtype, self.initializer, self._training_state.rng)
        self.input_mean_ = self.input_scale_ = self.target_mean_ = self.target_scale_ = None
        if self.standardize:
            self.input_mean_, self.input_scale_ = moments(rows.X, rows.weight)
            if (
                self._scales_targets
                and self.network_.output_activation.name == "identity"
                and loss.name != "poisson"
            ):
                self.target_mean_, self.target_scale_ = moments(rows.Y, rows.weight)
        self._training_state.memory = optimizer.start(self.network_.n_parameters, dtype)
        self._solver_in_memory = optimizer.name

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
                f"The derivative of {flat[0]!r} is 0 everywhere, so that nothing below it can be learned: use "
                "'tanh' or 'logistic', its soft forms. (A Network may have it; training cannot.)"
            )
        return network

    def _check_continues(self, rows: Rows, optimizer: Optimizer, dtype: Any) -> None:
        """See to it that parameters and data still ask for the fitted network."""
        network = self.network_
        sizes = (rows.X.shape[1], *hidden_sizes(self), rows.Y.shape[1])
        if sizes != network.layer_sizes:
            raise ParameterError(
                f"warm_start and partial_fit continue the fitted network with layers {network.layer_sizes}; "
                f"parameters and data now ask for {sizes}. Set warm_start=False to start anew."
            )
        trained_here = hasattr(self, "_solver_in_memory")
        if dtype != network.dtype and not trained_here:
            self.network_ = network = network.copy(dtype)
        if dtype != network.dtype:
            raise ParameterError(
                f"warm_start and partial_fit continue in {network.dtype}; dtype and solver now ask for {dtype}. "
                f"Set dtype={network.dtype.name!r}, or warm_start=False."
            )
        output = self.output_activation or self._output_activation(self._resolved_loss(), sizes[-1])
        asked = self._network(sizes, output, dtype, "zeros", np.random.default_rng(0))
        for name in (field.name for field in fields(Architecture)):
            if getattr(asked.architecture, name) != getattr(network.architecture, name):
                raise ParameterError(
                    f"warm_start and partial_fit continue the fitted network, which has another {name} than the "
                    f"parameters now ask for. Set {name} back, or warm_start=False to start anew."
                )
        if getattr(self, "_solver_in_memory", None) != optimizer.name:
            self._training_state.memory = optimizer.start(network.n_parameters, dtype)
            self._training_state.updates = 0
            self._solver_in_memory = optimizer.name

    def _problem(self, rows: Rows, optimizer: Optimizer, options: dict[str, float], dtype: Any) -> Problem:
        network = self.network_
        loss = self._resolved_loss().on(network.output_activation)
        try:
            inputs = prepare(rows.X, self.input_mean_, self.input_scale_, dtype)
            targets = prepare(rows.Y, self.target_mean_, self.target_scale_, dtype, "y")
        except DataError as error:  # scikit-learn's sentence for what it finds out by training
            raise DataError(DIVERGED + str(error)) from error
        check_targets(targets, loss)
        weight, unit = rescaled(rows.weight, dtype)
        return Problem(
            Objective(network, loss, self.l1, self.l2, self.alpha / unit),
            inputs,
            smooth_labels(targets, getattr(self, "label_smoothing", 0.0), network.output_activation),
            weight,
            batch_size_of(self, len(targets)),
            optimizer,
            options,
            optimizer.weight_decay if self.weight_decay is None else self.weight_decay,
            self.max_grad_norm,
        )

    def _judge(self, objective: Objective, rows: Rows) -> Validate:
        """Return what computes the validation loss and the validation score of the network as it is."""
        dtype = self.network_.dtype
        counted = rows.silenced()
        inputs = prepare(counted.X, self.input_mean_, self.input_scale_, dtype)
        targets = prepare(counted.Y, self.target_mean_, self.target_scale_, dtype, "y")
        check_targets(targets, objective.loss)
        rows = replace(rows, weight=rows.given_weight).silenced()  # a score knows no class weights
        score = None if self.scoring == "loss" else score_of(self, "the validation rows")

        def validate() -> tuple[float, float | None]:
            with np.errstate(all="ignore"):
                scores = outputs_of(self.network_, inputs, engine=self._predicting_engine, scores=True)
                loss = objective.loss_of_scores(scores, targets, counted.weight)
            if score is None:
                return loss, -loss
            if not np.isfinite(loss):
                return loss, float("nan")
            probe = copy.copy(self)
            probe.__dict__.pop("feature_names_in_", None)  # the rows are arrays by now
            probe.n_iter_ = len(self.history_)
            return loss, score(probe, rows.X, rows.y, rows.given_weight)

        return validate

    # ---- who watches ------------------------------------------------------------------------------------

    def set_callbacks(self, *callbacks: Any) -> Any:
        """Set what watches a fit.

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
