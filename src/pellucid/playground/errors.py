"""The error of the page, which names the part of the setup, the command or the table that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pellucid.exceptions import DataError, ParameterError

__all__ = ["SetupError", "about"]


class SetupError(ParameterError):
    """A part of a setup or of a command that is not accepted.

    Parameters
    ----------
    parameter : str
        The part, such as ``"optimizer.learning_rate"``.
    message : str
        The accepted values, the value received, and what to do.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@contextmanager
def about(parameter: str) -> Iterator[None]:
    """Name the part of a setup that an error of the library is about.

    Parameters
    ----------
    parameter : str
        The part.
    """
    try:
        yield
    except SetupError:
        raise
    except (ParameterError, DataError) as error:
        raise SetupError(parameter, f"{parameter}: {error}") from error
