"""Errors of exports: what cannot be written outside of Python, and files that stay as they were."""

import os
import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from tests.exports.conftest import fitted_matrix, fitted_table

from pellucid import MLPClassifier, TabularClassifier, TabularRegressor, export
from pellucid.core import Activation
from pellucid.exceptions import ParameterError
from pellucid.exports import ExportError, exporting, targets

pytestmark = pytest.mark.filterwarnings("ignore")


def test_activation_of_ones_own(rng, tmp_path):
    bump = Activation("bump", np.sinc, lambda z, a: 0.0 * z)
    X = rng.normal(size=(30, 2))
    model = MLPClassifier((3,), activation=bump, max_iter=2, engine="reference").fit(X, X[:, 0] > 0)
    with pytest.raises(ParameterError, match=r"sinc|sin|pi|elementary"):
        export(model, tmp_path / "m.py")
    wave = Activation("wave", lambda z: np.sin(z) + z, lambda z, a: np.cos(z) + 1.0)
    model = MLPClassifier((3,), activation=wave, max_iter=2, engine="reference").fit(X, X[:, 0] > 0)
    assert export(model, tmp_path / "m.py").passed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"to": "pmml"}, "'to' must be one of"),
        ({"part": "head"}, "'part' must be"),
        ({"to": "c", "part": "network"}, "'part' is not an option of 'c'"),
        ({"coverage": 0.9}, "'coverage' must be None for MLPRegressor"),
        ({"tolerance": -1.0}, "'tolerance' must be a number of at least 0"),
        ({"tolerance": float("nan")}, "'tolerance' must be a number of at least 0"),
        ({"tolerance": "low"}, "'tolerance' must be a number of at least 0"),
    ],
)
def test_options_that_are_not_accepted(options, said, rng, tmp_path):
    model, _ = fitted_matrix("number", rng)
    with pytest.raises(ParameterError, match=said):
        export(model, tmp_path / "m.onnx", **options)
    assert not list(tmp_path.iterdir())


def test_intervals_of_classes(rng, tmp_path):
    model, _, _ = fitted_table("classes", rng)
    with pytest.raises(ParameterError, match="'coverage' must be None for TabularClassifier"):
        export(model, tmp_path / "m.py", coverage=0.9)


@pytest.mark.parametrize("estimator", [MLPClassifier, TabularClassifier, TabularRegressor])
def test_model_that_is_not_fitted(estimator, tmp_path):
    with pytest.raises(NotFittedError):
        export(estimator(), tmp_path / "m.py")


def test_rows_that_the_model_refuses(rng, tmp_path):
    """The message is that of the model."""
    model, X = fitted_matrix("number", rng)
    for rows in (X[:0], X[:, :2], [["a", "b", "c", "d"]]):
        with pytest.raises(ValueError, match=r".") as ours:
            model.predict(rows)
        with pytest.raises(ValueError, match=re.escape(str(ours.value))):
            export(model, tmp_path / "m.py", data=rows)


def test_path_without_a_known_suffix(rng, tmp_path):
    model, _ = fitted_matrix("number", rng)
    with pytest.raises(ParameterError, match=r"'path' must end in one of \.onnx \(onnx\)"):
        export(model, tmp_path / "model")


def test_export_that_differs_is_not_written(rng, tmp_path, monkeypatch):
    model, X = fitted_matrix("number", rng)
    path = tmp_path / "m.py"
    path.write_text("old")
    right = exporting.model_outputs
    monkeypatch.setattr(exporting, "model_outputs", lambda *a: {k: v + 1e-3 for k, v in right(*a).items()})
    with pytest.raises(ExportError, match="does not predict what the model predicts"):
        export(model, path, data=X)
    assert path.read_text() == "old"


def test_disk_that_fills(rng, tmp_path, monkeypatch):
    model, _ = fitted_matrix("number", rng)
    path = tmp_path / "m.py"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        export(model, path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["m.py"]


@pytest.mark.parametrize("full_at", [1, 2])
def test_disk_that_fills_between_header_and_source(full_at, rng, tmp_path, monkeypatch):
    """Neither of the two files of C changes, whichever finds the disk full."""
    model, _ = fitted_matrix("number", rng)
    old = {"m.c": b"old source", "m.h": b"old header"}
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    real, calls = os.fsync, []
    monkeypatch.setattr(targets, "run_c", lambda *_: None)  # which writes temporary files, too

    def full(handle):
        calls.append(handle)
        if len(calls) == full_at:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space.*nothing was written"):
        export(model, tmp_path / "m.c")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == old


def test_model_that_is_none_of_ours(tmp_path):
    with pytest.raises(ParameterError, match="'model' must be a pellucid"):
        export(object(), tmp_path / "m.py")
