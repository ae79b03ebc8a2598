r"""Cost of training on many rows, on one machine or several: hours, money, and the bound that holds.

A step of B rows over N machines takes

.. math:: t = \max\left(\frac{B F}{N c r} + \frac{B}{N c d},\ \frac{B b}{N w}\right)
          + \frac{\log_2 N}{k} \left(\alpha + \frac{4 P m}{\beta}\right)

with F floating-point operations per row, c processors that compute r of them a second and decode d rows a
second, b bytes per row read at w, and an exchange of m vectors of P numbers every k steps with latency α and
bandwidth β. In an exchange, each machine and a neighbor send each other everything, log₂ N times, each time with
another neighbor: the machines are the corners of a hypercube.

References
----------
R. Thakur, R. Rabenseifner and W. Gropp (2005), Optimization of collective communication operations in MPICH,
International Journal of High Performance Computing Applications 19 (1), 49-66: recursive doubling.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import pairwise
from math import ceil
from time import perf_counter, process_time
from typing import Any

import numpy as np

from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError
from pellucid.host.blas import blas_threads
from pellucid.tabular import TableEncoder
from pellucid.workflow.wording import option

__all__ = ["ClusterPlan", "Machine", "measured_machine", "plan_cluster", "plan_clusters"]


@dataclass(frozen=True)
class Machine:
    """Speeds of a machine of a cluster.

    Parameters
    ----------
    cores : int, default=16
        Processors.
    flops : float, default=60e9
        Floating-point operations per second of a processor, in float32.
    cells : float, default=43.5e6
        Numbers per second that a processor reads from Parquet and encodes.
    bandwidth : float, default=1.25e9
        Bytes per second from the disk or the network that holds the rows, and between machines.
    latency : float, default=75e-6
        Seconds of a message between machines.

    Examples
    --------
    >>> Machine(cores=4).flops
    60000000000.0
    """

    cores: int = 16
    flops: float = 60e9
    cells: float = 43.5e6
    bandwidth: float = 1.25e9
    latency: float = 75e-6

    def describe(self) -> str:
        """Return the processors and their speeds in words.

        Returns
        -------
        str
            A phrase.
        """
        return (
            f"{self.cores} processors of {self.flops / 1e9:.0f} GFLOP/s and {self.cells / 1e6:.0f} million "
            "numbers/s read"
        )


@dataclass(frozen=True)
class ClusterPlan:
    """Cost of a pass over the rows, by its parts.

    Parameters
    ----------
    machines, processors : int
        Machines, and processors of all.
    parameters : int
        Parameters of the network.
    steps : int
        Steps of a pass.
    arithmetic, reading, exchange : float
        Hours of a pass that each takes; reading is decoding after arithmetic, or the disk where that takes longer.
    hours : float
        Hours of all passes.
    cost : float or None
        The price of these hours.
    bound : {"arithmetic", "reading", "latency", "exchange"}
        The largest part; an exchange is bound by latency or by its bytes.

    Examples
    --------
    >>> from pellucid.workflow import plan_cluster
    >>> plan = plan_cluster(1e9, 67, price=0.5)
    >>> plan.processors, round(plan.hours, 3), round(plan.cost, 3)
    (16, 0.065, 0.033)
    """

    machines: int
    processors: int
    parameters: int
    steps: int
    arithmetic: float
    reading: float
    exchange: float
    hours: float
    cost: float | None
    bound: str

    @property
    def texts(self) -> list[str]:
        """Machines, hours, those of the parts, price and bound, as cells of a table."""
        parts = (self.hours, self.arithmetic, self.reading, self.exchange)
        price = "" if self.cost is None else f"{self.cost:,.2f}" if self.cost < 1e9 else f"{self.cost:.3g}"
        return [f"{self.machines:,}", *(f"{hours:,.3g}" for hours in parts), price, self.bound]

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data.

        Returns
        -------
        dict
            The fields by their names.
        """
        return asdict(self)


