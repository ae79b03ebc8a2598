"""``pellucid warmup``: compile ahead what fits will use."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Annotated

from rich.progress import track

from pellucid.cli.options import flag
from pellucid.cli.printing import Printer
from pellucid.engines import ENGINES
from pellucid.engines.compiled import obstacle
from pellucid.exceptions import PellucidError

__all__ = ["warmup"]


def warmup(
    everything: Annotated[
        bool, flag("--all", help="Compile every activation, loss and optimizer, in both precisions.")
    ] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compile the engine in advance, so that the first fit starts at once.

    Compiled code is kept in the user's cache folder, or in PELLUCID_CACHE_DIR. A folder made this way by root
    serves all users of the machine or image; they can use but not change it.

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
    from pellucid.engines.compiled.kernel_cache import open_folder
    from pellucid.engines.compiled.modules import loaded_keys
    from pellucid.engines.compiled.warmup import tasks

    is_for_all = os.environ.get("PELLUCID_CACHE_DIR") and getattr(os, "geteuid", lambda: -1)() == 0
    folder = open_folder(0o755 if is_for_all else 0o700)
    started = perf_counter()
    todo = list(tasks(everything=everything, dtypes=("float32", "float64") if everything else ("float32",)))
    for _, run in track(todo, description="compiling", console=printer.err, transient=True, disable=json):
        run()
    if lost := [key for key in loaded_keys() if not folder.holds(key)]:
        raise PellucidError(
            f"{len(lost)} of the kernels could not be kept in {folder.path}, among them {lost[0]}."
        )
    seconds = perf_counter() - started
    printer.say(f"{len(todo)} parts are ready ({seconds:.1f} s), kept in {folder.path}")
    printer.result({"command": "warmup", "compiled": len(todo), "seconds": seconds, "folder": folder.path})
