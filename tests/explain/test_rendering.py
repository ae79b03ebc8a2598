"""Renderers: each shows every number of the document, marks what is printed wrong, and is well formed."""

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

from pellucid import Network
from pellucid.core.layers import NORMALIZATIONS
from pellucid.exceptions import DataError, ParameterError
from pellucid.explain.digits import write, write_all
from pellucid.explain.equations import as_text
from pellucid.explain.html import set_html
from pellucid.explain.json_ import read_json, set_json
from pellucid.explain.latex import set_latex
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.text import set_text
from pellucid.explain.tracing import trace

PRECISIONS = pytest.mark.parametrize("precision", [3, 6, "full"])
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?")
VOID = {"meta", "link", "br", "img", "input", "hr"}


def small(n=1, output="logistic", **options):
    rng = np.random.default_rng(5)
    net = Network([2, 3, 2], activation="logistic", output_activation=output, random_state=1, **options)
    X, Y = rng.normal(size=(n, 2)) * [1.0, 1e-3], rng.integers(2, size=(n, 2)).astype(float)
    return trace(net, X, Y if output == "logistic" else Y[:, 0].astype(int), learning_rate=0.5)


def annotated(notation="iowa", n=1):
    page = small(n).document(notation, differences=True, by_hand=3)
    right = page.find("updated", 1).array
    printed = np.round(right, 3)
    printed[0, 0] *= -1.0
    page = page.annotate("updated", 1, printed=printed, remarks=("The sign of <b_{0}> is 100% lost & gone.",))
    return page.annotate("loss_after", printed=np.round(page.find("loss_after").array, 2))


def arrays_of(page, *, printed=True):
    """Yield each array of a document in the order in which it is shown, with its precision."""
    for step in page.steps:
        for entry in step.entries:
            yield entry, entry.array, None
            yield from ((entry, other, None) for other in entry.compared.values())
            if printed and entry.printed is not None:
                yield entry, entry.printed, "full"


def expected_numbers(page, precision):
    return [
        text
        for entry, array, its in arrays_of(page)
        for text in (
            [str(int(value)) for value in array.ravel()]
            if entry.role == "shape"
            else write_all(array.ravel(), its or precision)
        )
    ]


def well_formed(text):
    """Return the cells of all tables; fail where a tag is not closed or something is fetched."""
    open_tags, cells = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "link", "img", "iframe", "object")
            assert not {"src", "href"} & dict(attributes).keys()
            if tag not in VOID:
                open_tags.append(tag)
            if tag == "td":
                cells.append("")

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

        def handle_data(self, data):
            if open_tags and open_tags[-1] == "td":
                cells[-1] += data

    reader = Reader()
    reader.feed(text)
    reader.close()
    assert open_tags == []
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    return cells


@PRECISIONS
@pytest.mark.parametrize("name", NOTATIONS)
def test_text_shows_every_number(name, precision) -> None:
    page = annotated(name, n=2)
    text = set_text(page, precision=precision, width=80)
    wanted = Counter(number for number in expected_numbers(page, precision) if NUMBER.fullmatch(number))

    assert not wanted - Counter(NUMBER.findall(text))
    for label in page.steps[0].entries[0].rows:
        assert re.search(rf"^ *{re.escape(as_text(label))} +\d", text, re.MULTILINE), (
            "no markup is read in labels"
        )
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


@PRECISIONS
@pytest.mark.parametrize("name", NOTATIONS)
def test_latex_shows_every_number(name, precision) -> None:
    page = annotated(name, n=2)
    text = set_latex(page, precision=precision)
    found = re.sub(r" \\cdot 10\^\{(-?\d+)\}", lambda m: f"e{int(m[1]):+03d}", text)
    wanted = Counter(number for number in expected_numbers(page, precision) if NUMBER.fullmatch(number))

    assert not wanted - Counter(NUMBER.findall(found))


@PRECISIONS
@pytest.mark.parametrize("name", NOTATIONS)
def test_html_shows_every_number_in_order(name, precision) -> None:
    page = annotated(name, n=2)
    cells = [
        cell.removesuffix(" ✗").replace("−", "-") for cell in well_formed(set_html(page, precision=precision))
    ]

    assert [cell for cell in cells if cell] == expected_numbers(page, precision)


def test_json_comes_back_as_it_was() -> None:
    page = annotated("ng", n=40)
    back = read_json(set_json(page))

    assert (back.title, back.notation, back.remarks) == (page.title, page.notation, page.remarks)
    for step, other in zip(page.steps, back.steps, strict=True):
        assert (step.kind, step.title, step.equations, step.remarks) == (
            other.kind, other.title, other.equations, other.remarks,
        )  # fmt: skip
        for entry, twin in zip(step.entries, other.entries, strict=True):
            assert (entry.role, entry.symbol, entry.rows, entry.columns, entry.remarks) == (
                twin.role, twin.symbol, twin.rows, twin.columns, twin.remarks,
            )  # fmt: skip
    for (_, array, _), (_, other, _) in zip(arrays_of(page), arrays_of(back), strict=True):
        np.testing.assert_array_equal(array, other)
    np.testing.assert_array_equal(page.find("updated", 1).wrong, back.find("updated", 1).wrong)
    with pytest.raises(DataError, match=r"must have the schema 'pellucid.trace/1'; got 'other'"):
        read_json('{"schema": "other"}')


