"""The page's documents are those of ``Trace``: letters, layouts, equations, remarks and every number."""

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from calculations import RECORDS, case_of, random_trace
from pellucid.core import LOSSES
from pellucid.explain import trace
from pellucid.explain.calculation import recomputed
from pellucid.explain.canon import parts
from pellucid.explain.digits import write_all
from pellucid.explain.json_ import read_json
from pellucid.explain.profiles import NOTATIONS

DOCUMENTS = f"""{RECORDS}
return records.map((record) => {{
  const byHand = digits === null ? null : calculation.byHand(record, digits);
  const page = calculation.documentOf(record, {{ notation, byHand }});
  return [calculation.toJson(page), [3, 6, 'full'].map((precision) => calculation.toLatex(page, {{ precision }})),
    calculation.toCsv(page), calculation.toText(page)];
}});
"""
KINDS = [
    {"residual": True, "activation": "relu", "l1": 0.1, "l2": 12345.0},
    {"residual": "activation", "weighted": True, "learning_rate": 0.3},
    {"normalization": "batch_norm", "training": True},
    {"normalization": "layer_norm", "residual": [True, "activation"], "loss": "huber"},
    {"dropout": 0.4},
]


def documents(node, traces, notation, digits=None, **options):
    return node(DOCUMENTS, cases=[case_of(t, **options) for t in traces], notation=notation, digits=digits)


