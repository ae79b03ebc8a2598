r"""Gradient clipping by the global norm.

.. math:: g \leftarrow \tau\, g / \lVert g \rVert \quad \text{where} \quad \lVert g \rVert > \tau

R. Pascanu, T. Mikolov and Y. Bengio (2013), On the difficulty of training recurrent neural networks,
arXiv:1211.5063, algorithm 1.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["clip_by_norm", "global_norm"]

Array = NDArray[np.floating]


def global_norm(gradient: Array) -> float:
    r"""Return the Euclidean norm of a vector, without overflow where only the squares would.

    .. math:: \lVert g \rVert = \sqrt{\textstyle\sum_j g_j^2}

    Parameters
    ----------
    gradient : ndarray of shape (n_parameters,)
        The vector.

    Returns
    -------
    float
        Its norm; NaN or infinity where an entry is.

    Examples
    --------
    >>> import numpy as np
    >>> global_norm(np.array([3.0, 4.0]))
    5.0
    """
    largest = float(np.max(np.abs(gradient), initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    scaled = gradient / largest
    return largest * float(np.sqrt(scaled @ scaled))


def clip_by_norm(gradient: Array, max_norm: float | None) -> float:
    r"""Scale a gradient down in place if it is longer than allowed, and return its norm before.

    Parameters
    ----------
    gradient : ndarray of shape (n_parameters,)
        The gradient; one that is not finite has no direction to keep, and stays as it is.
    max_norm : float or None
        :math:`\tau` > 0; None scales nothing.

    Returns
    -------
    float
        The norm before.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio (2013), On the difficulty of training recurrent neural networks, ICML,
    arXiv:1211.5063.

    Examples
    --------
    >>> import numpy as np
    >>> g = np.array([3.0, 4.0])
    >>> clip_by_norm(g, 1.0), g
    (5.0, array([0.6, 0.8]))
    """
    norm = global_norm(gradient)
    if max_norm is not None and max_norm < norm < np.inf:
        gradient *= max_norm / norm
    return norm
