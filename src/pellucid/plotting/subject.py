"""What is shown: a network, or a fitted estimator, with the names and the units of its user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ForwardPass, Loss, Network, PairedLoss, forward, get_loss, smooth_labels
from pellucid.core.losses import canonical_loss
from pellucid.core.objective import encode_targets
from pellucid.estimators.standardization import standardized
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Subject", "as_subject", "labels"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Subject:
    """A network in float64 that takes the user's rows.

    Parameters
    ----------
    network : Network
        A copy.
    model : Network or estimator
        What the user gave.
    loss : PairedLoss
        The loss on the network's outputs.
    feature_names, output_names : tuple of str
        One per input and per output.
    classes : tuple of str, default=()
        A classifier's.
    """

    network: Network
    model: Any
    loss: PairedLoss
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    classes: tuple[str, ...] = ()

    @property
    def is_estimator(self) -> bool:
        """Whether the model is an estimator."""
        return not isinstance(self.model, Network)

    @property
    def activation_names(self) -> tuple[str, ...]:
        """The name of each block's activation."""
        return tuple(a.name for a in (*self.network.activation, self.network.output_activation))

    @property
    def block_names(self) -> tuple[str, ...]:
        """How to call each block in a figure: ``layer 0`` and so on, and ``output``."""
        return (*(f"layer {k}" for k in range(self.network.n_blocks - 1)), "output")

    def raw(self, X: Any) -> Array:
        """Return the user's rows as an array, in the user's units, checked.

        Parameters
        ----------
        X : array-like or sparse array of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            In float64.

        Raises
        ------
        DataError
            If there are none, or one does not fit the network, or holds NaN or infinity.
        """
        if self.is_estimator:
            from pellucid.estimators.checked_arrays import check_inputs

            X = check_inputs(self.model, X, reset=False)
        else:
            X = self.network.check_inputs(X)
        rows: Array = np.asarray(X.toarray() if hasattr(X, "toarray") else X, np.float64)
        if not len(rows):
            raise DataError("X must have at least one row; got none.")
        if not np.isfinite(rows).all():
            row, column = (int(i) for i in np.argwhere(~np.isfinite(rows))[0])
            raise DataError(
                f"X must be finite; X[{row}, {column}] is {rows[row, column]}. Leave the row out."
            )
        return rows

    def inputs(self, raw: Array) -> Array:
        """Return rows as the network sees them.

        Parameters
        ----------
        raw : ndarray of shape (n_rows, n_features)
            In the user's units.

        Returns
        -------
        ndarray
            Standardized where the estimator does.
        """
        if not self.is_estimator:
            return raw

        return np.asarray(standardized(raw, self.model.input_mean_, self.model.input_scale_, np.float64))

    def targets(self, y: Any, n_rows: int) -> Array:
        """Return targets as the network sees them.

        Parameters
        ----------
        y : array-like
            The user's.
        n_rows : int
            How many there must be.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            Encoded, standardized and smoothed as in training.

        Raises
        ------
        DataError
            If there are more or fewer.
        """
        if np.shape(y)[:1] != (n_rows,):
            raise DataError(f"y must have one entry per row of X, {n_rows} here; got shape {np.shape(y)}.")
        if not self.is_estimator:
            return encode_targets(self.network, y, self.loss)

        Y = self.model._encode(self.model._check_y(y, cold=False))
        Y = standardized(Y, self.model.target_mean_, self.model.target_scale_, np.float64, "y")
        smoothing = getattr(self.model, "label_smoothing", 0.0)
        return smooth_labels(
            encode_targets(self.network, Y, self.loss), smoothing, self.network.output_activation
        )

    def weights(self, y: Any, raw: Array) -> Array:
        """Return what each row weighs in the loss by its class.

        Parameters
        ----------
        y : array-like
            The user's targets.
        raw : ndarray of shape (n_rows, n_features)
            The rows, in the user's units.

        Returns
        -------
        ndarray of shape (n_rows,)
            By ``class_weight``, balanced on these rows; 1 where there is none.
        """
        class_weight = getattr(self.model, "class_weight", None)
        if class_weight is None:
            return np.ones(len(raw))
        from pellucid.estimators.row_weights import check_weights

        model = self.model
        _, weights = check_weights(None, raw, class_weight, model._check_y(y, cold=False), model.classes_)
        assert weights is not None
        return weights

    def penalties(self, weights: Array) -> tuple[float, float]:
        """Return the penalties of a step, as the objective adds them to the mean loss.

        Parameters
        ----------
        weights : ndarray of shape (n_rows,)
            What the rows weigh.

        Returns
        -------
        l1, l2 : float
            With the part of ``alpha`` that falls to one row of a batch; 0 for a network.
        """
        if not self.is_estimator:
            return 0.0, 0.0
        model = self.model
        rows = {"auto": 200}.get(model.batch_size, model.batch_size)
        batch = len(weights) if model.solver == "lbfgs" else min(rows, len(weights))
        return float(model.l1), float(model.l2) + float(model.alpha) / (batch * float(weights.mean()))

    def passed(self, raw: Array) -> ForwardPass:
        """Return the forward pass of rows in the user's units.

        Parameters
        ----------
        raw : ndarray of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        ForwardPass
            As the network predicts.
        """
        with np.errstate(over="ignore", under="ignore"):
            return forward(self.network, self.inputs(raw))

    def outputs(self, raw: Array) -> Array:
        """Return what the model says, in the user's units.

        Parameters
        ----------
        raw : ndarray of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            Probabilities of a classifier, predictions of a regressor, outputs of a network.
        """
        outputs = self.passed(raw).outputs
        mean = getattr(self.model, "target_mean_", None)
        return outputs if mean is None else outputs * self.model.target_scale_ + mean


