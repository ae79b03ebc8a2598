"""Fitted models from and to scikit-learn's classes of the same name."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.neural_network
from sklearn.base import is_classifier
from sklearn.utils._param_validation import make_constraint
from sklearn.utils.validation import check_is_fitted

from pellucid.core import Network
from pellucid.exceptions import ParameterError

__all__ = ["fill_from_sklearn", "to_sklearn"]

# Results of training; the loss before its curve, which scikit-learn's L-BFGS does not keep.
PROGRESS = (
    "loss_", "loss_curve_", "validation_scores_", "best_loss_", "best_validation_score_", "t_",
    "_no_improvement_count",
)  # fmt: skip


def fill_from_sklearn(model: Any, fitted: Any) -> Any:
    """Copy parameters, weights and labels of a fitted scikit-learn MLP into a pellucid estimator.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Ours, new.
    fitted : sklearn.neural_network.MLPClassifier or MLPRegressor
        Theirs, fitted.

    Returns
    -------
    estimator
        ``model``, fitted: its predictions are those of ``fitted``.
    """
    theirs = getattr(sklearn.neural_network, type(model).__name__)
    if not isinstance(fitted, theirs):
        raise ParameterError(
            f"from_sklearn takes a fitted sklearn.neural_network.{theirs.__name__}; got {type(fitted).__name__}."
        )
    check_is_fitted(fitted)
    model.set_params(**fitted.get_params(deep=False))
    sizes = [fitted.n_features_in_, *(W.shape[1] for W in fitted.coefs_)]
    dtype = fitted.coefs_[0].dtype
    model.set_params(dtype=dtype.name)
    model.network_ = Network(
        sizes,
        activation=fitted.activation,
        output_activation=fitted.out_activation_,
        weights=fitted.coefs_,
        biases=fitted.intercepts_,
        dtype=dtype,
    )
    for name in ("n_features_in_", "feature_names_in_", "n_iter_", "classes_", "_label_binarizer"):
        if hasattr(fitted, name):
            setattr(model, name, getattr(fitted, name))
    model.input_mean_ = model.input_scale_ = model.target_mean_ = model.target_scale_ = None
    for name in PROGRESS:
        if hasattr(fitted, name):
            setattr(model, name, getattr(fitted, name))
    return model


def to_sklearn(model: Any) -> Any:
    """Return a fitted scikit-learn MLP with the same predictions.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Ours, fitted.

    Returns
    -------
    sklearn.neural_network.MLPClassifier or MLPRegressor
        Theirs. Standardization is folded into its first and last layer.

    Raises
    ------
    ParameterError
        If the model uses what scikit-learn has not: other activations, batch normalization, residuals.
    """
    check_is_fitted(model)
    network = model.network_
    theirs = getattr(sklearn.neural_network, type(model).__name__)
    _refuse_what_they_lack(network, ("softmax", "logistic") if is_classifier(model) else ("identity", "exp"))
    fitted = theirs(**_accepted(theirs, model))
    fitted.activation = network.activation[0].name if network.activation else "identity"
    weights = [W.astype(np.float64) for W in network.weights]
    biases = [b.astype(np.float64) for b in network.biases]
    if model.input_mean_ is not None:
        weights[0] = weights[0] / model.input_scale_[:, None]
        biases[0] = biases[0] - model.input_mean_ @ weights[0]
    if model.target_mean_ is not None:
        weights[-1] = weights[-1] * model.target_scale_
        biases[-1] = biases[-1] * model.target_scale_ + model.target_mean_
    fitted.coefs_, fitted.intercepts_ = weights, biases
    for name in ("n_features_in_", "feature_names_in_", "n_iter_", "n_layers_", "n_outputs_", "out_activation_",
                 "classes_", "_label_binarizer", "loss_"):  # fmt: skip
        if hasattr(model, name):
            setattr(fitted, name, getattr(model, name))
    for name, value in _begun(fitted).items():
        setattr(fitted, name, getattr(model, name, value))
    return fitted


def _accepted(theirs: Any, model: Any) -> dict[str, Any]:
    """Return the parameters that scikit-learn's estimator has too, with values that it accepts."""
    known = theirs._parameter_constraints
    return {
        name: value
        for name, value in model.get_params(deep=False).items()
        if name in known and any(make_constraint(c).is_satisfied_by(value) for c in known[name])
    }


def _begun(fitted: Any) -> dict[str, Any]:
    """Return the attributes that scikit-learn needs to continue training, with their initial values."""
    early = fitted.early_stopping
    return {
        "t_": 0,
        "loss_curve_": [],
        "best_loss_": None if early else np.inf,
        "validation_scores_": [] if early else None,
        "best_validation_score_": -np.inf if early else None,
        "_no_improvement_count": 0,
        "_best_coefs": [W.copy() for W in fitted.coefs_],
        "_best_intercepts": [b.copy() for b in fitted.intercepts_],
    }


def _refuse_what_they_lack(network: Network, outputs: tuple[str, str]) -> None:
    names = {a.name for a in network.activation}
    lacking = [
        *(["different activations per layer"] if len(names) > 1 else []),
        *(f"activation={name!r}" for name in sorted(names - {"identity", "logistic", "tanh", "relu"})),
        *([f"output_activation={network.output_activation.name!r}"]
          if network.output_activation.name not in outputs else []),
        *sorted({name for name in network.normalization if name is not None}),
        *(["residual"] if any(network.residual) else []),
    ]  # fmt: skip
    if lacking:
        raise ParameterError(
            f"scikit-learn's MLP has no {', no '.join(lacking)}, so to_sklearn cannot convert it."
        )
