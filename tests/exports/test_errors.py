"""Errors of exports: what cannot be written outside of Python, and files that stay as they were."""

import os

import numpy as np
import pytest
from tests.exports.conftest import fitted_matrix

from pellucid import MLPClassifier, export
from pellucid.core import Activation
from pellucid.exceptions import ParameterError
from pellucid.exports import ExportError, exporting

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
        ({"coverage": 0.9}, "'coverage' must be None for a MLPRegressor"),
    ],
)
def test_options_that_are_not_accepted(options, said, rng, tmp_path):
    model, _ = fitted_matrix("number", rng)
    with pytest.raises(ParameterError, match=said):
        export(model, tmp_path / "m.onnx", **options)
    assert not list(tmp_path.iterdir())


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


def test_model_that_is_none_of_ours(tmp_path):
    with pytest.raises(ParameterError, match="'model' must be a pellucid"):
        export(object(), tmp_path / "m.py")
