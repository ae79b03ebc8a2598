"""What both estimators share: a fit is validation, a network, a problem, training, and an honest ending."""

from __future__ import annotations

import copy
import warnings
from abc import ABCMeta, abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from pellucid.core import Network, Objective
from pellucid.core.losses import Loss, smooth_labels
from pellucid.core.objective import check_targets
from pellucid.core.propagation import forward
from pellucid.engines import Problem, get_engine
from pellucid.estimators._callbacks import CallbackBridge
from pellucid.estimators._conversion import fill_from_sklearn, to_sklearn
from pellucid.estimators._data import check_weights, check_X, moments, prepare, split_rows
from pellucid.estimators._views import ParameterViews
from pellucid.estimators._warnings import DivergenceWarning
from pellucid.exceptions import DataError, DivergenceError, IgnoredParameterWarning, ParameterError
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Schedule, get_schedule
from pellucid.training import Observer, Outcome, Plan, TrainingState, train, train_full_batch
from pellucid.training.console import PrintEpochs, ProgressBar

__all__ = ["BaseMLP", "is_stepwise"]

Array = NDArray[np.floating]
DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed. "
)
PREDICTION_BLOCK = 1 << 22  # numbers per layer that a prediction holds at a time


@dataclass
class _Validation:
    """Validation data: as the user gave it for scorers, as the network takes it for the loss."""

    X: Any
    y: Any
    given_weight: Array | None
    inputs: Any
    targets: Array
    weight: Array | None