def as_subject(model: Any, loss: str | Loss | None = None) -> Subject:
    """Return what is shown, checked.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        The model.
    loss : str or Loss, optional
        Default: the estimator's, or the canonical one of the output activation.

    Returns
    -------
    Subject
        The network and its names.

    Raises
    ------
    ParameterError
        If it is no model of ours, or not all its parameters are finite.
    """
    if isinstance(model, Network):
        network = _finite(model.copy(np.float64))
        row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
        n_in, n_out = network.layer_sizes[0], network.layer_sizes[-1]
        outputs = tuple(f"y{j}" for j in range(n_out)) if n_out > 1 else ("y",)
        return Subject(network, model, row.on(network.output_activation), _numbered("x", n_in), outputs)

    from sklearn.base import is_classifier
    from sklearn.utils.validation import check_is_fitted

    from pellucid.estimators._base import BaseMLP

    if not isinstance(model, BaseMLP):
        raise ParameterError(
            "A display shows a pellucid.Network or a fitted MLPClassifier or MLPRegressor of pellucid; got "
            f"{type(model).__name__}. Of an estimator for tables pass model.network_ and model.encode(X) to "
            "from_network, of a pipeline the last step and transformed rows; a model of scikit-learn's own "
            "becomes one by MLPClassifier.from_sklearn."
        )
    check_is_fitted(model)
    network = _finite(model.network_.copy(np.float64))
    row = model._resolved_loss() if loss is None else get_loss(loss)
    n_in, n_out = network.layer_sizes[0], network.layer_sizes[-1]
    names = getattr(model, "feature_names_in_", None)
    features = _numbered("x", n_in) if names is None else tuple(str(name) for name in names)
    classes = tuple(str(label) for label in model.classes_) if is_classifier(model) else ()
    outputs = classes[-n_out:] or (_numbered("y", n_out) if n_out > 1 else ("y",))
    return Subject(network, model, row.on(network.output_activation), features, outputs, classes)


def _finite(network: Network) -> Network:
    network.check_single("displays")
    bad = int((~np.isfinite(network.parameters)).sum())
    if bad:
        raise ParameterError(
            f"The network's parameters must be finite to be shown; {bad} of {network.n_parameters} are NaN or "
            "infinite. Train it anew with a lower learning rate or scaled inputs."
        )
    return network


def _numbered(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{j}" for j in range(n))


def labels(subject: Subject, y: Any, n_rows: int, output: int) -> tuple[tuple[str, ...], Array | None]:
    """Return the names of the classes, if the outputs are classes, and the targets as numbers.

    Parameters
    ----------
    subject : Subject
        The model.
    y : array-like or None
        The user's targets.
    n_rows : int
        How many there must be.
    output : int
        Which output, where classes do not exclude each other or outputs are numbers.

    Returns
    -------
    classes : tuple of str
        Empty where outputs are numbers.
    targets : ndarray of shape (n_rows,) or None
        Classes as numbers from 0, or targets in the user's units.
    """
    network = subject.network
    n_outputs = network.layer_sizes[-1]
    if network.output_activation.range.simplex:
        classes = subject.classes or subject.output_names
    elif subject.classes and n_outputs > 1:  # labels that do not exclude each other
        classes = (f"not {subject.classes[output]}", subject.classes[output])
    elif subject.classes or network.output_activation.name == "logistic":
        classes = subject.classes or ("0", "1")
    else:
        classes = ()
    if y is None:
        return classes, None
    Y = subject.targets(y, n_rows)
    if not classes:
        mean = getattr(subject.model, "target_mean_", None)
        given = Y if mean is None else Y * subject.model.target_scale_ + mean
        return classes, given[:, output]
    codes = Y.argmax(axis=1) if network.output_activation.range.simplex else Y[:, output] > 0.5
    return classes, codes.astype(np.float64)
