"""``python -m benchmarks.run [--quick] [--only SECTION ...]``: measure, print, write ``benchmarks/RESULTS.md``."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console

from benchmarks import ranks, whole_fits
from benchmarks import scale as out_of_core
from benchmarks.measure import (
    CONTENDERS,
    interleave,
    is_installed,
    new_worker,
    probabilities,
    product_rate,
    reached_loss,
    seconds_per_step,
    seconds_to_predict,
    training_memory,
    worker,
)
from benchmarks.networks import CASES, DIGITS, DIGITS_200, FLOORS, FLOPS_FLOORS, IMAGES, TABLE, Case
from benchmarks.recording import EPOCHS, LIMIT, overhead
from benchmarks.startup import startup
from benchmarks.tables import Table, micro, verdict, write_section

HERE = Path(__file__).parent
CONSOLE = Console(width=None if sys.stdout.isatty() else 170, highlight=False)
OURS, SKLEARN, JAX_ENGINE, JAX = "pellucid", "scikit-learn", "pellucid jax", "JAX"
TOLERANCE = {
    "float32": 5e-3,
    "float64": 1e-6,
}  # of losses, relative; rounding moves a signal across relu's kink
TOLERANCE_OF_SKLEARN = (
    5e-3  # its Adam has its ε beside the uncorrected √v, so it takes other steps where g is small
)
PACKAGES = ("pellucid", "numpy", "scipy", "numba", "scikit-learn", "torch", "jax", "onnxruntime")


@dataclass(frozen=True)
class Effort:
    """Thoroughness of a run."""

    quick: bool

    def repetitions(self, full: int) -> int:
        return 1 if self.quick else full

    def cases(self) -> tuple[Case, ...]:
        if not self.quick:
            return CASES
        return tuple(replace(case, epochs=-(-case.epochs // 4)) for case in (DIGITS, TABLE))

    def names(self, *left_out: str) -> list[str]:
        left_out = (*left_out, JAX_ENGINE, *(["torch.compile"] if self.quick else []))
        return [name for name in CONTENDERS if is_installed(name) and name not in left_out]


def ask(function: Callable, *item):
    """Return ``function(*item)``, run in its contender's process."""
    return worker(item[0]).submit(function, *item).result()


def ratio(peer: float, ours: float) -> str:
    return f"{peer / ours:.3g}x"


# ---- sections --------------------------------------------------------------------------------------------


def training(effort: Effort) -> list[Table]:
    """The six networks in float32 with relu."""
    names = effort.names("ONNX Runtime")
    peers = [name for name in names if name not in (OURS, "pellucid fit")]
    speed = Table(
        "Training: microseconds per step, and each peer's time relative to ours",
        ["network, batch", *names, *[f"{peer} / ours" for peer in peers]],
    )
    share = Table(
        "Training: rate relative to a float32 1024³ matrix product",
        ["network, batch", "GFLOP per step", "GFLOP/s", "1024³, GFLOP/s", "share", "floor"],
        notes=[
            "Operations are counted as (4 × first layer + 6 × the others) × rows. 1024³ is measured with "
            "NumPy, before and after."
        ],
    )
    ratios, deviations = {}, Deviations()
    for case in effort.cases():
        rates = product_rates(effort)
        times = interleave(seconds_per_step, [(name, case) for name in names], effort.repetitions(7))
        rate = float(np.median(rates + product_rates(effort)))
        deviations.check(case, names)
        ours = times[OURS, case]
        ratios[case.name] = {peer: times[peer, case] / ours for peer in peers}
        floors = FLOORS[case.name]
        speed.add(
            case.name,
            *[micro(times[name, case]) for name in names],
            *[
                f"{value:.3g}x" + (f" {verdict(value, floors[peer])}" if peer in floors else "")
                for peer, value in ratios[case.name].items()
            ],
        )
        reached = case.flops / ours
        floor = FLOPS_FLOORS.get(case.name)
        share.add(
            case.name, f"{case.flops / 1e9:.3g}", f"{reached / 1e9:.3g}", f"{rate / 1e9:.3g}",
            f"{reached / rate:.0%}", "" if floor is None else verdict(reached / rate, floor),
        )  # fmt: skip
        progress(f"training {case.name}")
    speed.notes = [
        "pellucid is the engine alone; pellucid fit is a whole call of MLPClassifier.fit divided by its "
        "number of steps (with two classes it has one output). scikit-learn and PyTorch use 1 or 2 "
        "threads, whichever is faster.",
        str(deviations),
    ]
    if not effort.quick:
        save_ratios(ratios)
    return [speed, share]


