"""A lesson works where a student is: pasted into an empty folder, and as a notebook."""

import json
import re
import subprocess
import sys
from pathlib import Path

import notebooks
import pytest
import run as runner

from pellucid import Network
from pellucid.explain import trace

QUICK = ("01-one-neuron",)
PASTE = """
import json, sys
import matplotlib
matplotlib.use("agg")
namespace = {"__name__": "__main__"}
for number, block in enumerate(json.load(sys.stdin)):
    exec(compile(block, f"<block {number}>", "exec"), namespace)
import matplotlib.pyplot
print("figures:", len(matplotlib.pyplot.get_fignums()))
"""

pages = runner.pages_that_run()
each_page = pytest.mark.parametrize("page", pages, ids=lambda page: page.stem)


def blocks_of(page: Path) -> list[re.Match[str]]:
    return list(runner.BLOCK.finditer(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=() if page.stem in QUICK else pytest.mark.slow, id=page.stem)
        for page in pages
    ],
)
@pytest.mark.slow
def test_a_lesson_runs_pasted_into_an_empty_folder(page: Path, tmp_path: Path) -> None:
    """It needs no file, writes none, and leaves every figure of the page to be shown."""
    code = [block["code"] for block in blocks_of(page)]
    done = subprocess.run(
        [sys.executable, "-c", PASTE],
        input=json.dumps(code),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"figures: {len(runner.figures_of(page))}\n")
    assert list(tmp_path.iterdir()) == []


@each_page
def test_a_notebook_is_valid_and_holds_the_page(page: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    made = notebooks.notebook(page)
    text = page.read_text(encoding="utf-8")
    prose = "\n\n".join("".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "markdown")
    code = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]

    nbformat.validate(made)
    assert code[1:] == [block["code"].rstrip("\n") for block in blocks_of(page)]  # the first sets the style
    assert all(not cell["outputs"] for cell in made["cells"] if cell["cell_type"] == "code")
    assert "".join(made["cells"][0]["source"]).startswith(text.partition("\n")[0])
    assert re.findall("^#.*", prose, re.MULTILINE) == re.findall(
        "^#.*", runner.BLOCK.sub("", text), re.MULTILINE
    )
    assert "```" not in re.sub(r"^```\n.*?^```$", "", prose, flags=re.MULTILINE | re.DOTALL)
    assert "figures/" not in prose
    assert all(re.search(r"^https?:|\.ipynb$", link) for link in re.findall(r"\]\(([^)\s]+)\)", prose))
    assert prose.count("<details>") == prose.count("</details>")


@pytest.mark.slow
@each_page
def test_a_notebook_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It prints what the page says, and shows as many pictures."""
    pytest.importorskip("nbclient")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    ran = notebooks.execute(notebooks.notebook(page))
    cells = [cell for cell in ran.cells if cell.cell_type == "code"][1:]
    pictures = sum("image/png" in out.get("data", {}) for cell in cells for out in cell.outputs)

    assert pictures == len(runner.figures_of(page))
    for cell, block in zip(cells, blocks_of(page), strict=True):
        if block["text"] is not None:
            printed = "".join(out.text for out in cell.outputs if out.get("name") == "stdout")
            reason = runner.difference(block["text"], printed, block["percent"])
            assert not reason, f"{reason}\n--- page\n{block['text']}--- printed\n{printed}"


def test_the_command_writes_every_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebooks.main([str(tmp_path / "out")])

    written = sorted(path.stem for path in (tmp_path / "out").glob("*.ipynb"))
    assert written == sorted(page.stem for page in pages)
    assert len(capsys.readouterr().out.splitlines()) == len(pages)
    again = json.loads((tmp_path / "out" / f"{pages[0].stem}.ipynb").read_text(encoding="utf-8"))
    assert again == notebooks.notebook(pages[0])


def test_a_trace_prints_the_same_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich displays what it prints where it finds Jupyter, and leaves its file empty."""
    net = Network([2, 2, 1], activation="logistic", output_activation="logistic", random_state=0)
    expected = trace(net, [0.0, 1.0], 1.0).to_text(width=80)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)

    assert "Backward" in expected
    assert trace(net, [0.0, 1.0], 1.0).to_text(width=80) == expected