class BaseMLP(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, CallbackSupportMixin, BaseEstimator, metaclass=ABCMeta
):  # type: ignore[misc]
    """Base of the estimators; see :class:`MLPClassifier` and :class:`MLPRegressor`."""

    network_: Network
    n_iter_: int
    _training_state: TrainingState

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

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, incremental: bool) -> Any:
        self._validate_params()
        self._check_combinations(incremental)
        cold = not hasattr(self, "network_") or not (self.warm_start or incremental)
        before = self.__dict__.copy()
        try:
            limits = nullcontext() if self.n_threads is None else threadpool_limits(self.n_threads)
            with limits:
                return self._fit_checked(X, y, sample_weight, validation_data, cold, incremental)
        except Exception:
            # A fit that fails leaves the estimator as it was; what scikit-learn tears down itself stays.
            own = {key: self.__dict__[key] for key in _SKLEARN_TEARS_DOWN if key in self.__dict__}
            self.__dict__.clear()
            self.__dict__.update(before, **own)
            raise

    def _fit_checked(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, cold: bool, incremental: bool
    ) -> Any:
        given_X, given_y = X, y
        X, y = check_X(self, X, self._prepared_y(y), reset=cold)
        y = self._check_y(y, cold=cold)
        given_weight, weight = check_weights(sample_weight, X, self._class_weight(incremental), y)
        Y = self._encode(y)
        optimizer, options = self._optimizer()
        dtype = self._dtype(optimizer)

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
            self._batch_size(len(targets)),
            optimizer,
            options,
            optimizer.weight_decay if self.weight_decay is None else self.weight_decay,
            self.max_grad_norm,
        )
        if held_out is not None:
            part_weight = (None if w is None else w[held_out] for w in (given_weight, weight))
            held = (X[held_out], y[held_out], *part_weight)
            validation = self._validation(*held, Y[held_out], dtype)
        else:
            validation = self._given_validation(validation_data, dtype)

        context = self._init_callback_context(max_subtasks=1 if incremental else int(self.max_iter))
        data = {
            "X": given_X,
            "y": given_y,
            "metadata": None if sample_weight is None else {"sample_weight": sample_weight},
        }
        context.call_on_fit_task_begin(estimator=self, **data)
        observers = self._observers(context, data)
        outcome = self._train(problem, state, optimizer, validation, observers, incremental)
        context.call_on_fit_task_end(
            estimator=self, **data, reconstruction_attributes=self._reconstruction
        )
        self.n_iter_ = outcome.n_epochs
        self._conclude(outcome, incremental)
        return self

    def _train(
        self,
        problem: Problem,
        state: TrainingState,
        optimizer: Optimizer,
        validation: _Validation | None,
        observers: list[Observer],
        incremental: bool,
    ) -> Outcome:
        def validate() -> tuple[float, float | None]:
            assert validation is not None
            return self._validate_now(problem.objective, validation)

        judge = None if validation is None else validate
        if not optimizer.is_stepwise:
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
            1 if incremental else int(self.max_iter),
            self.learning_rate_init,
            self._schedule(),
            self.shuffle,
            self.tol,
            self.n_iter_no_change,
            keep_best=self.early_stopping,
        )
        return train(problem, state, plan, get_engine(self.engine), validate=judge, observers=observers)

    def _conclude(self, outcome: Outcome, incremental: bool) -> None:
        if outcome.reason == "diverged":
            if not self._training_state.history:
                raise DivergenceError(DIVERGED + outcome.message)
            warnings.warn(
                f"{outcome.message} The parameters of epoch {self._training_state.epoch} were put back.",
                DivergenceWarning,
                stacklevel=4,
            )
        elif outcome.reason == "interrupted":
            warnings.warn(outcome.message, stacklevel=4)
        elif outcome.reason == "max_iter" and not incremental and not self._has_horizon():
            prefix = "" if self.solver == "lbfgs" else "Stochastic Optimizer: "
            warnings.warn(prefix + outcome.message, ConvergenceWarning, stacklevel=4)

    # ---- the parts of a fit ---------------------------------------------------------------------------

    def _check_combinations(self, incremental: bool) -> None:
        if isinstance(self.hidden_layer_sizes, str):
            raise ParameterError(
                f"hidden_layer_sizes comes first and takes integers; got {self.hidden_layer_sizes!r}. "
                f"Write loss={self.hidden_layer_sizes!r} for a loss."
            )
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes))
        if sizes.size and (sizes.dtype.kind not in "iu" or (sizes <= 0).any()):
            raise ParameterError(f"hidden_layer_sizes must be > 0, got {self.hidden_layer_sizes!r}.")
        if incremental and self.early_stopping:
            raise ParameterError("partial_fit does not support early_stopping=True: set it to False, or use fit.")
        if self.solver == "lbfgs":
            if np.any(np.asarray(self.dropout) > 0.0):
                raise ParameterError(
                    "solver='lbfgs' needs an objective that is the same at every evaluation, which dropout is "
                    "not. Set dropout=0.0, or use another solver."
                )
            ignored = [n for n in ("weight_decay", "max_grad_norm") if getattr(self, n)]
            if ignored:
                message = f"solver='lbfgs' does not use {' and '.join(ignored)}; use l2, or another solver."
                warnings.warn(message, IgnoredParameterWarning, stacklevel=5)
        if self.solver == "adam" and self.learning_rate in ("invscaling", "adaptive"):
            warnings.warn(
                f"learning_rate={self.learning_rate!r} does nothing with solver='adam', as in scikit-learn; "
                "solver='adamw' with weight_decay=0.0 uses it, and so do the other solvers.",
                IgnoredParameterWarning,
                stacklevel=5,
            )

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

    def _optimizer(self) -> tuple[Optimizer, dict[str, float]]:
        name = self.solver
        if name == "sgd" and self.momentum > 0.0:
            name = "nesterov" if self.nesterovs_momentum else "momentum"
        optimizer = OPTIMIZERS[name]
        shared = ("momentum", "beta_1", "beta_2", "epsilon")
        options = {option: float(getattr(self, option)) for option in shared if option in optimizer.options}
        return optimizer, optimizer.resolve({**options, **(self.solver_options or {})})

    def _schedule(self) -> Schedule:
        name, options = self.learning_rate, dict(self.schedule_options or {})
        if self.solver == "adam" and name in ("invscaling", "adaptive"):
            return SCHEDULES["constant"]
        if name == "invscaling":
            options.setdefault("power", self.power_t)
        return get_schedule(name, **options)

    def _has_horizon(self) -> bool:
        return SCHEDULES[self.learning_rate].per_step and self.solver != "lbfgs"

    def _dtype(self, optimizer: Optimizer) -> np.dtype[Any]:
        if self.dtype is not None:
            dtype = np.dtype(self.dtype)
            if dtype not in (np.float32, np.float64):
                raise ParameterError(f"dtype must be 'float32', 'float64' or None; got {self.dtype!r}.")
            return dtype
        return np.dtype(np.float32 if optimizer.is_stepwise else np.float64)

    def _batch_size(self, n_samples: int) -> int:
        if self.batch_size == "auto":
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warnings.warn(
                f"Got `batch_size` less than 1 or larger than sample size. It is going to be clipped to {n_samples}.",
                stacklevel=6,
            )
        if self.batch_size == 1 and np.any(self.batch_norm):
            raise ParameterError(
                "batch_norm needs batches of at least 2 rows: with batch_size=1 every signal would be normalized to 0."
            )
        return min(int(self.batch_size), n_samples)

    def _network(
        self, n_features: int, n_outputs: int, output_activation: Any, dtype: Any, rng: np.random.Generator
    ) -> Network:
        hidden = [int(n) for n in np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int))]
        return Network(
            [n_features, *hidden, n_outputs],
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
        hidden = tuple(int(n) for n in np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)))
        sizes = (X.shape[1], *hidden, Y.shape[1])
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
        X, y = check_X(self, validation_data[0], self._prepared_y(validation_data[1]), reset=False)
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
        state = copy.copy(self._training_state)
        state.memory, state.history = state.memory.copy(), list(state.history)
        state.rng = copy.deepcopy(state.rng)
        done = len(state.history)
        return {"network_": self.network_.copy(), "_training_state": state, "n_iter_": done}

    # ---- prediction -------------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for the user's X, in float64, or float32 where X and network are."""
        check_is_fitted(self)
        X = check_X(self, X, reset=False)
        network = self.network_
        dtype = np.float32 if X.dtype == np.float32 and network.dtype == np.float32 else np.float64
        outputs = np.empty((X.shape[0], network.layer_sizes[-1]), dtype)
        with np.errstate(over="ignore", under="ignore"):
            for rows, passed in self._forward_blocks(X):
                outputs[rows] = network.output_activation.value(passed.scores.astype(dtype))
        return outputs

    def _forward_blocks(self, X: Any) -> Any:
        """Yield rows and their forward pass, so many at a time that memory stays bounded."""
        network = self.network_
        size = max(1, PREDICTION_BLOCK // max(network.layer_sizes))
        for start in range(0, X.shape[0], size):
            rows = slice(start, start + size)
            inputs = prepare(X[rows], None, self.input_mean_, self.input_scale_, network.dtype)
            yield rows, forward(network, inputs)

    def transform(self, X: Any, layer: int = -1) -> Array:
        """Return the activations of a hidden layer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        layer : int, default=-1
            Which hidden layer, from 0; -1 is the last.

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            Its activations a_{layer + 1}.

        Raises
        ------
        ParameterError
            If there is no such layer.
        """
        check_is_fitted(self)
        X = check_X(self, X, reset=False)
        hidden = self.network_.layer_sizes[1:-1]
        if not -len(hidden) <= layer < len(hidden):
            raise ParameterError(
                f"layer must be a hidden layer, {-len(hidden)} to {len(hidden) - 1} here; got {layer}."
                if hidden
                else "transform gives the activations of a hidden layer, and this network has none."
            )
        k = layer % len(hidden)
        activations = np.empty((X.shape[0], hidden[k]), X.dtype)
        for rows, passed in self._forward_blocks(X):
            activations[rows] = passed.activations[k + 1]
        return activations

    @property
    def _n_features_out(self) -> int:
        return int(self.network_.layer_sizes[-2])

    # ---- from and to scikit-learn -------------------------------------------------------------------------

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Any:
        """Return an estimator with the parameters and weights of a fitted scikit-learn MLP.

        Parameters
        ----------
        fitted : sklearn.neural_network.MLPClassifier or MLPRegressor
            Fitted.

        Returns
        -------
        estimator
            Fitted; its predictions are the same. A warm start goes on with new optimizer moments.
        """
        return fill_from_sklearn(cls(), fitted)

    def to_sklearn(self) -> Any:
        """Return a fitted scikit-learn MLP with the same predictions.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or MLPRegressor
            Standardization is folded into its weights.

        Raises
        ------
        ParameterError
            If the model uses what scikit-learn has not.
        """
        return to_sklearn(self)

    # ---- fitted attributes, as scikit-learn names them -----------------------------------------------------

    @property
    def coefs_(self) -> ParameterViews:
        """The weights, a list of views into the network's parameters; setting them writes there."""
        return ParameterViews(self.network_.weights)

    @coefs_.setter
    def coefs_(self, values: Any) -> None:
        ParameterViews(self.network_.weights)[:] = values

    @property
    def intercepts_(self) -> ParameterViews:
        """The biases, a list of views into the network's parameters; setting them writes there."""
        return ParameterViews(self.network_.biases)

    @intercepts_.setter
    def intercepts_(self, values: Any) -> None:
        ParameterViews(self.network_.biases)[:] = values

    @property
    def n_parameters_(self) -> int:
        """The number of trainable parameters."""
        return self.network_.n_parameters

    @property
    def n_layers_(self) -> int:
        """The number of layers, inputs and outputs included."""
        return len(self.network_.layer_sizes)

    @property
    def n_outputs_(self) -> int:
        """The number of outputs."""
        return self.network_.layer_sizes[-1]

    @property
    def out_activation_(self) -> str:
        """The name of the output activation."""
        return self.network_.output_activation.name

    @property
    def history_(self) -> list[dict[str, Any]]:
        """A row of numbers per epoch since the cold fit."""
        return self._training_state.history

    @property
    def t_(self) -> int:
        """The number of training rows seen since the cold fit."""
        return self._training_state.samples_seen

    @property
    def loss_curve_(self) -> list[float]:
        """The objective (loss and penalty) of each epoch."""
        return [row["objective"] for row in self.history_]

    @property
    def loss_(self) -> float:
        """The objective of the last epoch."""
        return float(self.history_[-1]["objective"])

    @property
    def best_loss_(self) -> float | None:
        """The smallest objective; None with early stopping."""
        return None if self.early_stopping else min(self.loss_curve_)

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score on the validation data after each epoch; None without such data."""
        return self._validation_column("validation_score")

    @property
    def best_validation_score_(self) -> float | None:
        """The best validation score; None without validation data."""
        scores = self.validation_scores_
        return None if scores is None else float(np.nanmax(scores))

    def _validation_column(self, name: str) -> list[float] | None:
        values = [row[name] for row in self.history_ if row[name] is not None]
        return values or None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


_SKLEARN_TEARS_DOWN = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


def _generator(random_state: Any) -> np.random.Generator:
    """Return a generator for scikit-learn's kinds of ``random_state``; a Generator is used as it is."""
    if isinstance(random_state, np.random.RandomState):
        random_state = int(random_state.randint(np.iinfo(np.int32).max))
    return np.random.default_rng(random_state)


def is_stepwise(estimator: Any) -> bool:
    """Return True, or raise the AttributeError that hides ``partial_fit`` from solvers without steps."""
    if estimator.solver in OPTIMIZERS and not OPTIMIZERS[estimator.solver].is_stepwise:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True