def product_rates(effort: Effort) -> list[float]:
    return [ask(product_rate, OURS, 1024, "float32") for _ in range(effort.repetitions(3))]


def variants(effort: Effort) -> list[Table]:
    """tanh, and float64."""
    names = effort.names("ONNX Runtime", "torch.compile", "pellucid fit")
    peers = [name for name in names if name != OURS]
    table = Table(
        "Training with tanh and in float64: microseconds per step, and each peer's time relative to ours",
        ["network, batch", "", *names, *[f"{peer} / ours" for peer in peers], "tanh / relu, ours"],
    )
    deviations = Deviations()
    for relu in effort.cases()[:1] if effort.quick else effort.cases():
        tanh = replace(relu, activation="tanh")
        double, both = replace(relu, dtype="float64"), replace(tanh, dtype="float64")
        items = [(OURS, relu), *[(name, case) for name in names for case in (tanh, double, both)]]
        times = interleave(seconds_per_step, items, effort.repetitions(3))
        for case, base in ((tanh, relu), (double, None), (both, double)):
            deviations.check(case, names)
            ours = times[OURS, case]
            slower = None if base is None else ours / times[OURS, base]
            table.add(
                relu.name,
                f"{case.dtype}, {case.activation}",
                *[micro(times[name, case]) for name in names],
                *[ratio(times[peer, case], ours) for peer in peers],
                "" if slower is None else f"{slower:.2f} {verdict(slower, 1.3, at_least=False)}",
            )
        progress(f"variants {relu.name}")
    table.notes = [str(deviations)]
    return [table]


