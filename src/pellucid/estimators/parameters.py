"""The parameters of the estimators: one table, from which checks, docstrings and command-line help derive."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from pellucid.core import ACTIVATIONS, INITIALIZERS, LOSSES, Activation, Initializer, Loss
from pellucid.core.layers import NORMALIZATIONS
from pellucid.engines import ENGINES
from pellucid.optimizers import OPTIMIZERS, SCHEDULES

__all__ = ["PARAMETERS", "ParameterRow", "check_parameters", "constraints", "rows_of"]


@dataclass(frozen=True)
class ParameterRow:
    """One constructor parameter of the estimators.

    Parameters
    ----------
    name : str
        Its name.
    kind : str
        Its type and default, as a docstring says them.
    accepted : list
        The constraints of scikit-learn's parameter validation.
    text : str
        The description in docstrings.
    only : str, default=""
        ``"classifier"`` or ``"regressor"``, where it belongs to one of them.
    """

    name: str
    kind: str
    accepted: list[Any]
    text: str
    only: str = ""


def _names(table: Any) -> str:
    return "{" + ", ".join(repr(name) for name in table) + "}"


_HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None and not row.is_flat]
_REGRESSION_LOSSES = [name for name in LOSSES if name != "log_loss"]
_SHARE = Interval(Real, 0, 1, closed="left")
_STRENGTH = Interval(Real, 0, None, closed="left")

PARAMETERS: tuple[ParameterRow, ...] = (
    ParameterRow(
        "hidden_layer_sizes", "int or array-like of int of shape (n_hidden_layers,), default=(100,)",
        ["array-like", Interval(Integral, 1, None, closed="left")],
        "The number of units of each hidden layer; ``()`` for none.",
    ),
    ParameterRow(
        "activation", f"{_names(_HIDDEN)}, Activation or list of them, default='relu'",
        [StrOptions(set(_HIDDEN)), Activation, list, tuple],
        "The activation of the hidden layers: one for all, or one for each.",
    ),
    ParameterRow(
        "loss", f"{_names(LOSSES)} or Loss, default='log_loss'",
        [StrOptions(set(LOSSES)), Loss],
        "The loss to minimize.", "classifier",
    ),
    ParameterRow(
        "loss", f"{_names(_REGRESSION_LOSSES)} or Loss, default='squared_error'",
        [StrOptions(set(_REGRESSION_LOSSES)), Loss],
        "The loss to minimize, summed over outputs: half the squared error, half the Poisson "
        "or Tweedie deviance, the others as usually defined.", "regressor",
    ),
    ParameterRow(
        "output_activation", "str, Activation or None, default=None",
        [StrOptions(set(ACTIVATIONS)), Activation, None],
        "The activation of the last layer. None: softmax for several classes, logistic for two classes and "
        "for labels, identity for regression, exp with ``loss='poisson'`` and ``'tweedie'``. It must suit the "
        "loss.",
    ),
    ParameterRow(
        "solver", f"{_names(OPTIMIZERS)}, default='adam'",
        [StrOptions(set(OPTIMIZERS))],
        "The optimizer. ``'sgd'`` uses ``momentum`` and ``nesterovs_momentum``, as in scikit-learn; set "
        "``momentum=0`` for plain gradient descent. ``'lbfgs'`` works on all rows at once.",
    ),
    ParameterRow(
        "solver_options", "dict or None, default=None", [dict, None],
        "Hyperparameters of the optimizer for which the estimator has no parameter. ``momentum``, ``beta_1``, "
        "``beta_2`` and ``epsilon`` have one; they are accepted here in this release only.",
    ),
    ParameterRow(
        "alpha", "float, default=0.0001", [_STRENGTH],
        "L2 penalty as in scikit-learn: its strength λ is ``alpha`` divided by the weighted number of rows in "
        "the batch, so it depends on the batch size. See ``l2``.",
    ),
    ParameterRow("l1", "float, default=0.0", [_STRENGTH], "L1 penalty: λ Σ|W| is added to the loss."),
    ParameterRow(
        "l2", "float, default=0.0", [_STRENGTH],
        "L2 penalty: ½ λ Σ W² is added to the loss, whatever the batch size, in addition to ``alpha``.",
    ),
    ParameterRow(
        "weight_decay", "float or None, default=None", [_STRENGTH, None],
        "Decoupled weight decay: each step first multiplies the weights by 1 - learning rate x this value. None: "
        "0.01 with ``solver='adamw'``, else 0.",
    ),
    ParameterRow(
        "batch_size", "int or 'auto', default='auto'",
        [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "Rows per step. ``'auto'`` is min(200, n_samples); 1 is sequential training, n_samples batch "
        "training. The last batch of an epoch takes the remaining rows. Not used by ``'lbfgs'``.",
    ),
    ParameterRow(
        "learning_rate", f"{_names(SCHEDULES)}, default='constant'", [StrOptions(set(SCHEDULES))],
        "The learning-rate schedule. As in scikit-learn, ``'invscaling'`` and ``'adaptive'`` do nothing "
        "with ``solver='adam'``. Schedules with an end reach it after the ``max_iter`` of the cold fit.",
    ),
    ParameterRow(
        "learning_rate_init", "float, default=0.001", [Interval(Real, 0, None, closed="neither")],
        "The initial learning rate, or the peak for a schedule that warms up.",
    ),
    ParameterRow(
        "schedule_options", "dict or None, default=None", [dict, None],
        "Options of the schedule by name, such as ``{'every': 10, 'factor': 0.5}`` for ``'step'``.",
    ),
    ParameterRow(
        "power_t", "float, default=0.5", [_STRENGTH], "The exponent of ``learning_rate='invscaling'``."
    ),
    ParameterRow(
        "max_iter", "int, default=200", [Interval(Integral, 1, None, closed="left")],
        "The largest number of epochs (iterations with ``'lbfgs'``).",
    ),
    ParameterRow("shuffle", "bool, default=True", ["boolean"], "True to reorder the rows each epoch."),
    ParameterRow(
        "random_state", "int, RandomState, Generator or None, default=None",
        ["random_state", np.random.Generator],
        "Seeds a cold fit: initial weights, validation split, order of rows, dropout. None draws a seed "
        "from NumPy's global state, which ``numpy.random.seed`` sets. A warm start continues from the state "
        "at the end of the previous fit.",
    ),
    ParameterRow(
        "tol", "float, default=0.0001", [_STRENGTH],
        "The smallest improvement of the loss, or the score, in ``n_iter_no_change`` epochs; with ``'lbfgs'``, "
        "the largest gradient entry at which it stops; 0 continues to ``max_iter`` or ``max_fun``.",
    ),
    ParameterRow(
        "verbose", "bool, int or 'progress', default=False", ["verbose", StrOptions({"progress"})],
        "``True`` prints a line per epoch; ``'progress'`` shows a bar with the time left.",
    ),
    ParameterRow(
        "warm_start", "bool, default=False", ["boolean"],
        "True to continue ``fit`` from the previous fit: weights, optimizer, schedule and history.",
    ),
    ParameterRow(
        "momentum", "float, default=0.9", [Interval(Real, 0, 1, closed="both")],
        "The momentum of ``'sgd'``, ``'momentum'`` and ``'nesterov'``.",
    ),
    ParameterRow(
        "nesterovs_momentum", "bool, default=True", ["boolean"],
        "True to use Nesterov's momentum with ``'sgd'``.",
    ),
    ParameterRow(
        "early_stopping", "bool, default=False", ["boolean"],
        "True to stop by the validation score and restore the parameters of its best epoch. "
        "Not used by ``'lbfgs'``.",
    ),
    ParameterRow(
        "validation_fraction", "float, default=0.1", [_SHARE],
        "The fraction of rows held out for early stopping if ``fit`` gets no validation data, stratified "
        "by class if possible.",
    ),
    ParameterRow("beta_1", "float, default=0.9", [_SHARE], "Decay of Adam's first moment."),
    ParameterRow("beta_2", "float, default=0.999", [_SHARE], "Decay of Adam's second moment."),
    ParameterRow(
        "epsilon", "float, default=1e-08", [Interval(Real, 0, None, closed="neither")],
        "Keeps the divisions of Adam, RMSprop and AdaGrad finite.",
    ),
    ParameterRow(
        "n_iter_no_change", "int or inf, default=10",
        [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "The number of epochs without improvement after which training stops.",
    ),
    ParameterRow(
        "max_fun", "int, default=15000", [Interval(Integral, 1, None, closed="left")],
        "The largest number of evaluations with ``'lbfgs'``.",
    ),
    ParameterRow(
        "class_weight", "dict, list of dict, 'balanced' or None, default=None",
        [StrOptions({"balanced"}), dict, list, None],
        "Finite class weights >= 0; they multiply ``sample_weight``. A class missing from a dict has "
        "weight 1; multi-label targets take one dict per label. ``'balanced'`` is "
        "n_samples / (n_classes x count), where a row counts as often as its ``sample_weight`` says.",
        "classifier",
    ),
    ParameterRow(
        "label_smoothing", "float, default=0.0", [_SHARE],
        "The fraction of each training target that is spread evenly over all classes.", "classifier",
    ),
    ParameterRow(
        "quantile", "float, default=0.5", [Interval(Real, 0, 1, closed="neither")],
        "The level of ``loss='quantile'``. A ``Loss`` object has its own.", "regressor",
    ),
    ParameterRow(
        "huber_delta", "float, default=1.0", [Interval(Real, 0, None, closed="neither")],
        "The error at which ``loss='huber'`` turns from squared to absolute, in units of the (standardized) "
        "target. A ``Loss`` object has its own.",
        "regressor",
    ),
    ParameterRow(
        "dropout", "float or list of float, default=0.0", [_SHARE, list, tuple],
        "The fraction of hidden units dropped in training: one value for all layers, or one for each.",
    ),
    ParameterRow(
        "batch_norm", "bool or list of bool, default=False", ["boolean", list, tuple],
        "True to normalize hidden signals over the batch: one value for all layers, or one for each. Short for "
        "``normalization='batch_norm'``.",
    ),
    ParameterRow(
        "normalization", f"{_names(NORMALIZATIONS)}, None or list of them, default=None",
        [StrOptions(set(NORMALIZATIONS)), list, tuple, None],
        "The normalization of hidden signals before the activation: one for all layers, or one for each.",
    ),
    ParameterRow(
        "residual", "bool, 'activation' or list of them, default=False",
        ["boolean", StrOptions({"activation"}), list, tuple],
        "``True`` adds a layer's input to its output if the widths agree; in a list, a mismatch is an "
        "error. ``'activation'`` adds the signal z to the activation of z.",
    ),
    ParameterRow(
        "max_grad_norm", "float or None, default=None", [Interval(Real, 0, None, closed="neither"), None],
        "Gradients with a larger norm are scaled down to this norm.",
    ),
    ParameterRow(
        "initializer", f"{_names(INITIALIZERS)}, (str, float) or Initializer, default='sklearn'",
        [StrOptions(set(INITIALIZERS)), tuple, list, Initializer],
        "The distribution of the initial weights and biases; a pair gives a name and its scale.",
    ),
    ParameterRow(
        "standardize", "bool, default=False", ["boolean"],
        "True to scale inputs, and the targets of a regression with identity output, to mean 0 and "
        "variance 1, with the statistics of the cold fit. Sparse inputs stay sparse.",
    ),
    ParameterRow(
        "scoring", "str, callable or None, default=None", [str, callable, None],
        "The score of early stopping and of ``validation_scores_``: any scikit-learn scorer, or "
        "``'loss'`` for the negative validation loss. None: accuracy or R². A scorer receives the estimator "
        "as it is after the epoch, and ``sample_weight`` if it accepts weights.",
    ),
    ParameterRow(
        "dtype", "{'float32', 'float64'} or None, default=None",
        [StrOptions({"float32", "float64"}), type, np.dtype, None],
        "The floating-point precision. None: float32, or float64 with ``'lbfgs'``.",
    ),
    ParameterRow(
        "engine", f"{_names(['auto', *ENGINES])}, default='auto'", [StrOptions({"auto", *ENGINES})],
        "The engine for fits and predictions; ``'auto'`` takes the fastest one available.",
    ),
    ParameterRow(
        "n_threads", "int or None, default=None", [Interval(Integral, 1, None, closed="left"), None],
        "The largest number of threads in a fit. None: as many as BLAS uses, if a step is large enough. "
        "If simultaneous fits request different numbers, the smallest applies to BLAS.",
    ),
)  # fmt: skip


def rows_of(kind: str) -> list[ParameterRow]:
    """Return the rows of ``"classifier"`` or ``"regressor"``."""
    return [row for row in PARAMETERS if row.only in ("", kind)]


def constraints(kind: str) -> dict[str, list[Any]]:
    """Return the constraints for scikit-learn's parameter validation of ``"classifier"`` or ``"regressor"``."""
    return {row.name: row.accepted for row in rows_of(kind)}


def check_parameters(estimator: Any) -> None:
    """Refuse an estimator with a parameter that its fit would refuse.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        Fitted or not.

    Raises
    ------
    ParameterError or sklearn.utils.InvalidParameterError
        Naming the parameter.
    """
    estimator._validate_params()  # scikit-learn's name for it, which each of them extends
