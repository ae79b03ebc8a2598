"""Warnings that are scikit-learn's too."""

from sklearn.exceptions import ConvergenceWarning

__all__ = ["DivergenceWarning"]


class DivergenceWarning(ConvergenceWarning):
    """Training produced NaN or infinity; the parameters of the last finite epoch were put back.

    The message names the epoch, the block where it began, the likely cause and what to try.
    """
