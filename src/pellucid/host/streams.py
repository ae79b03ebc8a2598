"""Standard output and standard error that may be absent, closed, broken or unable to hold a character.

A service has no standard error, a pipe loses its reader, a terminal knows no "…": such a line is lost or
spelled in another way, and never the work that it speaks of.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pellucid.exceptions import without_types

__all__ = ["STDERR", "STDOUT", "Stream", "harmless", "warn"]


class Stream:
    """A standard stream, as it is now, in the form of a file that never fails.

    Parameters
    ----------
    name : "stdout" or "stderr"
        The name in :mod:`sys`, looked up each time, since a program may replace the stream.

    Examples
    --------
    >>> n_characters = STDOUT.write("one line")
    one line
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.lost: OSError | None = None  # why a line was lost first, unless its reader went away

    @contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            pass
        except OSError as error:
            self.lost = self.lost or error
        except Exception:
            pass

    @property
    def _stream(self) -> Any:
        stream = getattr(sys, self.name)
        return stream if _is_in_place(stream) else None

    @property
    def encoding(self) -> str:
        """The encoding of the stream; UTF-8 if it has none."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write a text, with an escape for each character that the encoding does not have."""
        with self._losing():
            try:
                self._stream.write(text)
            except UnicodeError:
                self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        with self._losing():
            self._stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        with suppress(Exception):
            return bool(self._stream.isatty())
        return False

    def fileno(self) -> int:
        """Return the number of the stream's file."""
        if self._stream is None:
            raise OSError(f"There is no {self.name}.")
        number: int = self._stream.fileno()
        return number


STDOUT, STDERR = Stream("stdout"), Stream("stderr")


def harmless(show: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Show something, if that is possible.

    Parameters
    ----------
    show : callable
        The function that shows it. An error in it is ignored; an interrupt is not.
    *arguments, **options
        Its arguments.
    """
    with suppress(Exception):
        show(*arguments, **options)


def warn(message: str, category: type[Warning] = UserWarning, stacklevel: int = 1) -> None:
    """Warn as :func:`warnings.warn` does, even if there is nowhere to write to.

    Parameters
    ----------
    message : str
        The message.
    category : type, default=UserWarning
        The class of the warning.
    stacklevel : int, default=1
        1 for the line that calls this function.

    Raises
    ------
    Warning
        If a filter turns the warning into an error.
    """
    try:
        warnings.warn(without_types(message), category, stacklevel=stacklevel + 1)
    except Warning:
        raise
    except Exception:
        pass


def _is_in_place(stream: Any) -> bool:
    """Return whether a stream is still what it was, not a file that got its number after it was closed.

    Streams that a program starts with are passed on to the programs it starts; files that Python opens are not.
    """
    try:
        number = stream.fileno()
    except Exception:  # not a file of the system, such as a notebook's stream; or none at all
        return stream is not None
    try:
        return number > 2 or os.name != "posix" or os.get_inheritable(number)
    except OSError:  # the number is closed
        return False
