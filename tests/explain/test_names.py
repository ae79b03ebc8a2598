"""Names in a trace are data: of inputs, outputs and activations, whatever they look like, in every format."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Network
from pellucid.core import Activation
from pellucid.explain.entries import Document, Entry, Step
from pellucid.explain.equations import as_html, as_latex, as_text, literal
from pellucid.explain.html import set_html
from pellucid.explain.json_ import read_json, set_json
from pellucid.explain.latex import set_latex
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.text import set_text
from pellucid.explain.tracing import trace
from pellucid.host.escaping import for_html, for_terminal, for_tex

NAMES = [
    r"\input{x}_{q}",
    "x_{1}^{2}",
    "$x$ & 50%",
    "a\x1b[31mb",
    "\u202ea",
    "_{",
    "<b>_{i}</b>",
    "\ufdd0x\ufdd1",
    "\ud800",
]
ACTIVE = re.compile(r"\\(input|write|def|catcode)|(?<!\\)[%#~]")


def page_of(name: str) -> Document:
    """Return a document that has a name at every place where there can be one."""
    said = literal(name)
    entry = Entry("layer", 0, "x", np.eye(2), (said, "1"), ("1", said), "inputs")
    shape = Entry("shape", 0, "", np.eye(1), ("W_{0}",), ("units",), "shapes")
    steps = (
        Step(
            "network", f"Loss: {said}", (f"φ_{{0}} = {said}",), (shape, entry), (f"W_{{0}}: {said}, {said}",)
        ),
    )
    return Document(f"Row 1 of {said} through {said}", "pellucid", steps, (f"{said} is {said}.",))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_stands_in_every_format_as_it_is(name: str) -> None:
    """Title, remarks, labels and equations show it, escaped for the format, never set as mathematics."""
    page = page_of(name)

    assert set_latex(page).count(for_tex(name)) >= 7
    assert set_html(page).count(for_html(name)) >= 10
    text = set_text(page, width=200)
    assert text.count(for_terminal(name)) >= 9
    assert not {c for c in text + set_html(page) if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}
    back = read_json(set_json(page))
    assert back.find("layer").rows == (name.replace("\ufdd0", r"\ufdd0").replace("\ufdd1", r"\ufdd1"), "1")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_lost_its_mark_runs_nothing(name: str) -> None:
    """Read from JSON, or given without a mark, a name may be set as mathematics; it is no command even then."""
    latex = set_latex(read_json(set_json(page_of(name))))

    assert not ACTIVE.search(latex)
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")


@given(st.text(st.sampled_from("\\{}_^$%&#~ abx1δé\x1b\n\ufdd0\ufdd1"), max_size=20))
def test_latex_has_no_commands_but_ours(text: str) -> None:
    """Whatever an equation holds, each backslash begins a command of ours, and braces are balanced."""
    latex = as_latex(text)
    commands = set(re.findall(r"\\([A-Za-z]+|.)", latex))

    assert commands <= {"mathrm", "text", "delta", "backslash", "sim", "wedge", "log", *"_$%&#{}",
                        "textbackslash", "textasciitilde", "textasciicircum"}  # fmt: skip
    bare = re.sub(r"\\.", "", latex)
    assert bare.count("{") == bare.count("}")
    assert not set("$%&#~") & set(bare)


@given(st.text(st.sampled_from("\\{}_^$<>ab1δ\x1b\n\ufdd0\ufdd1"), max_size=20))
def test_a_literal_name_is_never_read(name: str) -> None:
    """Between other words, text and HTML show exactly the name."""
    bare = re.sub("[\ufdd0\ufdd1]", lambda mark: for_terminal(mark[0]), name)

    assert as_text(f"z_{{0}} {literal(name)} z_{{0}}") == f"z₀ {for_terminal(bare)} z₀"
    assert as_html(f"z_{{0}} {literal(name)}") == f"z<sub>0</sub> {for_html(bare)}"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_names_of_activations_and_inputs_are_data(notation: str) -> None:
    """A network with an activation of one's own, of an odd name, in every notation and format."""
    odd = Activation(r"\input{x}_{q}" + "\x1b", lambda z: z, lambda z, a: np.ones_like(z))
    found = trace(Network([2, 2, 1], activation=odd, random_state=0), [1.0, 2.0], 1.0)

    assert not ACTIVE.search(found.to_latex(notation))
    for text in (found.to_text(notation), found.to_html(notation), found.to_latex(notation)):
        assert "\x1b" not in text
    assert r"\input{x}_{q}\x1b" in found.to_text(notation, width=200)
    assert "\x1b" not in str(found.explain("a", block=0, column=0))
