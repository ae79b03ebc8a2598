"""Count what ran against what there is: exit code 1 if a test of a tier that CI promises did not run.

    python .ci/tally.py INVENTORY REPORT.xml ...

The inventory is that of ``pytest --inventory``, the reports are those of ``pytest --junitxml``. A test that skips
itself counts as run; its reason is printed. For each report, the number of its tests and what they took of the
processors are printed too, since everybody waits for them.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

PROMISED = ("fast", "thorough")
Tally = dict[str, Counter[str]]  # tier -> file -> number of tests


def promised(inventory: Tally) -> Counter[str]:
    """Return how many tests of each file have to run."""
    return sum((inventory[tier] for tier in PROMISED), Counter[str]())


def ran(report: Path, files: set[str]) -> tuple[Counter[str], Counter[str]]:
    """Return how many tests of each file a report has, and how many skipped themselves for each reason."""
    known = {file.removesuffix(".py").replace("/", "."): file for file in files}
    found: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        name = case.get("classname", "")
        while name and name not in known:  # a class stands behind its file
            name = name.rpartition(".")[0]
        found[known.get(name, "?")] += 1
        skipped.update(each.get("message", "") for each in case.iter("skipped"))
    return found, skipped


def processor_seconds(report: Path) -> str | None:
    """Return what all processes of a run took of the processors; tests/conftest.py reports it."""
    properties = ElementTree.parse(report).iter("property")
    return next((p.get("value") for p in properties if p.get("name") == "processor_seconds"), None)


def main(inventory_file: str, *reports: str) -> int:
    """Print what did not run; return the exit code."""
    counted = json.loads(Path(inventory_file).read_text())
    inventory: Tally = {tier: Counter(files) for tier, files in counted.items()}
    everything = sum(inventory.values(), Counter[str]())
    found, skipped = Counter[str](), Counter[str]()
    timed: dict[str, str | None] = {}
    for report in reports:
        one, reasons = ran(Path(report), set(everything))
        found, skipped = found + one, skipped + reasons
        timed[Path(report).name] = processor_seconds(Path(report))
        print(f"{Path(report).stem}: {one.total():,} tests, {timed[Path(report).name]} s of processor time")
    missing = promised(inventory) - found

    print(f"\n{found.total():,} of {everything.total():,} tests ran.")
    print("\nDid not run here (make test-all runs them), by file:")
    for file, n in sorted((everything - found).items()):
        print(f"{n:7,} {file}")
    print("\nSkipped themselves:")
    for reason, n in sorted(skipped.items()):
        print(f"{n:7,} {reason}")
    if missing:
        print("\nFAILED: these should have run:")
        for file, n in sorted(missing.items()):
            print(f"{n:7,} {file}")
    untimed = [report for report, seconds in timed.items() if seconds is None]
    if untimed:
        print(f"\nFAILED: there is no processor time in {', '.join(untimed)}.")
    return int(bool(missing or untimed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
