"""The user's classes or labels as an array, from any container."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn import metrics
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import multiclass

from pellucid.estimators.checked_arrays import as_targets, one_column, refuse_missing, types_of
from pellucid.estimators.row_weights import of_present
from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError
from pellucid.host.quiet import undisturbed

__all__ = [
    "ScoresClasses",
    "encode_classes",
    "fit_labels",
    "is_multilabel",
    "labels_again",
    "read_classes",
    "refuse_other_classes",
    "type_of_target",
]

# These set warning filters for a moment; all other modules call them from here.
check_classification_targets = undisturbed(multiclass.check_classification_targets)
type_of_target = undisturbed(multiclass.type_of_target)
accuracy_score = undisturbed(metrics.accuracy_score)
unique_labels = undisturbed(multiclass.unique_labels)

# Accepted types of objects, and the arrays that they become; np.array chooses the size of integers.
KINDS: tuple[tuple[tuple[type, ...], Any], ...] = (
    ((str,), object),
    ((bool, np.bool_), bool),
    ((int, np.integer), None),
    ((int, float, np.integer, np.floating), np.float64),
)


def read_classes(y: Any, who: str) -> NDArray[Any]:
    """Return classes of shape (n_samples,), or an indicator matrix of labels.

    Parameters
    ----------
    y : array-like or sparse matrix
        The targets given. Text, whole numbers and Booleans may be held as objects, as the columns of
        ``frame.values`` are.
    who : str
        The estimator, for messages.

    Returns
    -------
    ndarray
        Dense.

    Raises
    ------
    DataError
        If an entry is missing or infinite, or y holds objects that cannot be classes.
    """
    y = as_targets(y)
    y = y.toarray() if issparse(y) else y
    refuse_missing("y", y, None, who)
    if y.ndim == 2 and y.shape[1] == 0:
        raise DataError(f"'y' must contain one class per row, or 0 or 1 per label; got shape {y.shape}.")
    if y.ndim == 2 and y.shape[1] == 1:
        y = one_column(y, warn=True)
    if y.dtype.kind == "O":
        y = _without_objects(y)
    try:
        check_classification_targets(y)
    except (TypeError, ValueError) as error:
        raise DataError(f"'y' must contain classes: text, integers or Booleans. {error}") from error
    return np.asarray(y)


def _without_objects(y: NDArray[Any]) -> NDArray[Any]:
    """Return objects of one kind as an array of that kind."""
    found = {bool if kind is np.bool_ else kind for kind in types_of(y)}
    for kinds, dtype in KINDS:
        if all(issubclass(kind, kinds) and (kind is bool) == (bool in kinds) for kind in found):
            return _as_one_kind(y.tolist(), dtype)
    names = ", ".join(sorted(kind.__name__ for kind in found))
    raise DataError(
        f"y holds objects of type {names}; classes must all be text, integers or Booleans. Convert them, "
        "for example with y.astype(str) or y.astype(int)."
    )


def _as_one_kind(values: list[Any], dtype: Any) -> NDArray[Any]:
    """Return classes of one kind; those that NumPy would change are refused."""
    array = np.array(values, dtype)
    if dtype is object and any(text.endswith("\0") for text in set(array.flat)):
        raise DataError(
            "y holds text that ends with a NUL character, which NumPy drops. Strip it, for example with "
            "[text.rstrip('\\0') for text in y]."
        )
    if dtype is None and array.dtype.kind != "i" and array.dtype.kind != "u":
        raise DataError(
            "y holds integers beyond 64 bits. Convert them to text, for example with y.astype(str)."
        )
    return array


def fit_labels(classes: Any, given: Any) -> LabelBinarizer:
    """Return an encoder of classes or labels, which returns labels in sparse form if they were sparse.

    Parameters
    ----------
    classes : ndarray
        The classes, or an indicator matrix.
    given : array-like or sparse matrix
        As the user gave it.

    Returns
    -------
    LabelBinarizer
        Fitted; its ``classes_`` are the classes in order, or the numbers of the labels.
    """
    binarizer = undisturbed(LabelBinarizer().fit)(classes)
    binarizer.sparse_input_ = issparse(given)
    return binarizer


def labels_again(kind: str, classes: Any, *, sparse: bool) -> LabelBinarizer | None:
    """Return the encoder that a file describes, fitted to these classes or to this many labels.

    Parameters
    ----------
    kind : {"binary", "multiclass", "multilabel-indicator"}
        The kind of targets.
    classes : ndarray
        The classes in order, or the numbers of the labels.
    sparse : bool
        True if labels are given back sparse.

    Returns
    -------
    LabelBinarizer or None
        None where these do not fit together.
    """
    multilabel = kind == "multilabel-indicator"
    seen = np.outer([0, 1], np.ones(len(classes), int)) if multilabel else classes
    with np.errstate(invalid="ignore"):
        binarizer = undisturbed(LabelBinarizer().fit)(seen)
    fits = (
        binarizer.y_type_ == kind
        and np.array_equal(binarizer.classes_, classes)
        and len(classes) > 0
        and (multilabel or not sparse)
    )
    binarizer.sparse_input_ = sparse
    return binarizer if fits else None


def is_multilabel(binarizer: LabelBinarizer) -> bool:
    """Return whether it was fitted to labels, each of which a row may have or not."""
    return str(binarizer.y_type_).startswith("multilabel")


def refuse_other_classes(
    y: Any, known: NDArray[Any], *, several: bool, learned_several: bool, warm: bool
) -> None:
    """Refuse targets with classes that a model has not learned.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Classes, or an indicator matrix of labels.
    known : ndarray of shape (n_classes,)
        The classes of the model.
    several, learned_several : bool
        True if ``y``, and the model, may have any number of labels in a row.
    warm : bool
        True if all of the known classes must be there, as scikit-learn asks of a warm start.

    Raises
    ------
    DataError
        If there are others; the sentences are scikit-learn's.
    """
    found = unique_labels(y)
    if warm and set(found.tolist()) != set(known.tolist()):
        raise DataError(
            "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
            f"Previously got {known}, `y` has {found}. Use partial_fit for a part of the classes, or "
            "warm_start=False to start again."
        )
    unknown = np.setdiff1d(*of_one_type(found, known))
    if len(unknown) or several != learned_several or (several and len(found) != len(known)):
        what = unknown if len(unknown) else type_of_target(y)
        raise DataError(
            f"`y` has classes not in `self.classes_`: {what}. `self.classes_` has {known}. 'y' has {found}."
        )


def encode_classes(y: NDArray[Any], binarizer: LabelBinarizer) -> NDArray[np.float64]:
    """Return a row of zeros and ones per sample: a column per class, two for a single one, or one per label."""
    if is_multilabel(binarizer):
        return np.asarray(undisturbed(binarizer.transform)(y), np.float64)
    codes = np.searchsorted(*of_one_type(binarizer.classes_, y))
    encoded = np.zeros((len(codes), max(2, len(binarizer.classes_))))
    encoded[np.arange(len(codes)), codes] = 1.0
    return encoded


class ScoresClasses(ClassifierMixin):
    """A classifier whose score also takes classes that are objects."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy; for labels, the share of rows in which every label is right.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like or sparse matrix of shape (n_samples,) or (n_samples, n_labels)
            The classes or labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0 of the rows; one of weight 0 is absent, whatever it holds.

        Returns
        -------
        float
            Between 0 and 1.
        """
        return float(of_present(self._accuracy, sample_weight, X, y))

    def _accuracy(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """Return the accuracy on rows with a positive weight."""
        if (y := as_targets(y)).dtype.kind == "O":
            y = read_classes(y, type(self).__name__)
        return accuracy_score(y, self.predict(X), sample_weight=sample_weight)
