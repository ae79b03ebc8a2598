"""Options of the estimators for tables as rows of a table, from which checks, docstrings and choices derive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError
from pellucid.host.docstrings import Option
from pellucid.tabular.reading.sentinels import is_sentinels
from pellucid.tabular.reading.text_dates import ORDERS
from pellucid.tabular.reading.text_numbers import DECIMALS

__all__ = [
    "ENCODER_SETTINGS", "READING_SETTINGS", "TEXT_COLUMNS", "Setting", "check_settings", "is_real",
    "one_of", "quoted",
]  # fmt: skip


@dataclass(frozen=True)
class Setting(Option):
    """One constructor parameter of an estimator.

    Parameters
    ----------
    name, kind, text : str
        Its name, its type and default, and the description in docstrings.
    must : str, default=""
        The requirement on its value, as an error message states it after "must".
    accepts : callable, optional
        A function that returns True for accepted values. None: the value is checked where it is used.
    only : str, default=""
        ``"classes"`` or ``"numbers"``, where it belongs to one of the two estimators.
    beside : (str, str) or None, default=None
        The parameter and its value without which this one is neither used nor checked.
    choices : tuple of str, default=()
        The names that it takes.
    """

    must: str = ""
    accepts: Callable[[Any], bool] | None = None
    only: str = ""
    beside: tuple[str, str] | None = None
    choices: tuple[str, ...] = ()


def check_settings(estimator: Any, rows: Iterable[Setting]) -> None:
    """Refuse parameters that a fit could not use.

    Parameters
    ----------
    estimator : estimator
        The name of the class with these parameters.
    rows : iterable of Setting
        Its rows of the table.

    Raises
    ------
    ParameterError
        If one is not accepted.
    """
    for row in rows:
        value = getattr(estimator, row.name)
        is_used = row.beside is None or getattr(estimator, row.beside[0]) == row.beside[1]
        if is_used and row.accepts is not None and not row.accepts(value):
            raise ParameterError(f"{row.name!r} must {row.must}; got {value!r}.")


# ---- what is accepted -----------------------------------------------------------------------------------


def is_real(value: Any) -> bool:
    """Return whether a value is a number."""
    return isinstance(value, Real) and not isinstance(value, bool)


def one_of(*names: str) -> Callable[[Any], bool]:
    """Return a check that accepts one of these names."""
    return lambda value: isinstance(value, str) and value in names


def quoted(names: Iterable[str]) -> str:
    """Return names as a docstring lists what is accepted."""
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


# ---- how a table is read --------------------------------------------------------------------------------

READING_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "decimal", f'{quoted(("auto", *DECIMALS))}, default="auto"',
        'The decimal mark of numbers in text; the other mark groups thousands. "auto" detects it, '
        "and warns if 1,234 is ambiguous.",
        "be 'auto', '.' or ','", one_of("auto", *DECIMALS), choices=("auto", *DECIMALS),
    ),
    Setting(
        "dates", f'{quoted(("auto", *ORDERS))}, default="auto"',
        'The order of day, month and year in text such as 3/4/2024. "auto" detects it, and '
        "warns if no value is above 12.",
        "be 'auto', 'mdy', 'dmy' or 'ymd'", one_of("auto", *ORDERS), choices=("auto", *ORDERS),
    ),
    Setting(
        "sentinels", '"auto", None or list of float, default="auto"',
        "Numbers that encode something else, such as -999 for a missing value. Each gets an indicator "
        "column and counts as missing among the numbers, so that it does not distort their scale. "
        '``"auto"``: repeated values whose distance from all others exceeds the range of these; '
        "a warning names them. None: all numbers are real values.",
        "be 'auto', None or a list of finite numbers", is_sentinels,
    ),
)  # fmt: skip


def _are_columns(value: Any) -> bool:
    return value == "auto" if isinstance(value, str) else isinstance(value, Iterable)


TEXT_COLUMNS = Setting(
    "text_columns", "list of str or int or None, default=None",
    "Columns of free text, by name or position, such as titles, addresses and descriptions: their character "
    "n-grams become at most 96 numbers, fewer in small tables. None: text is numbers, dates or categories.",
    "be None or a list of names or positions of columns",
    lambda value: value is None
    or (isinstance(value, Sequence | np.ndarray) and not isinstance(value, str))
    or (hasattr(value, "__array__") and hasattr(value, "__len__")),
)  # fmt: skip
ENCODER_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "categorical", '"auto" or list of str or int, default="auto"',
        "Numeric columns to treat as categories, by name or position, in addition to those that are categorical "
        "by type: text, categories and Booleans.",
        "be 'auto' or a list of names or positions of columns", _are_columns,
    ),
    TEXT_COLUMNS,
    Setting(
        "max_one_hot", "int, default=8",
        "Up to this many categories get one column each.",
        "be a whole number >= 0", lambda value: is_whole(value, 0),
    ),
    Setting(
        "max_categories", "int, default=None",
        "The number of most frequent categories to keep in a column; others are treated as unknown. "
        "None keeps all.",
        "be a whole number >= 2, or None for no limit", lambda value: value is None or is_whole(value, 2),
    ),
    Setting(
        "smooth_clip", "float, default=3.0",
        "The bound c in x/√(1 + (x/c)²); None for no bound.",
        "be a number > 0, or None for no bound",
        lambda value: value is None or (is_real(value) and 0.0 < value < inf),
    ),
    *READING_SETTINGS,
)  # fmt: skip
