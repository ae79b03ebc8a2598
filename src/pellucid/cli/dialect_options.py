"""Options for the format of text files, for every command that reads one."""

from __future__ import annotations

import codecs
from functools import partial
from typing import Annotated, Any

import typer

from pellucid.cli.options import in_place_of, one_of, option
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.dialect import Dialect

__all__ = ["with_dialect"]

of_text = partial(option, rich_help_panel="Format of text files")
NAMES = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}


def _separator(text: str) -> str:
    mark = NAMES.get(text, text)
    if len(mark) != 1 or not mark.isascii() or mark in '"\n\r':
        raise typer.BadParameter(
            f"{text!r} is not accepted. It must be one character, or {', '.join(NAMES)}."
        )
    return mark


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise typer.BadParameter(
            f"{text!r} is not accepted. It must be a name such as utf-8, cp1252, latin-1, utf-16 or shift_jis."
        ) from None


OPTIONS: dict[str, Any] = {
    "separator": Annotated[
        Any,
        of_text(
            parser=_separator,
            metavar="CHARACTER",
            help="Separator of fields. \\[default: detected among , ; tab and |]",
        ),
    ],
    "encoding": Annotated[
        Any,
        of_text(
            parser=_encoding,
            metavar="NAME",
            help="Such as cp1252. \\[default: UTF-8, or as the first bytes indicate]",
        ),
    ],
    "decimal": Annotated[
        Any,
        of_text(
            parser=one_of(choices_of("decimal")[1:]),
            metavar="MARK",
            help="The decimal mark, . or , \\[default: detected for each column]",
        ),
    ],
    "comment": Annotated[
        str | None, of_text(metavar="PREFIX", help="Leave out lines that begin with this text.")
    ],
    "no_header": Annotated[
        bool,
        of_text(
            "--no-header", metavar="", help="The first line is data; columns are named column_1 and so on."
        ),
    ],
}


def _dialect(*, no_header: bool, **said: Any) -> Dialect:
    return Dialect(**said, header=not no_header)


with_dialect = in_place_of("dialect", OPTIONS, _dialect)
