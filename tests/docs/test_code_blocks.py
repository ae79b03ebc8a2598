"""Every Python block of the README and of docs/ runs, and prints what the page says it prints.

The blocks of a page share one namespace, in order, in an empty folder. A block that is followed at once by
a ``text`` or ``output`` block must print exactly that. A block after ``<!-- no-run: reason -->`` is left out.
The lessons have a runner of their own, see tests/lessons.
"""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "docs" / "lessons"
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if LESSONS not in page.parents),
]
BLOCK = re.compile(
    r"(?P<skip><!-- no-run: \S[^>]*-->\n+)?"
    r"^```python\n(?P<code>.*?)^```$"
    r"(?:\n\n?```(?:text|output)\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    namespace: dict[str, Any] = {"__name__": "__main__"}

    assert len(blocks) == len(re.findall("^ *```python", text, re.MULTILINE)), "a block starts at the margin"
    for block in blocks:
        if block["skip"]:
            continue
        line = text.count("\n", 0, block.start("code"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            # The empty lines make a traceback show the line of the page.
            exec(compile("\n" * line + block["code"], str(page), "exec"), namespace)

        if block["output"] is not None:
            assert printed.getvalue() == block["output"], f"{page.name}, line {line}"
