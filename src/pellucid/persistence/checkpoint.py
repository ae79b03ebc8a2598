"""Saving during training."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError
from pellucid.persistence.estimators import pack_parameters
from pellucid.persistence.models import save

__all__ = ["Checkpoint"]


class Checkpoint:
    """A callback that saves the model during training, whole or not at all.

    A fit goes on from the file as if it had never stopped: load it, set ``warm_start=True`` and
    ``max_iter`` to the epochs that are left, and fit to the same data.

    Parameters
    ----------
    path : path
        The file; each save replaces the one before.
    every : int, default=1
        Save after each so many epochs since the cold start.

    Examples
    --------
    >>> import os, tempfile, warnings
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import Checkpoint, MLPClassifier, load
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((4,), max_iter=10, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # ten epochs are too few to converge
    ...     path = os.path.join(folder, "half-way.safetensors")
    ...     model.set_callbacks(Checkpoint(path, every=6)).fit(X, y)
    ...     resumed = load(path).set_params(warm_start=True, max_iter=4).fit(X, y)
    MLPClassifier(hidden_layer_sizes=(4,), max_iter=10, random_state=0)
    >>> bool((resumed.network_.parameters == model.network_.parameters).all())
    True
    """

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1) -> None:
        if not isinstance(every, int | np.integer) or isinstance(every, bool) or every < 1:
            raise ParameterError(f"every must be an integer >= 1; got {every!r}.")
        self.path, self.every = path, int(every)

    def setup(self, estimator: Any, context: Any) -> None:
        """See that the parameters can be saved, before hours of training.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.

        Raises
        ------
        ParameterError
            If one of them cannot.
        """
        pack_parameters(estimator)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing: the file stays.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        """

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        """

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
        """Save after an epoch, if it is time.

        Parameters
        ----------
        estimator : estimator
            The estimator in its fit.
        context : sklearn.callback.CallbackContext
            The task.
        fitted_estimator : estimator
            As if the fit had ended here.
        """
        if context.task_name == "epoch" and len(fitted_estimator.history_) % self.every == 0:
            save(fitted_estimator, self.path)
