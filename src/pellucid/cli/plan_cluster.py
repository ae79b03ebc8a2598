"""``pellucid plan-cluster``: hours and price of a training on many rows, and its bottleneck."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Annotated, Any

from pellucid.cli.options import JSON, argument, flag, integer, number, option, parsed
from pellucid.cli.printing import Printer, table
from pellucid.workflow.cluster import Machine, measured_machine, plan_clusters
from pellucid.workflow.option_values import between, several

__all__ = ["plan_cluster"]

MACHINES = (1, 4, 16, 64)
integers = partial(option, parser=parsed(several(between(int, 1, 1_000_000))))
any_number = partial(number, 0.0, 1e18)


def plan_cluster(
    rows: Annotated[float, argument("ROWS", "Rows, such as 1e9.", parser=parsed(between(float, 1.0, 1e18)))],
    columns: Annotated[
        int, argument("COLUMNS", "Encoded columns.", parser=parsed(between(int, 1, 10_000_000)))
    ],
    hidden: Annotated[
        Any, integers(metavar="SIZES", help="Units of the hidden layers. \\[default: 128,128]")
    ] = None,
    batch_size: Annotated[Any, integer(1, 10**9, help="Rows per step. \\[default: 65536]")] = None,
    epochs: Annotated[Any, any_number(help="Passes over the rows. \\[default: 1]")] = None,
    machines: Annotated[
        Any, integers(metavar="NUMBERS", help="Numbers of machines. \\[default: 1,4,16,64]")
    ] = None,
    cores: Annotated[Any, integer(1, 100_000, help="Processors per machine. \\[default: 16]")] = None,
    exchange_every: Annotated[Any, integer(1, 32, help="Steps between exchanges. \\[default: 1]")] = None,
    price: Annotated[Any, any_number(help="Price of a machine per hour. \\[default: none]")] = None,
    calibrate: Annotated[
        bool,
        flag("--calibrate", help="Measure this machine's arithmetic and reading first, in a few seconds."),
    ] = False,
    json: JSON = False,
) -> None:
    """Estimate the hours and the price of training on many rows.

    \b
    [bold]Examples[/bold]
    pellucid plan-cluster 1e9 67
    pellucid plan-cluster 1e10 67 --price 0.5 --calibrate
    """  # noqa: D301
    printer = Printer(machine=json)
    machine = measured_machine(seconds=2.0) if calibrate else Machine()
    if cores is not None:
        machine = replace(machine, cores=cores)
    plans = plan_clusters(
        rows, columns, machines or MACHINES, machine=machine, price=price, hidden=hidden, batch_size=batch_size,
        epochs=epochs, exchange_every=exchange_every,
    )  # fmt: skip
    printer.say(f"{plans[0].parameters:,} parameters, {plans[0].steps:,} steps/pass; {machine.describe()}")
    heads = ("machines", "hours", "arithmetic", "reading", "exchange", "price", "bound by")
    printer.show(table(*heads, n_texts=0, rows=[plan.texts for plan in plans]))
    printer.say("Parts are for one pass. Assumed: a quiet network; large batches learn like small ones.")
    found = {"machine": asdict(machine), "plans": [plan.to_dict() for plan in plans]}
    printer.result({"command": "plan-cluster", **found})
