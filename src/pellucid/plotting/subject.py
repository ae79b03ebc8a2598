"""Subject of a display: a network or a fitted estimator, with the user's names and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ForwardPass, Loss, Network, PairedLoss, forward
from pellucid.exceptions import DataError, ParameterError

if TYPE_CHECKING:
    from pellucid.estimators import Preparation

__all__ = ["Subject", "as_subject", "is_kind", "labels"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Subject:
    """A network in float64 that takes the user's rows.

    Parameters
    ----------
    model : Network or estimator
        The model as given by the user.
    how : Preparation
        The preparation of rows and targets for its network.
    feature_names, output_names : tuple of str
        One per input and per output.
    classes : tuple of str, default=()
        The classes of a classifier.
    """

    model: Any
    how: Preparation
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    classes: tuple[str, ...] = ()

    @property
    def network(self) -> Network:
        """A copy of the network in float64."""
        return self.how.network

    @property
    def loss(self) -> PairedLoss:
        """The loss on its outputs."""
        return self.how.loss

    @property
    def has_signals(self) -> bool:
        """True if classes are told apart by signals, as a Perceptron does, and not by probabilities."""
        return bool(self.classes) and self.network.output_activation.name == "sign"

    @property
    def is_exclusive(self) -> bool:
        """True if the outputs are those of mutually exclusive classes."""
        several = self.network.layer_sizes[-1] > 1
        return bool(self.network.output_activation.range.simplex) or (self.has_signals and several)

    @property
    def activation_names(self) -> tuple[str, ...]:
        """The name of each block's activation."""
        return tuple(a.name for a in (*self.network.activation, self.network.output_activation))

    @property
    def block_names(self) -> tuple[str, ...]:
        """Name of each block in a figure: ``layer 0`` and so on, and ``output``."""
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
        X = self.how.rows(X)
        rows: Array = np.asarray(X.toarray() if hasattr(X, "toarray") else X, np.float64)
        if not len(rows):
            raise DataError("'X' must have at least one row; got none.")
        if not np.isfinite(rows).all():
            row, column = (int(i) for i in np.argwhere(~np.isfinite(rows))[0])
            raise DataError(
                f"'X' must be finite; X[{row}, {column}] is {rows[row, column]}. Leave the row out."
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
        return np.asarray(self.how.inputs(raw))

    def targets(self, y: Any, n_rows: int) -> Array:
        """Return targets as the network sees them.

        Parameters
        ----------
        y : array-like
            The user's.
        n_rows : int
            Number of rows required.

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
            raise DataError(f"'y' must have one entry per row of X, {n_rows} here; got shape {np.shape(y)}.")
        return self.how.targets(y)

    def weights(self, y: Any, raw: Array) -> Array:
        """Return the weight of each row in the loss, by its class.

        Parameters
        ----------
        y : array-like
            The user's targets.
        raw : ndarray of shape (n_rows, n_features)
            The rows, in the user's units.

        Returns
        -------
        ndarray of shape (n_rows,)
            By ``class_weight``, balanced on these rows; 1 if there is none.
        """
        return self.how.weights(None, y, len(raw))

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
        """Return what the model predicts, in the user's units.

        Parameters
        ----------
        raw : ndarray of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            Probabilities of a classifier, signals of a Perceptron, predictions of a regressor, outputs of a
            network.
        """
        passed = self.passed(raw)
        return passed.zs[-1] if self.has_signals else self.how.in_users_units(passed.outputs)


def as_subject(model: Any, loss: str | Loss | None = None, *, units: bool = False) -> Subject:
    """Check a model, and return it as the subject of a display.

    Parameters
    ----------
    model : Network, MLPClassifier or MLPRegressor
        The model.
    loss : str or Loss, optional
        Default: the estimator's, or the canonical one of the output activation.
    units : bool, default=False
        True to accept a Perceptron, whose units have signals but no probabilities.

    Returns
    -------
    Subject
        The network and its names.

    Raises
    ------
    ParameterError
        If it is not a pellucid model, or a parameter is not finite.
    """
    from pellucid.estimators import MLPClassifier, MLPRegressor, Perceptron, preparation_of

    kinds = (Network, MLPClassifier, MLPRegressor, *([Perceptron] if units else []))
    if not isinstance(model, kinds):
        raise ParameterError(
            "A display shows a pellucid.Network or a fitted MLPClassifier or MLPRegressor of pellucid; got "
            f"{type(model).__name__}. For an estimator for tables, pass model.network_ and model.encode(X) to "
            "from_network; for a pipeline, pass the last step and transformed rows. Convert a scikit-learn model "
            "with MLPClassifier.from_sklearn."
        )
    how = preparation_of(model, loss=loss)
    _check_finite(how.network)
    n_in, n_out = how.network.layer_sizes[0], how.network.layer_sizes[-1]
    outputs = how.output_names or (_numbered("y", n_out) if n_out > 1 else ("y",))
    return Subject(model, how, how.feature_names or _numbered("x", n_in), outputs, how.classes)


def _check_finite(network: Network) -> None:
    network.check_single("displays")
    bad = int((~np.isfinite(network.parameters)).sum())
    if bad:
        raise ParameterError(
            f"The network's parameters must be finite to be shown; {bad} of {network.n_parameters} are NaN or "
            "infinite. Train it again with a lower learning rate or scaled inputs."
        )


def _numbered(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{j}" for j in range(n))


def is_kind(model: Any, kind: str) -> bool:
    """Return whether a model is a "classifier" or a "regressor"; networks and other objects are neither."""
    from sklearn.utils import get_tags

    try:
        return str(get_tags(model).estimator_type) == kind
    except (AttributeError, TypeError):
        return False


def labels(subject: Subject, y: Any, n_rows: int, output: int) -> tuple[tuple[str, ...], Array | None]:
    """Return the names of the classes, if the outputs are classes, and the targets as numbers.

    Parameters
    ----------
    subject : Subject
        The model.
    y : array-like or None
        The user's targets.
    n_rows : int
        Number of rows required.
    output : int
        Index of the output, if classes are not mutually exclusive or outputs are numbers.

    Returns
    -------
    classes : tuple of str
        Empty where outputs are numbers.
    targets : ndarray of shape (n_rows,) or None
        Classes as numbers from 0, or targets in the user's units.
    """
    network = subject.network
    n_outputs = network.layer_sizes[-1]
    if subject.is_exclusive:
        classes = subject.classes or subject.output_names
    elif subject.classes and n_outputs > 1:  # labels, which are not mutually exclusive
        classes = (f"not {subject.classes[output]}", subject.classes[output])
    elif subject.classes or network.output_activation.name == "logistic":
        classes = subject.classes or ("0", "1")
    else:
        classes = ()
    if y is None:
        return classes, None
    Y = subject.targets(y, n_rows)
    if not classes:
        return classes, subject.how.in_users_units(Y)[:, output]
    codes = Y.argmax(axis=1) if subject.is_exclusive else Y[:, output] > 0.5
    return classes, codes.astype(np.float64)
