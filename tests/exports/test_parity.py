"""Every export predicts what the model predicts, for every kind of model and random tables."""

import shutil

import numpy as np
import pytest
from tests.exports.conftest import MATRIX, TABULAR, fitted_matrix, fitted_table

from pellucid.exports import TARGETS, export, program_of
from pellucid.exports.feeds import feed
from pellucid.exports.tape import in_order

pytestmark = pytest.mark.filterwarnings("ignore")
RUNNABLE = [row.name for row in TARGETS.values() if row.name != "numpy-weights" and not row.of_model]
HAS_COMPILER = shutil.which("cc") is not None


def libraries(to):
    if to == "onnx":
        pytest.importorskip("spox")
        pytest.importorskip("onnxruntime")
    if to == "c" and not HAS_COMPILER:
        pytest.skip("no C compiler here: apt-get install gcc")


@pytest.mark.parametrize("kind", MATRIX)
@pytest.mark.parametrize("to", RUNNABLE)
def test_models_of_a_matrix(kind, to, rng, tmp_path):
    libraries(to)
    model, X = fitted_matrix(kind, rng)
    report = export(model, tmp_path / f"m{TARGETS[to].suffix}", data=X, tolerance=1e-6)
    assert report.passed
    assert report.n_rows == len(X)
    assert (tmp_path / f"m{TARGETS[to].suffix}").stat().st_size > 0


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize("to", RUNNABLE)
@pytest.mark.few("onnx-classes", "python-shared")
def test_models_of_a_table(kind, to, rng, tmp_path):
    libraries(to)
    model, _, new = fitted_table(kind, rng)
    coverage = 0.5 if kind in ("numbers", "quantiles") else None
    report = export(model, tmp_path / f"m{TARGETS[to].suffix}", data=new, coverage=coverage, tolerance=1e-5)
    assert report.passed
    made = export(model, tmp_path / f"m{TARGETS[to].suffix}", coverage=coverage, tolerance=1e-5)
    assert made.passed
    assert made.rows == "made"


@pytest.mark.parametrize("kind", ["calibrated", "numbers"])
@pytest.mark.few("numbers")
def test_standard_library_alone(kind, rng, tmp_path):
    model, X, _ = fitted_table(kind, rng)
    assert export(model, tmp_path / "m.py", data=X.iloc[:20], standard_library=True).passed


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 60))])
def test_encoded_matrix_is_equal_in_every_bit(seed):
    """Only an interpolation among knots may differ by rounding; onnx's own evaluator agrees with ONNX Runtime."""
    pytest.importorskip("spox")
    onnxruntime = pytest.importorskip("onnxruntime")
    from onnx.reference import ReferenceEvaluator

    from pellucid.exports.onnx_graph import encoder_model

    rng = np.random.default_rng(seed)
    kind = list(TABULAR)[seed % len(TABULAR)]
    model, _, new = fitted_table(kind, rng)
    program = program_of(model)
    proto = encoder_model(program)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    taken = {one.name for one in session.get_inputs()}
    rows = {name: v.reshape(-1, 1) for name, v in feed(model, program, new).items() if name in taken}
    (found,) = session.run(None, rows)
    right = model.encode(new)
    differs = {program.names[k] for k in np.flatnonzero((found != right).any(axis=0))}
    assert differs <= {name for name in program.names if "zero" in kinds_of(model).get(name, "")}
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-6)
    (reference,) = ReferenceEvaluator(proto).run(None, rows)
    np.testing.assert_allclose(reference, found, rtol=0, atol=1e-6)


def kinds_of(model):
    return {
        name: "zero" if model.encoder_.columns_[source].features[0].knots else ""
        for name, source in zip(model.encoder_.names_, model.encoder_.source_, strict=True)
    }


@pytest.mark.parametrize("n_rows", [1, 7, 2000])
@pytest.mark.few("7")
def test_any_number_of_rows(n_rows, rng):
    pytest.importorskip("spox")
    pytest.importorskip("onnxruntime")
    from pellucid.exports.onnx_graph import onnx_model
    from pellucid.exports.runtimes import run_onnx

    model, _, new = fitted_table("shared", rng)
    new = new.sample(n_rows, replace=True, random_state=0)
    program = program_of(model)
    found, _ = run_onnx(onnx_model(program), program, feed(model, program, new))
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(new), rtol=0, atol=1e-6)


@pytest.mark.slow
def test_no_row_of_training_is_in_an_export(rng, tmp_path):
    """Numbers of the training rows, with all their digits, occur in no file, as text or as bytes."""
    model, X, _ = fitted_table("numbers", rng, 60)
    numbers = X["anchor"].dropna().to_numpy()
    for target in TARGETS.values():
        if target.name == "onnx":
            pytest.importorskip("spox")
        path = tmp_path / f"m{target.suffix}"
        export(model, path, to=target.name)
        content = path.read_bytes()
        held = {float(column.low or 0) for column in model.encoder_.columns_}
        for number in numbers:
            if number in held:
                continue
            assert repr(float(number)).encode() not in content
            assert np.float64(number).tobytes() not in content


def test_the_axis_of_rows_divides_no_other(rng):
    model, _, _ = fitted_table("shared", rng)
    program = program_of(model)
    for graph in (program.encode, program.predict, program.finish):
        for node in in_order(graph.outputs.values()):
            if node.operation != "constant":
                assert sum(size % graph.n_rows == 0 for size in node.shape) == 1
