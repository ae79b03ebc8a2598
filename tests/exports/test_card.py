"""Model cards: what they say, as metadata and for people, and that nothing in them is markup or a row."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.exports.conftest import MATRIX, fitted_matrix, fitted_table

from pellucid import Network, TabularClassifier, diagnose, export
from pellucid.exceptions import ParameterError

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.filterwarnings("ignore")
EVIL = '<script>alert(1)</script>|*b*`c`[d](e)\n# "f" \u202e---'
NOTES = {
    "pellucid train": {
        "target": EVIL, "n_rows": 1234, "test_fraction": 0.25, "seed": 7, "dropped": ["a", "b"],
        "sha256": "ab" * 32,
        "scores": {"rows": 308, "accuracy": 0.875, "log_loss": 0.25, "auc": None},
        "intervals": {"accuracy": [0.84, 0.91]},
    }
}  # fmt: skip


def card(model: object, path: Path, **options: object) -> str:
    """Write a card and return it."""
    report = export(model, path, **options)
    assert report.target == "card"
    return path.read_text(encoding="utf-8")


def parts(text: str) -> tuple[dict, str]:
    """Return the metadata and the rest of a card in Markdown."""
    _, front, rest = text.split("---\n", 2)
    return yaml.safe_load(front), rest


def test_metadata_as_hugging_face_reads_it(rng: np.random.Generator, tmp_path: Path) -> None:
    model, _, _ = fitted_table("classes", rng)
    found, rest = parts(card(model, tmp_path / "m.md", notes=NOTES, license="bsd-3-clause"))
    assert found["license"] == "bsd-3-clause"
    assert found["library_name"] == "pellucid"
    assert found["pipeline_tag"] == "tabular-classification"
    (entry,) = found["model-index"]
    (result,) = entry["results"]
    assert {m["type"]: m["value"] for m in result["metrics"]} == {"accuracy": 0.875, "log_loss": 0.25}
    assert result["dataset"]["name"].startswith("<script>")
    assert "0.84 to 0.91" in rest
    assert "308 held-out rows" in rest
    assert "1,234" in rest


@pytest.mark.parametrize("kind", ["classes", "numbers", "two classes"])
def test_hugging_face_reads_the_card(kind: str, rng: np.random.Generator, tmp_path: Path) -> None:
    """Its own parser takes the metadata, and writes and reads them again."""
    hub = pytest.importorskip("huggingface_hub")
    model = (fitted_matrix if kind in MATRIX else fitted_table)(kind, rng)[0]
    card(model, tmp_path / "m.md", notes=NOTES, license="bsd-3-clause", name="houses")
    found = hub.ModelCard.load(tmp_path / "m.md")
    assert found.data.license == "bsd-3-clause"
    assert found.data.library_name == "pellucid"
    assert found.data.pipeline_tag.startswith("tabular-")
    (one, two) = sorted(found.data.eval_results, key=lambda result: result.metric_type)
    assert (one.metric_type, one.metric_value) == ("accuracy", 0.875)
    assert (two.metric_type, two.metric_value) == ("log_loss", 0.25)
    again = hub.ModelCard(str(found))
    assert again.data.to_dict() == found.data.to_dict()


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_names_are_text(suffix: str, rng: np.random.Generator, tmp_path: Path) -> None:
    X = pd.DataFrame({EVIL: rng.normal(size=40), "k": rng.choice([EVIL, "plain"], 40)})
    model = TabularClassifier("fast", max_iter=1, engine="reference").fit(
        X, np.where(X[EVIL] > 0, EVIL, "other")
    )
    text = card(model, tmp_path / f"m{suffix}", notes=NOTES, description=EVIL, limits=[EVIL], name=EVIL)
    assert "\u202e" not in text
    if suffix == ".md":
        text = parts(text)[1]
        assert not re.search(r"(?<!\\)[*`\[]", text)
        assert "<" not in text
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 4, 6}
    else:
        tags: set[str] = set()
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, attrs: tags.add(tag)  # type: ignore[method-assign]
        parser.feed(text)
        assert "script" not in tags
        assert not tags & {"link", "img", "iframe"}


@pytest.mark.parametrize("kind", [*MATRIX, "numbers", "calibrated", "network"])
def test_every_model_has_a_card(
    kind: str, rng: np.random.Generator, tmp_path: Path, network: Network
) -> None:
    fit = fitted_matrix if kind in MATRIX else fitted_table
    model = network if kind == "network" else fit(kind, rng)[0]
    found, rest = parts(card(model, tmp_path / "m.md"))
    assert type(model).__name__ in rest
    assert (
        found["pipeline_tag"] == f"tabular-{'classification' if hasattr(model, 'classes_') else 'regression'}"
    )
    assert "license" not in found
    assert "model-index" not in found
    assert "Not recorded in the file" in rest


def test_no_row_is_in_a_card(rng: np.random.Generator, tmp_path: Path) -> None:
    model, X, _ = fitted_table("numbers", rng)
    text = card(model, tmp_path / "m.md")
    assert not [number for number in X["anchor"].dropna() if f"{number:.4g}" in text]


def test_findings_of_the_doctor(rng: np.random.Generator, tmp_path: Path) -> None:
    model, X = fitted_matrix("number", rng)
    found = diagnose(model, np.full_like(X, np.nan), X[:, 0])
    assert len(found)
    text = card(model, tmp_path / "m.html", findings=list(found))
    assert all(finding.code in text for finding in found)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"license": "My License"}, "'license' must be an identifier"),
        ({"part": "model"}, "is not an option of 'card'"),
    ],
)
def test_options_that_are_not_accepted(
    options: dict, said: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=said):
        export(fitted_matrix("number", rng)[0], tmp_path / "m.md", **options)
    assert not list(tmp_path.iterdir())
