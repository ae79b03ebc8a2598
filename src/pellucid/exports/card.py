"""Model cards: facts about a model, for people and as Hugging Face metadata, without any row of data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sklearn

from pellucid.core import Network
from pellucid.estimators import preparation_of
from pellucid.exceptions import ParameterError
from pellucid.exports.card_text import Bullets, Rows, Section, as_html, as_markdown
from pellucid.host.counted import agreeing, counted
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.features import Column
from pellucid.tabular.metrics import METRICS
from pellucid.tabular.reading.columns import LABELED
from pellucid.version import __version__

__all__ = ["card_files"]

KEY = "pellucid train"  # of the notes that the command line leaves
MOST_COLUMNS, MOST_CATEGORIES, MOST_CLASSES = 200, 12, 30
LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}")
WORDS = {"numeric": "numbers", "boolean": "true or false", "categorical": "categories", "text": "free text",
         "date": "dates", "zoned date": "dates with a time zone", "duration": "durations",
         "empty": "nothing"}  # fmt: skip
LIMITS = (
    "It predicts rows like those that it was trained on. For others, these numbers do not tell how wrong it may "
    "be: compare new rows with pellucid drift.",
    "Scores are those of one split of one table. They do not say how the model treats groups of people.",
    "It finds associations, not causes.",
)


def card_files(
    model: Any,
    suffix: str,
    *,
    name: str,
    notes: Mapping[str, Any] | None = None,
    findings: Sequence[Any] = (),
    description: str = "",
    license: str | None = None,
    license_link: str | None = None,
    limits: Sequence[str] = (),
) -> dict[str, bytes]:
    """Return a model card as the content of a file.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        The model.
    suffix : {".md", ".html"}
        The format: Markdown with metadata in front, or a page.
    name : str
        The name of the model.
    notes : dict, optional
        The notes of its file, ``read_header(path)["notes"]``, with the scores that ``pellucid train`` left there.
    findings : sequence of Finding, default=()
        The findings of :func:`pellucid.diagnose`.
    description : str, default=""
        The purpose of the model, in the user's words.
    license : str, optional
        An identifier such as ``"bsd-3-clause"``; others as ``"other"``, with ``license_link``.
    license_link : str, optional
        An address of the license.
    limits : sequence of str, default=()
        Known limits, in addition to those of every model.

    Returns
    -------
    dict of str to bytes
        The content, by the suffix.

    Raises
    ------
    ParameterError
        If the suffix or the license is not accepted.
    """
    if suffix not in (".md", ".html"):
        raise ParameterError(f"'path' of a card must end in .md or .html; got {suffix!r}.")
    if license is not None and not LICENSE.fullmatch(license):
        raise ParameterError(
            f"'license' must be an identifier such as 'bsd-3-clause' or 'other'; got {license!r}."
        )
    noted = dict((notes or {}).get(KEY, {}))
    sections = [
        Section("Model", (*((description,) if description else ()), _facts(model, noted))),
        Section("Inputs", _inputs(model)),
        Section("Training data", (_data(model, noted),)),
        Section("Scores", _scores(noted)),
        Section("Calibration", (_calibration(model),)),
    ]
    if findings:
        said = tuple(f"{one.level}, {one.code}: {one.summary} {one.remedy}" for one in findings)
        sections.append(Section("Findings", ("From pellucid diagnose, worst first.", Bullets(said))))
    sections += [
        Section("Limits", (Bullets((*limits, *LIMITS)),)),
        Section("License", (_license(license, license_link),)),
        Section("Versions", (_versions(),)),
    ]
    if suffix == ".html":
        return {suffix: as_html(name, sections).encode()}
    return {
        suffix: as_markdown(name, sections, _metadata(model, name, noted, license, license_link)).encode()
    }


# ---- sections ---------------------------------------------------------------------------------------------------


def _facts(model: Any, noted: Mapping[str, Any]) -> Rows:
    networks = _networks(model)
    sizes = " → ".join(map(str, networks[0].layer_sizes))
    n_members = sum(network.n_members for network in networks)
    facts = [
        ("estimator", f"{type(model).__name__} of pellucid"),
        ("predicts", _task(model) + (f" of {noted['target']}" if noted.get("target") else "")),
        ("networks", f"{n_members} of {sizes}" if n_members > 1 else sizes),
        *_linear_share(model),
        ("parameters", f"{sum(network.n_parameters for network in networks):,}"),
    ]
    if hasattr(model, "classes_"):
        classes = [str(one) for one in np.asarray(model.classes_).tolist()]
        more = f" and {len(classes) - MOST_CLASSES} more" if len(classes) > MOST_CLASSES else ""
        facts.append(("classes", ", ".join(classes[:MOST_CLASSES]) + more))
    return Rows(("property", "value"), tuple(facts))


def _inputs(model: Any) -> tuple[str | Rows, ...]:
    if not isinstance(model, TabularClassifier | TabularRegressor):
        names = getattr(model, "feature_names_in_", None)
        n = _networks(model)[0].layer_sizes[0]
        if names is None:
            return (f"{counted(n, 'number')}, without names.",)
        more = f" and {n - MOST_COLUMNS} more" if n > MOST_COLUMNS else ""
        return (f"{counted(n, 'number')}: {', '.join(map(str, names[:MOST_COLUMNS]))}{more}.",)
    columns = model.encoder_.columns_
    rows = tuple(
        (column.name, WORDS[column.kind], _range(column), _missing(column), column.left_out or "yes")
        for column in columns[:MOST_COLUMNS]
    )
    rest = (
        (f"And {counted(len(columns) - MOST_COLUMNS, 'more column')}.",)
        if len(columns) > MOST_COLUMNS
        else ()
    )
    said = "Ranges are rounded outward, so that they do not show the value of any row."
    return (Rows(("column", "holds", "range or categories", "missing", "used"), rows), *rest, said)


def _range(column: Column) -> str:
    if column.kind in LABELED:
        shown = ", ".join(column.categories[:MOST_CATEGORIES])
        more = f" and {len(column.categories) - MOST_CATEGORIES} more"
        return shown + (more if len(column.categories) > MOST_CATEGORIES else "")
    if column.low is None or column.high is None:
        return ""
    if "date" in column.kind:
        low, high = (np.datetime64(int(np.floor(day)), "D") for day in (column.low, column.high))
        return f"{low} to {high}"
    unit = " s" if column.kind == "duration" else ""
    return f"{column.low:g} to {column.high:g}{unit}"


def _missing(column: Column) -> str:
    known = 0.0 if column.histogram is None else column.histogram.n_rows
    total = known + column.n_missing
    return (
        f"{column.n_missing / total:.1%}"
        if known
        else f"{column.n_missing:g} {agreeing(column.n_missing, 'row', 'rows')}"
        if column.n_missing
        else ""
    )


def _data(model: Any, noted: Mapping[str, Any]) -> Rows | str:
    if not noted:
        return "Not recorded in the file."
    facts = {
        "rows": f"{noted['n_rows']:,}" if noted.get("n_rows") else None,
        "target": noted.get("target"),
        "held out": f"{noted['test_fraction']:.0%} of the rows, by the seed {noted['seed']}"
        if noted.get("test_fraction")
        else "no rows",
        "weights": noted.get("weight"),
        "groups kept together": noted.get("group"),
        "split by time": noted.get("time"),
        "left out": ", ".join(noted.get("dropped", ())) or None,
        "SHA-256 of the file": noted.get("sha256") or None,
    }
    return Rows(
        ("property", "value"), tuple((name, str(said)) for name, said in facts.items() if said is not None)
    )


def _scores(noted: Mapping[str, Any]) -> tuple[str | Rows, ...]:
    scores, intervals = noted.get("scores", {}), noted.get("intervals", {})
    rows = []
    for row in METRICS.values():
        if scores.get(row.name) is None:
            continue
        ends = intervals.get(row.name)
        between = "not recorded" if ends is None else f"{ends[0]:.4g} to {ends[1]:.4g}"
        rows.append((row.label, f"{scores[row.name]:.4g}", between))
    if not rows:
        return ("Not recorded in the file. The command pellucid evaluate computes them on a table.",)
    n = f" of {scores['rows']:,} held-out rows" if scores.get("rows") else " of held-out rows"
    said = (
        f"Scores{n}. An interval contains what 95 of 100 other sets of held-out rows would give (jackknife)."
    )
    return said, Rows(("score", "value", "95 % interval"), tuple(rows))


def _calibration(model: Any) -> str:
    temperature = getattr(model, "temperature_", 1.0)
    if temperature != 1.0:
        return f"Probabilities are calibrated on held-out rows: temperature {temperature:.3g}."
    if hasattr(model, "predict_interval"):
        n = 0 if model.conformal_scores_ is None else len(model.conformal_scores_)
        return f"Intervals are conformal: their widths are those of the errors of {n:,} held-out rows."
    if hasattr(model, "predict_proba"):
        return "Probabilities are as the networks give them; they were not calibrated on held-out rows."
    return "It predicts neither probabilities nor intervals."


def _license(license: str | None, link: str | None) -> str:
    if license is None:
        return "Not stated. Without a license, nobody else may use the model."
    return f"{license}, {link}" if link else license


def _versions() -> Rows:
    return Rows(
        ("", ""),
        (("pellucid", __version__), ("scikit-learn", sklearn.__version__), ("NumPy", np.__version__)),
    )


# ---- metadata ---------------------------------------------------------------------------------------------------


def _metadata(
    model: Any,
    name: str,
    noted: Mapping[str, Any],
    license: str | None,
    link: str | None,
) -> dict[str, Any]:
    """Return the metadata of the card in Hugging Face's names."""
    is_classes = hasattr(model, "classes_")
    pipeline = "tabular-classification" if is_classes else "tabular-regression"
    found: dict[str, Any] = {
        "library_name": "pellucid",
        "pipeline_tag": pipeline,
        "tags": ["tabular", "mlp", "pellucid"],
    }
    if license is not None:
        found["license"] = license
        found |= {} if link is None else {"license_link": link}
        found |= {"license_name": name} if license == "other" else {}
    scores = {
        key: value for key, value in noted.get("scores", {}).items() if key in METRICS and value is not None
    }
    if scores:
        metrics = [{"type": key, "name": METRICS[key].label, "value": value} for key, value in scores.items()]
        dataset = {"name": noted.get("target") or "held-out rows", "type": "tabular"}
        found["model-index"] = [
            {"name": name, "results": [{"task": {"type": pipeline}, "dataset": dataset, "metrics": metrics}]}
        ]
    return found


def _task(model: Any) -> str:
    if not hasattr(model, "classes_"):
        return "numbers"
    return "labels" if preparation_of(model).is_multilabel else "classes"


def _linear_share(model: Any) -> list[tuple[str, str]]:
    path = getattr(model, "linear_", None)
    return [] if path is None else [("linear model", f"{path.share:.0%} of each prediction")]


def _networks(model: Any) -> list[Network]:
    if isinstance(model, Network):
        return [model]
    if isinstance(model, TabularClassifier | TabularRegressor):
        return [member.network for member in model.members_]
    return [preparation_of(model).network]