def plan_cluster(
    rows: float,
    columns: int,
    *,
    hidden: tuple[int, ...] = (128, 128),
    outputs: int = 1,
    batch_size: int = 65_536,
    epochs: float = 1.0,
    machines: int = 1,
    exchange_every: int = 1,
    price: float | None = None,
    machine: Machine | None = None,
) -> ClusterPlan:
    """Return the time and the price of a training from a model of its steps.

    Parameters
    ----------
    rows : float
        Rows, such as 1e9.
    columns : int
        Encoded columns.
    hidden : tuple of int, default=(128, 128)
        Units of the hidden layers.
    outputs : int, default=1
        Outputs of the network.
    batch_size : int, default=65536
        Rows of a step, of all machines together.
    epochs : float, default=1.0
        Passes over the rows.
    machines : int, default=1
        Machines, a power of two.
    exchange_every : int, default=1
        Steps between exchanges: 1 exchanges gradients, more exchange parameters and both moments.
    price : float, optional
        Price of a machine per hour, in any currency.
    machine : Machine, optional
        Its speeds; those of :func:`measured_machine` for the machine at hand.

    Returns
    -------
    ClusterPlan
        The time by its parts.

    Raises
    ------
    ParameterError
        If a number is not positive and finite, or that of machines is not a power of two, or there are more
        than rows of a batch.

    Examples
    --------
    >>> plan = plan_cluster(1e10, 67, machines=64)
    >>> plan.parameters, round(plan.hours, 3), plan.bound
    (25345, 0.05, 'exchange')
    """
    machine = machine or Machine()
    whole = {"columns": columns, "outputs": outputs, "batch_size": batch_size, "machines": machines}
    whole |= {"exchange_every": exchange_every, "cores": machine.cores}
    for name, value in [*whole.items(), *(("hidden", units) for units in hidden)]:
        if not is_whole(value, 1):
            raise ParameterError(f"{name!r} must be an integer > 0; got {value!r}.")
    real: dict[str, Any] = {
        "rows": rows,
        "epochs": epochs,
        **asdict(machine),
        "price": 1.0 if price is None else price,
    }
    for name, value in real.items():
        if (
            not isinstance(value, int | float | np.number)
            or not 0.0 <= value < np.inf
            or (name != "price" and not value)
        ):
            raise ParameterError(
                f"{option(name)} must be a finite number {'>=' if name == 'price' else '>'} 0; got {value!r}."
            )
    if machines & (machines - 1):
        raise ParameterError(
            f"{option('machines')} must be an integer that is a power of two, as for training; got {machines!r}."
        )
    batch = min(batch_size, ceil(rows))
    if machines > batch:
        raise ParameterError(
            f"{option('machines')} must be at most the rows of a batch, {batch:,}, which they share; got "
            f"{machines:,}."
        )
    layers = list(pairwise((columns, *hidden, outputs)))
    n_parameters = sum((n_in + 1) * n_out for n_in, n_out in layers)
    work = 4.0 * layers[0][0] * layers[0][1] + 6.0 * sum(n_in * n_out for n_in, n_out in layers[1:])
    steps = -(-ceil(rows) // batch)
    share = batch / machines
    arithmetic = share * work / (machine.cores * machine.flops)
    decoding = share * columns / (machine.cores * machine.cells)
    disk = share * 4.0 * (columns + 1) / machine.bandwidth
    reading = max(decoding, disk - arithmetic)
    n_exchanges = (int(machines).bit_length() - 1) / exchange_every
    vectors = 1 if exchange_every == 1 else 3
    latency = n_exchanges * machine.latency
    moved = n_exchanges * 4.0 * n_parameters * vectors / machine.bandwidth
    parts = {"arithmetic": arithmetic, "reading": reading, "latency": latency, "exchange": moved}
    hours = {name: seconds * steps / 3600.0 for name, seconds in parts.items()}
    total = epochs * sum(hours.values())
    return ClusterPlan(
        machines,
        machines * machine.cores,
        n_parameters,
        steps,
        hours["arithmetic"],
        hours["reading"],
        hours["latency"] + hours["exchange"],
        total,
        None if price is None else price * machines * total,
        max(parts, key=lambda name: parts[name]),
    )


def measured_machine(*, cores: int | None = None, seconds: float = 1.0) -> Machine:
    """Return the speeds of this machine: of matrix products, and of reading Parquet.

    Parameters
    ----------
    cores : int, optional
        Its processors; all by default.
    seconds : float, default=1.0
        About how long each measurement takes.

    Returns
    -------
    Machine
        With processors' speeds by processor time, so that other programs disturb little; bandwidth and latency
        of a network are those of the default.

    Examples
    --------
    >>> measured_machine(seconds=0.05).flops > 1e8
    True
    """
    return Machine(cores or os.cpu_count() or 1, _flops(seconds), _cells(seconds))


def _flops(seconds: float) -> float:
    """Return the operations per second of one processor in products of the usual size."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape).astype(np.float32) for shape in ((256, 128), (128, 128)))
    with blas_threads(1):
        a @ b
        began, started, n = perf_counter(), process_time(), 0
        while perf_counter() - began < seconds:
            for _ in range(50):
                a @ b
            n += 50
        return n * 2.0 * 256 * 128 * 128 / max(process_time() - started, 1e-9)


def _cells(seconds: float) -> float:
    """Return the numbers per second that one processor reads from Parquet and encodes."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return Machine.cells
    rng, columns, n_rows = np.random.default_rng(0), 16, 20_000
    table = pa.table({f"x{i}": rng.normal(size=n_rows).astype(np.float32) for i in range(columns)})
    file = BytesIO()
    pq.write_table(table, file)
    encoder = TableEncoder().fit(table.slice(0, 1000))
    began, started, n = perf_counter(), process_time(), 0
    while n == 0 or perf_counter() - began < seconds:
        file.seek(0)
        encoder.encode(pq.ParquetFile(file).read_row_group(0, use_threads=False)).astype(np.float32)
        n += 1
    return n * columns * n_rows / max(process_time() - started, 1e-9)


def plan_clusters(
    rows: float, columns: int, machines: Sequence[int], *, machine: Machine | None = None, **options: Any
) -> list[ClusterPlan]:
    """Return the plans of a training for several numbers of machines.

    Parameters
    ----------
    rows, columns
        As in :func:`plan_cluster`.
    machines : sequence of int
        The numbers of machines.
    machine : Machine, optional
        The speeds of each.
    **options
        Options of :func:`plan_cluster`; those that are None have their defaults.

    Returns
    -------
    list of ClusterPlan
        A plan for each number.

    Examples
    --------
    >>> [plan.processors for plan in plan_clusters(1e9, 67, [1, 4])]
    [16, 64]
    """
    given = {name: value for name, value in options.items() if value is not None}
    return [plan_cluster(rows, columns, machines=n, machine=machine, **given) for n in machines]
