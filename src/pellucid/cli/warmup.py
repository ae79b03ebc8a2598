"""``pellucid warmup``: compile ahead what fits will use."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

from rich.progress import track

from pellucid.cli.console import Printer
from pellucid.cli.options import flag
from pellucid.engines import ENGINES

__all__ = ["warmup"]


def warmup(
    everything: Annotated[
        bool, flag("--all", help="Every activation, loss and optimizer, in both precisions.")
    ] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compile the engine ahead, so that the first fit need not wait.

    What is compiled is kept in the user's cache folder, or in PELLUCID_CACHE_DIR.

    \b
    [bold]Examples[/bold]
    pellucid warmup
    pellucid warmup --all
    """  # noqa: D301
    printer = Printer(machine=json)
    if not ENGINES["compiled"].is_available:
        printer.say("Numba is not installed here; the reference engine needs no compiling.")
        printer.result({"command": "warmup", "compiled": 0, "folder": None})
        return
    from pellucid.engines.compiled.modules import cache_folder
    from pellucid.engines.compiled.warmup import tasks

    started = perf_counter()
    todo = list(tasks(everything=everything, dtypes=("float32", "float64") if everything else ("float32",)))
    for _, run in track(todo, description="compiling", console=printer.err, transient=True, disable=json):
        run()
    seconds = perf_counter() - started
    printer.say(f"{len(todo)} parts are ready ({seconds:.1f} s), kept in {cache_folder()}")
    printer.result({"command": "warmup", "compiled": len(todo), "seconds": seconds, "folder": cache_folder()})
