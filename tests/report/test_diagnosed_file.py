"""The doctor for files finds what the doctor for arrays finds."""

from pathlib import Path

import pytest

from pellucid import diagnose
from pellucid.exceptions import DataError
from pellucid.report import diagnose_file
from pellucid.workflow import train_file


@pytest.fixture(scope="module")
def unscaled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "cancer.safetensors"
    return train_file("breast_cancer", out=path, standardize=False, hidden_layer_sizes=(8,), max_iter=3).path


def test_the_findings_are_those_of_the_arrays(unscaled: Path) -> None:
    found = diagnose_file(unscaled, "breast_cancer")

    own = diagnose(found.rows.trained.model, **found.rows.data)
    assert found.diagnosis.codes == own.codes
    assert "unscaled-input" in own.codes
    assert found.mended.standardize is True
    assert {change.parameter for change in found.changes} >= {"standardize"}
    assert found.to_dict()["validation_rows"] == 143


def test_what_may_not_change_stays(unscaled: Path) -> None:
    found = diagnose_file(unscaled, "breast_cancer", changeable=())

    assert (found.mended, found.changes) == (None, [])


@pytest.mark.usefixtures("unpainted")
def test_a_report_is_written_and_not_over_another(unscaled: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(DataError, match="exists already"):
        diagnose_file(unscaled, "breast_cancer", report=path)
    diagnose_file(unscaled, "breast_cancer", report=path, force=True)
    assert "unscaled-input" in path.read_text(encoding="utf-8")
