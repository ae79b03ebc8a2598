"""Options that several commands have, each declared once, and parsers of their values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.exceptions import ParameterError
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.input_files.dataset import BUNDLED
from pellucid.workflow.option_values import between, one_of
from pellucid.workflow.roles import Roles
from pellucid.workflow.target import TASKS
from pellucid.workflow.wording import LISTS

__all__ = [
    "COUNT", "COVERAGE", "FORCE", "JSON", "MODEL_FILE", "NEW_DATA", "SEED", "TASK", "TIME_BUDGET", "TRAINING_DATA",
    "TRUTH", "WEIGHTS", "a_file", "argument", "choice", "flag", "in_place_of", "integer", "number", "of_column",
    "option", "parsed", "with_columns",
]  # fmt: skip

option = partial(typer.Option, show_default=False)  # the help states the default in words
flag = partial(option, metavar="")
a_file = partial(option, metavar="FILE")
COLUMNS = "Columns"

Command = Callable[..., None]


def parsed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser that makes errors of usage of the errors of another."""

    def value(text: str) -> Any:
        try:
            return read(text)
        except ParameterError as error:
            raise typer.BadParameter(str(error)) from None

    return value


def integer(low: int, high: int, *names: str, **more: Any) -> Any:
    """Return an option for an integer in a closed range."""
    return option(*names, **{"parser": parsed(between(int, low, high)), "metavar": "INTEGER", **more})


def number(low: float, high: float, *names: str, **more: Any) -> Any:
    """Return an option for a number in a closed range."""
    return option(*names, **{"parser": parsed(between(float, low, high)), "metavar": "NUMBER", **more})


def choice(words: Sequence[str], *names: str, **more: Any) -> Any:
    """Return an option for one of some names."""
    return option(*names, **{"parser": parsed(one_of(words)), "metavar": "NAME", **more})


def argument(metavar: str, help: str, **more: Any) -> Any:
    """Return an argument, shown without its default."""
    return typer.Argument(metavar=metavar, help=help, show_default=False, **more)


# ---- what several commands share -----------------------------------------------------------------------------

ANY_TABLE = (
    "A CSV, JSON lines, Parquet, Arrow or Excel file, optionally compressed; - for standard input; or one of: "
    f"{', '.join(BUNDLED)}."
)
TRAINING_DATA = Annotated[str, argument("DATA", ANY_TABLE)]
MANY = "with --out also Parquet files such as 'big/*.parquet'"
NEW_DATA = Annotated[str, argument("DATA", f"A table with the model's inputs; {MANY}.")]
MODEL_FILE = Annotated[Path, argument("MODEL", "A model file of `pellucid train`.")]
of_column = partial(option, metavar="COLUMN")
TRUTH = Annotated[str | None, of_column(help="Column with the true target. \\[default: as in training]")]
WEIGHTS = Annotated[str | None, of_column(help="Column of row weights. \\[default: as in training]")]
JSON = Annotated[bool, flag("--json", help="Print one JSON object.")]
FORCE = Annotated[bool, flag("--force", help="Overwrite an existing file.")]
COUNT = partial(integer, 1, 1000)
COVERAGE = partial(number, 0.01, 0.999)
TASK = partial(choice, TASKS, help=f"{' or '.join(TASKS)}, if the target is ambiguous.")
SEED = partial(integer, 0, 999_999_999)
TIME_BUDGET = partial(number, 0.1, 1e9, metavar="SECONDS")


def column_options(time: str, panel: str) -> dict[str, Any]:
    """Return the options for the roles of columns, by the fields of :class:`Roles`.

    Parameters
    ----------
    time : str
        Help text of ``--time``.
    panel : str
        The part of the help with the options that not every estimator has.
    """
    plain = partial(of_column, rich_help_panel=COLUMNS)
    more = partial(of_column, rich_help_panel=panel)
    return {
        "target": Annotated[str | None, plain(help="The column to predict.")],
        "identifier": Annotated[
            str | None, plain("--id", help="Column that identifies the rows; not an input.")
        ],
        "weight": Annotated[str | None, plain(help="Column of row weights >= 0; not an input.")],
        "drop": Annotated[list[str] | None, plain(help="A column to leave out; can be repeated.")],
        "drop_missing_target": Annotated[
            bool,
            plain("--drop-missing-target", metavar="", help="Leave out rows in which the target is missing."),
        ],
        "categorical": Annotated[
            list[str] | None, more(help="Column of numeric category codes; can be repeated.")
        ],
        "text": Annotated[
            list[str] | None, more(help="Column of free text, encoded by n-grams; can be repeated.")
        ],
        "numeric": Annotated[
            list[str] | None,
            more(help="Numeric column in which other text counts as missing; can be repeated."),
        ],
        "dates": Annotated[
            Any,
            choice(
                choices_of("dates")[1:],
                metavar="ORDER",
                rich_help_panel=panel,
                help="Order of day and month in dates such as 3/4/2024: mdy, dmy or ymd. "
                "\\[default: detected for each column]",
            ),
        ],
        "group": Annotated[
            str | None,
            more(help="Column of groups: the rows of a group are held out together; not an input."),
        ],
        "time": Annotated[str | None, more(help=time)],
    }


def with_columns(time: str, panel: str = COLUMNS) -> Callable[[Command], Command]:
    """Give a command the options of columns in place of its argument ``columns``."""
    return in_place_of("columns", column_options(time, panel), _roles)


def _roles(**said: Any) -> Roles:
    return Roles(**{name: [] if value is None and name in LISTS else value for name, value in said.items()})


def in_place_of(
    argument: str, options: Mapping[str, Any], made_of: Callable[..., Any]
) -> Callable[[Command], Command]:
    """Give a command some options in place of one argument, which is made of their values.

    Parameters
    ----------
    argument : str
        A parameter of the command.
    options : dict of str to Annotated
        The options, by name.
    made_of : callable
        Return the argument for the values, by name.

    Returns
    -------
    callable
        A decorator of commands.
    """

    def decorated(command: Command) -> Command:
        @wraps(command)
        def run(**arguments: Any) -> None:
            said = {name: arguments.pop(name) for name in options}
            command(**arguments, **{argument: made_of(**said)})

        shown = []
        for own in inspect.signature(command, eval_str=True).parameters.values():
            shown += [_keyword(*item) for item in options.items()] if own.name == argument else [own]
        run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in shown}
        return run

    return decorated


def _keyword(name: str, annotation: Any) -> inspect.Parameter:
    default = False if annotation.__origin__ is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
