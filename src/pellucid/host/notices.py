"""Notices about this machine: shown once in a process, and never an error.

A folder that cannot be written or a compiler that does not load is not a mistake of the program that runs, so
``-W error`` does not turn such a notice into an exception, and nothing that fails while it is shown ends a fit.
"""

from __future__ import annotations

import warnings
from contextlib import suppress

__all__ = ["notice"]

_shown: set[str] = set()


def notice(message: str, *, is_security: bool = False) -> None:
    """Show a warning, once in this process for each message.

    Parameters
    ----------
    message : str
        The text: the fault, its cost and its remedy.
    is_security : bool, default=False
        True if somebody else may be at work here. Then filters that ignore warnings do not hide the notice.
    """
    if message in _shown:
        return
    _shown.add(message)
    with suppress(Exception):  # a closed stderr, a hook of somebody else's
        try:
            if not is_security:
                warnings.warn_explicit(message, UserWarning, "pellucid", 0, module="pellucid")
                return
        except UserWarning:  # a filter that makes errors of warnings
            pass
        warnings.showwarning(UserWarning(message), UserWarning, "pellucid", 0, line="")
