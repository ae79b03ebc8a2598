"""The ``pellucid`` command: its subcommands, and the handling of their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from pellucid.cli.check import check
from pellucid.cli.compare import compare
from pellucid.cli.diagnose import diagnose
from pellucid.cli.drift import drift
from pellucid.cli.evaluate import evaluate
from pellucid.cli.exercise import exercise
from pellucid.cli.explain import explain
from pellucid.cli.export import export
from pellucid.cli.flags import IN_FLAGS, OTHERWISE, as_typed
from pellucid.cli.help_pages import without_commands
from pellucid.cli.info import info
from pellucid.cli.logic import logic
from pellucid.cli.plan_cluster import plan_cluster
from pellucid.cli.playground import playground
from pellucid.cli.predict import predict
from pellucid.cli.printing import Terminal, in_json
from pellucid.cli.serve import serve
from pellucid.cli.trace import trace
from pellucid.cli.train import train
from pellucid.cli.warmup import warmup
from pellucid.exceptions import ParameterError, PellucidError
from pellucid.host.escaping import for_terminal
from pellucid.host.streams import STDOUT
from pellucid.workflow.wording import worded

__all__ = ["app"]

FAILED, WRONG_USAGE = 1, 2


@contextmanager
def _visible_usage_errors() -> Iterator[None]:
    """Make quoted text in a usage error visible: Typer prints it on its own console."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):
            error.message = for_terminal(error.message)  # type: ignore[attr-defined]
            flag = OTHERWISE.get(getattr(error, "option_name", "")[2:].replace("-", "_"))
            if flag and any(flag in each.opts for each in error.ctx.command.params):  # type: ignore[attr-defined]
                error.possibilities = [flag]  # type: ignore[attr-defined] # for its name in Python
        raise


class Commands(TyperGroup):
    """Subcommands, whose errors become a sentence on standard error and an exit code."""

    @_visible_usage_errors()
    def make_context(self, *words: Any, **more: Any) -> Any:
        """Read the words before the subcommand."""
        return super().make_context(*words, **more)

    @_visible_usage_errors()
    def invoke(self, ctx: Any) -> Any:
        """Run a subcommand."""
        machine = "--json" in ctx.args
        try:
            with worded(IN_FLAGS):
                return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except PellucidError as error:
            code = WRONG_USAGE if isinstance(error, ParameterError) else FAILED
            raise _failed(as_typed(str(error)), code, machine) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise _failed(f"{where}{error.strerror or error}.", FAILED, machine) from None
        except MemoryError as error:
            raise _failed(f"Not enough memory. {error}".strip(), FAILED, machine) from None
        except Exception as error:
            if machine and hasattr(error, "format_message"):  # a usage error, which Typer prints for people
                STDOUT.write(in_json({"error": error.format_message()}) + "\n")
            raise


def _failed(message: str, code: int, machine: bool) -> typer.Exit:
    console = Terminal(stderr=True)
    console.print(f"[bold red]Error:[/] {escape(message)}", soft_wrap=not console.is_terminal)
    if machine:
        STDOUT.write(in_json({"error": message}) + "\n")
    return typer.Exit(code)


app = without_commands(cls=Commands)
COMMANDS: tuple[Callable[..., None], ...] = (
    train, evaluate, predict, explain, compare, drift, export, serve, diagnose, info, trace, logic, exercise,
    check, playground, plan_cluster, warmup,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)
