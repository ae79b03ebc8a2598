"""The files that exports write, used without pellucid: by Python, by a C compiler with sanitizers."""

import json
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from tests.exports.conftest import fitted_matrix, fitted_table

from pellucid import MLPClassifier, Network, TabularRegressor
from pellucid.exceptions import ParameterError, PellucidError
from pellucid.exports import export, program_of, targets
from pellucid.exports.c_source import c_source
from pellucid.exports.feeds import feed
from pellucid.exports.runtimes import run_c

pytestmark = pytest.mark.filterwarnings("ignore")
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# Some warnings of gcc need its optimizer; those of clang do not, and it optimizes checked code for a long time.
OPTIMIZED = {"gcc": "-O1", "clang": "-O0"}
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover"]

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


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.few("ms")
def test_python_file_takes_dates_of_any_unit(unit, rng, tmp_path):
    """A column of datetime64 is converted, not read as if it held microseconds."""
    dates = (np.datetime64("1960-01-01", "s") + rng.integers(0, 10**9, 60)).astype(f"datetime64[{unit}]")
    X = pd.DataFrame({"date": dates, "x": rng.normal(size=60)})
    X.loc[3, "date"] = pd.NaT
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, rng.normal(size=60))
    export(model, tmp_path / "m.py", data=X)
    scope = runpy.run_path(str(tmp_path / "m.py"))
    for columns in (X, {"date": X["date"].to_numpy(f"datetime64[{unit}]"), "x": X["x"].tolist()}):
        np.testing.assert_allclose(
            scope["predict"](columns)["prediction"], model.predict(X), rtol=0, atol=1e-5
        )


def test_a_large_network_is_compared_by_few_rows_where_each_takes_long(tmp_path, monkeypatch):
    monkeypatch.setattr(targets, "ROW_BY_ROW", targets.ROW_BY_ROW // 10)
    network = Network([100, 100, 100, 2], random_state=0)
    report = export(network, tmp_path / "m.py", standard_library=True)
    assert report.passed
    assert 5 <= report.n_rows < 200


@pytest.fixture(params=["gcc", "clang"])
def compiler(request):
    """A C compiler; its tests are skipped where it is missing."""
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} here: apt-get install {request.param}")
    return request.param


@pytest.mark.parametrize("kind", ["calibrated", "quantiles"])
@pytest.mark.few("gcc-quantiles")
def test_c_is_strict_and_clean(kind, compiler, rng, tmp_path):
    """The self-test passes, built without a warning and run under the sanitizers."""
    model, _, new = fitted_table(kind, rng)
    export(model, tmp_path / "m.c", data=new)
    command = [compiler, *STRICT, OPTIMIZED[compiler], *SANITIZERS, "-DSELF_TEST", "m.c", "-o", "m", "-lm"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ended = subprocess.run(["./m"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 labels wrong" in ended.stdout


@pytest.mark.parametrize("data", ["digits", "table"])
@pytest.mark.few("gcc-digits")
def test_c_of_a_thousand_rows(data, compiler, rng, tmp_path):
    """Each compiler's program is strict and clean, and within 1e-5 of the model."""
    if data == "digits":
        X, y = load_digits(return_X_y=True)
        model = MLPClassifier((32,), max_iter=20, learning_rate_init=0.01, random_state=0).fit(X, y)
        X = X[:1_000]
    else:
        model, _, new = fitted_table("calibrated", rng)
        X = new.sample(1_000, replace=True, random_state=0)
    program = program_of(model)
    header, source = c_source(program, "m")
    found = run_c(header, source, program, feed(model, program, X), "m",
                  compiler=compiler, flags=[*STRICT, OPTIMIZED[compiler], *SANITIZERS])  # fmt: skip
    outputs, name = found
    assert name == compiler
    p = model.predict_proba(X)
    np.testing.assert_allclose(outputs["probabilities"], p, rtol=0, atol=1e-5)
    is_tie = np.diff(np.sort(p, axis=1)[:, -2:], axis=1)[:, 0] < 1e-5
    assert ((model.classes_[outputs["label"].ravel()] == model.predict(X)) | is_tie).all()


def test_a_header_of_another_export_does_not_compile(compiler, rng, tmp_path):
    """A crash between the moves of the two files is noticed."""
    for seed in (0, 1):
        network = Network([2, 3, 1], random_state=seed)
        header, source = c_source(program_of(network), "m")
        (tmp_path / "m.h").write_text(header)
        if seed == 0:
            (tmp_path / "m.c").write_text(source)
            assert compiled(compiler, tmp_path).returncode == 0
    ended = compiled(compiler, tmp_path)
    assert ended.returncode != 0
    assert "different exports" in ended.stderr


def compiled(compiler, folder):
    command = [compiler, "-std=c99", "-c", "m.c"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_compiled_code_that_crashes_does_not_end_this_process(rng, tmp_path, monkeypatch):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")
    real = targets.c_source

    def broken(*given, **options):
        header, source = real(*given, **options)
        return header, source.replace("encode(in, encoded);", "*(volatile int *)0 = 1;", 1)

    monkeypatch.setattr(targets, "c_source", broken)
    with pytest.raises(PellucidError, match="compiled export failed with the exit code -"):
        export(Network([2, 3, 1], random_state=0), tmp_path / "m.c")
    assert not list(tmp_path.iterdir())


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


@pytest.mark.parametrize("has_variants", [True, False])
def test_no_cast_follows_a_cast(has_variants, rng, tmp_path):
    """Of two in a row, ONNX Runtime 1.16 leaves out the first, and with it the rounding to float32."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("spox")
    X = pd.DataFrame(
        {"x": rng.normal(size=60), "t": rng.choice(["a", "b", "c"], 60) if has_variants else 1.0}
    )
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, 2.0 * X["x"])
    assert model.linear_ is not None
    assert bool(program_of(model).variants) == has_variants
    export(model, tmp_path / "m.onnx", data=X)
    nodes = onnx.load(tmp_path / "m.onnx").graph.node
    casts = {name for node in nodes if node.op_type == "Cast" for name in node.output}
    assert not [node.name for node in nodes if node.op_type == "Cast" and casts & set(node.input)]


@pytest.mark.slow
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
