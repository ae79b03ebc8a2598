"""Fits that Ctrl-C ended early: they return what they have learned, and tell whoever started them.

A fit warns the user, who then decides. Code of ours that fits models on the way to something else, and silences
their warnings, must not take such a model for a trained one, nor go on with the next as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["raised_after", "tell"]

_listening: ContextVar[list[str] | None] = ContextVar("listening", default=None)


def tell(message: str) -> None:
    """Say that a fit was ended early by Ctrl-C and returns.

    Parameters
    ----------
    message : str
        The words for the user.
    """
    heard = _listening.get()
    if heard is not None:
        heard.append(message)


@contextmanager
def raised_after() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of a block in which Ctrl-C ended a fit early.

    Yields
    ------
    None
        While the block runs.

    Raises
    ------
    KeyboardInterrupt
        If a fit was ended.

    Examples
    --------
    >>> from pellucid.host.interruptions import raised_after, tell
    >>> try:
    ...     with raised_after():
    ...         tell("Training interrupted by user.")
    ... except KeyboardInterrupt as interrupt:
    ...     print(interrupt)
    Training interrupted by user.
    """
    heard: list[str] = []
    token = _listening.set(heard)
    try:
        yield
    finally:
        _listening.reset(token)
    if heard:
        raise KeyboardInterrupt(heard[0])
