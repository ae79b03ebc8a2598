"""Warnings that are scikit-learn's too."""

from sklearn.exceptions import ConvergenceWarning

__all__ = ["DivergenceWarning"]


class DivergenceWarning(ConvergenceWarning):
    """Training produced NaN or infinity; the parameters of the last finite epoch were restored.

    The message names the epoch, the block where it began, the likely cause and what to try.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from pellucid import DivergenceWarning, MLPRegressor
    >>> X = np.linspace(-1.0, 1.0, 40)[:, None]
    >>> model = MLPRegressor((8,), "identity", solver="sgd", momentum=0.0, learning_rate_init=10.0, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     _ = model.fit(X, X.ravel())
    >>> DivergenceWarning in [warning.category for warning in caught]
    True
    """
