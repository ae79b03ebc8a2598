"""Traces of files: rows through a model, the network of a weights file, and their pages."""

import json
from pathlib import Path

import numpy as np
import pytest

from pellucid.exceptions import DataError, ParameterError
from pellucid.workflow import trace_rows, trace_weights, train_file
from pellucid.workflow.traced_files import page_format, write_page

WEIGHTS = {"weights": [[[0.5], [-1.0]]], "biases": [[0.1]], "x": [1, 2], "y": 1}


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(WEIGHTS), encoding="utf-8")
    return path


def test_a_weights_file_is_computed_as_by_hand(network: Path) -> None:
    """0.5 · 1 - 1 · 2 + 0.1 = -1.4, and ½ (-1.4 - 1)² = 2.88."""
    found = trace_weights(network, learning_rate=0.5)

    assert found.trace.outputs == pytest.approx(np.array([[-1.4]]))
    assert found.trace.loss == pytest.approx(2.88)
    assert "net.json" in found.document().title


def test_an_error_of_the_trace_names_the_file(network: Path) -> None:
    network.write_text(json.dumps({**WEIGHTS, "loss": "log_loss", "y": 3}), encoding="utf-8")

    with pytest.raises((DataError, ParameterError), match=r"net\.json: "):
        trace_weights(network)


def test_rows_are_those_of_the_table_and_their_remarks_the_predictions(tmp_path: Path) -> None:
    trained = train_file("iris", out=tmp_path / "iris.safetensors", max_iter=5)

    found = trace_rows(trained.path, [1, 51])

    predicted = trained.model.predict(trained.table.frame[[0, 50]].select(trained.table.frame.columns[:4]))
    assert found.title.startswith("Rows 1, 51 of iris")
    assert [remark.rpartition(" ")[2] for remark in found.remarks] == [f"{name}." for name in predicted]
    assert set(found.remarks) <= set(found.document("ng").remarks)
    with pytest.raises(ParameterError, match="'row'"):
        trace_rows(trained.path, [])


@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [(None, None, "text"), (None, "a.HTM", "html"), ("json", "a.txt", "json"), (None, "a.tex", "latex")],
)
def test_a_format_is_of_its_name_or_of_the_suffix(name: str | None, file: str | None, expected: str) -> None:
    assert page_format(name, None if file is None else Path(file)).name == expected


def test_a_format_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"'out' must end in one of \.txt, .*got a\.pdf"):
        page_format(None, Path("a.pdf"))
    with pytest.raises(ParameterError, match="'format' must be one of text, latex, html, json; got 'pdf'"):
        page_format("pdf", None)


def test_a_written_page_is_the_rendered_one(network: Path, tmp_path: Path) -> None:
    page = trace_weights(network).document()
    write_page(page, tmp_path / "a.json", page_format("json", None), precision="full")

    assert (tmp_path / "a.json").read_text(encoding="utf-8") == page_format("json", None).render(
        page, precision="full"
    )
