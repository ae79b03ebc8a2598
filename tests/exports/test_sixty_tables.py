"""Sixty random tables times every kind of tabular estimator, in ONNX Runtime and onnx's own evaluator."""

import numpy as np
import pytest
from tests.exports.conftest import TABULAR, fitted_table

from pellucid.exports import program_of
from pellucid.exports.feeds import feed
from pellucid.exports.runtimes import model_outputs

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]
TIE = 1e-6


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize("seed", range(60))
def test_predictions_agree(seed, kind):
    """Probabilities within 1e-6, numbers within 2e-6 of the largest, labels but in ties; 1, 7 and 2,000 rows."""
    for package in ("spox", "onnxruntime"):
        pytest.importorskip(package)
    import onnxruntime
    from onnx.reference import ReferenceEvaluator

    from pellucid.exports.onnx_graph import onnx_model

    model, _, new = fitted_table(kind, np.random.default_rng(seed))
    new = new.sample(2_000, replace=True, random_state=0)
    coverage = 0.5 if kind in ("numbers", "quantiles") else None
    program = program_of(model, coverage=coverage)
    graph = onnx_model(program)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    cells = [values.reshape(-1, 1) for values in feed(model, program, new).values()]
    given = dict(zip([one.name for one in session.get_inputs()], cells, strict=True))
    expected = model_outputs(model, program, new)
    for n_rows, run in ((1, session), (7, session), (2_000, session), (20, ReferenceEvaluator(graph))):
        found = run.run(None, {name: values[:n_rows] for name, values in given.items()})
        for name, got in zip(names, found, strict=True):
            right = expected[name][:n_rows]
            if name == "label":
                best = np.sort(expected["probabilities"][:n_rows], axis=1)
                assert ((got == right) | (best[:, -1] - best[:, -2] <= TIE)).all()
            else:
                largest = 1.0 if name == "probabilities" else 2.0 * np.abs(expected[name]).max()
                np.testing.assert_allclose(got, right, rtol=0, atol=1e-6 * largest)
