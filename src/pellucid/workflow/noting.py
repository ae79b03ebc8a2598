"""Notes that a reader should know about a table or a fit, one sentence each, including pellucid's warnings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pellucid.exceptions import DataWarning
from pellucid.workflow.wording import reworded

__all__ = ["Note", "noting"]

Note = Callable[[str], None]


@contextmanager
def noting(note: Note) -> Iterator[None]:
    """Pass on pellucid's warnings about data as notes, each once.

    Parameters
    ----------
    note : callable
        Gets the notes.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield
    said = dict.fromkeys(str(warning.message) for warning in caught if warning.category is DataWarning)
    for message in said:
        note(reworded(message))
    for warning in caught:
        if warning.category is not DataWarning:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
