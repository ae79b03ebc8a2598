"""Warnings of the library as notes of a command."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from pellucid.cli.console import Printer
from pellucid.cli.options import in_flags
from pellucid.exceptions import DataWarning

__all__ = ["noting"]


@contextmanager
def noting(printer: Printer) -> Iterator[None]:
    """Print warnings of the library about its data as notes, each once.

    Parameters
    ----------
    printer : Printer
        Gets the notes.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield
    said = dict.fromkeys(str(warning.message) for warning in caught if warning.category is DataWarning)
    for message in said:
        printer.note(in_flags(message))
    for warning in caught:
        if warning.category is not DataWarning:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
