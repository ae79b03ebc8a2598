"""Names and texts that a language takes for itself, or cannot hold."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, TabularClassifier, TabularRegressor
from pellucid.exceptions import ParameterError
from pellucid.exports import export
from pellucid.exports.names import field_names, graph_names

pytestmark = pytest.mark.filterwarnings("ignore")
RUNNABLE = [("m.onnx", {}), ("m.c", {}), ("m.py", {}), ("m.py", {"standard_library": True})]
EVIL = [
    "", "encoded", "joined", "given", "low", "high", "prediction", "quo\"'\"\"\"te",
    "new\nline", "*/ int x; /*", "while",
    "class", "linux", "errno", "NULL", "INT64_MIN", "_Bool", "__LINE__", "{x}", "back\\slash", "??/", "a b", "a_b",
    "A_b",
    "größe", "3",
]  # fmt: skip


def made(file, options, tmp_path, *arguments, **more):
    if file.endswith(".onnx"):
        pytest.importorskip("spox")
    if file.endswith(".c") and shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")
    return export(arguments[0], tmp_path / file, **options, **more)


@pytest.mark.parametrize(("file", "options"), RUNNABLE)
@pytest.mark.few("m.onnx-options0", "m.py-options2")
def test_columns_of_any_name(file, options, rng, tmp_path):
    X = pd.DataFrame({name: rng.normal(size=40) for name in EVIL})
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X["low"])
    assert made(file, options, tmp_path, model, data=X, coverage=0.5).passed


def test_columns_have_different_names_in_a_graph():
    """A column keeps its own name if no output has it, also where another one would get it."""
    assert graph_names(["low", "low_", "x", ""], ["low"]) == ["low__", "low_", "x", "column"]
    assert field_names(["a b", "a_b", "a-b", "int"]) == ["a_b_", "a_b", "a_b__", "c_int"]


def test_metadata_name_the_input_of_a_column(rng, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("spox")
    X = pd.DataFrame({"prediction": rng.normal(size=40), "x": rng.normal(size=40)})
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X["x"])
    export(model, tmp_path / "m.onnx", data=X)
    proto = onnx.load(tmp_path / "m.onnx")
    facts = {entry.key: entry.value for entry in proto.metadata_props}
    columns = json.loads(facts["pellucid_columns"])
    assert [column["name"] for column in columns] == ["prediction", "x"]
    assert [column["input"] for column in columns] == [one.name for one in proto.graph.input]


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler here: apt-get install g++")
@pytest.mark.slow
def test_header_is_one_of_cpp_too(rng, tmp_path):
    X = pd.DataFrame({name: rng.normal(size=40) for name in EVIL})
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X["low"])
    export(model, tmp_path / "m.c", data=X)
    (tmp_path / "use.cpp").write_text(
        '#include "m.h"\nint main() { m_input in = {}; m_output out; m_predict(&in, &out); }\n'
    )
    built = subprocess.run(
        "gcc -c m.c && g++ use.cpp m.o -o use -lm && ./use",
        shell=True, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("name", ["my-model", "a b", "3rd", "a.b", "größe"])
def test_source_includes_the_header_beside_it(name, rng, tmp_path):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")
    X = rng.normal(size=(40, 2))
    model = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, X[:, 0] > 0)
    export(model, tmp_path / f"{name}.c", data=X)
    assert {each.name for each in tmp_path.iterdir()} == {f"{name}.c", f"{name}.h"}
    built = subprocess.run(
        ["cc", "-c", f"{name}.c", "-o", "m.o"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("path", ["m.h", 'quo"te.c', "back\\slash.c"])
def test_c_refuses_a_path_whose_header_has_no_name(path, rng, tmp_path):
    X = rng.normal(size=(40, 2))
    model = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, X[:, 0] > 0)
    with pytest.raises(ParameterError, match="'path' must be"):
        export(model, tmp_path / path, to="c")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "categories", [["", "\x1a", "<missing>", "<no category>", "e"], ["", "b", "c"], ["100%", "%d", "??/"]]
)
@pytest.mark.parametrize(("file", "options"), RUNNABLE)
@pytest.mark.few("m.onnx-options0-categories0", "m.c-options1-categories1", "m.py-options2-categories2")
def test_categories_that_look_like_marks(file, options, categories, rng, tmp_path):
    X = pd.DataFrame({"z": rng.normal(size=60), "a": pd.Categorical(rng.choice(categories, 60))})
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X["z"])
    new = X.copy()
    new.loc[:9, "a"] = None
    assert made(file, options, tmp_path, model, data=new).passed


@pytest.mark.parametrize(("text", "refused"), [("a\ud800", (".c", ".onnx")), ("a\0b", (".c",))])
@pytest.mark.parametrize("file", ["m.onnx", "m.c", "m.py"])
@pytest.mark.parametrize("where", ["classes", "categories"])
def test_text_that_a_language_cannot_hold(text, refused, file, where, rng, tmp_path):
    """The error names the text; Python holds any."""
    z = rng.normal(size=60)
    texts = np.array([text, "b", "c"], object)[rng.integers(0, 3, 60)]
    if where == "classes":
        model = MLPClassifier((3,), max_iter=2, random_state=0).fit(z[:, None], texts)
    else:
        model = TabularClassifier("fast", max_iter=2, random_state=0).fit(
            np.array([z, texts], object).T, z > 0
        )
    if not file.endswith(refused):
        assert made(file, {}, tmp_path, model).passed
        return
    with pytest.raises(ParameterError, match=r"cannot hold the text 'a.* of (the classes|column 'x1')"):
        made(file, {}, tmp_path, model)
