"""Errors and warnings of pellucid.

::

    PellucidError                      catch this to catch all of ours; scikit-learn's own checks raise its own
    ├── ParameterError (ValueError)    an option outside what is accepted
    ├── DataError (ValueError)         X, y or weights that cannot be used
    ├── DivergenceError (ValueError)   training left the finite numbers before its first epoch ended
    └── ModelFileError (ValueError)    a model file that is cut, altered, foreign or from a newer version

    UserWarning
    ├── sklearn.exceptions.ConvergenceWarning
    │   └── DivergenceWarning          training left the finite numbers; the last finite epoch was restored
    ├── IgnoredParameterWarning        an option has no effect because of another one
    └── DataWarning                    cells that can be read in two ways, or that differ from those of fit

``DivergenceWarning`` lives in :mod:`pellucid.estimators`, since it is a scikit-learn warning and this
module is imported by :mod:`pellucid.core`, which knows NumPy and SciPy only.
"""

import re

__all__ = [
    "DataError",
    "DataWarning",
    "DivergenceError",
    "IgnoredParameterWarning",
    "LostRankError",
    "ModelFileError",
    "ParameterError",
    "PellucidError",
    "without_types",
]

_SCALAR = re.compile(
    r"""np\.(?:str_|bool|float\d+|u?int\d+)\(((['"])(?:\\.|(?!\2)[^\\])*\2|[^()'"]*)\)|np\.(True|False)_"""
)


def without_types(message: str) -> str:
    """Return a message in which NumPy's scalars appear as Python's: ``-1.0`` for ``np.float64(-1.0)``.

    Parameters
    ----------
    message : str
        The message.

    Returns
    -------
    str
        The message as its readers expect it: they may never have written a type of NumPy.

    Examples
    --------
    >>> without_types("'n_members' must be >= 1; got np.int64(0).")
    "'n_members' must be >= 1; got 0."
    """
    return _SCALAR.sub(lambda found: found[1] or found[3], message)


class PellucidError(Exception):
    """Base of every error that pellucid raises on purpose."""

    def __str__(self) -> str:
        return without_types(super().__str__())


class ParameterError(PellucidError, ValueError):
    """An option whose value is not accepted; the message says which values are."""


class DataError(PellucidError, ValueError):
    """Inputs, targets or weights that cannot be used; the message says where and what to do."""


class DivergenceError(PellucidError, ValueError):
    """Training produced non-finite numbers before any epoch had finished."""


class LostRankError(PellucidError, RuntimeError):
    """Processes that train together lost one of them again and again, or could not meet."""


class ModelFileError(PellucidError, ValueError):
    """A model file that is truncated, altered, foreign, or written by a newer pellucid."""


class IgnoredParameterWarning(UserWarning):
    """An option that has no effect because of the value of another one."""


class DataWarning(UserWarning):
    """A column that can be read in more than one way, or that differs from what fit saw."""
