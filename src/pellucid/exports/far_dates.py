"""Dates that an export can hold: 64-bit microseconds since 1970-01-01."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError

__all__ = ["REACH", "check_dates"]

REACH = 106_751_991.0  # days before and after 1970-01-01 whose microseconds are 64-bit integers


def check_dates(parameter: str, column: str, days: Any) -> None:
    """Refuse dates that 64-bit microseconds do not reach.

    Parameters
    ----------
    parameter : str
        The parameter that holds them.
    column : str
        The column.
    days : array-like
        Days since 1970-01-01.

    Raises
    ------
    ParameterError
        If a date is out of range; the message names the column.
    """
    far = np.asarray(days, np.float64)
    far = far[np.abs(far) > REACH]
    if len(far):
        year = 1970 + int(far[0] / 365.2425)
        raise ParameterError(
            f"{parameter!r}: the column {column!r} must hold dates from the year -290,307 to 294,246, as exports "
            f"hold 64-bit microseconds; got one near the year {year:,}. Correct such dates, or give the column as "
            "a number of days."
        )