def test_what_is_printed_wrong_is_marked_and_explained() -> None:
    page = annotated()
    wrong = page.find("updated", 1).wrong

    assert wrong[0, 0]
    assert wrong.sum() == 1, "rounding is no misprint"
    assert not page.find("loss_after").marked
    text, html, latex = set_text(page, width=100), set_html(page), set_latex(page)
    assert text.count("✗") == 2  # the cell, and what the sign means
    assert "[1] The sign of <b₀> is 100% lost & gone." in text
    assert html.count('<td class="wrong">') + html.count('<td class="minus wrong">') == 1
    assert "The sign of &lt;b<sub>0</sub>&gt; is 100% lost &amp; gone." in html
    assert latex.count(r"^{\times}") == 1
    assert r"is 100\% lost \& gone." in latex


def test_a_negative_number_has_a_sign_not_only_a_color() -> None:
    html = set_html(annotated())

    assert all(cell.startswith("−") for cell in re.findall(r'<td class="minus[^"]*">([^<]*)', html))
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert set_html(annotated(), standalone=False).startswith('<article class="pellucid">')


def test_long_tables_are_cut_but_not_in_json() -> None:
    page = small(200).document("pellucid")
    text, html = set_text(page, width=80), set_html(page)

    for shown in (text, html):
        assert "200 × 2" in shown
        assert "⋮" in shown
    assert len(text.splitlines()) < 300
    assert sum(cell != "…" for cell in well_formed(html)) < 6000
    assert read_json(set_json(page)).find("layer", 0).array.shape == (200, 2)


@pytest.mark.parametrize(
    "options",
    [
        *({"normalization": name} for name in NORMALIZATIONS),
        {"dropout": 0.5},
        {"residual": "activation"},
        {"output": "softmax"},
    ],
    ids=str,
)
def test_every_kind_of_layer_is_shown(options) -> None:
    page = small(3, **options).document("lfd", differences=True)

    well_formed(set_html(page))
    assert set_json(read_json(set_json(page))) == set_json(page)
    normalization = NORMALIZATIONS[options.get("normalization", "batch_norm")].example.label
    wanted = {"normalization": normalization, "dropout": "dropout 0.5", "residual": "+ signal"}
    for kind, words in wanted.items():
        assert (words in set_text(page, width=80)) == (kind in options)


def test_a_penalty_is_said_and_shown() -> None:
    net = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    text = trace(net, [1.0], 1.0, l2=0.5).to_text(width=80)

    assert "penalty: Ω = 1.000" in text  # ½ · 0.5 · 2²
    assert "the penalty's, 0.5 W" in " ".join(text.split())


@pytest.mark.parametrize("name", NOTATIONS)
def test_latex_is_balanced(name) -> None:
    text = set_latex(annotated(name, n=30))

    bare = text.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert text.isascii()
    begun = re.findall(r"\\begin\{(\w+\*?)\}", text)
    assert Counter(begun) == Counter(re.findall(r"\\end\{(\w+\*?)\}", text))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("n", [1, 30])
@pytest.mark.parametrize("name", NOTATIONS)
def test_latex_compiles(name, n, tmp_path) -> None:
    (tmp_path / "page.tex").write_text(set_latex(annotated(name, n), standalone=True), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)

    assert ran.returncode == 0, ran.stdout[-2000:]
    assert "Overfull" not in ran.stdout


@pytest.mark.parametrize("precision", [-1, 2.5, True, "some"])
def test_a_precision_that_is_none_is_refused(precision) -> None:
    with pytest.raises(ParameterError, match="'precision' must be a number of decimals"):
        small().to_text(precision=precision)


@pytest.mark.parametrize("notation", list(NOTATIONS))
def test_latex_has_only_letters_that_amsmath_knows(notation):
    """Of a trace with a penalty, weights, every kind of layer and every loss: nothing beyond ASCII is left."""
    rng = np.random.default_rng(2)
    everything = Network(
        [2, 2, 2, 1], batch_norm=True, residual=["activation", True], dropout=0.3, random_state=0
    )
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        t = trace(
            everything,
            rng.normal(size=(3, 2)),
            rng.normal(size=3),
            loss=loss,
            sample_weight=[1.0, 2.0, 1.0],
            l1=0.1,
            l2=0.2,
            training=True,
            random_state=1,
        )
        assert r"\Omega" in t.to_latex(notation)
        assert t.to_latex(notation, differences=True).isascii()
    for output in ("logistic", "softmax", "exp"):
        classes = Network([2, 2], activation="relu", output_activation=output, random_state=0)
        assert trace(classes, [0.0, 0.0], [0.0, 1.0]).to_latex(notation, standalone=True).isascii()


def test_zero_needs_no_exponent() -> None:
    """A zero loses no digits, whatever the decimals."""
    for decimals in (0, 1, 3):
        assert write(0.0, decimals) == f"{0.0:.{decimals}f}"
        assert write_all([0.0, -0.0], decimals) == [f"{0.0:.{decimals}f}"] * 2
