"""What both estimators share: a fit is validation, a network, a problem, training, and an honest ending."""

from __future__ import annotations

import copy
import warnings
from abc import abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from threadpoolctl import threadpool_limits

from pellucid.core import Network, Objective
from pellucid.core.losses import Loss, smooth_labels
from pellucid.core.objective import check_targets
from pellucid.engines import Problem, get_engine
from pellucid.estimators._callbacks import CallbackBridge
from pellucid.estimators._data import check_inputs, check_weights, moments, prepare, split_rows
from pellucid.estimators._fitted import Array, FittedMLP
from pellucid.estimators._options import (
    batch_size_of,
    check_combinations,
    dtype_of,
    has_horizon,
    hidden_sizes,
    optimizer_of,
    schedule_of,
)
from pellucid.estimators._warnings import DivergenceWarning
from pellucid.exceptions import DataError, DivergenceError, ParameterError
from pellucid.optimizers import Optimizer
from pellucid.training import Observer, Outcome, Plan, TrainingState, train, train_full_batch
from pellucid.training.console import PrintEpochs, ProgressBar

__all__ = ["BaseMLP"]

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed. "
)


@dataclass
class _Validation:
    """Validation data: as the user gave it for scorers, as the network takes it for the loss."""

    X: Any
    y: Any
    given_weight: Array | None
    inputs: Any
    targets: Array
    weight: Array | None


