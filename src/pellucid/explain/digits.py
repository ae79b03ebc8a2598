"""Numbers written at a chosen precision."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from pellucid.exceptions import ParameterError

__all__ = ["Precision", "check_precision", "read_precision", "with_hyphens", "write", "write_all"]

Precision = int | str
DASHES = re.compile("[−‐‑–]")


def with_hyphens(text: str) -> str:
    """Return a typed number with the minus signs that Python reads.

    Parameters
    ----------
    text : str
        The number, perhaps with a minus sign, hyphen or dash that a word processor or phone substituted.

    Returns
    -------
    str
        The same number with ``-``.

    Examples
    --------
    >>> with_hyphens("−1.5e–3")
    '-1.5e-3'
    """
    return DASHES.sub("-", text)


def read_precision(text: str) -> Precision:
    """Return the precision that a text stands for.

    Parameters
    ----------
    text : str
        A number of decimals from 0 to 17, or ``full``.

    Returns
    -------
    int or "full"
        The precision.

    Raises
    ------
    ParameterError
        If the text is neither.

    Examples
    --------
    >>> read_precision("3"), read_precision("full")
    (3, 'full')
    """
    if text == "full" or (text.isdecimal() and int(text) <= 17):
        return text if text == "full" else int(text)
    raise ParameterError(f"{text!r} is not accepted. It must be a number of decimals from 0 to 17, or full.")


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
    return write_all([value], precision)[0]


def write_all(values: Iterable[float], precision: Precision) -> list[str]:
    """Return the numbers of a matrix in one format.

    Parameters
    ----------
    values : iterable of float
        The numbers.
    precision : int or "full"
        Decimals. There are up to two more if a number would keep fewer than two of its digits; if that is not
        enough, all are in e-notation.

    Returns
    -------
    list of str
        The numbers, in order.

    Examples
    --------
    >>> write_all([0.0029, -0.0152, 0.0], 3), write_all([0.5, 0.25], 3)
    (['0.0029', '-0.0152', '0.0000'], ['0.500', '0.250'])
    >>> write_all([3e-9, 1.5, float("nan")], 3)
    ['3.00e-09', '1.50e+00', '–']
    """
    numbers = [float(value) + 0.0 for value in values]  # -0.0 becomes 0.0
    if precision == "full":
        return ["–" if math.isnan(number) else repr(number) for number in numbers]
    decimals = int(precision)
    sizes = [abs(number) for number in numbers if number != 0.0 and math.isfinite(number)]
    smallest, largest = min(sizes, default=math.inf), max(sizes, default=0.0)
    # A value below half a unit of the last decimal but one keeps fewer than two digits in fixed point.
    fixed = next((n for n in range(decimals, decimals + 3) if smallest >= 0.5 * 10.0 ** (1 - n)), None)
    if len(numbers) == 1 and fixed != decimals:
        fixed = None
    form = f".{max(decimals - 1, 0)}e" if fixed is None or largest >= 1e7 else f".{fixed}f"
    return [_one(number, form) for number in numbers]


def _one(number: float, form: str) -> str:
    if math.isnan(number):
        return "–"
    return repr(number) if math.isinf(number) else f"{number:{form}}"
