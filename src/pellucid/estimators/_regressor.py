"""The regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.metaestimators import available_if

from pellucid.core.losses import Loss, get_loss
from pellucid.estimators._base import BaseMLP
from pellucid.estimators._fitted import Array
from pellucid.estimators._options import is_stepwise, refuse_contradiction
from pellucid.estimators.checked_arrays import read_numbers
from pellucid.estimators.held_out import held_out_rows
from pellucid.estimators.number_scores import ScoresNumbers
from pellucid.estimators.parameters import constraints, rows_of
from pellucid.host.docstrings import documented

__all__ = ["MLPRegressor"]

OWN_OPTIONS = {
    "quantile": ("quantile", "level"),
    "huber": ("huber_delta", "delta"),
}  # of losses, by pellucid's names


@documented(parameters=rows_of("regressor"))
class MLPRegressor(ScoresNumbers, BaseMLP):
    r"""Multilayer perceptron for one or several numbers.

    .. math:: a_{k+1} = \varphi_k(a_k W_k + b_k), \qquad
              \min_{W, b} \; \frac{\sum_i w_i\, \ell(y_i, \hat y_i)}{\sum_i w_i}
              + \lambda_1 \sum |W| + \tfrac12 \lambda_2 \sum W^2

    with activations :math:`\varphi_k`, loss :math:`\ell` and row weights :math:`w_i`; ``alpha``, ``l1`` and ``l2``
    set the penalties.

    A superset of scikit-learn's class of the same name; to switch, change the import. The layer sizes
    come first; the loss is passed by name.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    network_ : Network
        The network, which owns the parameters.
    coefs_, intercepts_ : list of ndarray of shape (n_in, n_out), and (n_out,)
        Weights and biases per layer: views into ``network_``.
    n_parameters_ : int
        The number of trainable parameters.
    loss_ : float
        Loss and penalty of the last epoch.
    best_loss_ : float or None
        The smallest value in ``loss_curve_``; None with early stopping.
    loss_curve_ : list of float
        Loss and penalty of each epoch since the cold fit.
    validation_loss_curve_, validation_scores_ : list of float or None
        Loss and score on the validation data after each epoch; None without such data.
    best_validation_score_ : float or None
        The best score.
    history_ : list of dict
        A row per epoch: ``epoch``, ``loss``, ``penalty``, ``objective``, ``validation_loss``,
        ``validation_score``, ``learning_rate``, ``gradient_norm``, ``seconds``.
    n_iter_ : int
        The number of epochs of the last call.
    t_ : int
        The number of training rows seen since the cold fit.
    n_features_in_ : int
        The number of inputs.
    feature_names_in_ : ndarray of shape (n_features,)
        The names of the inputs, if X had any.
    fit_summary_ : FitSummary
        Ranges and histograms of the columns in the last ``fit``, for :func:`pellucid.drift`.
    n_layers_, n_outputs_ : int
        The number of layers, inputs and outputs included, and of outputs.
    out_activation_ : str
        The output activation.
    input_mean_, input_scale_ : ndarray of shape (n_features,) or None
        The mean and scale used to standardize the inputs.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,) or None
        The mean and scale used to standardize the targets.

    See Also
    --------
    MLPClassifier : For classes.
    Network : The network itself.

    Notes
    -----
    Training uses float32 unless ``dtype`` or ``solver='lbfgs'`` says otherwise. A ``sample_weight`` of 2 counts
    the row twice, and 0 leaves it out: exactly with full batches, on average with smaller ones. A warm start and
    ``partial_fit`` continue where the previous fit ended, optimizer and schedule included.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import MLPRegressor
    >>> X = np.linspace(-1.0, 1.0, 50)[:, None]
    >>> model = MLPRegressor((8,), activation="tanh", solver="lbfgs", alpha=0.0, random_state=0, max_iter=1000)
    >>> bool(model.fit(X, X.ravel() ** 2).score(X, X.ravel() ** 2) > 0.999)
    True
    """

    _parameter_constraints: dict[str, Any] = constraints("regressor")

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        loss: Any = "squared_error",
        output_activation: Any = None,
        solver: str = "adam",
        solver_options: dict[str, float] | None = None,
        alpha: float = 0.0001,
        l1: float = 0.0,
        l2: float = 0.0,
        weight_decay: float | None = None,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        schedule_options: dict[str, float] | None = None,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        quantile: float = 0.5,
        huber_delta: float = 1.0,
        dropout: Any = 0.0,
        batch_norm: Any = False,
        normalization: Any = None,
        residual: Any = False,
        max_grad_norm: float | None = None,
        initializer: Any = "sklearn",
        standardize: bool = False,
        scoring: Any = None,
        dtype: Any = None,
        engine: str = "auto",
        n_threads: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.output_activation = output_activation
        self.solver = solver
        self.solver_options = solver_options
        self.alpha = alpha
        self.l1 = l1
        self.l2 = l2
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.schedule_options = schedule_options
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.quantile = quantile
        self.huber_delta = huber_delta
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.normalization = normalization
        self.residual = residual
        self.max_grad_norm = max_grad_norm
        self.initializer = initializer
        self.standardize = standardize
        self.scoring = scoring
        self.dtype = dtype
        self.engine = engine
        self.n_threads = n_threads

    _scales_targets = True

    # ---- fit ----------------------------------------------------------------------------------------

    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> MLPRegressor:  # fmt: skip
        """Fit the network to numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows.
        validation_data : tuple, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, looked at after each epoch, and
            used for early stopping in place of a split.
        X_val, y_val, sample_weight_val : array-like, default=None
            The same by name, as ``HistGradientBoostingRegressor`` takes it.

        Returns
        -------
        MLPRegressor
            Itself.

        Raises
        ------
        DataError
            If the data cannot be used; nothing is changed then.
        ParameterError
            If an option is not accepted.
        DivergenceError
            If training produced NaN or infinity in the first epoch.

        Warns
        -----
        DivergenceWarning
            If it did so in a later epoch; the last finite epoch was restored.
        ConvergenceWarning
            If ``max_iter`` epochs were not enough.
        """
        validation_data = held_out_rows(validation_data, X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, validation_data, incremental=False)
        return self

    @available_if(is_stepwise)
    @with_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Go on for one epoch over the given data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows.

        Returns
        -------
        MLPRegressor
            Itself.
        """
        self._fit(X, y, sample_weight, None, incremental=True)
        return self

    def _check_y(self, y: Any, *, cold: bool, warm: bool = False) -> Any:
        return read_numbers(y, type(self).__name__)

    def _encode(self, y: Any) -> Array:
        return np.asarray(y[:, None] if y.ndim == 1 else y)

    def _resolved_loss(self) -> Loss:
        given: Any = self.loss
        name, option = OWN_OPTIONS.get(given.name if isinstance(given, Loss) else given, ("", ""))
        if not name:
            return get_loss(given)
        if isinstance(given, Loss):
            value = given.options[option]
            refuse_contradiction(self, name, value, f"{option}={value!r} of the loss")
            return given
        return get_loss(given, **{option: getattr(self, name)})

    def _output_activation(self, loss: Loss, n_outputs: int) -> str:
        return loss.canonical[0]

    # ---- prediction ---------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """Return the predicted numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions, in the units of y.
        """
        outputs = self._outputs(X)
        if self.target_mean_ is not None and self.target_scale_ is not None:
            outputs = (outputs * self.target_scale_ + self.target_mean_).astype(outputs.dtype, copy=False)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
