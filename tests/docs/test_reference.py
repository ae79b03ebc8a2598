"""The page of a public name has an example, shapes, an equation where it has one, and the paper of its method."""

import importlib
import inspect
import pydoc
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc

from pellucid.core import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES
from pellucid.optimizers import OPTIMIZERS, SCHEDULES
from public_names import NAMES, PACKAGES

SITE = Path(__file__).parents[2] / "docs" / "site"
ARRAY = re.compile(r"\b(array|array-like|ndarray|matrix)\b")

# Packages with neither equations nor methods of others, and why.
WITHOUT_MATHEMATICS = {
    "pellucid.courses": "content",
    "pellucid.dask": "collections of others",
    "pellucid.exceptions": "errors, which nobody calls",
    "pellucid.exports": "files",
    "pellucid.persistence": "files",
    "pellucid.playground": "a page",
    "pellucid.ranks": "processes",
    "pellucid.report": "a page",
    "pellucid.serving": "a service",
    "pellucid.workflow": "files",
}
# Names without an equation, by reason; a new name needs one or a place here.
WITHOUT_EQUATION = {
    "a warning": "DivergenceWarning",
    "files": "Checkpoint ParquetSource export load save",
    "findings in words; the doctor has their rules": "diagnose preflight mend Change Diagnosis Finding Rule "
    "OverfitTrial overfit_one_batch LrRangeTest",
    "options or plain numbers, explained one by one": "Architecture Interval Moment Outcome TrainingState Vitals "
    "Parameter Explanation Replay Divergence Record Stepper Waypoint ColumnDrift Drift GroupCoverage",
    "events": "TrainBegin EpochBegin StepEnd EpochEnd RateReduced TrainEnd Observer Recorder Snapshots record_of",
    "a look-up or another form of a function that has one": "get_activation get_initializer get_loss get_schedule "
    "get_engine preparation_of prepared Engine Predictor outputs_of outputs_runner",
    "Boolean functions and geometry, in words": "LogicNetwork Proof convex_pieces",
    "a picture of numbers": "DecisionBoundaryDisplay LearningCurvesDisplay NetworkDisplay RecipesDisplay "
    "UnitHealthDisplay WarpedGridDisplay WeightImagesDisplay boundary_movie",
}
# Names without a paper, by reason.
WITHOUT_PAPER = {
    "a warning": "DivergenceWarning",
    "files": "Checkpoint ParquetSource export load save",
    "a record; the function that makes it has the paper": "Approximation ErrorLaw LogicNetwork Proof ProductGate "
    "Attributions Effect Importance Interactions "
    "BackwardPass ForwardPass Gradients GradientCheck GradientFlow LrRangeTest OverfitTrial LayerVitals Vitals "
    "BlockTrace Differences Explanation Parameter Replay Cost Change Diagnosis Finding ColumnDrift Drift "
    "GroupCoverage",
    "a row of a table; its page has the papers": "Activation Initializer Loss LossForm Optimizer Schedule Rule "
    "get_activation get_initializer get_schedule",
    "many rules, each with its source on the doctor's page": "diagnose preflight mend",
    "elementary": "HalfSpace Interval global_norm largest_derivative_at soften cost ConfusionDisplay "
    "ResidualsDisplay LearningCurvesDisplay SignalHistogramsDisplay WeightImagesDisplay",
    "pellucid's own arrangement of known parts": "Architecture Objective Engine Predictor Problem ScaledNetwork "
    "activations_of get_engine outputs_of outputs_runner predictor Preparation Prepared preparation_of prepared "
    "Notation Moment Divergence Outcome Plan TrainingState TrainBegin EpochBegin StepEnd EpochEnd RateReduced "
    "TrainEnd Observer Record Recorder record_of Snapshots boundary_movie DecisionBoundaryDisplay NetworkDisplay "
    "RecipesDisplay UnitHealthDisplay Stepper Waypoint",
}


