"""Run the lessons, compare what they print with the page, and make their figures.

``python docs/lessons/run.py`` runs all pages, ``python docs/lessons/run.py 1 7`` lessons 1 and 7. It prints the
time each page takes and every difference, and puts the figures into ``docs/lessons/figures``. ``--write``
updates the text fences that differ. The README beside this file describes the format of a page.
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
from unittest import mock

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
    """Difference between a text fence and what its code prints."""

    line: int
    span: tuple[int, int]
    expected: str
    printed: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}\n--- page\n{self.expected}--- printed\n{self.printed}"


def pages() -> list[Path]:
    """Return the lessons in order."""
    return sorted(LESSONS.glob("[0-9][0-9]-*.md"))


def pages_that_run() -> list[Path]:
    """Return the lessons and the page of the notes' questions."""
    return [*pages(), LESSONS / "questions.md"]


def figures_of(page: Path) -> list[str]:
    """Return the figures on a page in order, such as ``figures/01-gates.png``."""
    return FIGURE.findall(page.read_text(encoding="utf-8"))


def run_page(page: Path, folder: Path) -> list[Difference]:
    """Run the blocks of a page in order, in one namespace, with ``folder`` as the working directory.

    The k-th figure that the code shows becomes the k-th figure on the page, in ``folder/figures``. Return the
    differences. An error in the code propagates, with the line of the page in its traceback.
    """
    import matplotlib.pyplot as plt
    from threadpoolctl import threadpool_limits

    plt.switch_backend("agg")
    (folder / "figures").mkdir(exist_ok=True)
    source = page.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found = []
    names = iter(figures_of(page))

    def show() -> None:
        for number in plt.get_fignums():
            plt.figure(number).savefig(folder / next(names))
            plt.close(number)

    with (
        mock.patch.object(plt, "show", show),
        contextlib.chdir(folder),
        warnings.catch_warnings(action="error"),
        plt.style.context(["default", LESSONS / "lesson.mplstyle"]),
        threadpool_limits(limits=1, user_api="blas"),
    ):
        for block in BLOCK.finditer(source):
            line = source.count("\n", 0, block.start("code"))
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                # The empty lines give a traceback the line numbers of the page.
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
    """Return how the printed text differs from the expected one, or "" if it does not.

    Everything except the numbers must be equal; a run of blanks counts as one. A number with a decimal point
    or an exponent may differ by one unit in its last printed digit; an integer must be equal. If ``percent`` is
    given, any number may also differ by that share of the expected one.
    """
    if _skeleton(expected) != _skeleton(printed):
        return "the text differs"
    share = Decimal(percent or 0) / 100
    for ours, theirs in zip(NUMBER.findall(expected), NUMBER.findall(printed), strict=True):
        a, b = (Decimal(number.replace("−", "-")) for number in (ours, theirs))
        if abs(a - b) > max(_unit(ours), share * abs(a)):
            return f"expected {ours}, got {theirs}"
    return ""


def _skeleton(text: str) -> str:
    return re.sub(r"[ \t]+", " ", NUMBER.sub("#", text)).strip()


def _unit(number: str) -> Decimal:
    """Return one unit in the last printed digit: 0.001 for 0.722; 0 for an integer, and for NumPy's ``1.``.

    The unit of 0e+00 is 0 as well: one unit would be 1, and any small number would pass.
    """
    mantissa, _, exponent = number.lower().partition("e")
    if exponent and not mantissa.strip("+-−.0"):
        return Decimal(0)
    decimals = len(mantissa.partition(".")[2])
    return Decimal(1).scaleb(int(exponent or 0) - decimals) if decimals or exponent else Decimal(0)


def main(arguments: list[str]) -> int:
    """Run the requested pages; return 1 if one differs."""
    parser = argparse.ArgumentParser(description="Run the lessons and make their figures.")
    parser.add_argument("number", nargs="*", help="numbers of lessons, or 'questions' (default: all pages)")
    parser.add_argument("--write", action="store_true", help="update the text fences that differ")
    options = parser.parse_args(arguments)
    by_name = {page.name.partition("-")[0].removesuffix(".md").lstrip("0"): page for page in pages_that_run()}
    if unknown := set(options.number) - set(by_name):
        parser.error(f"unknown page {sorted(unknown)[0]}; choose from {', '.join(by_name)}")
    chosen = [page for name, page in by_name.items() if not options.number or name in options.number]
    total, differ = 0.0, False
    for page in chosen:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            found = run_page(page, Path(folder))
            total += (seconds := time.perf_counter() - start)
            for figure in (Path(folder) / "figures").glob("*.png"):
                shutil.copyfile(figure, LESSONS / "figures" / figure.name)
        print(f"{page.name:36}{seconds:6.1f} s  " + (f"{len(found)} differ" if found else "ok"))
        for one in found:
            print(one)
        differ = differ or bool(found)
        if options.write and found:
            source = page.read_text(encoding="utf-8")
            for one in reversed(found):
                source = source[: one.span[0]] + one.printed + source[one.span[1] :]
            page.write_text(source, encoding="utf-8")
            print(f"updated {page.name}: check what changed")
    if len(chosen) > 1:
        print(f"{'total':36}{total:6.1f} s")
    return int(differ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
