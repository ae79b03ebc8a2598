"""Format of a text file: separator, encoding, decimal mark, comments, header."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pellucid.exceptions import ParameterError
from pellucid.tabular.reading.text_numbers import DECIMALS
from pellucid.workflow.wording import option

__all__ = ["Dialect", "read_encoding", "read_separator"]

SEPARATORS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}


def read_separator(text: str) -> str:
    r"""Return the separator that a text stands for.

    Examples
    --------
    >>> read_separator("tab"), read_separator(";")
    ('\t', ';')
    """
    mark = SEPARATORS.get(text, text)
    if len(mark) != 1 or not mark.isascii() or mark in '"\n\r':
        raise ParameterError(
            f"{text!r} is not accepted. It must be one character, or {', '.join(SEPARATORS)}."
        )
    return mark


def read_encoding(text: str) -> str:
    """Return the name of the codec that a text stands for.

    Examples
    --------
    >>> read_encoding("UTF8")
    'utf-8'
    """
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise ParameterError(
            f"{text!r} is not accepted. It must be a name such as utf-8, cp1252, latin-1, utf-16 or shift_jis."
        ) from None


@dataclass(frozen=True)
class Dialect:
    r"""Format of a text file as stated by the user; None for values to detect.

    Parameters
    ----------
    separator, encoding, decimal, comment : str or None, default=None
        The separator of fields, the name of a codec, the decimal mark, and the start of the lines that are
        left out.
    header : bool, default=True
        True if the first line holds the names of the columns.
    usual : dict, default={}
        The format of the training data. Its separator and encoding are used if a file fits no other.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from pellucid.workflow import Dialect, read_table
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "prices.csv")
    ...     _ = file.write_text("name;price\nbread;1,20\n", encoding="utf-8")
    ...     table = read_table(str(file), dialect=Dialect(separator=";", decimal=","))
    >>> table.frame.columns
    ['name', 'price']
    """

    separator: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    comment: str | None = None
    header: bool = True
    usual: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.decimal not in (None, *DECIMALS):
            raise ParameterError(
                f"{option('decimal')} must be one of {', '.join(map(repr, DECIMALS))}; got {self.decimal!r}."
            )
        if self.separator is not None and len(self.separator.encode()) != 1:
            raise ParameterError(
                f"{option('separator')} must be one ASCII character; got {self.separator!r}."
            )

    @property
    def noted(self) -> dict[str, Any]:
        """The stated options, as a model file notes them."""
        said = {name: value for name, value in asdict(self).items() if value is not None and name != "usual"}
        return {name: value for name, value in said.items() if (name, value) != ("header", True)}

    @property
    def words(self) -> list[str]:
        """Options of the format."""
        values = {name: value for name, value in self.noted.items() if name != "header"}
        return [word for name, value in values.items() for word in (f"--{name}", value)] + (
            [] if self.header else ["--no-header"]
        )

    def after(self, noted: Mapping[str, Any]) -> Dialect:
        """Return the dialect of a new file for a model, given the dialect of its training data.

        Parameters
        ----------
        noted : dict
            The format of the training data, as noted.

        Returns
        -------
        Dialect
            The format given now, completed by the one of the training data.
        """
        own = {f.name for f in fields(self)}
        kept = {name: value for name, value in noted.items() if name in own and name not in self.noted}
        told = {name: value for name, value in kept.items() if name in ("decimal", "comment", "header")}
        return Dialect(**{**told, **self.noted}, usual=kept)
