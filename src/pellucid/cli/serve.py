"""``pellucid serve``: a model as a small HTTP service on this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.options import MODEL_FILE, integer, option
from pellucid.cli.printing import Printer
from pellucid.workflow.trained import open_model

__all__ = ["serve"]


def serve(
    model: MODEL_FILE,
    host: Annotated[
        str,
        option(
            metavar="ADDRESS",
            help="The address to listen on. \\[default: 127.0.0.1, which only this machine reaches]",
        ),
    ] = "127.0.0.1",
    port: Annotated[Any, integer(0, 65535, help="The port; 0 for a free one. \\[default: 8000]")] = 8000,
    max_rows: Annotated[Any, integer(1, 10_000_000, help="Rows per request. \\[default: 10000]")] = 10_000,
    max_megabytes: Annotated[Any, integer(1, 4096, help="Largest request, in MiB. \\[default: 8]")] = 8,
) -> None:
    """Serve a model over HTTP: JSON rows in, predictions out. Ctrl-C stops it.

    Paths: /predict, /health, /metrics, and /openapi.json, which describes them. It has no login and no encryption.

    \b
    [bold]Example[/bold]
    pellucid serve houses-model.safetensors --port 8000
    """  # noqa: D301
    from pellucid.serving import Limits, http_server
    from pellucid.serving import serve as serve_model

    printer = Printer(machine=False)
    trained = open_model(Path(model))
    limits = Limits(max_megabytes << 20, max_rows)
    if host not in http_server.LOOPBACK:
        printer.note(
            f"Other machines may reach {host}, and the service has neither a login nor encryption. Put it behind "
            "a proxy that has both."
        )
        limits = replace(limits, hosts=("*",))

    def started(address: str) -> None:
        printer.say(f"{model} at {address}, described by {address}/openapi.json")

    serve_model(trained.model, host=host, port=port, limits=limits, started=started)
    printer.say("Stopped.")
