"""Record the options of every command, from which ``--help`` makes its pages; ``make help-pages`` runs this.

python .ci/record_help.py
"""

import inspect
import json
from pathlib import Path
from typing import Any, get_args

import typer.main

from pellucid.cli import help_pages
from pellucid.cli.app import COMMANDS, app
from pellucid.host.files import replace_file

FILE = Path(help_pages.__file__).with_suffix(".json")


def pages() -> str:
    """Return the text of the file, as the commands are now."""
    made = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found = {}
    for (name, command), run in zip(made.items(), COMMANDS, strict=True):
        parameters = inspect.signature(run, eval_str=True).parameters
        rows = [
            recorded(row, parameters[row.name].annotation) for row in command.params if row.name in parameters
        ]
        found[name] = {"help": command.help, "parameters": rows}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def recorded(row: Any, annotation: Any) -> dict[str, Any]:
    """Return a parameter that Typer has made, by the names that :mod:`pellucid.cli.help_pages` reads."""
    types = types_of(annotation.__origin__)
    found = {
        "name": row.name,
        "kind": next((name for name, known in help_pages.TYPES.items() if known in types), "str"),
        "declarations": ["/".join([*row.opts, *row.secondary_opts])]
        if row.param_type_name == "option"
        else [],
        "required": row.required,
        "metavar": row.metavar,
        "help": row.help,
        "rich_help_panel": row.rich_help_panel,
        "hidden": row.hidden,
    }
    return {key: value for key, value in found.items() if value}


def types_of(annotation: Any) -> set[Any]:
    """Return the types of an annotation; a list counts as one of texts, whatever its items become."""
    parts = [annotation] if isinstance(annotation, type) else [*get_args(annotation), annotation]
    return {list[str] if getattr(part, "__origin__", None) is list else part for part in parts}


if __name__ == "__main__":
    replace_file(FILE, pages().encode())
