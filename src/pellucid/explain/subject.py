"""What is traced: a network, or a fitted estimator, with the user's samples as the network sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core.checks import as_numbers, check_strength
from pellucid.core.inputs import checked_csr
from pellucid.core.losses import Loss, PairedLoss, canonical_loss, get_loss, smooth_labels
from pellucid.core.network import Network
from pellucid.core.objective import encode_targets
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError, ParameterError

if TYPE_CHECKING:
    from pellucid.estimators import Perceptron
    from pellucid.estimators._base import BaseMLP

__all__ = ["Subject", "subject_of"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Subject:
    """A network in float64 with samples, targets, loss and penalties.

    Parameters
    ----------
    network : Network
        A copy.
    X, Y : ndarray
        The inputs and the targets as the network sees them.
    loss : PairedLoss
        The loss on its outputs.
    l1, l2, alpha : float
        The penalties; ``alpha`` is to be divided by the sum of the weights.
    feature_names, output_names : tuple of str, default=()
        An estimator's names.
    target_mean, target_scale : ndarray of shape (n_outputs,), optional
        An estimator's standardization of targets.
    input_mean, input_scale : ndarray of shape (n_inputs,), optional
        And of inputs.
    """

    network: Network
    X: Array
    Y: Array
    loss: PairedLoss
    l1: float
    l2: float
    alpha: float = 0.0
    feature_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    target_mean: Array | None = None
    target_scale: Array | None = None
    input_mean: Array | None = None
    input_scale: Array | None = None


def subject_of(
    model: Any, x: Any, y: Any, *, loss: str | Loss | None, l1: float | None, l2: float | None
) -> Subject:
    """Return what is traced, checked.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor or Perceptron
        The model.
    x, y : array-like
        One sample (``x`` of one dimension) or several, as the model takes them.
    loss, l1, l2
        As for :func:`pellucid.trace`.

    Returns
    -------
    Subject
        The network and its data.
    """
    from pellucid.estimators import Perceptron

    if y is None:
        raise DataError(
            "y must hold the target of each sample, as the way back starts at the loss; got None. Where it is "
            "not known, give what the model predicts."
        )
    single = np.ndim(x) <= 1
    if single:
        x = _as_row(x)
    if np.ndim(y) == 0 or single:
        y = _as_rows_of_targets(y)
    _check_layers(getattr(model, "network_", model), model)
    if isinstance(model, Network):
        found = _of_network(model, x, y, loss, l1 or 0.0, l2 or 0.0, single=single)
    elif isinstance(model, Perceptron):
        found = _of_perceptron(model, x, y, loss, l1 or 0.0, l2 or 0.0)
    else:
        found = _of_estimator(_as_estimator(model), x, y, loss, l1, l2)
    _check_parameters(found.network)
    if len(found.X) != len(found.Y) or len(found.Y) == 0:
        raise DataError(
            f"x and y must have the same number of rows, at least one; got {len(found.X)} and {len(found.Y)}."
        )
    return found


def _as_row(x: Any) -> Any:
    """Return one sample as a table of one row, which keeps the names of a pandas Series."""
    if hasattr(x, "toarray"):
        flat = x.ndim == 1
        x = checked_csr(x.tocoo().reshape(1, -1) if flat else x, "x").toarray()
        x = x[0] if flat else x
    return x.to_frame().T if hasattr(x, "to_frame") and hasattr(x, "index") else np.atleast_1d(x)[None]


def _as_rows_of_targets(y: Any) -> Any:
    """Return the target of one sample: one number or class, or one row of several."""
    target = np.asarray(y)
    return target.reshape(1) if target.size == 1 else target[None]


def _of_network(
    network: Network,
    X: Any,
    y: ArrayLike,
    loss: str | Loss | None,
    l1: float,
    l2: float,
    *,
    single: bool,
) -> Subject:
    network = network.copy(np.float64)
    row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
    paired = row.on(network.output_activation)
    X = checked_csr(X, "x").toarray() if hasattr(X, "toarray") else as_numbers("x", X, np.float64)
    if single and X.shape[1] != network.layer_sizes[0]:
        raise DataError(f"x must hold {network.layer_sizes[0]} numbers, one per input; got {X.shape[1]}.")
    X = network.check_inputs(X)
    if not np.isfinite(X).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(X))[0])
        raise DataError(f"x must be finite; x{list(at)} is {X[at]}. Correct it, or leave the row out.")
    Y = encode_targets(network, y, paired)
    return Subject(network, X, Y, paired, check_strength("l1", l1), check_strength("l2", l2))


def _of_estimator(
    model: BaseMLP, X: Any, y: Any, loss: str | Loss | None, l1: float | None, l2: float | None
) -> Subject:
    from pellucid.estimators.checked_arrays import check_inputs

    names = getattr(model, "feature_names_in_", ())
    network = model.network_.copy(np.float64)
    row = model._resolved_loss() if loss is None else get_loss(loss)
    X = standardized(check_inputs(model, X, reset=False), model.input_mean_, model.input_scale_, np.float64)
    Y = model._encode(model._check_y(y, cold=False))
    Y = standardized(Y, model.target_mean_, model.target_scale_, np.float64, "y")
    paired = row.on(network.output_activation)
    Y = smooth_labels(
        encode_targets(network, Y, paired), getattr(model, "label_smoothing", 0.0), network.output_activation
    )
    classes = tuple(str(label) for label in getattr(model, "classes_", ()))
    return Subject(
        network,
        X.toarray() if hasattr(X, "toarray") else X,
        Y,
        paired,
        check_strength("l1", model.l1 if l1 is None else l1),
        check_strength("l2", model.l2 if l2 is None else l2),
        float(model.alpha) if l2 is None else 0.0,
        tuple(str(name) for name in names),
        classes if len(classes) == network.layer_sizes[-1] else classes[1:],
        model.target_mean_,
        model.target_scale_,
        model.input_mean_,
        model.input_scale_,
    )


def _of_perceptron(
    model: Perceptron, X: Any, y: Any, loss: str | Loss | None, l1: float, l2: float
) -> Subject:
    from sklearn.utils.validation import check_is_fitted, column_or_1d

    from pellucid.estimators.checked_arrays import check_inputs

    check_is_fitted(model)
    X, labels = check_inputs(model, X, reset=False), column_or_1d(y)
    unknown = set(labels.tolist()) - set(model.classes_.tolist())
    if unknown:
        raise DataError(
            f"y has the classes {sorted(unknown, key=str)}; those of the model are {model.classes_}."
        )
    units = model.classes_[1:] if len(model.classes_) == 2 else model.classes_
    signs = np.where(labels[:, None] == units, 1.0, -1.0)
    return replace(
        _of_network(model.network_, X, signs, loss, l1, l2, single=False),
        feature_names=tuple(str(name) for name in getattr(model, "feature_names_in_", ())),
        output_names=tuple(str(label) for label in units),
    )


def _as_estimator(model: Any) -> BaseMLP:
    from sklearn.utils.validation import check_is_fitted

    from pellucid.estimators._base import BaseMLP

    if not isinstance(model, BaseMLP):
        raise ParameterError(
            "trace takes a pellucid.Network or a fitted MLPClassifier, MLPRegressor or Perceptron of pellucid; "
            f"got {type(model).__name__}. {_advice(model)}"
        )
    check_is_fitted(model)
    return model


def _advice(model: Any) -> str:
    """Return how to get from what was given to what can be traced."""
    if hasattr(model, "named_steps"):
        return "Of a pipeline, trace its last step, model[-1], on model[:-1].transform(x)."
    if hasattr(model, "encoder_"):
        return "Of an estimator for tables, trace model.network_ on model.encode(x)."
    if hasattr(model, "best_estimator_"):
        return "Of a search, trace its best_estimator_."
    return "A model of scikit-learn's own becomes one by MLPClassifier.from_sklearn or MLPRegressor.from_sklearn."


def _check_layers(network: Any, model: Any) -> None:
    """Raise a ParameterError if there are layers that the equations of a trace do not have."""
    if isinstance(network, Network):
        network.check_single("trace")
    if isinstance(network, Network) and (network.input_layers or network.parametric):
        kinds = [type(layer).__name__ for layer in network.input_layers]
        kinds += ["parametric activations"] * network.parametric
        X = "" if network is model else " The network is model.network_, and its X is model.encode(rows)."
        raise ParameterError(
            "trace shows blocks of weights, biases and fixed activations; this network has "
            f"{', '.join(kinds)} too. "
            "Every value of it is in pellucid.core.forward(network, X).run.values, every derivative in "
            f"network.gradients(X, y), and pellucid.core.check_gradients(network, X, y) checks them.{X}"
        )


def _check_parameters(network: Network) -> None:
    """Raise a ParameterError that says where a weight or bias is not finite."""
    for name, arrays in (("weights", network.weights), ("biases", network.biases)):
        for k, array in enumerate(arrays):
            if not np.isfinite(array).all():
                at = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
                raise ParameterError(
                    f"The network's parameters must be finite; {name}[{k}]{at} is {array[tuple(at)]}."
                )
