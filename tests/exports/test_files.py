"""The files that exports write, used without pellucid: by Python, by a C compiler with sanitizers."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from tests.exports.conftest import fitted_matrix, fitted_table

from pellucid import MLPClassifier, TabularRegressor
from pellucid.exceptions import ParameterError
from pellucid.exports import export, program_of
from pellucid.exports.feeds import feed

pytestmark = pytest.mark.filterwarnings("ignore")
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-DSELF_TEST"]

ALONE = """
import json, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused}:
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
sys.path.insert(0, {folder!r})
import exported
rows = json.loads(sys.stdin.read())
found = {call}
print(json.dumps([[float(p) for p in row] for row in found]))
"""


@pytest.mark.parametrize("standard_library", [False, True])
def test_python_file_runs_without_pellucid(standard_library, rng, tmp_path):
    model, X = fitted_matrix("three classes", rng)
    export(model, tmp_path / "exported.py", standard_library=standard_library)
    refused = ["pellucid", "scipy", "sklearn", *(["numpy"] if standard_library else [])]
    one = "[exported.predict(row)['probabilities'] for row in rows]"
    call = one if standard_library else "exported.predict(rows)['probabilities']"
    program = ALONE.format(refused=refused, folder=str(tmp_path), call=call)
    ended = subprocess.run(
        [sys.executable, "-I", "-c", program],
        input=json.dumps(X.tolist()),
        capture_output=True,
        text=True,
        check=True,
    )
    np.testing.assert_allclose(json.loads(ended.stdout), model.predict_proba(X), rtol=0, atol=1e-6)


@pytest.mark.skipif(not COMPILERS, reason="no C compiler here: apt-get install gcc")
@pytest.mark.parametrize("kind", ["calibrated", "quantiles"])
def test_c_is_strict_and_clean(kind, rng, tmp_path):
    """The self-test passes, built without a warning and run under the sanitizers."""
    model, _, new = fitted_table(kind, rng)
    export(model, tmp_path / "m.c", data=new)
    for compiler in COMPILERS:
        command = [
            compiler,
            *STRICT,
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover",
            "m.c",
            "-o",
            "m",
            "-lm",
        ]
        built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
        ended = subprocess.run(["./m"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "0 labels wrong" in ended.stdout


def test_metadata_of_onnx(rng, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("spox")
    model, _, _ = fitted_table("classes", rng)
    export(model, tmp_path / "m.onnx")
    proto = onnx.load(tmp_path / "m.onnx")
    facts = {entry.key: entry.value for entry in proto.metadata_props}
    columns = json.loads(facts["pellucid_columns"])
    assert [column["name"] for column in columns] == [c.name for c in model.encoder_.columns_]
    for column in columns:
        if column["kind"] == "text":
            assert column["missing"] not in column["categories"]
    assert json.loads(facts["pellucid_classes"]) == ["no", "yes"]
    assert proto.ir_version == 8
    assert {one.domain for one in proto.opset_import} <= {"", "ai.onnx.ml"}


def test_network_alone_needs_no_operators_of_tables(rng, tmp_path):
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    pytest.importorskip("spox")
    model, X, _ = fitted_table("numbers", rng)
    export(model, tmp_path / "m.onnx", part="network")
    assert {one.domain for one in onnx.load(tmp_path / "m.onnx").opset_import} == {""}
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    found = session.run(["prediction"], {"encoded": model.encode(X)})[0]
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("inputs", ["columns", "matrix"])
def test_inputs_of_onnx(inputs, rng, tmp_path):
    """A matrix may come in columns, and columns of numbers in a matrix; text may not."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("spox")
    model, X = fitted_matrix("number", rng)
    assert export(model, tmp_path / "m.onnx", data=X, inputs=inputs).passed
    names = [one.name for one in onnx.load(tmp_path / "m.onnx").graph.input]
    assert names == (["X"] if inputs == "matrix" else ["x0", "x1", "x2", "x3"])
    table = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X[:, 0])
    assert export(table, tmp_path / "m.onnx", data=X, inputs=inputs).passed
    texts = TabularRegressor("fast", max_iter=2, random_state=0).fit([["a"], ["b"]] * 20, X[:40, 0])
    if inputs == "matrix":
        with pytest.raises(ParameterError, match="'x0' is not one"):
            export(texts, tmp_path / "m.onnx", inputs=inputs)


def test_arrays_have_the_names_of_parameters(rng, tmp_path):
    model, _ = fitted_matrix("number", rng)
    export(model, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as arrays:
        np.testing.assert_array_equal(arrays["0.0.weights"], model.network_.weights[0].astype(np.float32))


def test_classes_of_every_type(rng, tmp_path):
    X = rng.normal(size=(40, 2))
    for classes in ([False, True], [3, 8], [1.0, 2.0], ["a", "b"]):
        model = MLPClassifier((3,), max_iter=3, random_state=0).fit(
            X, np.array(classes)[(X[:, 0] > 0).astype(int)]
        )
        for suffix in ("py", "c"):
            assert export(model, tmp_path / f"m.{suffix}", data=X).passed


def test_columns_are_read_as_the_model_reads_them(rng):
    model, X, _ = fitted_table("classes", rng)
    program = program_of(model)
    rows = feed(model, program, X)
    assert list(rows) == [one.name for one in program.inputs]
    for one in program.inputs:
        if one.kind == "date" and one.name in X:
            known = X[one.name].notna()
            right = X[one.name][known].to_numpy("datetime64[us]").astype(np.int64)
            np.testing.assert_array_equal(rows[one.name][known], right)
