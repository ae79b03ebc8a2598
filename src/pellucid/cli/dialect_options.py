"""Options for the format of text files, for every command that reads one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pellucid.cli.options import choice, in_place_of, option, parsed
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.input_files.dialect import Dialect, read_encoding, read_separator

__all__ = ["with_dialect"]

PANEL = "Format of text files"
of_text = partial(option, rich_help_panel=PANEL)
OPTIONS: dict[str, Any] = {
    "separator": Annotated[
        Any,
        of_text(
            parser=parsed(read_separator),
            metavar="CHARACTER",
            help="The field separator. \\[default: detected among , ; tab and |]",
        ),
    ],
    "encoding": Annotated[
        Any,
        of_text(
            parser=parsed(read_encoding),
            metavar="NAME",
            help="The encoding, such as cp1252. \\[default: UTF-8, or as the first bytes indicate]",
        ),
    ],
    "decimal": Annotated[
        Any,
        choice(
            choices_of("decimal")[1:],
            metavar="MARK",
            rich_help_panel=PANEL,
            help="The decimal mark, . or , \\[default: detected for each column]",
        ),
    ],
    "comment": Annotated[str | None, of_text(metavar="PREFIX", help="Skip lines that begin with this text.")],
    "no_header": Annotated[
        bool,
        of_text(
            "--no-header", metavar="", help="The first line is data; name the columns column_1 and so on."
        ),
    ],
}


def _dialect(*, no_header: bool, **said: Any) -> Dialect:
    return Dialect(**said, header=not no_header)


with_dialect = in_place_of("dialect", OPTIONS, _dialect)
