"""Lists of views into a network's parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError

__all__ = ["ParameterViews"]


class ParameterViews(list[NDArray[np.floating]]):
    """List of views; assigning an array copies its values into the view.

    Parameters
    ----------
    views : iterable of ndarray
        The views.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.zeros(3)
    >>> views = ParameterViews([flat[:2], flat[2:]])
    >>> views[1] = [7.0]
    >>> flat
    array([0., 0., 7.])
    """

    def __setitem__(self, index: Any, values: Any) -> None:
        views: Iterable[Any] = self[index] if isinstance(index, slice) else [self[index]]
        values = list(values) if isinstance(index, slice) else [values]
        if len(values) != len(list(views)):
            raise ParameterError(
                f"One array per layer is needed, here {len(self[index])}; got {len(values)}."
            )
        arrays = [np.asarray(value) for value in values]
        for view, array in zip(views, arrays, strict=True):
            if array.shape != view.shape:
                raise ParameterError(
                    f"The array must have shape {view.shape}; got {array.shape}. Set coefs_ and intercepts_ of a "
                    "new estimator for another network."
                )
        for view, array in zip(views, arrays, strict=True):
            view[...] = array
