"""A name that has moved works where it was, with a warning that says where it is."""

import subprocess
import sys

import pytest

from pellucid import Network, courses
from pellucid.courses.misprints import note_002_training
from pellucid.explain import Trace, trace
from pellucid.workflow.input_files.dataset import read_table
from pellucid.workflow.kinds import read_kinds
from pellucid.workflow.output_files import write_table

OLD = [
    ("pellucid.explain", "get_example", courses.get_example),
    ("pellucid.explain", "EXAMPLES", courses.EXAMPLES),
    ("pellucid.explain", "MISPRINTS", courses.MISPRINTS),
    ("pellucid.explain.misprints", "MISPRINTS", courses.MISPRINTS),
    ("pellucid.explain.misprints", "Evidence", courses.Evidence),
    ("pellucid.explain.misprints.note_002", "one_layer", note_002_training.one_layer),
    ("pellucid.explain.examples", "annotate", courses.annotate),
    ("pellucid.explain.text", "render_text", Trace.to_text),
    ("pellucid.explain.html", "render_html", Trace.to_html),
    ("pellucid.cli.kinds", "read_kinds", read_kinds),
    ("pellucid.cli.tables", "read_table", read_table),
    ("pellucid.cli.outputs", "write_table", write_table),
]


@pytest.mark.parametrize(
    ("module", "name", "now"), OLD, ids=lambda given: given if isinstance(given, str) else ""
)
def test_an_old_name_is_the_new_one_and_warns(module: str, name: str, now: object) -> None:
    found: dict[str, object] = {}

    with pytest.warns(FutureWarning, match=rf"{module}\.{name} is now pellucid\.\w+\.") as heard:
        exec(f"from {module} import {name}", found)

    assert found[name] is now
    assert heard[-1].filename == "<string>"


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(ImportError, match=r"cannot import name 'nothing' from 'pellucid\.explain'"):
        exec("from pellucid.explain import nothing")


def test_the_old_words_of_a_trace_warn() -> None:
    t = trace(Network([1, 1], weights=[[[2.0]]], biases=[[0.5]]), [3.0], 5.0)

    with pytest.warns(FutureWarning, match=r"Trace.value is now Trace.loss") as heard:
        assert t.value == t.loss == 1.125
    assert heard[0].filename == __file__
    with pytest.warns(FutureWarning, match=r"Trace.value_after is now Trace.loss_after"):
        assert t.value_after == t.loss_after
    with pytest.warns(FutureWarning, match=r"explain\(layer=...\) is now Trace.explain\(block=...\)"):
        assert t.explain("z", layer=0, column=0) == t.explain("z", block=0, column=0)


@pytest.mark.thorough
def test_a_room_does_not_load_the_one_that_its_old_names_lead_to() -> None:
    program = "import sys, pellucid.explain.examples, pellucid.explain.misprints\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)

    assert [name for name in loaded.stdout.split() if name.startswith("pellucid.courses")] == []
