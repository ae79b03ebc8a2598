"""The classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.callback import with_callbacks
from sklearn.utils.metaestimators import available_if

from pellucid.core import Network
from pellucid.core.inputs import checked_csr
from pellucid.core.losses import Loss, get_loss
from pellucid.estimators._base import BaseMLP
from pellucid.estimators._fitted import Array
from pellucid.estimators._options import is_stepwise, probability_activation
from pellucid.estimators.class_labels import (
    ScoresClasses,
    encode_classes,
    fit_labels,
    is_multilabel,
    read_classes,
    refuse_other_classes,
    type_of_target,
)
from pellucid.estimators.held_out import held_out_rows
from pellucid.estimators.parameters import constraints, rows_of
from pellucid.exceptions import DataError
from pellucid.host.docstrings import documented

__all__ = ["MLPClassifier"]


@documented(parameters=rows_of("classifier"))
class MLPClassifier(ScoresClasses, BaseMLP):
    r"""Multilayer perceptron for classes and labels.

    .. math:: a_{k+1} = \varphi_k(a_k W_k + b_k), \qquad
              \min_{W, b} \; \frac{\sum_i w_i\, \ell(y_i, \hat y_i)}{\sum_i w_i}
              + \lambda_1 \sum |W| + \tfrac12 \lambda_2 \sum W^2

    with activations :math:`\varphi_k`, loss :math:`\ell` and row weights :math:`w_i`; ``alpha``, ``l1`` and ``l2``
    set the penalties.

    A superset of scikit-learn's class of the same name; to switch, change the import.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    network_ : Network
        The network, which owns the parameters.
    classes_ : ndarray of shape (n_classes,)
        The classes in the order of the outputs.
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

    See Also
    --------
    MLPRegressor : For numbers.
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
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((16,), standardize=True, max_iter=100, n_iter_no_change=100, random_state=0)
    >>> model.set_params(learning_rate="cosine", learning_rate_init=0.01).fit(X, y).score(X, y) > 0.95
    True
    """

    _parameter_constraints: dict[str, Any] = constraints("classifier")

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        loss: Any = "log_loss",
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
        class_weight: Any = None,
        label_smoothing: float = 0.0,
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
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

    # ---- fit ----------------------------------------------------------------------------------------

    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> MLPClassifier:  # fmt: skip
        """Fit the network to classes or labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Classes of any kind, or an indicator matrix of labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows.
        validation_data : tuple, default=None
            ``(X_val, y_val)`` or ``(X_val, y_val, sample_weight_val)``, looked at after each epoch, and
            used for early stopping in place of a split.
        X_val, y_val, sample_weight_val : array-like, default=None
            The same by name, as ``HistGradientBoostingClassifier`` takes it.

        Returns
        -------
        MLPClassifier
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
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """Go on for one epoch over the given data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The classes or labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows.
        classes : array-like of shape (n_classes,), default=None
            All classes that any call will bring; needed at the first call.

        Returns
        -------
        MLPClassifier
            Itself.
        """
        known = getattr(self, "classes_", None)
        if known is None and classes is None:
            raise DataError("classes must be passed on the first call to partial_fit.")
        if classes is not None:
            classes = np.unique(read_classes(classes, type(self).__name__))
            if known is not None and not np.array_equal(known, classes):
                raise DataError(
                    f"`classes={classes}` is not the same as on the last call to partial_fit, was: {known}"
                )
        self._announced_classes = classes
        try:
            self._fit(X, y, sample_weight, None, incremental=True)
        finally:
            self.__dict__.pop("_announced_classes", None)
        return self

    def _check_y(self, y: Any, *, cold: bool, warm: bool = False) -> Any:
        y = checked_csr(y, "y") if hasattr(y, "toarray") else y
        given, y = y, read_classes(y, type(self).__name__)
        several = type_of_target(y).startswith("multilabel")
        announced = getattr(self, "_announced_classes", None)
        if cold or not hasattr(self, "classes_"):
            self._label_binarizer = fit_labels(y if several or announced is None else announced, given)
            self.classes_ = self._label_binarizer.classes_
            if announced is None:  # the classes are those of y
                return y
            known = announced
        else:
            known = self.classes_
        refuse_other_classes(y, known, several=several, learned_several=self._is_multilabel, warm=warm)
        return y

    def _encode(self, y: Any) -> Array:
        encoded = encode_classes(y, self._label_binarizer)
        return encoded[:, 1:] if len(self.classes_) <= 2 and not self._is_multilabel else encoded

    def _strata(self, y: Any) -> Any:
        if self._is_multilabel:
            return None
        return y == self.classes_[1] if len(self.classes_) == 2 else y

    @property
    def _is_multilabel(self) -> bool:
        return hasattr(self, "_label_binarizer") and is_multilabel(self._label_binarizer)

    def _resolved_loss(self) -> Loss:
        return get_loss(self.loss)

    def _output_activation(self, loss: Loss, n_outputs: int) -> str:
        return "logistic" if n_outputs == 1 or self._is_multilabel else "softmax"

    def _network(
        self, sizes: Sequence[int], output: Any, dtype: Any, initializer: Any, rng: np.random.Generator
    ) -> Network:
        row = probability_activation(output, several_labels=self._is_multilabel)
        return super()._network(sizes, row, dtype, initializer, rng)

    # ---- prediction ---------------------------------------------------------------------------------

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row, or its labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples,), or ndarray or CSR matrix of shape (n_samples, n_labels)
            The classes; labels are sparse if those of the fit were.
        """
        outputs = self._outputs(X)
        if self._is_multilabel:
            labels: NDArray[Any] = self._label_binarizer.inverse_transform(outputs)
            return labels
        chosen = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
        classes: NDArray[Any] = self.classes_.take(chosen, mode="clip")  # of a single class it is that one
        return classes

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``: they sum to 1 in each row; for labels, and for several
            classes with ``output_activation='logistic'``, each stands for itself. After a fit to a single class
            there are two columns, as in scikit-learn; that class has the first.
        """
        outputs = self._outputs(X)
        return np.hstack([1.0 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Logarithms of ``predict_proba(X)``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
