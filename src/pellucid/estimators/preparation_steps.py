"""Steps from the user's data to the inputs of a model's network; here those of a bare network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.core import Loss, Network, PairedLoss, get_loss
from pellucid.core.brief import brief
from pellucid.core.checks import as_weights
from pellucid.core.losses import canonical_loss
from pellucid.core.objective import encode_targets
from pellucid.core.penalties import l2_of_batch

__all__ = ["Encoding", "Preparation"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Encoding:
    r"""Numbers of a table before they are centered, scaled and clipped.

    .. math:: u = (x - m)\, s, \qquad x' = u / \sqrt{1 + (u/c)^2}

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_numbers)
        x, NaN where missing; the first inputs, which are not codes.
    centers, scales : ndarray of shape (n_numbers,)
        m and s.
    bound : float or None
        c; None without the clip.
    of_text : ndarray of bool, shape (n_numbers,)
        True for numbers of free text, whose center is a mean; the others' is a median.
    """

    cells: Array
    centers: Array
    scales: Array
    bound: float | None
    of_text: NDArray[np.bool_]

    __repr__ = brief


class Preparation:
    r"""Steps from the user's data to the inputs of a network; here those of a bare network.

    .. math:: x' = (x - \mu_x) / \sigma_x, \qquad y' = (y - \mu_y) / \sigma_y

    Parameters
    ----------
    network : Network
        The model's own.
    loss : str or Loss, optional
        The loss. Default: the canonical one of the output activation.

    Attributes
    ----------
    network : Network
        A copy in float64.
    loss : PairedLoss
        The loss on its outputs.
    l1, l2, alpha : float
        The penalties; ``alpha`` is divided by the weight of a batch.
    is_multilabel : bool
        True if a row may have any number of the classes.
    feature_names, output_names, classes : tuple of str
        The user's names; empty if there are none.
    input_mean, input_scale : ndarray of shape (n_features,) or None
        The statistics that inputs are standardized by.
    target_mean, target_scale : ndarray of shape (n_outputs,) or None
        The statistics that targets are standardized by.
    categories : tuple of tuple of str
        For each column of codes, the names of the codes; empty if there are none.

    Examples
    --------
    >>> from pellucid import MLPClassifier
    >>> from pellucid.estimators import preparation_of
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((4,), standardize=True, learning_rate="cosine", max_iter=5, random_state=0).fit(X, y)
    >>> how = preparation_of(model)
    >>> how.classes, how.input_mean.shape
    (('0', '1', '2'), (4,))
    """

    l1 = l2 = alpha = 0.0
    is_multilabel = False
    feature_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    input_mean: Array | None = None
    input_scale: Array | None = None
    target_mean: Array | None = None
    target_scale: Array | None = None
    categories: tuple[tuple[str, ...], ...] = ()

    def __init__(self, network: Network, loss: str | Loss | None = None) -> None:
        row = canonical_loss(network.output_activation) if loss is None else get_loss(loss)
        self.network = network.copy(np.float64)
        self.loss: PairedLoss = row.on(network.output_activation)

    def rows(self, X: Any, *, finite: bool = True) -> Any:
        """Return the user's rows, checked, in the user's units.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The rows.
        finite : bool, default=True
            True to reject NaN and infinity, for an estimator; a network keeps them.

        Returns
        -------
        ndarray, CSR array or table
            As :meth:`inputs` takes them.
        """
        return self.network.check_inputs(X)

    def inputs(self, rows: Any) -> Any:
        """Return checked rows as the network takes them.

        Parameters
        ----------
        rows : ndarray, CSR array or table
            The result of :meth:`rows`.

        Returns
        -------
        ndarray, CSR array or StandardizedSparse
            In float64.
        """
        return rows

    def targets(self, y: Any) -> Array:
        """Return the user's targets as the network's outputs are compared with them.

        Parameters
        ----------
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
            The targets.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            Encoded, standardized and smoothed as in training.
        """
        return encode_targets(self.network, y, self.loss)

    def weights(self, sample_weight: ArrayLike | None, y: Any, n_rows: int) -> Array:
        """Return the weights of rows in training.

        Parameters
        ----------
        sample_weight : array-like of shape (n_rows,) or None
            The user's.
        y : array-like or None
            The user's targets, to which class weights belong.
        n_rows : int
            The number of rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            The user's weights times those of the classes.
        """
        weight = as_weights(sample_weight, n_rows, np.float64)
        return np.ones(n_rows) if weight is None else weight

    def batch_size(self, n_rows: int) -> int:
        """Return how many of these rows a step of training takes.

        Parameters
        ----------
        n_rows : int
            The number of rows.

        Returns
        -------
        int
            All of them, if nothing is known about training.
        """
        return n_rows

    def penalties(self, weight: Array) -> tuple[float, float]:
        """Return the strengths of the penalties in a step of training.

        Parameters
        ----------
        weight : ndarray of shape (n_rows,)
            The weights of the rows.

        Returns
        -------
        l1, l2 : float
            ``alpha`` is part of l2.
        """
        batch = max(1, self.batch_size(len(weight)))
        return self.l1, l2_of_batch(self.l2, self.alpha, batch * float(weight.mean() if len(weight) else 1.0))

    def encoding(self, rows: Any) -> Encoding | None:
        """Return how the numbers of a table became inputs.

        Parameters
        ----------
        rows : ndarray, CSR array or table
            The result of :meth:`rows`.

        Returns
        -------
        Encoding or None
            None for a model that does not encode.
        """
        return None

    def remarks(self, inputs: Any) -> tuple[str, ...]:
        """Return what the model does beside this network, in sentences.

        Parameters
        ----------
        inputs : ndarray, CSR array or StandardizedSparse of shape (n_rows, n_inputs)
            The result of :meth:`inputs`.

        Returns
        -------
        tuple of str
            None for a network, or a model that is one.
        """
        return ()

    def in_users_units(self, outputs: Array) -> Array:
        """Return outputs of the network as the model predicts them.

        Parameters
        ----------
        outputs : ndarray of shape (n_rows, n_outputs)
            The network's.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            Probabilities as they are, numbers in the units of y.
        """
        if self.target_mean is None or self.target_scale is None:
            return outputs
        return np.asanyarray(outputs * self.target_scale + self.target_mean)