def equal(found, expected, path=""):
    """Assert that two documents of JSON are equal, numbers to 1e-12 of the largest beside them."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), path
        for key, value in expected.items():
            equal(found[key], value, f"{path}.{key}")
    elif isinstance(expected, list) and numeric(expected):
        largest = max((abs(value) for value in np.ravel(expected)), default=0.0)
        floor = 1e-14  # sums that are 0 but for the rounding of terms of about 1
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * largest + floor, err_msg=path)
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for i, value in enumerate(expected):
            equal(found[i], value, f"{path}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-15), path
    else:
        assert found == expected, path


def numeric(value) -> bool:
    return all(map(numeric, value)) if isinstance(value, list) else isinstance(value, int | float)


def check(node, traces, notation, digits=None, **options) -> None:
    told = documents(node, traces, notation, digits, **options)
    for t, (text, latex, csv, plain) in zip(traces, told, strict=True):
        equal(json.loads(text), json.loads(t.to_json(notation, by_hand=digits)))
        page = read_json(text)
        assert exact(latex[0]) == exact(t.to_latex(notation, by_hand=digits))
        assert latex[1].isascii()
        for out, precision in zip(latex, (3, 6, "full"), strict=True):
            assert shape(out) == shape(t.to_latex(notation, precision, by_hand=digits))
        numbers = [text for array in arrays_of(page) for text in write_all(np.ravel(array), 3)]
        assert csv.count("\r\n") == len(numbers) + sum(map(len, page.steps[0].entries[0].array)) + 1
        assert not Counter(numbers) - Counter(re.findall(r"[^\s=]+", plain))


def arrays_of(page):
    entries = [e for step in page.steps for e in step.entries if e.role != "shape"]
    return [array for e in entries for array in (e.array, *e.compared.values())]


def exact(latex: str) -> str:
    """Return LaTeX in which what is only rounding, where the exact number is 0, is 0."""
    tiny, zero = r"-?\d\.\d+ \\cdot 10\^\{-(1[5-9]|[2-9]\d)\}", r"(?<![\d.])0\.0+(?!\d)( \\cdot 10\^\{0\})?"
    return re.sub(f"{tiny}|{zero}", "0", latex)


def shape(latex: str) -> str:
    """Return LaTeX without the digits of its numbers."""
    return re.sub(r"-?\d+\.\d+( \\cdot 10\^\{-?\d+\})?", "0", latex)


@pytest.mark.few("pellucid", "iowa", "kaist")
@pytest.mark.parametrize("notation", NOTATIONS)
def test_documents_of_every_notation(node, notation) -> None:
    """With a bias, by hand next to it; of one sample and of several; of classes."""
    traces = [
        random_trace(1, [2, 3, 1], n=1),
        random_trace(2, [3, 2, 2, 1], n=4, activation="relu"),
        random_trace(3, [2, 4, 3], "log_loss", n=30, output_activation="softmax", activation="logistic"),
    ]
    check(node, traces[:2], notation, digits=3)
    check(node, traces, notation)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("digits", [None, 3])
def test_documents_of_networks_without_biases(node, notation, digits) -> None:
    """Biases held at 0 are in no matrix, equation or count."""
    base = random_trace(11, [2, 3, 2, 1], n=2)
    fixed = np.zeros(base.network.n_parameters, dtype=bool)
    for biases in (each["biases"] for each in parts(base.network, fixed)):
        biases[...] = True
    base.network.parameters[fixed] = 0.0
    t = recomputed(base, fixed=fixed)
    assert any("left out" in remark for remark in t.document(notation).steps[0].remarks)
    check(node, [t], notation, digits, held={"biases": True, "blocks": []})


@pytest.mark.parametrize("kinds", KINDS, ids=str)
@pytest.mark.parametrize("notation", ["lfd", "kaist"])
def test_documents_of_every_kind_of_layer(node, notation, kinds) -> None:
    check(node, [random_trace(4, [3, 3, 3, 2], **kinds)], notation)


@pytest.mark.parametrize("loss", LOSSES)
def test_documents_of_every_loss(node, loss) -> None:
    for output in LOSSES[loss].canonical:
        check(node, [random_trace(5, [2, 2, 2], loss, output_activation=output)], "mit")


def test_a_perceptron_and_a_kink_have_their_remarks(node) -> None:
    """Of flat activations of two kinds, and of a signal that is exactly 0 in the notation that cares."""
    flat = random_trace(6, [2, 2, 2, 1], activation=["step", "sign"], n=2)
    kink = random_trace(7, [2, 2, 1], activation="relu", n=2)
    kink.network.parameters[:6] = 0.0
    at_zero = trace(kink.network, kink.X, kink.Y)
    check(node, [flat, at_zero], "umass")
    assert any("ReLU′(0) = 1" in remark for remark in at_zero.document("umass").remarks)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_latex_of_the_page_compiles(node, notation, tmp_path) -> None:
    code = f"""{RECORDS}
    const page = calculation.documentOf(records[0], {{ notation }});
    return calculation.toLatex(page, {{ standalone: true }});
    """
    (tmp_path / "page.tex").write_text(
        node(code, cases=[case_of(random_trace(8, [2, 3, 1]))], notation=notation)
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]


def test_latex_is_balanced(node) -> None:
    [[_, latex, _, _]] = documents(node, [random_trace(9, [2, 3, 2], n=30)], "iowa")
    for text in latex:
        bare = text.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        begun = re.findall(r"\\begin\{(\w+\*?)\}", text)
        assert Counter(begun) == Counter(re.findall(r"\\end\{(\w+\*?)\}", text))


def test_names_of_columns_and_classes_are_those_of_the_data(node) -> None:
    """Short ones are labels, in sentences too; one that looks like mathematics, or hides, is shown as it is."""
    short = {"feature_names": ("age", "x_{1}"), "output_names": ("yes", "n\u202eo")}
    long = {"feature_names": ("a name that is longer than a label", "b")}
    base = random_trace(10, [2, 3, 2], n=2)
    traces = [replace(base, **short), replace(base, **long)]
    for notation in ("pellucid", "ng"):
        for t, found in zip(traces, documents(node, traces, notation), strict=True):
            equal(json.loads(found[0]), json.loads(t.to_json(notation)))
            assert found[1][0] == t.to_latex(notation)
    code = f"{RECORDS} return records.map((r) => calculation.describe(r, what).text);"
    what = {"quantity": "z", "block": 0, "column": 1}
    told = node(code, cases=[case_of(t) for t in traces], what=what)
    assert told == [str(t.explain("z", block=0, column=1)) for t in traces]
