"""The drawing of a network tells every weight, in SVG, in TikZ and in its table."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from pellucid import MLPClassifier, Network
from pellucid.plotting import NetworkDisplay
from pellucid.plotting.network_layout import GLYPH, TEXT, number

SVG = "{http://www.w3.org/2000/svg}"
NET = Network([3, 4, 2], output_activation="softmax", random_state=0)
NET.biases[0][...] = [0.5, -0.25, 0.125, 1e-5]


def all_weights(network: Network) -> list[float]:
    return sorted(float(w) for W in network.weights for w in W.ravel())


def test_the_svg_holds_every_weight_with_its_sign_and_width(tmp_path: Path) -> None:
    display = NetworkDisplay.from_network(NET)
    root = ET.fromstring(display.to_svg(tmp_path / "net.svg"))
    lines = root.findall(f"{SVG}line")
    values = [float(line.findtext(f"{SVG}title", "")) for line in lines]
    widths = [float(line.get("stroke-width", "")) for line in lines]

    assert sorted(values) == all_weights(NET)
    assert [line.get("class") for line in lines] == ["positive" if w >= 0 else "negative" for w in values]
    assert np.argsort(widths, kind="stable").tolist()[-1] == int(np.abs(values).argmax())
    assert "stroke-dasharray" in root.findtext(f"{SVG}style", ""), "sign is not told by color alone"
    shown = {text.text for text in root.findall(f"{SVG}text")}
    assert {number(w) for w in all_weights(NET)} <= shown
    assert {number(float(b)) for b in NET.biases[0]} <= shown
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == display.to_svg()


def test_the_tikz_picture_holds_every_weight() -> None:
    picture = NetworkDisplay.from_network(NET).to_tikz()
    draws = re.findall(r"\\draw\[(\w+), line width=([\d.]+)pt\] \((n\d+)\) -- \((n\d+)\); % (\S+)", picture)
    values = re.findall(r"\\path \(n\d+.center\) -- node\[value.*?\] \{\$(.*?)\$\} \(n\d+.center\);", picture)
    named = set(re.findall(r"\\node\[unit.*?\] \((n\d+)\)", picture))

    assert sorted(float(value) for *_, value in draws) == all_weights(NET)
    assert all(kind == ("positive" if float(value) >= 0 else "negative") for kind, *_, value in draws)
    assert {end for _, _, a, b, _ in draws for end in (a, b)} == named
    assert sorted(values) == sorted(number(value).replace("−", "-") for value in all_weights(NET))
    assert picture.rindex(r"\draw[") < picture.index("node[value"), "no line crosses a number"
    assert r"$1 \cdot 10^{-5}$" in picture
    assert picture.count("{") == picture.count("}")
    assert picture.startswith(r"\begin{tikzpicture}")
    assert picture.endswith("\\end{tikzpicture}\n")


DOCUMENT = r"""
\pdfobjcompresslevel=0
\documentclass{article}
\usepackage{tikz}
\begin{document}
\setbox0\hbox{\input{picture}}
\pdfpagewidth=\wd0 \pdfpageheight=\dimexpr\ht0+\dp0
\pdfhorigin=0pt \pdfvorigin=0pt \hoffset=0pt \voffset=0pt
\shipout\box0
\end{document}
"""


def typeset(network: Network, folder: Path) -> np.ndarray:
    """Return width and height of the picture on paper, in cm, once LaTeX has nothing to complain of."""
    NetworkDisplay.from_network(network).to_tikz(folder / "picture.tex")
    (folder / "page.tex").write_text(DOCUMENT)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    log = (folder / "page.log").read_text(errors="replace")
    assert done.returncode == 0, log
    assert not re.search("Missing character|Overfull|^!", log, re.MULTILINE), log
    (box,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (folder / "page.pdf").read_bytes())
    return np.array(box, float) / 72.0 * 2.54


def has_tikz() -> bool:
    """Return whether LaTeX is there, and finds TikZ."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    return subprocess.run(["kpsewhich", "tikz.sty"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    not has_tikz(), reason="LaTeX with TikZ is not installed: apt-get install texlive-pictures"
)
@pytest.mark.parametrize("sizes", [[2, 3, 1], [4, 5, 3], [30, 3, 12]])
def test_latex_sets_the_tikz_picture(sizes: list[int], tmp_path: Path) -> None:
    """It is as large as its layers are apart and its units apart, with captions and names around."""
    network = Network(sizes, random_state=0)
    width, height = typeset(network, tmp_path)
    nodes = NetworkDisplay.from_network(network).drawing.nodes
    assert 0.0 < width - np.ptp([node.x for node in nodes]) < 3.0  # two half circles and two names
    assert 0.0 < height - np.ptp([node.y for node in nodes]) < 2.0  # and the captions
    network.biases[0][...] = -1.25e-7  # a long number leaves its circle as it is
    assert typeset(network, tmp_path) == pytest.approx([width, height])


def test_the_table_holds_weights_and_biases() -> None:
    rows = NetworkDisplay.from_network(NET).table()

    assert sorted(row["value"] for row in rows if row["from"] != "bias") == all_weights(NET)
    assert [row["value"] for row in rows if row["from"] == "bias"] == [
        float(b) for bs in NET.biases for b in bs
    ]


def test_numbers_on_lines_do_not_cover_each_other() -> None:
    drawing = NetworkDisplay.from_network(Network([4, 5, 3], random_state=0)).drawing
    boxes = []
    for edge in drawing.edges:
        assert edge.place is not None
        start, end = np.array([edge.source.x, edge.source.y]), np.array([edge.target.x, edge.target.y])
        along = (end - start) / np.linalg.norm(end - start)
        half = 0.5 * GLYPH * len(number(edge.weight))
        middle = start + edge.place * (end - start)
        boxes.append(middle + np.linspace(-half, half, 9)[:, None] * along)

    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert np.linalg.norm(one[:, None] - other[None], axis=2).min() > 0.9 * TEXT


def test_wide_layers_are_elided() -> None:
    display = NetworkDisplay.from_network(Network([30, 4, 12], random_state=0), most_units=6)
    shown = [[node.unit for node in display.drawing.nodes if node.layer == layer] for layer in range(3)]

    assert shown == [[0, 1, 2, 3, None, 29], [0, 1, 2, 3], [0, 1, 2, 3, None, 11]]
    assert display.to_svg().count("⋮") == 2
    assert len(display.drawing.edges) == 5 * 4 + 4 * 5
    assert [caption for _, caption in display.drawing.captions] == ["30 inputs", "4 tanh", "12 identity"]


def test_names_are_escaped() -> None:
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 5), ["a<b&c", "50%_#", "$x$ {\\}"] * 5
    model = MLPClassifier((3,), solver="lbfgs", alpha=1.0, random_state=0).fit(X, y)
    display = NetworkDisplay.from_estimator(model)
    root = ET.fromstring(display.to_svg())

    outputs = [text.text for text in root.findall(f"{SVG}text") if text.get("class") == "output"]
    assert outputs == list(model.classes_)
    picture = display.to_tikz()
    assert r"50\%\_\#" in picture
    assert r"\$x\$ \{\textbackslash{}\}" in picture
    display.plot().figure_.canvas.draw()  # and matplotlib reads no mathematics into it


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-0.5234, "−0.523"), (12.0, "12"), (0.01234, "0.012"), (1.5e-7, "1.5e−7"), (0.0, "0")],
)
def test_numbers_are_short(value: float, shown: str) -> None:
    assert number(value) == shown
