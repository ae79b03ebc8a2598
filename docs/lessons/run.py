"""Runs the lessons: their code, what it prints beside what the page says, their figures.

``python docs/lessons/run.py`` runs all, ``python docs/lessons/run.py 1 7`` two of them. It prints the time of
each and what differs, and puts the figures into ``docs/lessons/figures``. With ``--write`` the text fences
that differ are written anew. The format of a page is in the README beside this file.
"""
# ruff: noqa: T201  (it prints)

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shutil
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

LESSONS = Path(__file__).parent
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$"
    r"(?:\n\n?```text(?: within (?P<percent>[\d.]+)%)?\n(?P<text>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
FIGURE = re.compile(r"!\[[^\]]+\]\((figures/[^)]+\.png)\)")
NUMBER = re.compile(r"[-+−]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Difference:
    """A text fence that says something else than its code prints."""

    line: int
    span: tuple[int, int]
    expected: str
    printed: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}\n--- the page\n{self.expected}--- printed\n{self.printed}"


def pages() -> list[Path]:
    """Return the lessons in order."""
    return sorted(LESSONS.glob("[0-9][0-9]-*.md"))


def figures_of(page: Path) -> list[str]:
    """Return the figures that a page shows, such as ``figures/01-gates.png``."""
    return FIGURE.findall(page.read_text(encoding="utf-8"))


def run_page(page: Path, folder: Path) -> list[Difference]:
    """Run the blocks of a page in order, in one namespace and in ``folder``; return where it differs.

    The figures end up in ``folder/figures``. An error of the code comes through, with the page's line.
    """
    import matplotlib.pyplot as plt
    from threadpoolctl import threadpool_limits

    plt.switch_backend("agg")
    (folder / "figures").mkdir(exist_ok=True)
    source = page.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found = []
    with (
        contextlib.chdir(folder),
        warnings.catch_warnings(action="error"),
        plt.style.context(["default", LESSONS / "lesson.mplstyle"]),
        threadpool_limits(limits=1, user_api="blas"),
    ):
        for block in BLOCK.finditer(source):
            line = source.count("\n", 0, block.start("code"))
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                # The empty lines make a traceback show the line of the page.
                exec(compile("\n" * line + block["code"], str(page), "exec"), namespace)
            if block["text"] is not None:
                reason = difference(block["text"], printed.getvalue(), block["percent"])
                if reason:
                    place = source.count("\n", 0, block.start("text")) + 1
                    found.append(
                        Difference(place, block.span("text"), block["text"], printed.getvalue(), reason)
                    )
        plt.close("all")
    return found


def difference(expected: str, printed: str, percent: str | None = None) -> str:
    """Return how what was printed differs from what a page expects; "" where it does not.

    Everything but the numbers must be equal, runs of blanks counting as one. A number with a decimal point
    or an exponent may differ by one unit of its last printed digit, an integer not at all; where a percentage
    is given, any number may also differ by that share of the expected one.
    """
    if _skeleton(expected) != _skeleton(printed):
        return "the text differs"
    share = Decimal(percent or 0) / 100
    for ours, theirs in zip(NUMBER.findall(expected), NUMBER.findall(printed), strict=True):
        a, b = (Decimal(number.replace("−", "-")) for number in (ours, theirs))
        if abs(a - b) > max(_unit(ours), share * abs(a)):
            return f"{ours} is expected, {theirs} was printed"
    return ""


def _skeleton(text: str) -> str:
    return re.sub(r"[ \t]+", " ", NUMBER.sub("#", text)).strip()


def _unit(number: str) -> Decimal:
    """Return one unit of the last printed digit: 0.001 for 0.722; 0 for an integer, also where NumPy prints 1.

    That of 0e+00 would be 1, which anything small passes: it is 0.
    """
    mantissa, _, exponent = number.lower().partition("e")
    if exponent and not mantissa.strip("+-−.0"):
        return Decimal(0)
    decimals = len(mantissa.partition(".")[2])
    return Decimal(1).scaleb(int(exponent or 0) - decimals) if decimals or exponent else Decimal(0)


def main(arguments: list[str]) -> int:
    """Run the pages that were asked for; return 1 where one differs."""
    parser = argparse.ArgumentParser(description="Run the lessons and make their figures.")
    parser.add_argument("number", nargs="*", type=int, help="which lessons; none for all")
    parser.add_argument("--write", action="store_true", help="write the text fences that differ anew")
    options = parser.parse_args(arguments)
    chosen = [page for page in pages() if not options.number or int(page.name[:2]) in options.number]
    if not chosen:
        parser.error(f"no lesson has that number; there are {[page.name for page in pages()]}")
    total, differ = 0.0, False
    for page in chosen:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            found = run_page(page, Path(folder))
            total += (seconds := time.perf_counter() - start)
            for figure in (Path(folder) / "figures").glob("*.png"):
                shutil.copyfile(figure, LESSONS / "figures" / figure.name)
        print(f"{page.name:36}{seconds:6.1f} s  " + (f"{len(found)} differ" if found else "as it says"))
        for one in found:
            print(one)
        differ = differ or bool(found)
        if options.write and found:
            source = page.read_text(encoding="utf-8")
            for one in reversed(found):
                source = source[: one.span[0]] + one.printed + source[one.span[1] :]
            page.write_text(source, encoding="utf-8")
            print(f"{page.name} was written anew: read what changed")
    if len(chosen) > 1:
        print(f"{'together':36}{total:6.1f} s")
    return int(differ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
