"""The options that say how a text file is written, for every command that reads one."""

from __future__ import annotations

import codecs
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from pellucid.cli.dialect import Dialect
from pellucid.cli.options import flag, one_of, option
from pellucid.tabular.text_numbers import DECIMALS

__all__ = ["with_dialect"]

PANEL = "For text files"
NAMES = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}


def _separator(text: str) -> str:
    mark = NAMES.get(text, text)
    if len(mark) != 1 or not mark.isascii() or mark in '"\n\r':
        raise typer.BadParameter(f"{text!r} is not accepted. It takes one character, or {', '.join(NAMES)}.")
    return mark


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise typer.BadParameter(
            f"{text!r} is not accepted. It takes a name such as utf-8, cp1252, latin-1, utf-16 or shift_jis."
        ) from None


OPTIONS: dict[str, Any] = {
    "separator": Annotated[
        Any,
        option(
            parser=_separator,
            metavar="CHARACTER",
            help="What stands between fields. \\[default: found out of , ; tab and |]",
            rich_help_panel=PANEL,
        ),
    ],
    "encoding": Annotated[
        Any,
        option(
            parser=_encoding,
            metavar="NAME",
            help="Such as cp1252. \\[default: UTF-8, or what the first bytes say]",
            rich_help_panel=PANEL,
        ),
    ],
    "decimal": Annotated[
        Any,
        option(
            parser=one_of(DECIMALS),
            metavar="MARK",
            help="The decimal mark, . or , \\[default: as each column shows]",
            rich_help_panel=PANEL,
        ),
    ],
    "comment": Annotated[
        str | None,
        option(metavar="PREFIX", help="Leave out lines that begin like this.", rich_help_panel=PANEL),
    ],
    "no_header": Annotated[
        bool,
        flag(
            "--no-header",
            help="The first line is a row; columns are called column_1 and so on.",
            rich_help_panel=PANEL,
        ),
    ],
}


def with_dialect(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of text files in place of its argument ``dialect``."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        said = {name: arguments.pop(name) for name in OPTIONS}
        header = not said.pop("no_header")
        command(**arguments, dialect=Dialect(**said, header=header))

    own = inspect.signature(command, eval_str=True).parameters.values()
    kept = [p for p in own if p.name != "dialect"]
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "no_header" else None,
            annotation=annotation,
        )
        for name, annotation in OPTIONS.items()
    ]
    run.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*kept, *added]}
    return run
