"""``python -m benchmarks.tabular.run``: measure what is not in results.json yet, print, write RESULTS.md."""

import argparse
import sys
import time
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmarks.tabular import store
from benchmarks.tabular.data import DATA, FOLDER
from benchmarks.tabular.measure import busy_others, measured
from benchmarks.tabular.models import MODELS
from benchmarks.tabular.report import NOISY, RESULTS, write

PATIENCE = 600  # seconds to wait for a quiet machine


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure estimators for tables against pellucid's.")
    parser.add_argument("--only", nargs="*", choices=MODELS, default=list(MODELS), metavar="MODEL",
                        help=f"of {', '.join(MODELS)}; none: only write the tables")  # fmt: skip
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA), help="both, unless said")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="0 1 2, unless said")
    parser.add_argument("--again", action="store_true", help="measure anew what is stored, too")
    parser.add_argument("--timing", action="store_true", help="wait for a quiet machine before each fit")
    parser.add_argument("--threads", type=int, default=2, help="2; with another number, times do not count")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where the data is; also PELLUCID_BENCH_DATA"
    )
    return parser.parse_args()


def main() -> int:
    """Return 1 where a fit failed, so that a script notices."""
    options, failed = arguments(), False
    plan = list(product(options.seeds, options.data, options.only))
    for number, (seed, data, model) in enumerate(plan, 1):
        where = f"[{number:>2}/{len(plan)}] {data}, {model}, seed {seed}:"
        key = {"model": model, "data": data, "seed": seed, "versions": MODELS[model].versions()}
        if store.holds(RESULTS, **key) and not options.again:
            print(where, "is there", flush=True)
            continue
        if options.timing:
            wait_for_quiet()
        try:
            found = measured(model, data, seed, options.folder.resolve(), options.threads)
        except RuntimeError as error:
            print(where, f"failed: {error}", flush=True)
            failed = True
            continue
        record = {
            **key,
            **found,
            "threads": options.threads,
            "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        }
        store.put(RESULTS, record)
        print(where, progress(found), flush=True)
    write()
    return int(failed)


def progress(found: dict) -> str:
    score, noisy = next(iter(found)), found["other_load"] > NOISY
    return ", ".join([
        f"{score} {found[score]:.4f}",
        f"fit {found['fit_seconds']:.1f} s (processor {found['fit_cpu_seconds']:.1f} s)",
        f"predict {found['predict_seconds']:.3f} s",
        f"{found['fit_peak_bytes'] / 2**20:.0f} MB",
        *([f"others kept {found['other_load']:.1f} processors busy"] if noisy else []),
    ])  # fmt: skip


def wait_for_quiet() -> None:
    """Return when others leave the processors alone for five seconds, or after ten minutes."""
    for _ in range(PATIENCE // 5):
        others = busy_others()
        time.sleep(5)
        if others() <= NOISY / 5:
            return


if __name__ == "__main__":
    sys.exit(main())
