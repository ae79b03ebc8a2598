"""``pellucid plan-cluster``: hours and price of a training on many rows, and the bound that holds."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from pellucid.cli.options import JSON, between, flag, option
from pellucid.cli.printing import Printer, table
from pellucid.workflow.cluster import ClusterPlan, Machine, measured_machine
from pellucid.workflow.cluster import plan_cluster as planned

__all__ = ["plan_cluster"]

MACHINES = (1, 4, 16, 64)
number = between(float, 0.0, 1e18)


def _sizes(text: str) -> tuple[int, ...]:
    read = between(int, 1, 1_000_000)
    return tuple(read(part) for part in text.split(","))


def plan_cluster(
    rows: Annotated[
        Any, typer.Argument(parser=between(float, 1.0, 1e18), metavar="ROWS", help="Rows, such as 1e9.")
    ],
    columns: Annotated[
        Any, typer.Argument(parser=between(int, 1, 10_000_000), metavar="COLUMNS", help="Encoded columns.")
    ],
    hidden: Annotated[
        Any, option(parser=_sizes, metavar="SIZES", help="Units of the hidden layers. \\[default: 128,128]")
    ] = None,
    batch_size: Annotated[
        Any,
        option(parser=between(int, 1, 10**9), metavar="INTEGER", help="Rows of a step. \\[default: 65536]"),
    ] = None,
    epochs: Annotated[
        Any, option(parser=number, metavar="NUMBER", help="Passes over the rows. \\[default: 1]")
    ] = None,
    machines: Annotated[
        Any,
        option(parser=_sizes, metavar="NUMBERS", help="Numbers of machines. \\[default: 1,4,16,64]"),
    ] = None,
    cores: Annotated[
        Any,
        option(
            parser=between(int, 1, 100_000), metavar="INTEGER", help="Processors of each. \\[default: 16]"
        ),
    ] = None,
    exchange_every: Annotated[
        Any,
        option(parser=between(int, 1, 32), metavar="INTEGER", help="Steps between exchanges. \\[default: 1]"),
    ] = None,
    price: Annotated[
        Any, option(parser=number, metavar="NUMBER", help="Price of a machine per hour. \\[default: none]")
    ] = None,
    calibrate: Annotated[
        bool,
        flag("--calibrate", help="Measure this machine's arithmetic and reading first, in a few seconds."),
    ] = False,
    json: JSON = False,
) -> None:
    """Estimate the hours and the price of a training on many rows.

    \b
    [bold]Examples[/bold]
    pellucid plan-cluster 1e9 67
    pellucid plan-cluster 1e10 67 --price 0.5 --calibrate
    """  # noqa: D301
    printer = Printer(machine=json)
    machine = measured_machine(seconds=2.0) if calibrate else Machine()
    if cores is not None:
        machine = replace(machine, cores=cores)
    given = {"hidden": hidden, "batch_size": batch_size, "epochs": epochs, "exchange_every": exchange_every}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    plans = [
        planned(rows, columns, machines=n, machine=machine, price=price, **options)
        for n in machines or MACHINES
    ]
    printer.say(
        f"{plans[0].parameters:,} parameters, {plans[0].steps:,} steps a pass; {machine.cores} processors of "
        f"{machine.flops / 1e9:.0f} GFLOP/s and {machine.cells / 1e6:.0f} million numbers/s read"
    )
    _show(printer, plans)
    printer.say("Assumed: a quiet network, and a batch of this size that learns as well as a small one.")
    found = {
        "command": "plan-cluster",
        "machine": asdict(machine),
        "plans": [plan.to_dict() for plan in plans],
    }
    printer.result(found)


def _show(printer: Printer, plans: list[ClusterPlan]) -> None:
    shown = table("machines", "hours", "arithmetic", "reading", "exchange", "price", "bound by", n_texts=0)
    for plan in plans:
        parts = (plan.hours, plan.arithmetic, plan.reading, plan.exchange)
        price = "" if plan.cost is None else f"{plan.cost:,.2f}"
        shown.add_row(f"{plan.machines:,}", *(f"{hours:,.3g}" for hours in parts), price, plan.bound)
    printer.show(shown)
