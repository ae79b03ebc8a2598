"""The doctor: every rule of the table is asked about one examination."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pellucid.core import Loss, Network
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Diagnosis, Rule
from pellucid.diagnostics.gathering import examine
from pellucid.diagnostics.rules import RULES
from pellucid.diagnostics.table_networks import for_tables
from pellucid.host.blas import one_blas_thread

__all__ = ["diagnose", "preflight"]


def diagnose(
    model: Any,
    X: Any,
    y: Any,
    X_val: Any = None,
    y_val: Any = None,
    *,
    record: Any = None,
    sample_weight: ArrayLike | None = None,
    loss: str | Loss | None = None,
) -> Diagnosis:
    """Diagnose a network or its training: find problems, their place, rule, cause and remedy.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor
        A network or a fitted estimator, which is not changed. For an estimator for tables, the network of the
        first member is examined.
    X : array-like of shape (n_rows, n_features)
        The training data as the model takes it: all of it, since "dead" means dead on every row; the size of
        gradients is measured on 8,192 random rows. NaN and infinity are reported; the other rules ignore these
        rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        The targets of these rows.
    X_val : array-like of shape (n_rows, n_features), optional
        Rows not used in training.
    y_val : array-like of shape (n_rows,) or (n_rows, n_outputs), optional
        The targets of these rows.
    record : Record, optional
        The record that a :class:`pellucid.recording.Recorder` kept of the training.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows; rows with weight 0 are left out.
    loss : str or Loss, optional
        For a network whose loss is not the canonical one of its output activation.

    Returns
    -------
    Diagnosis
        A sequence of :class:`Finding`, worst first; prints as text.

    Raises
    ------
    ParameterError, DataError
        If the model is not a pellucid model, or not fitted, or the data does not fit it.

    See Also
    --------
    preflight : The same before training.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> from pellucid.diagnostics import diagnose
    >>> net = Network([2, 3, 1], activation="relu", random_state=0, biases=[[0.0, 0.0, -9.0], [0.0]])
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = diagnose(net, X, X.sum(axis=1))
    >>> found[0].code, found[0].where["units"], found[0].where["causes"]
    ('dead-units', [2], ['bias'])
    """
    return ask(examine(model, X, y, X_val, y_val, record=record, sample_weight=sample_weight, loss=loss))


def preflight(model: Any, X: Any, y: Any, *, sample_weight: ArrayLike | None = None) -> Diagnosis:
    """Diagnose a model before training: the network as an estimator would start it, and the data.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor or Network
        An estimator, fitted or not; it is left unchanged. With ``random_state`` an integer the network is the
        very one that ``fit`` starts from.
    X : array-like of shape (n_rows, n_features)
        The training rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Their targets.
    sample_weight : array-like of shape (n_rows,), optional
        Weights >= 0 of the rows.

    Returns
    -------
    Diagnosis
        A sequence of :class:`Finding`, worst first.

    Raises
    ------
    ParameterError, DataError
        If the model is not a pellucid model, or the data does not fit it.

    See Also
    --------
    diagnose : The same after training, with what training shows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.diagnostics import preflight
    >>> model = MLPClassifier((10, 10), initializer="zeros", random_state=0)
    >>> preflight(model, *load_iris(return_X_y=True)).codes
    ('zero-initialization',)
    """
    before = not isinstance(model, Network)
    return ask(examine(model, X, y, sample_weight=sample_weight, before=before))


def ask(examination: Examination, rules: Iterable[Rule] = RULES) -> Diagnosis:
    """Ask every rule.

    Parameters
    ----------
    examination : Examination
        The examination of the model.
    rules : iterable of Rule, default=RULES
        The rows of the table.

    Returns
    -------
    Diagnosis
        The findings, worst first; equal ones in the order of the table.
    """
    rules = tuple(rules)
    # Numbers that overflow are what it looks for; and products of a few rows want no second thread.
    with np.errstate(all="ignore"), one_blas_thread(wanted=True):
        found = [finding for rule in rules for finding in rule.findings(examination)]
    asked = [rule.code for rule in rules if all(examination.has(need) for need in rule.needs)]
    sizes, owner = "-".join(str(n) for n in examination.network.layer_sizes), examination.owner
    subject = f"{type(examination.model).__name__} {sizes}"
    if owner is not None:
        subject = f"{type(owner).__name__}, network 1 of {len(owner.members_)}: {sizes}"
        found = [for_tables(owner, finding) for finding in found]
    return Diagnosis(
        tuple(sorted(found, key=lambda finding: -finding.severity)),
        tuple(dict.fromkeys(asked)),
        subject,
        len(examination.rows),
    )
