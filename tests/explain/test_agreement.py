"""Every shape, count and symbol that a trace states agrees with the matrices that it shows, in every notation."""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Network, trace
from pellucid.core import ACTIVATIONS
from pellucid.courses import get_example
from pellucid.explain.calculation import recomputed
from pellucid.explain.canon import parts
from pellucid.explain.entries import Document, Entry
from pellucid.explain.equations import as_latex, as_text
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.traces import Trace
from report.test_browser import CHROMIUM, QUIET

HIDDEN = [
    name for name, row in ACTIVATIONS.items() if row.pullback is None and not row.is_flat and name != "exp"
]
OUTPUTS = {
    "identity": "squared_error",
    "logistic": "log_loss",
    "tanh": "squared_error",
    "softmax": "log_loss",
}
N_FAST, N_ALL = 10, 500


def drawn(seed: int) -> tuple[Trace, str]:
    """Return the trace of a random network on random rows, and one of the notations, in turn."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, size=rng.integers(2, 5)).tolist()
    output = str(rng.choice(list(OUTPUTS)))
    if output == "softmax":
        sizes[-1] = max(sizes[-1], 2)
    depth = len(sizes) - 2
    options: dict[str, Any] = {}
    if depth and rng.random() < 0.2:
        options["batch_norm"] = True
    if depth and rng.random() < 0.2:
        options["residual"] = "activation"
    net = Network(
        sizes,
        activation=[str(rng.choice(HIDDEN)) for _ in range(depth)],
        output_activation=output,
        random_state=rng,
        **options,
    )
    for biases in net.biases:
        biases[...] = rng.normal(size=len(biases)).round(2)
    n = int(rng.choice([1, 1, 3]))
    X, Y = rng.normal(size=(n, sizes[0])).round(2), rng.normal(size=(n, sizes[-1])).round(2)
    if OUTPUTS[output] == "log_loss":
        Y = np.eye(sizes[-1])[rng.integers(sizes[-1], size=n)]
    found = trace(net, X, Y, loss=OUTPUTS[output], learning_rate=0.1)
    if rng.random() < 0.3:
        found = unbiased(found)
    return found, list(NOTATIONS)[seed % len(NOTATIONS)]


def unbiased(found: Trace) -> Trace:
    """Return the trace of the same network with biases that are 0 and stay 0."""
    net = found.network.copy()
    for biases in net.biases:
        biases[...] = 0.0
    found = recomputed(found, network=net)
    stepped = found.stepped.copy()
    for after in parts(net, stepped):
        after["biases"][...] = 0.0
    found = replace(found, stepped=stepped)
    return replace(found, loss_after=found.after.loss)


def entries_of(page: Document, *roles: str) -> list[Entry]:
    return [entry for step in page.steps for entry in step.entries if entry.role in roles]


def shape_table(page: Document) -> list[dict[str, float]]:
    """Return the rows of the table of shapes."""
    table = page.find("shape")
    return [dict(zip(table.columns, row, strict=True)) for row in table.array]


def assert_agrees(found: Trace, name: str) -> None:
    """Check what a page states against what it shows."""
    page, notation = found.document(name), NOTATIONS[name]
    has_biases = any(block.biases.value.any() for block in found.blocks)
    shapes = shape_table(page)
    for k, (row, block) in enumerate(zip(shapes, found.blocks, strict=True)):
        weights, gradient, updated = (page.find(role, k) for role in ("weights", "gradient", "updated"))
        shown = weights.array.size
        assert (
            (row["rows"], row["columns"])
            == weights.array.shape
            == gradient.array.shape
            == updated.array.shape
        )
        assert (row["inputs"], row["units"]) == block.weights.value.shape
        assert len(page.find("layer", k).array.T if name == "pellucid" else page.find("layer", k).array) == (
            row["inputs"] + (notation.bias_unit and has_biases)
        )
        if has_biases and notation.bias_apart:
            assert (
                row["biases"] == page.find("biases", k).array.size == page.find("bias_gradient", k).array.size
            )
            shown += page.find("biases", k).array.size
        else:
            assert "biases" not in row
        shown += sum(other.value.size for other in block.others.values())
        assert row["parameters"] == shown
        if not has_biases:
            assert sorted(weights.array.ravel()) == sorted(block.weights.value.ravel())
    total = int(sum(row["parameters"] for row in shapes))
    n_biases = 0 if has_biases else sum(block.biases.value.size for block in found.blocks)
    assert page.steps[0].title == f"The network: {total:,} parameters"
    assert total == found.network.n_parameters - n_biases

    labels = Counter(page.find("shape").rows)
    assert labels == Counter(entry.symbol for entry in entries_of(page, "weights"))
    for entry in (entry for step in page.steps for entry in step.entries if entry.array.ndim == 2):
        assert entry.array.shape[0] == len(entry.rows) or not entry.rows
        assert entry.array.shape[1] == len(entry.columns) or not entry.columns
    assert_symbols(page, has_biases=has_biases)


def assert_symbols(page: Document, *, has_biases: bool) -> None:
    """Check that equations name what is shown, and no bias where there is none."""
    for step in page.steps:
        said = " ".join(step.equations)
        for entry in step.entries:
            if entry.role in ("weights", "signal", "gradient", "bias_gradient", "delta", "biases"):
                pieces = entry.symbol.strip("[]").split("; ") if step.kind == "forward" else [entry.symbol]
                assert all(bare(piece) in bare(said) for piece in pieces), (step.title, entry.symbol)
        if not has_biases:
            assert not re.search(r"b_\{|W_\{0\}\^|\[1;|\[1, |without row 0|_\{\[1\+\]\}", said), said
            assert not any(entry.role.endswith(("biases", "bias_gradient")) for entry in step.entries)


def bare(text: str) -> str:
    """Return a text without what an equation may put between a symbol and its index, such as a transpose."""
    return re.sub(r"T(?=\})|\^\{\}|[\s()]", "", text.replace("^{T}", ""))


def assert_set(found: Trace, name: str) -> None:
    """Check each renderer: braces stay where they are needed, and a matrix has one format of numbers."""
    page = found.document(name)
    text, latex = found.to_text(name, width=200), found.to_latex(name)
    for step in page.steps:
        for equation in step.equations:
            assert as_text(equation) in text
            assert as_latex(equation) in latex
            for index in re.findall(r"[_^]\{[^{}]{2,}\}", equation):
                told = as_text(index)
                assert told == index or "[" in told or not set(told) & set("_^{}"), told
    html = found.to_html(name)
    for table in re.findall(r"<table>(.*?)</table>", html, re.DOTALL):
        cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
        exponents = {"e" in cell for cell in cells if cell not in ("–", "inf")}
        decimals = {len(re.split("e", cell.partition(".")[2])[0]) for cell in cells if "." in cell}
        assert len(exponents) <= 1, cells
        assert len(decimals) <= 1, cells


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.slow] * (seed >= N_FAST)) for seed in range(N_ALL)]
)
def test_what_is_stated_is_what_is_shown(seed: int) -> None:
    """Shapes, counts, symbols and labels of a random network in one of the notations."""
    found, name = drawn(seed)
    assert_agrees(found, name)
    assert_set(found, name)


def test_the_courses_networks_without_biases_are_counted_so() -> None:
    """As their notes count: 4, 4 and 9 parameters, in every notation."""
    for example, n in (("mit-two-relus", 4), ("umass-chain", 4), ("kaist-example", 9)):
        for name in NOTATIONS:
            page = get_example(example).trace().document(name)
            assert page.steps[0].title == f"The network: {n} parameters"
            assert_symbols(page, has_biases=False)


# ---- what a printer and a browser make of it -----------------------------------------------------------------


def nine() -> Trace:
    """Return a trace of the notes' 2-2-1 network, of nine parameters."""
    found = get_example("iowa-grounded").trace()
    assert found.network.n_parameters == 9
    return found


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="LaTeX is not installed: apt-get install texlive"
)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "mit")) for name in NOTATIONS]
)
def test_nine_parameters_fit_two_printed_pages(name: str, tmp_path: Path) -> None:
    """In every notation, as LaTeX, which compiles."""
    (tmp_path / "page.tex").write_text(nine().to_latex(name, standalone=True), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout[-2000:]
    assert re.search(r"\(([12]) pages?,", ran.stdout)


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="LaTeX is not installed: apt-get install texlive"
)
def test_all_latex_compiles(tmp_path: Path) -> None:
    """A hundred pages of random networks in one document."""
    bodies = [found.to_latex(name) for found, name in map(drawn, range(100))]
    head, _, rest = nine().to_latex(standalone=True).partition("\\begin{document}\n")
    (tmp_path / "all.tex").write_text(
        head + "\\begin{document}\n" + "\\newpage\n".join(bodies) + "\\end{document}\n"
    )
    assert rest
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_a_browser_has_nothing_to_complain_of(tmp_path: Path) -> None:
    """No message on the console, nothing asked for, and two pages when printed."""
    for number, (found, name) in enumerate([*map(drawn, range(14)), (nine(), "iowa")]):
        page = tmp_path / f"{number}.html"
        page.write_text(found.to_html(name), encoding="utf-8")
        command = [
            str(CHROMIUM),
            *QUIET,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert "CONSOLE" not in ran.stderr
        assert ran.stdout.count("<table>") == found.to_html(name).count("<table>")
    printed = tmp_path / "page.pdf"
    command = [
        str(CHROMIUM),
        *QUIET,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--print-to-pdf={printed}",
        page.as_uri(),
    ]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) <= 2
