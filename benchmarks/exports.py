"""``python -m benchmarks.exports [c] [service]``: exports and the service beside ONNX Runtime and emlearn.

It needs ``pellucid[onnx,serve]`` and gcc; emlearn (``pip install emlearn``) where it is installed.
"""

import ctypes
import http.client
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np
import onnxruntime
import pandas as pd
from sklearn.datasets import load_digits

from pellucid import MLPClassifier, TabularRegressor, export, save
from pellucid.exports import program_of
from pellucid.exports.c_driver import driver_source, packed_rows
from pellucid.exports.feeds import feed

N_REQUESTS, N_BIG, BIG = 3_000, 30, 1_000


def microseconds(call: Callable[[], object], n: int = 300, repetitions: int = 7) -> float:
    """Return the time of a call: the least mean of some repetitions, as other work on the machine only adds."""
    call()
    times = []
    for _ in range(repetitions):
        started = perf_counter()
        for _ in range(n):
            call()
        times.append((perf_counter() - started) / n)
    return 1e6 * min(times)


def digits() -> tuple[MLPClassifier, np.ndarray]:
    """Return a network of the digits, 64-32-10, and its rows."""
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier((32,), max_iter=40, learning_rate_init=0.01, random_state=0)
    return model.fit(X, y), X


def houses(n: int = 2_000) -> tuple[TabularRegressor, pd.DataFrame]:
    """Return a model of a mixed table, of numbers, text, truth values and dates, and the table."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"n{k}": rng.normal(size=n) for k in range(6)})
    X["place"], X["kind"] = rng.choice(list("abcde"), n), rng.choice([f"k{i}" for i in range(40)], n)
    X["new"], X["built"] = (
        rng.random(n) < 0.5,
        rng.integers(0, 20_000, n).astype("datetime64[D]").astype("datetime64[us]"),
    )
    X.loc[rng.random(n) < 0.1, "n0"] = None
    y = X["n1"] + (X["place"] == "a") + 0.1 * rng.normal(size=n)
    return TabularRegressor("fast", max_iter=20, random_state=0).fit(X, y), X


def size_of(source: Path, *options: str) -> tuple[int, int]:
    """Return the bytes of code and constants, and those of variables, of a C file compiled by gcc -Os."""
    made = source.with_suffix(".o")
    subprocess.run(["gcc", "-std=c99", "-Os", *options, "-c", str(source), "-o", str(made)], check=True)
    text, data, bss = (
        subprocess.run(["size", str(made)], check=True, capture_output=True, text=True)
        .stdout.split("\n")[1]
        .split()[:3]
    )
    return int(text), int(data) + int(bss)


def time_of_c(source: Path, name: str, program: object, rows: dict) -> float:
    """Return the microseconds per row in a loop of C, compiled by gcc -O2."""
    folder = source.parent
    once = f"{name}_predict(&in, &out);"
    loop = (
        "for (int k = 0; k < 7; k++) { struct timespec a, b; clock_gettime(CLOCK_MONOTONIC, &a);\n"
        f"    for (int i = 0; i < 2000; i++) {once}\n    clock_gettime(CLOCK_MONOTONIC, &b);\n"
        '    fprintf(stderr, "%.9f\\n", ((b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) / 1e3) / 2000); }'
    )
    driver = driver_source(program, f"{name}.h", name).replace(once, loop)
    (folder / "loop.c").write_text(f"#include <time.h>\n{driver}")
    files = [str(source), str(folder / "loop.c")]
    subprocess.run(["gcc", "-std=gnu99", "-O2", *files, "-o", str(folder / "loop"), "-lm"], check=True)
    row = packed_rows(program, {key: values[:1] for key, values in rows.items()})
    ran = subprocess.run([str(folder / "loop")], input=row, capture_output=True, check=True)
    return min(map(float, ran.stderr.split()))


def emlearn_of(model: MLPClassifier, X: np.ndarray, folder: Path) -> tuple[int, int, float] | None:
    """Return size and time of emlearn's C for the network of the digits; None where it is not installed."""
    try:
        import emlearn
    except ImportError:
        return None
    header = folder / "peer.h"
    emlearn.convert(model, kind="MLPClassifier", method="inline").save(file=str(header), name="peer")
    source = folder / "peer.c"
    source.write_text(
        '#include <stdint.h>\n#include "peer.h"\n#include <time.h>\n'
        "double run(const float *x, int n) {\n  struct timespec a, b; volatile int k = 0;\n"
        "  clock_gettime(CLOCK_MONOTONIC, &a);\n"
        "  for (int i = 0; i < n; i++) k += peer_predict(x, 64);\n  clock_gettime(CLOCK_MONOTONIC, &b);\n"
        "  return (b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) / 1e3; }\n"
    )
    include = f"-I{emlearn.includedir}"
    (folder / "size.c").write_text(
        '#include "peer.h"\nint use(const float *x) { return peer_predict(x, 64); }\n'
    )
    text, data = size_of(folder / "size.c", include)
    library = folder / "peer.so"
    subprocess.run(
        ["gcc", "-std=gnu99", "-O2", "-shared", "-fPIC", include, str(source), "-o", str(library), "-lm"],
        check=True,
    )
    run = ctypes.CDLL(str(library)).run
    run.restype = ctypes.c_double
    row = (ctypes.c_float * 64)(*X[0])
    return text, data, min(run(row, 2_000) / 2_000 for _ in range(7))


