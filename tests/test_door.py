"""The contributor's first files agree with the project: the map, the workflow file, the hooks, the citation."""

import ast
import pkgutil
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import pellucid

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_room_is_on_the_map_in_the_order_of_imports() -> None:
    lines = re.search(r"^\| room \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text("CONTRIBUTING.md"), re.MULTILINE)
    assert lines is not None
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in lines[1].splitlines()]
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    order = [re.findall(r"\w+", layer) for layer in layers if layer != "__main__"]

    named = [room for row in rows for room in row]
    assert named == [room for layer in order for room in layer]
    assert set(named) == {found.name for found in pkgutil.iter_modules(pellucid.__path__)} - {"__main__"}


def test_the_workflow_runs_what_there_is() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in STEPS)

    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) <= targets
    assert all((ROOT / script).is_file() for script in re.findall(r"\.ci/\S+\.py", commands))
    assert all(re.search(r"@v\d+\.\d+\.\d+$", step["uses"]) for step in STEPS if "uses" in step)


def test_the_workflow_tests_every_system_and_the_oldest_python() -> None:
    matrix: dict[str, Any] = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]

    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert PROJECT["project"]["requires-python"] == f">={matrix['python'][0]}"
    assert f"Python {matrix['python'][0]} to {matrix['python'][-1]}" in text("CONTRIBUTING.md")


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_form_for_issues_has_what_the_host_asks_for(form: Path) -> None:
    found = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.stem == "config":
        assert set(found) <= {"blank_issues_enabled", "contact_links"}
        return
    assert {"name", "description", "body"} <= set(found)
    fields = [part for part in found["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in fields}) == len(fields) > 0
    assert all(part["attributes"]["label"] for part in fields)


def test_the_citation_is_of_this_version() -> None:
    assert yaml.safe_load(text("CITATION.cff"))["version"] == pellucid.__version__


def test_the_hooks_run_what_make_check_runs() -> None:
    (local,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    programs = {hook["entry"].split()[0] for hook in local["hooks"]}

    assert programs <= set(re.findall(r"\$\(BIN\)/([\w-]+)", text("Makefile")))


@pytest.mark.parametrize("script", ["contents", "try_wheel"])
def test_a_script_needs_nothing_but_python(script: str) -> None:
    """It runs before anything is installed; the code that it gives to another process does not count."""
    tree = ast.parse(text(f".ci/{script}.py"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_the_changelog_has_each_heading_and_line_once() -> None:
    """Branches merge it by union, which can repeat both."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for release in text.split("\n## ")[1:]:
        headings = [line for line in release.splitlines() if line.startswith("### ")]
        starts = [line[:60] for line in release.splitlines() if line.startswith("- ")]

        assert len(set(headings)) == len(headings)
        assert len(set(starts)) == len(starts) > 0