def prediction(effort: Effort) -> list[Table]:
    """Rows per second, and the latency of a row."""
    tables = []
    names = [name for name in effort.names() if CONTENDERS[name].predictors]
    many = Table(
        "Prediction: millions of rows per second",
        ["network", "rows at a time", *names],
        notes=["pellucid is `outputs_runner(network)`; pellucid fit and scikit-learn are `predict_proba`."],
    )
    single = Table(
        "Prediction of a single row: microseconds",
        ["network", *names, *[f"{name} / {SKLEARN}" for name in names if name.startswith(OURS)]],
        notes=[
            "pellucid is `predictor(model)`; pellucid fit and scikit-learn are `predict` of the estimator."
        ],
    )
    for case in (DIGITS,) if effort.quick else (DIGITS, IMAGES, TABLE):
        case = replace(case, steps=-(-10_000 // case.batch))
        expected = ask(probabilities, SKLEARN, case)
        for name in names:
            found = ask(probabilities, name, case)
            if not np.allclose(found, expected, atol=1e-4):
                raise SystemExit(f"{name} predicts other probabilities than {SKLEARN} for {case.name}.")
        sizes = case.name.split(",")[0]
        rows = 10_000
        times = interleave(seconds_to_predict, [(n, case, rows) for n in names], effort.repetitions(5))
        many.add(sizes, f"{rows:,}", *[f"{rows / times[n, case, rows] / 1e6:.3g}" for n in names])
        times = interleave(seconds_to_predict, [(n, case, 1) for n in names], effort.repetitions(5))
        base = times[SKLEARN, case, 1]
        shares = {name: times[name, case, 1] / base for name in names if name.startswith(OURS)}
        floors = {OURS: 1 / 20, "pellucid fit": 1 / 2}
        single.add(
            sizes,
            *[micro(times[n, case, 1]) for n in names],
            *[
                f"{share:.3g} {verdict(share, floors[name], at_least=False)}"
                for name, share in shares.items()
            ],
        )
        progress(f"prediction {sizes}")
    tables += [many, single]
    return tables


def memory(effort: Effort) -> list[Table]:
    """The peak of memory while training."""
    if not Path("/proc/self/clear_refs").exists():
        CONSOLE.print("Memory is measured on Linux only; left out.")
        return []
    names = effort.names("ONNX Runtime", "torch.compile")
    table = Table(
        "Training: peak memory in MB, beyond libraries, compiled code and the data",
        ["network, batch", "data", *names],
        notes=[
            "The data are X in float32 and the classes. Each number comes from a fresh process. PyTorch "
            "shuffles a copy of the data once per epoch, which is faster than shuffling batch by batch; "
            "JAX's number includes compiling for this number of rows."
        ],
    )
    for case in (DIGITS,) if effort.quick else (DIGITS, IMAGES):
        case = replace(case, steps=20_000 // case.batch, epochs=1)
        peaks = []
        for name in names:
            with new_worker() as process:
                peaks.append(process.submit(training_memory, name, case).result())
        size = case.rows * (4 * case.sizes[0] + 8)
        table.add(
            f"{case.name}; {case.rows:,} rows", f"{size / 1e6:.1f}", *[f"{peak / 1e6:.1f}" for peak in peaks]
        )
    return [table]


def growth(effort: Effort) -> list[Table]:
    """Measure the growth of time with rows, width and depth."""
    names = effort.names("ONNX Runtime", "torch.compile")
    tables = []
    most = 5 if effort.quick else 6
    by_rows = [(f"{10**k:,}", replace(DIGITS_200, steps=10**k // 200, epochs=1)) for k in range(3, most + 1)]
    widths = (16, 256) if effort.quick else (16, 64, 256, 1024)
    by_width = [(f"{w}", Case((64, w, w, 10), 128, 16, 2)) for w in widths]
    depths = (1, 4) if effort.quick else (1, 2, 4, 8)
    by_depth = [(f"{d}", Case((64, *[128] * d, 10), 128, 16, 2)) for d in depths]
    for title, column, cases in (
        ("rows: 64-100-10, batch 200", "rows", by_rows),
        ("width: 64-w-w-10, batch 128", "w", by_width),
        ("depth: 64-128-…-128-10, batch 128", "hidden layers", by_depth),
    ):
        table = Table(f"Growth with {title}; microseconds per step", [column, *names])
        for label, case in cases:
            repetitions = effort.repetitions(1 if case.rows > 10**5 else 3)
            times = interleave(seconds_per_step, [(name, case) for name in names], repetitions)
            table.add(label, *[micro(times[name, case]) for name in names])
        tables.append(table)
        progress(f"growth with {column}")
    return tables


def fits(effort: Effort) -> list[Table]:
    """Whole fits on the digits, and four in parallel."""
    epochs = 5 if effort.quick else 20
    table = Table(
        f"MLPClassifier.fit on the digits as loaded (float64), whole call, {epochs} epochs, cache warm: "
        "seconds",
        ["batch size", OURS, SKLEARN, f"{SKLEARN} / ours", "floor"],
        notes=[
            "Other parameters have their defaults, with which pellucid computes in float32 and "
            "scikit-learn in float64."
        ],
    )
    for batch, floor in whole_fits.BATCHES.items():
        items = [(OURS, batch, epochs), (SKLEARN, batch, epochs)]
        for item in items:
            ask(whole_fits.seconds_to_fit, item[0], batch, 2)
        ours, theirs = interleave(whole_fits.seconds_to_fit, items, effort.repetitions(5)).values()
        table.add(batch, f"{ours:.3f}", f"{theirs:.3f}", ratio(theirs, ours), verdict(theirs / ours, floor))
    parallel = Table(
        "Four fits (64-100-10, batch 32) in four threads against four in sequence: seconds",
        ["", "sequence", "threads", "threads / sequence", "floor"],
    )
    pairs = [ask(whole_fits.four_fits, OURS, 5 * epochs) for _ in range(effort.repetitions(5))]
    sequence, threads = np.median(pairs, axis=0)
    share = threads / sequence
    parallel.add(
        OURS, f"{sequence:.3f}", f"{threads:.3f}", f"{share:.2f}", verdict(share, 0.6, at_least=False)
    )
    return [table, parallel]


def start_up(effort: Effort) -> list[Table]:
    """Import time; the first fit, cold and warm."""
    found = startup(effort.repetitions(5))
    table = Table("Startup: seconds", ["", "seconds", "floor"])
    for label, key, floor in (
        ("import pellucid, beyond NumPy and scikit-learn", "import", 1.0),
        ("from pellucid import MLPClassifier, beyond sklearn.neural_network", "import_estimators", 1.0),
        ("the very first fit, which compiles", "cold", 15.0),
        ("extra time of the first fit in a later process", "warm_adds", 0.6),
    ):
        table.add(label, f"{found[key]:.2f}", verdict(found[key], floor, at_least=False))
    table.notes = [f"The fit is five epochs on the digits; once warm it takes {found['fit']:.3f} s."]
    return [table]


def recording(effort: Effort) -> list[Table]:
    """Measure the cost of a recorder."""
    epochs = 20 if effort.quick else EPOCHS
    table = Table(
        f"A fit of the digits (64-100-10, batch 200, {epochs} epochs) with a Recorder, and without: seconds",
        ["", "without", "with", "more", "limit"],
        notes=["Medians; more is the median difference between neighboring runs."],
    )
    found = overhead(effort.repetitions(31), epochs)
    more = found["overhead"]
    table.add(
        OURS, f"{found['plain']:.3f}", f"{found['recorded']:.3f}", f"{more:+.1%}",
        verdict(more, LIMIT, at_least=False),
    )  # fmt: skip
    return [table]


def scale(effort: Effort) -> list[Table]:
    """The engine of JAX, and training on rows from files in parts."""
    return [*([jax_engine(effort)] if is_installed(JAX) else []), *in_parts(effort), more_rows(effort)]


def several_processes(effort: Effort) -> list[Table]:
    """Sums over two processes, and steps that they share."""
    if not is_installed(JAX):
        return []
    sums = Table(
        "The sum over two processes of this machine: milliseconds",
        ["numbers of float32", "ms", "limit"],
        notes=[
            "Measured in a compiled loop. On a busy machine, each takes about 4 ms more, a time slice of "
            "the scheduler."
        ],
    )
    for n_floats, limit in ((10_000, 0.5), (1_000_000, 6.0)):
        found = 1e3 * ranks.seconds_per_exchange(n_floats, effort.repetitions(7))
        sums.add(f"{n_floats:,}", f"{found:.3f}", verdict(found, limit, at_least=False))
        progress(f"scale exchange of {n_floats:,}")
    steps = Table(
        "Steps of 67-width-width-1 (float32, Adam) by one process with one thread, and by two: milliseconds",
        ["parameters, batch", "one", "two", "one / two"],
        notes=["Medians of interleaved runs, each in separate processes."],
    )
    for width, batch in ((70, 256), (70, 4096), (500, 1024)):
        times: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(effort.repetitions(3)):
            for n_ranks, runs in times.items():
                runs.append(1e3 * ranks.seconds_per_step(n_ranks, width, batch, 5))
        one, two = (float(np.median(runs)) for runs in times.values())
        judged = f" {verdict(one / two, 1.7)}" if (width, batch) == (70, 4096) else ""
        parameters = 68 * width + (width + 1) * (width + 1)
        steps.add(f"{parameters:,}, {batch:,}", f"{one:.3f}", f"{two:.3f}", f"{one / two:.3g}x{judged}")
        progress(f"scale steps of {parameters:,} parameters")
    return [sums, steps]


def jax_engine(effort: Effort) -> Table:
    """The six networks by the engine of JAX, by the compiled one, and by a loop written by hand in JAX."""
    names = (OURS, JAX_ENGINE, JAX)
    table = Table(
        "Training by engine: microseconds per step",
        ["network, batch", "compiled", "jax", "JAX by hand", "jax / compiled", "jax / by hand"],
        notes=[
            "`jax` runs up to 16 epochs in one call; the hand-written loop returns nothing before the end."
        ],
    )
    for case in effort.cases():
        times = interleave(seconds_per_step, [(name, case) for name in names], effort.repetitions(7))
        compiled, ours, by_hand = (times[name, case] for name in names)
        table.add(
            case.name, *map(micro, (compiled, ours, by_hand)), f"{ours / compiled:.3g}x",
            f"{ours / by_hand:.3g}x {verdict(ours / by_hand, 1.1, at_least=False)}",
        )  # fmt: skip
        progress(f"scale {case.name}")
    return table


def in_parts(effort: Effort) -> list[Table]:
    """Training on sorted rows from files in parts, and in memory."""
    n_rows = 300_000 if effort.quick else 3_120_000
    table = Table(
        f"{n_rows:,} rows of {out_of_core.COLUMNS} columns, sorted by a strong one, one epoch, one thread",
        ["", "seconds", "processor seconds", "thousand rows/s", "log loss", "peak MiB"],
        notes=[
            f"In parts: Parquet in {out_of_core.GROUPS} row groups, memory={out_of_core.MEMORY!r}; "
            "including the pass that learns the columns, with reading and encoding in a second thread. "
            "32-128-128-2 with a scaling layer. Rows/s are per processor time. Medians of interleaved "
            "runs, each in a separate process."
        ],
    )
    ways = ("in memory", "in parts")
    runs = {way: [] for way in ways}
    for _ in range(effort.repetitions(3)):
        for way in ways:
            runs[way].append(out_of_core.fit(way, n_rows))
            progress(f"scale {way}")
    found = {way: np.median(runs[way], axis=0) for way in ways}
    rate, loss = (found["in parts"][k] / found["in memory"][k] for k in (1, 3))
    for way, (wall, cpu, peak, log_loss) in found.items():
        judged = way == "in parts"
        table.add(
            way,
            f"{wall:.1f}",
            f"{cpu:.1f}",
            f"{n_rows / cpu / 1e3:.0f}" + (f" {verdict(1 / rate, 0.7)}" if judged else ""),
            f"{log_loss:.4f}" + (f" {verdict(loss, 1.02, at_least=False)}" if judged else ""),
            f"{peak:.0f}",
        )
    return [table]


def more_rows(effort: Effort) -> Table:
    """Time and memory of training from files in parts by the number of rows."""
    table = Table(
        f"Growth with rows: sorted rows from files in parts, memory={out_of_core.MEMORY!r}, one epoch, one "
        "thread",
        ["rows", "processor seconds", "thousand rows/s", "log loss", "peak MiB"],
        notes=["Same networks and data. Rows that fit in memory are read at once."],
    )
    for n_rows in [10**k for k in range(5, 7 if effort.quick else 8)]:
        _, cpu, peak, log_loss = out_of_core.fit("in parts", n_rows)
        table.add(f"{n_rows:,}", f"{cpu:.1f}", f"{n_rows / cpu / 1e3:.0f}", f"{log_loss:.4f}", f"{peak:.0f}")
        progress(f"scale {n_rows:,} rows")
    return table


SECTIONS: dict[str, Callable[[Effort], list[Table]]] = {
    "training": training,
    "variants": variants,
    "prediction": prediction,
    "memory": memory,
    "growth": growth,
    "fits": fits,
    "startup": start_up,
    "recording": recording,
    "scale": scale,
    "ranks": several_processes,
}


# ---- around them -----------------------------------------------------------------------------------------


class Deviations:
    """By how much losses after training differ from ours, at most; ends where a contender did other training."""

    def __init__(self) -> None:
        self.largest: dict[str, float] = {}

    def check(self, case: Case, names: list[str]) -> None:
        losses = {name: ask(reached_loss, name, case) for name in names}
        for name, value in losses.items():
            if value is None or name == OURS:
                continue
            deviation = abs(value / losses[OURS] - 1)
            if not deviation < (TOLERANCE_OF_SKLEARN if name == SKLEARN else TOLERANCE[case.dtype]):
                raise SystemExit(f"{name} does not reach the loss that {OURS} reaches: {losses}, {case}")
            self.largest[name] = max(deviation, self.largest.get(name, 0.0))

    def __str__(self) -> str:
        found = ", ".join(f"{name} {value:.0e}" for name, value in self.largest.items())
        return (
            "Start, batches and optimizer are the same. Largest relative differences of the loss after training "
            f"from ours: {found}. scikit-learn's Adam places its ε elsewhere."
        )


def save_ratios(ratios: dict) -> None:
    path = HERE / "ratios.json"
    path.write_text(json.dumps(ratios, indent=1) + "\n", encoding="utf-8")


def progress(what: str) -> None:
    CONSOLE.print(f"{time.perf_counter() - STARTED:5.0f} s  {what}", style="dim")


def machine() -> str:
    """Return a line on the machine and one on the versions."""
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((x.split(": ")[1] for x in lines if x.startswith("model name")), processor)
    memory = psutil.virtual_memory().total / 2**30
    versions = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    load, core = psutil.getloadavg()[0], os.environ.get("OPENBLAS_CORETYPE")
    chosen = f"; OPENBLAS_CORETYPE={core}" if core else ""  # may leave half of the arithmetic unused
    return (
        f"{processor}, {psutil.cpu_count()} CPUs, {memory:.0f} GB; {platform.system()} {platform.release()}; "
        f"load {load:.1f} at the start{chosen}.  \n{', '.join(versions)}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few networks, one repetition, nothing written")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION",
                        help=f"of {', '.join(SECTIONS)}")  # fmt: skip
    options = parser.parse_args()
    effort = Effort(options.quick)
    about = machine()
    command = "make bench" if len(sys.argv) == 1 else f'make bench ARGS="{" ".join(sys.argv[1:])}"'
    CONSOLE.print(about)
    for name in CONTENDERS:
        if not is_installed(name):
            CONSOLE.print(f"{name} is not installed here and is left out.")
    for name in options.only:
        tables = SECTIONS[name](effort)
        for table in tables:
            table.show(CONSOLE)
        if not options.quick:
            when = f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {about}"
            text = "\n".join([f"## {name.capitalize()}", "", when, "", *[t.markdown() for t in tables]])
            write_section(HERE / "RESULTS.md", name, text)
    if not options.quick and "training" in options.only:
        from benchmarks.chart import draw

        draw()
    progress("done")


STARTED = time.perf_counter()
if __name__ == "__main__":
    main()
