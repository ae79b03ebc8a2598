"""The comparison of an export with the model fails for every planted difference."""

import re

import numpy as np
import pytest
from tests.exports.conftest import fitted_matrix

from pellucid import export
from pellucid.exports import ExportError, program_of, targets
from pellucid.exports.parity import _largest, compared

pytestmark = pytest.mark.filterwarnings("ignore")
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]])


def verdict(program, expected, found, tolerance=1e-5):
    """Return the report of a comparison."""
    return compared(program, expected, found, target="c", runtime="here", rows="made", tolerance=tolerance)


@pytest.fixture
def classes(rng):
    """Return the program of a network with the classes a, b and c."""
    return program_of(fitted_matrix("three classes", rng)[0])


def right(**changes):
    """Return labels and probabilities of three rows, of which the last is a tie of a and b."""
    return {"label": np.array(["a", "c", "a"]), "probabilities": P, **changes}


NOT_A_NUMBER = np.where(P == 0.7, np.nan, P)
PLANTED = {
    "a label": ({"label": np.array(["a", "b", "a"])}, "labels that differ: 1, of which ties: 0"),
    "a label that is none of the two in a tie": ({"label": np.array(["a", "c", "c"])}, "of which ties: 0"),
    "a label beside a tie": ({"label": np.array(["b", "c", "b"])}, "differ: 2, of which ties: 1"),
    "a label that is no class": ({"label": np.array(["a", "c", "d"])}, "of which ties: 0"),
    "labels as numbers": ({"label": np.array([0, 2, 0])}, "labels that differ: 3, of which ties: 0"),
    "a probability": ({"probabilities": P + np.array([0.0, 0.0, 1.1e-5])}, r"probabilities 1\.6e-05"),
    "all probabilities exchanged": ({"probabilities": P[:, ::-1]}, "probabilities 0.86"),
    "NaN": ({"probabilities": NOT_A_NUMBER}, "probabilities inf"),
    "infinity": ({"probabilities": np.where(P == 0.7, np.inf, P)}, "probabilities inf"),
    "a row too few": ({"probabilities": P[:2]}, r"'probabilities' has the shape \(2, 3\)"),
    "a column too few": ({"probabilities": P[:, :2]}, r"'probabilities' has the shape \(3, 2\)"),
    "rows and columns exchanged": ({"probabilities": P.reshape(1, 9)}, r"has the shape \(1, 9\)"),
    "labels of another shape": ({"label": np.array(["a", "c"])}, r"'label' has the shape \(2,\)"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_differs_does_not_pass(name, classes):
    changes, says = PLANTED[name]
    report = verdict(classes, right(), right(**changes))
    assert not report.passed
    assert "DIFFERS" in str(report)
    assert re.search(says, str(report))


def test_an_output_that_is_missing_does_not_pass(classes):
    report = verdict(classes, right(), {"label": right()["label"]})
    assert not report.passed
    assert "'probabilities' is missing" in str(report)


def test_what_is_equal_passes(classes):
    """Also with labels in a column, a difference within the tolerance, and the other label of a tie."""
    found = right(label=np.array([["a"], ["c"], ["b"]]), probabilities=P + 0.6e-5)
    report = verdict(classes, right(), found)
    assert report.passed
    assert (report.n_labels_differ, report.n_ties) == (1, 1)
    assert not verdict(classes, right(), found, tolerance=0.5e-5).passed


def test_a_tie_of_one_label_excuses_no_other(rng):
    """Of several labels a row may have, those differ in which the probability is not one half."""
    program = program_of(fitted_matrix("labels", rng)[0])
    expected = {"label": np.array([[1, 0, 1]]), "probabilities": np.array([[0.5, 0.1, 0.9]])}
    tied, wrong = ({**expected, "label": np.array([row])} for row in ([0, 0, 1], [1, 1, 1]))
    assert verdict(program, expected, tied).passed
    assert not verdict(program, expected, wrong).passed


def test_a_missing_number_of_the_model_must_be_missing_in_the_export(rng):
    program = program_of(fitted_matrix("number", rng)[0])
    none, some = {"prediction": np.array([1.0, np.nan])}, {"prediction": np.array([1.0, 2.0])}
    assert verdict(program, none, none).passed
    assert not verdict(program, none, some).passed
    assert not verdict(program, some, none).passed


@pytest.mark.parametrize("what", ["label", "probabilities", "NaN", "shape"])
def test_an_export_that_differs_leaves_the_old_file(what, rng, tmp_path, monkeypatch):
    """The whole way, with outputs changed after the export has run."""
    model, X = fitted_matrix("three classes", rng)
    real = targets.run_python

    def changed(*arguments):
        outputs, runtime = real(*arguments)
        label, P = outputs["label"], outputs["probabilities"]
        planted = {
            "label": {"label": np.where(label == 0, 1, 0)},
            "probabilities": {"probabilities": P + 1e-3},
            "NaN": {"probabilities": np.where(P.max() == P, np.nan, P)},
            "shape": {"probabilities": P[:, :2]},
        }
        return {**outputs, **planted[what]}, runtime

    monkeypatch.setattr(targets, "run_python", changed)
    (tmp_path / "m.py").write_text("old")
    with pytest.raises(ExportError, match="was not written"):
        export(model, tmp_path / "m.py", data=X)
    assert (tmp_path / "m.py").read_text() == "old"


def test_predictions_beyond_float32_may_be_others_beyond_it() -> None:
    """A network in float32 reaches infinity, one in float64 an exp of it; what has another sign differs."""
    right = np.array([1e40, -1e40, 2.0])

    assert _largest(np.array([1.1e40, -1e50, 2.0]), right) == 0.0
    assert _largest(np.array([1e37, -1e40, 2.0]), right) > 1.0
    assert _largest(np.array([-1e40, -1e40, 2.0]), right) > 1.0
    assert _largest(np.array([np.nan, -1e40, 2.0]), right) == np.inf

    assert _largest(np.array([np.inf, -np.inf, 2.0]), right) == 0.0
    assert _largest(np.array([-np.inf, -np.inf, 2.0]), right) == np.inf
    assert _largest(np.array([np.inf, -np.inf, np.inf]), right) == np.inf
    assert _largest(np.array([np.inf, -np.inf, 2.2]), right) == pytest.approx(0.1)