class BaseMLP(CallbackSupportMixin, FittedMLP):
    """Base of the estimators; see :class:`MLPClassifier` and :class:`MLPRegressor`."""

    # ---- what a subclass adds ---------------------------------------------------------------------

    @abstractmethod
    def _check_y(self, y: Any, *, cold: bool) -> Any:
        """Return validated targets of shape (n_samples,) or (n_samples, n_outputs)."""

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
            limits = nullcontext() if self.n_threads is None else threadpool_limits(self.n_threads)
            with limits:
                self._fit_checked(X, y, sample_weight, validation_data, cold=cold, incremental=incremental)
        except Exception:
            # A fit that fails leaves the estimator as it was; what scikit-learn tears down itself stays.
            own = {key: self.__dict__[key] for key in _SKLEARN_TEARS_DOWN if key in self.__dict__}
            self.__dict__.clear()
            self.__dict__.update(before, **own)
            raise

    def _fit_checked(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, cold: bool, incremental: bool
    ) -> None:
        given_X, given_y = X, y
        X, y = check_inputs(self, X, self._prepared_y(y), reset=cold)
        y = self._check_y(y, cold=cold)
        given_weight, weight = check_weights(sample_weight, X, self._class_weight(incremental), y)
        Y = self._encode(y)
        optimizer, options = optimizer_of(self)
        dtype = dtype_of(self, optimizer)

        if cold:
            rng = _generator(self.random_state)
            self._split_seed = int(rng.integers(2**31))
        rows, held_out = self._split(X, y, validation_data, optimizer)
        train_weight = weight if rows is None or weight is None else weight[rows]
        if cold:
            loss = self._resolved_loss()
            output = self.output_activation or self._output_activation(loss, Y.shape[1])
            network = self._network(X.shape[1], Y.shape[1], output, dtype, rng)
            self._settle_scales(X, Y, rows, train_weight, loss, network)
            self.network_ = network
            self._training_state = TrainingState(
                optimizer.start(network.n_parameters, dtype), rng, int(self.max_iter)
            )
            self._solver_in_memory = optimizer.name
        else:
            self._check_continues(X, Y, dtype, optimizer)
        network, state = self.network_, self._training_state

        objective = Objective(
            network, self._resolved_loss().on(network.output_activation), self.l1, self.l2, self.alpha
        )
        inputs = prepare(X, rows, self.input_mean_, self.input_scale_, dtype)
        targets = self._targets(Y if rows is None else Y[rows], dtype)
        check_targets(targets, objective.loss)
        smoothing = getattr(self, "label_smoothing", 0.0)
        problem = Problem(
            objective,
            inputs,
            smooth_labels(targets, smoothing, network.output_activation),
            None if train_weight is None else train_weight.astype(dtype),
            batch_size_of(self, len(targets)),
            optimizer,
            options,
            optimizer.weight_decay if self.weight_decay is None else self.weight_decay,
            self.max_grad_norm,
        )
        validation = self._given_validation(validation_data, dtype)
        if held_out is not None:
            part = [None if w is None else w[held_out] for w in (given_weight, weight)]
            validation = self._validation(X[held_out], y[held_out], part[0], part[1], Y[held_out], dtype)

        context = self._init_callback_context(max_subtasks=1 if incremental else int(self.max_iter))
        data = {
            "X": given_X,
            "y": given_y,
            "metadata": None if sample_weight is None else {"sample_weight": sample_weight},
        }
        context.call_on_fit_task_begin(estimator=self, **data)
        observers = self._observers(context, data)
        outcome = self._train(problem, state, validation, observers, 1 if incremental else int(self.max_iter))
        context.call_on_fit_task_end(estimator=self, **data, reconstruction_attributes=self._reconstruction)
        self.n_iter_ = outcome.n_epochs
        if not (incremental and outcome.reason == "max_iter"):
            self._conclude(outcome)

    def _train(
        self,
        problem: Problem,
        state: TrainingState,
        validation: _Validation | None,
        observers: list[Observer],
        n_epochs: int,
    ) -> Outcome:
        def validate() -> tuple[float, float | None]:
            assert validation is not None
            return self._validate_now(problem.objective, validation)

        judge = None if validation is None else validate
        if not problem.optimizer.is_stepwise:
            return train_full_batch(
                problem,
                state,
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                tol=self.tol,
                validate=judge,
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
        return train(problem, state, plan, get_engine(self.engine), validate=judge, observers=observers)

    def _conclude(self, outcome: Outcome) -> None:
        if outcome.reason == "diverged":
            if not self._training_state.history:
                raise DivergenceError(DIVERGED + outcome.message)
            warnings.warn(
                f"{outcome.message} The parameters of epoch {self._training_state.epoch} were put back.",
                DivergenceWarning,
                stacklevel=6,
            )
        elif outcome.reason == "interrupted":
            warnings.warn(outcome.message, stacklevel=6)
        elif outcome.reason == "max_iter" and not has_horizon(self):
            prefix = "" if self.solver == "lbfgs" else "Stochastic Optimizer: "
            warnings.warn(prefix + outcome.message, ConvergenceWarning, stacklevel=6)

    # ---- the parts of a fit ---------------------------------------------------------------------------

    def _prepared_y(self, y: Any) -> Any:
        """Return y as given, or say that it is missing."""
        if y is None:
            raise DataError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y is None."
            )
        return y

    def _class_weight(self, incremental: bool) -> Any:
        class_weight = getattr(self, "class_weight", None)
        if incremental and class_weight == "balanced":
            raise ParameterError(
                "class_weight='balanced' is not supported by partial_fit, which does not see all rows; pass "
                "the weights as a dict, see sklearn.utils.compute_class_weight."
            )
        return class_weight

    def _network(
        self, n_features: int, n_outputs: int, output_activation: Any, dtype: Any, rng: np.random.Generator
    ) -> Network:
        return Network(
            [n_features, *hidden_sizes(self), n_outputs],
            activation=self.activation,
            output_activation=output_activation,
            initializer=self.initializer,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            residual=self.residual,
            dtype=dtype,
            random_state=rng,
        )

    def _settle_scales(
        self,
        X: Any,
        Y: Array,
        rows: NDArray[np.intp] | None,
        weight: Array | None,
        loss: Loss,
        network: Network,
    ) -> None:
        """Set the statistics by which inputs and targets are standardized, from the training rows."""
        self.input_mean_ = self.input_scale_ = self.target_mean_ = self.target_scale_ = None
        if not self.standardize:
            return
        self.input_mean_, self.input_scale_ = moments(X if rows is None else X[rows], weight)
        is_regressor = self.__sklearn_tags__().estimator_type == "regressor"
        if is_regressor and network.output_activation.name == "identity" and loss.name != "poisson":
            self.target_mean_, self.target_scale_ = moments(Y if rows is None else Y[rows], weight)

    def _targets(self, Y: Array, dtype: Any) -> Array:
        targets: Array = prepare(Y, None, self.target_mean_, self.target_scale_, dtype, "y")
        return targets

    def _check_continues(self, X: Any, Y: Array, dtype: Any, optimizer: Optimizer) -> None:
        network = self.network_
        sizes = (X.shape[1], *hidden_sizes(self), Y.shape[1])
        if sizes != network.layer_sizes:
            raise ParameterError(
                f"warm_start and partial_fit continue the fitted network with layers {network.layer_sizes}; "
                f"parameters and data now ask for {sizes}. Set warm_start=False to start anew."
            )
        if dtype != network.dtype:
            raise ParameterError(
                f"warm_start and partial_fit continue in {network.dtype}; dtype and solver now ask for {dtype}. "
                f"Set dtype={network.dtype.name!r}, or warm_start=False."
            )
        state = getattr(self, "_training_state", None)
        if state is None:  # fitted elsewhere, see from_sklearn
            rng = _generator(self.random_state)
            self._training_state = TrainingState(np.empty((0, 0)), rng, int(self.max_iter))
        if getattr(self, "_solver_in_memory", None) != optimizer.name:
            self._training_state.memory = optimizer.start(network.n_parameters, dtype)
            self._solver_in_memory = optimizer.name

    # ---- validation during a fit ------------------------------------------------------------------------

    def _split(
        self, X: Any, y: Any, validation_data: Any, optimizer: Optimizer
    ) -> tuple[NDArray[np.intp] | None, NDArray[np.intp] | None]:
        if not self.early_stopping or validation_data is not None or not optimizer.is_stepwise:
            return None, None
        return split_rows(X.shape[0], self.validation_fraction, self._split_seed, self._strata(y))

    def _strata(self, y: Any) -> Any:
        """Return what a split keeps the shares of; None for a split at random."""
        return None

    def _given_validation(self, validation_data: Any, dtype: Any) -> _Validation | None:
        if validation_data is None:
            return None
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise DataError(
                "validation_data must be (X_val, y_val) or (X_val, y_val, sample_weight_val); got "
                f"{type(validation_data).__name__}"
                + (f" of length {len(validation_data)}." if hasattr(validation_data, "__len__") else ".")
            )
        X, y = check_inputs(self, validation_data[0], self._prepared_y(validation_data[1]), reset=False)
        y = self._check_y(y, cold=False)
        weight = validation_data[2] if len(validation_data) == 3 else None
        given, weight = check_weights(weight, X, self._class_weight(incremental=False), y)
        return self._validation(X, y, given, weight, self._encode(y), dtype)

    def _validation(
        self, X: Any, y: Any, given_weight: Array | None, weight: Array | None, Y: Array, dtype: Any
    ) -> _Validation:
        inputs = prepare(X, None, self.input_mean_, self.input_scale_, dtype)
        weight = None if weight is None else weight.astype(np.float64)
        return _Validation(X, y, given_weight, inputs, self._targets(Y, dtype), weight)

    def _validate_now(self, objective: Objective, validation: _Validation) -> tuple[float, float | None]:
        with np.errstate(all="ignore"):
            loss = objective.data_loss(validation.inputs, validation.targets, validation.weight)
        if self.scoring == "loss":
            return loss, -loss
        if not np.isfinite(loss):
            return loss, float("nan")
        probe = copy.copy(self)
        probe.__dict__.pop("feature_names_in_", None)  # the rows are arrays by now
        weights = {} if validation.given_weight is None else {"sample_weight": validation.given_weight}
        return loss, float(check_scoring(probe, self.scoring)(probe, validation.X, validation.y, **weights))

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
        self._watchers = [c for c in callbacks if isinstance(c, Observer)]
        return super().set_callbacks(*(c for c in callbacks if not isinstance(c, Observer)))

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
        state = copy.deepcopy(self._training_state)
        return {"network_": self.network_.copy(), "_training_state": state, "n_iter_": len(state.history)}


_SKLEARN_TEARS_DOWN = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


def _generator(random_state: Any) -> np.random.Generator:
    """Return a generator for scikit-learn's kinds of ``random_state``; a Generator is used as it is."""
    if isinstance(random_state, np.random.RandomState):
        random_state = int(random_state.randint(np.iinfo(np.int32).max))
    return np.random.default_rng(random_state)
