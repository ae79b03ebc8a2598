"""``pellucid warmup``: compilation of the engine in advance."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Annotated

from rich.progress import track

from pellucid.cli.options import JSON, flag
from pellucid.cli.printing import Printer
from pellucid.engines import ENGINES
from pellucid.engines.compiled import obstacle

__all__ = ["warmup"]


def warmup(
    everything: Annotated[
        bool, flag("--all", help="Compile every activation, loss and optimizer, in both precisions.")
    ] = False,
    json: JSON = False,
) -> None:
    """Compile the engine in advance, so that the first fit starts at once.

    Compiled code is kept in the user's cache folder, or in PELLUCID_CACHE_DIR. If root creates this
    folder, all users of the machine or image can use it, but not change it.

    \b
    [bold]Examples[/bold]
    pellucid warmup
    pellucid warmup --all
    PELLUCID_CACHE_DIR=/opt/kernels pellucid warmup
    """  # noqa: D301
    printer = Printer(machine=json)
    if not ENGINES["compiled"].is_available or obstacle():
        reason = obstacle() or "which is not available"
        printer.say(f"The compiled engine needs Numba, {reason}. The reference engine needs no compilation.")
        printer.result({"command": "warmup", "compiled": 0, "folder": None})
        return
    from pellucid.engines.compiled.warmup import compile_ahead

    started = perf_counter()
    bar = partial(track, description="compiling", console=printer.err, transient=True, disable=json)
    n_parts, folder = compile_ahead(everything=everything, watch=bar)
    seconds = perf_counter() - started
    printer.say(f"{n_parts} parts are ready ({seconds:.1f} s), kept in {folder}")
    printer.result({"command": "warmup", "compiled": n_parts, "seconds": seconds, "folder": folder})