def session_of(model: object, X: object, folder: Path) -> tuple[Callable[[int], object], int]:
    """Return what predicts the first rows by ONNX Runtime, and the bytes of the file."""
    path = folder / "model.onnx"
    export(model, path, data=X)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rows = {k: v if v.ndim > 1 else v.reshape(-1, 1) for k, v in feed(model, program_of(model), X).items()}
    return lambda n: session.run(None, {k: v[:n] for k, v in rows.items()}), path.stat().st_size


def c_table() -> list[str]:
    """Return the section on C."""
    lines = [
        "| model | contender | code and constants, bytes | variables, bytes | one row, µs |",
        "|---|---|---:|---:|---:|",
    ]
    for name, (model, X) in {"digits 64-32-10": digits(), "mixed table": houses()}.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            export(model, folder / "model.c", data=X[:200])
            program = program_of(model)
            text, data = size_of(folder / "model.c")
            took = time_of_c(folder / "model.c", "model", program, feed(model, program, X))
            lines.append(f"| {name} | pellucid, C99 | {text:,} | {data:,} | {took:.2f} |")
            if name.startswith("digits") and (peer := emlearn_of(model, X, folder)):
                lines.append(f"| {name} | emlearn, inline | {peer[0]:,} | {peer[1]:,} | {peer[2]:.2f} |")
            run, size = session_of(model, X, folder)
            lines.append(
                f"| {name} | ONNX Runtime | {size:,} (file) |  | {microseconds(lambda run=run: run(1)):.1f} |"
            )
    return lines


def service_table() -> list[str]:
    """Return the section on the service: one row and many, beside ONNX Runtime and the model, taken in turns."""
    model, X = houses()
    rows = json.loads(X.head(BIG).to_json(orient="records", date_format="iso"))
    for row in rows:
        row["built"] = row["built"].rstrip("Z")
    lines = [
        "| contender | one row: median, ms | one row: 99 %, ms | rows per second, 1,000 at once |",
        "|---|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "houses.safetensors"
        save(model, path)
        run, _ = session_of(model, X, Path(place))
        with serving(path) as send:
            contenders: dict[str, Callable[[int, int], object]] = {
                "pellucid serve": lambda at, n: send(rows[at : at + n]),
                "its answer to GET /health": lambda at, n: send(None),
                "ONNX Runtime alone": lambda at, n: run(n),
                "model.predict of a data frame": lambda at, n: model.predict(X.iloc[at : at + n]),
            }
            times = {name: ([], []) for name in contenders}
            for k in range(-50, N_REQUESTS):
                for name, call in contenders.items():
                    took = seconds(lambda call=call, k=k: call(k % BIG, 1))
                    if k >= 0:
                        times[name][0].append(took)
            for _ in range(N_BIG):
                for name, call in contenders.items():
                    times[name][1].append(seconds(lambda call=call: call(0, BIG)))
    return [*lines, *(row_of(name, *taken) for name, taken in times.items())]


def seconds(call: Callable[[], object]) -> float:
    """Return the time of a call."""
    started = perf_counter()
    call()
    return perf_counter() - started


@contextmanager
def serving(path: Path) -> Iterator[Callable[[list | None], None]]:
    """Serve a model file, and yield what sends rows over one connection; None asks for its health."""
    command = [sys.executable, "-m", "pellucid.cli", "serve", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(re.search(r":(\d+)", process.stdout.readline())[1])  # type: ignore[index]
        ask = http.client.HTTPConnection("127.0.0.1", port)

        def send(some: list | None) -> None:
            if some is None:
                ask.request("GET", "/health")
            else:
                content = json.dumps({"rows": some})
                ask.request("POST", "/predict", content, {"Content-Type": "application/json"})
            answer = ask.getresponse()
            content = answer.read()
            assert answer.status == 200, content

        yield send
        process.terminate()


def row_of(name: str, one: list[float], many: list[float]) -> str:
    """Return a row of the table."""
    middle, late = 1e3 * np.median(one), 1e3 * np.quantile(one, 0.99)
    at_once = "" if "GET" in name else f"{BIG / np.median(many):,.0f}"
    return f"| {name} | {middle:.2f} | {late:.2f} | {at_once} |"


def main() -> None:
    """Measure and print both sections."""
    warnings.simplefilter("ignore")
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, onnxruntime {onnxruntime.__version__}; "
        f"load {os.getloadavg()[0]:.1f}.\n"
    )
    sections = {"c": ("C", c_table), "service": ("The service", service_table)}
    for name in sys.argv[1:] or sections:
        title, table = sections[name]
        print(f"### {title}\n", *table(), "", sep="\n")


if __name__ == "__main__":
    main()
