"""Write the lessons as Jupyter notebooks.

``python docs/lessons/notebooks.py OUT`` writes one ``.ipynb`` per lesson into the folder ``OUT``, without
outputs. ``--execute`` runs each notebook and keeps its outputs; this needs nbclient and ipykernel.
"""
# ruff: noqa: T201  (it prints)

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from run import BLOCK, LESSONS, pages_that_run

PIECE = re.compile(
    rf"{BLOCK.pattern}|^<details><summary>(?P<summary>.*?)</summary>$|^(?P<close></details>)$",
    re.MULTILINE | re.DOTALL,
)
FIGURE = re.compile(r"!\[([^\]]+)\]\(figures/[^)]+\)")
LINK = re.compile(r"\[([^\[\]]+)\]\((?!https?:)(?P<page>[^)#\s]*)[^)\s]*\)")
FOLDED = {"jupyter": {"source_hidden": True}}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(page: Path) -> dict[str, Any]:
    """Return a page as a notebook in format 4.5, without outputs.

    The text fences are left out, since the cells print their contents, and so are the figures, which the cells
    draw. Folded text stays folded; folded code becomes a cell with hidden source.
    """
    opening, *others = _cells(page.read_text(encoding="utf-8"))
    cells = [
        {"id": f"{page.stem}-{number}", **cell} for number, cell in enumerate([opening, _setup(), *others])
    ]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _cells(text: str) -> Iterator[dict[str, Any]]:
    """Split a page into cells; ``summary`` is that of the folded part around the current position, if any."""
    summary, start = None, 0
    for piece in PIECE.finditer(text):
        yield from _prose(text[start : piece.start()], summary)
        start = piece.end()
        if piece["code"] is not None:
            yield _code(piece["code"], FOLDED if summary else {})
        else:
            summary = piece["summary"]
    yield from _prose(text[start:], summary)


def _prose(text: str, summary: str | None) -> Iterator[dict[str, Any]]:
    text = LINK.sub(_link, FIGURE.sub(r"*Figure: \1*", text)).strip()
    if text and summary:
        text = f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
    if text:
        yield {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _link(link: re.Match[str]) -> str:
    """Point to the notebook of a lesson; keep only the text of any other link."""
    page = LESSONS / link["page"]
    return f"[{link[1]}]({page.stem}.ipynb)" if page in pages_that_run() else link[1]


def _code(source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": source.rstrip("\n").splitlines(keepends=True),
    }


def _setup() -> dict[str, Any]:
    """Return a cell that gives the figures the style of the lessons."""
    style = (LESSONS / "lesson.mplstyle").read_text(encoding="utf-8")
    settings = re.findall(r"^([a-z][\w.]+): (.+)$", style, re.MULTILINE)
    lines = [
        '# %pip install "pellucid[plot,logic]"',
        "import matplotlib.pyplot as plt",
        "",
        "plt.rcParams.update({  # the style of the figures",
        *(f"    {key!r}: {value!r}," for key, value in settings),
        "})",
    ]
    return _code("\n".join(lines), FOLDED)


def execute(content: dict[str, Any]) -> dict[str, Any]:
    """Run a notebook from top to bottom and return it with its outputs; an error in a cell is raised."""
    import nbformat
    from nbclient import NotebookClient

    ran = nbformat.reads(json.dumps(content), as_version=4)
    NotebookClient(ran, timeout=600, kernel_name="python3").execute()
    return ran


def write(out: Path, *, with_outputs: bool = False) -> list[Path]:
    """Write all notebooks into a folder and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for page in pages_that_run():
        content = notebook(page)
        paths.append(out / f"{page.stem}.ipynb")
        text = json.dumps(execute(content) if with_outputs else content, ensure_ascii=False, indent=1)
        paths[-1].write_text(text + "\n", encoding="utf-8")
    return paths


def main(arguments: list[str]) -> None:
    """Write the notebooks and print their paths."""
    parser = argparse.ArgumentParser(description="Write the lessons as Jupyter notebooks.")
    parser.add_argument("out", type=Path, help="folder for the notebooks")
    parser.add_argument("--execute", action="store_true", help="run the notebooks and keep their outputs")
    options = parser.parse_args(arguments)
    print(*write(options.out, with_outputs=options.execute), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
