"""Writing of numbers at a chosen precision."""

from __future__ import annotations

import math

from pellucid.exceptions import ParameterError

__all__ = ["Precision", "check_precision", "write"]

Precision = int | str


def check_precision(precision: Precision) -> None:
    """Refuse a precision that is neither a number of decimals nor ``"full"``.

    Parameters
    ----------
    precision : int or "full"
        The precision given.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    fine = isinstance(precision, int) and not isinstance(precision, bool) and 0 <= precision <= 17
    if not (fine or precision == "full"):
        raise ParameterError(
            f"'precision' must be a number of decimals from 0 to 17, such as 3 or 6, or 'full'; got {precision!r}."
        )


def write(value: float, precision: Precision) -> str:
    """Return a number with the given decimals; one that would lose its leading digits keeps them in e-notation.

    Parameters
    ----------
    value : float
        The number.
    precision : int or "full"
        Decimals; ``"full"`` gives the shortest text that reads back as the same number.

    Returns
    -------
    str
        The number.

    Examples
    --------
    >>> write(-0.0604561, 3), write(0.000503, 3), write(0.1, "full")
    ('-0.060', '5.03e-04', '0.1')
    """
    value = float(value) + 0.0  # -0.0 becomes 0.0
    if math.isnan(value):
        return "–"
    if precision == "full" or math.isinf(value):
        return repr(value)
    decimals = int(precision)
    # A value below half a unit of the last decimal but one keeps fewer than two digits in fixed point.
    if (value != 0.0 and abs(value) < 0.5 * 10.0 ** (1 - decimals)) or abs(value) >= 1e7:
        return f"{value:.{max(decimals - 1, 0)}e}"
    return f"{value:.{decimals}f}"