def documented(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the classes and functions of a package, by path; tables have tests of their own below."""
    for path in NAMES:
        obj = pydoc.locate(path)
        if path.rpartition(".")[0] == package.__name__ and (inspect.isclass(obj) or inspect.isroutine(obj)):
            yield path, obj


def excused(table: dict[str, str], path: str) -> bool:
    """Return whether a name is among the exceptions of a table."""
    package, _, name = path.rpartition(".")
    return package in WITHOUT_MATHEMATICS or any(name in names.split() for names in table.values())


def sections(obj: Any) -> Any:
    """Return the docstring by its sections."""
    return ClassDoc(obj) if inspect.isclass(obj) else FunctionDoc(obj)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_name_has_an_example(package: ModuleType) -> None:
    """Errors need none; the test of the public API runs them all."""
    called = [
        (path, obj)
        for path, obj in documented(package)
        if not (inspect.isclass(obj) and issubclass(obj, Exception))
    ]

    assert [path for path, obj in called if ">>>" not in (inspect.getdoc(obj) or "")] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_array_has_its_shape(package: ModuleType) -> None:
    """Parameters, attributes and results that are arrays say of which shape."""
    entries = [
        (f"{path}: {entry.name}", f"{entry.type} {' '.join(entry.desc)}", entry.type)
        for path, obj in documented(package)
        for section in ("Parameters", "Attributes", "Returns")
        for entry in sections(obj)[section]
    ]

    assert [name for name, text, kind in entries if ARRAY.search(kind) and "shape" not in text] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_name_has_its_equation(package: ModuleType) -> None:
    lacking = [path for path, obj in documented(package) if "math::" not in inspect.getdoc(obj)]
    lacking = [path for path in lacking if ":math:" not in inspect.getdoc(pydoc.locate(path))]

    assert [path for path in lacking if not excused(WITHOUT_EQUATION, path)] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_known_method_has_its_paper(package: ModuleType) -> None:
    lacking = [path for path, obj in documented(package) if not sections(obj)["References"]]

    assert [path for path in lacking if not excused(WITHOUT_PAPER, path)] == []


def test_no_exception_is_out_of_date() -> None:
    """Every exception is a public name, and none has what it is excused from."""
    names = {path.rpartition(".")[2] for path in NAMES}
    equations, papers = (
        {name for names in table.values() for name in names.split()}
        for table in (WITHOUT_EQUATION, WITHOUT_PAPER)
    )
    found = {path.rpartition(".")[2]: obj for package in PACKAGES for path, obj in documented(package)}

    assert (equations | papers) - names == set()
    assert [name for name in equations if ".. math::" in inspect.getdoc(found[name])] == []
    assert [name for name in papers if sections(found[name])["References"]] == []


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    sys.path.insert(0, str(SITE))
    try:
        return importlib.import_module("reference_pages")
    finally:
        sys.path.remove(str(SITE))


@pytest.mark.parametrize(
    ("path", "table", "without"),
    [
        ("pellucid.core.ACTIVATIONS", ACTIVATIONS, {"identity"}),
        ("pellucid.core.LOSSES", LOSSES, set()),
    ],
)
def test_the_page_of_a_table_has_the_paper_of_every_row(
    path: str, table: dict[str, Any], without: set[str], pages: ModuleType
) -> None:
    parts = re.split(r"^(\w+)\n-+\n", pages.page_of(path), flags=re.MULTILINE)
    rows = dict(zip(parts[1::2], parts[2::2], strict=True))

    assert set(rows) == set(table)
    assert {name for name, text in rows.items() if ":Reference: " not in text} == without
    assert [name for name, text in rows.items() if ".. math::" not in text] == []


def test_the_papers_of_the_other_tables() -> None:
    """Those of optimizers, schedules and initializers are in the docstring of a module, of layers in a class."""
    year = re.compile(r"\((?:18|19|20)\d\d\)")
    optimizers = {name: importlib.import_module(_module_of(row)).__doc__ for name, row in OPTIMIZERS.items()}
    layers = {name: row.kind.__doc__ for name, row in LAYERS.items()}
    schedules = importlib.import_module("pellucid.optimizers.schedules").__doc__ or ""
    initializers = importlib.import_module("pellucid.core.initializers").__doc__ or ""

    assert [name for name, text in {**optimizers, **layers}.items() if not year.search(text or "")] == []
    assert [name for name, text in {**optimizers, **layers}.items() if "math:" not in (text or "")] == []
    assert [name for name in SCHEDULES if f"``{name}``" not in schedules] == []
    assert [name for name in INITIALIZERS if f"``{name}``" not in initializers] == []
    assert len(re.findall(year, schedules)) >= 5
    assert len(re.findall(year, initializers)) >= 4


def _module_of(row: Any) -> str:
    return str(row.update.__module__ if row.update else row.minimize.__module__)
