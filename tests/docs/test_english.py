"""Docstrings and messages of each room, and the pages of the docs, in plain English."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import pellucid
from pellucid.cli.app import app
from pellucid.estimators.parameters import PARAMETERS
from pellucid.tabular.estimator_settings import SETTINGS as ESTIMATOR_SETTINGS
from pellucid.tabular.settings import ENCODER_SETTINGS

SOURCE = Path(pellucid.__file__).parent
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
ROOT = Path(__file__).parents[2]
OPENING = re.compile(r"\s*(What|How|Where|Which|Who|Whose|Whether)\b")
# Of a section of numpydoc: the line after "name : type", indented below it.
DESCRIPTION = re.compile(
    r"^( *)\S[^\n]* : [^\n]+\n\1 +(What|How|Where|Which|Who|Whose|Whether)\b", re.MULTILINE
)
# "It is no table" should be "It is not a table". Exceptions: "there is no table", and comparatives, which have no
# other form: "is no longer", "is no worse".
NO = re.compile(
    r"(?<!\bthere )(?<!\bthere\n)\b(?:is|are|was|were) no\b"
    r"(?! (?:longer|more|less|fewer|better|worse|larger|smaller)\b)",
    re.IGNORECASE,
)
# A message that begins with the name of a parameter, or with one inserted, without quotes.
BARE = re.compile(r"(\{\w+\}|[A-Za-z]\w*) (and [A-Za-z]\w* )?must\b")
# scikit-learn's own sentences, which its tests expect, and subjects that are not parameters.
UNQUOTED = {"hidden_layer_sizes must be > 0", "classes must be passed", "It must hold", "{path} must hold"}
UNQUOTED |= {"{what} must be 0 and 1", "{name} must have a finite sum"}  # phrases, quoted where they are made
# Decisions are records of their time.
PAGES = [path for path in sorted((ROOT / "docs").rglob("*.md")) if "decisions" not in path.parts]


def texts_of(room: str) -> dict[str, tuple[str, bool]]:
    """Return the docstrings and other texts of a room, by place, each with whether it is a docstring."""
    texts = {}
    for path in sorted((SOURCE / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                place = f"{path.relative_to(SOURCE)}:{node.lineno}:{node.col_offset}"
                texts[place] = (node.value, id(node) in docs)
    return texts


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_say_what_a_thing_is(room: str) -> None:
    """A docstring, or the description of a parameter, opens with a noun phrase or a verb."""
    docs = {place: text for place, (text, documents) in texts_of(room).items() if documents}

    assert docs
    assert [place for place, text in docs.items() if OPENING.match(text) or DESCRIPTION.search(text)] == []


def test_docstrings_around_the_package_say_what_a_thing_is() -> None:
    """So do the docstrings of the tests, the benchmarks and the scripts, and those of the package itself."""
    files = [
        path
        for folder in ("tests", "benchmarks", "docs", ".ci")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ] + sorted(SOURCE.glob("*.py"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = [
        (path, ast.get_docstring(node))
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, documented)
    ]

    assert len(docs) > len(files) > 0
    assert [f"{path.relative_to(ROOT)}: {text}" for path, text in docs if text and OPENING.match(text)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_texts_say_is_not_a(room: str) -> None:
    """Docstrings and messages say "is not a table" in place of "is no table"."""
    assert [f"{place}: {text}" for place, (text, _) in texts_of(room).items() if NO.search(text)] == []


def sentences_of(room: str) -> list[str]:
    """Return the texts of a room; an f-string has its expressions in braces, ``!r`` included."""
    found = []
    for path in sorted((SOURCE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append(ast.unparse(node).lstrip("f").strip("\"'"))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_messages_quote_the_name_of_a_parameter(room: str) -> None:
    """A message that begins with a parameter reads "'alpha' must be a number", not "alpha must be a number"."""
    bare = [text for text in sentences_of(room) if BARE.match(text)]

    assert [text for text in bare if not any(text.startswith(start) for start in UNQUOTED)] == []


def helps_of(command: Any, name: str = "pellucid") -> dict[str, str]:
    """Return the help of a command and of its options and arguments, by name, with those of its subcommands."""
    found = {name: command.help or ""}
    found |= {
        f"{name} {parameter.name}": getattr(parameter, "help", "") or "" for parameter in command.params
    }
    for other in getattr(command, "commands", {}).values():
        found |= helps_of(other, f"{name} {other.name}")
    return found


def test_helps_of_the_command_line_say_what_a_thing_is() -> None:
    """So do the texts of the tables of options, from which docstrings and helps are made."""
    texts = helps_of(get_command(app))
    texts |= {row.name: row.text for row in (*PARAMETERS, *ESTIMATOR_SETTINGS, *ENCODER_SETTINGS)}

    assert len(texts) > 150
    assert [name for name, text in texts.items() if OPENING.match(text) or NO.search(text)] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_say_is_not_a(page: Path) -> None:
    """So do the pages of the docs."""
    assert [match.group() for match in NO.finditer(page.read_text(encoding="utf-8"))] == []


def test_the_checks_find_what_they_look_for() -> None:
    """Faults are found, and good English is left alone."""
    assert OPENING.match("What a thing is.")
    assert DESCRIPTION.search("    Parameters\n    ----------\n    x : int\n        How many.\n")
    assert NO.search("It is no table.")
    assert all(BARE.match(f"{name} must be a number") for name in ("alpha", "X and y", "{name}"))
    assert not any(BARE.match(f"{name} must be a number") for name in ("'alpha'", "{name!r}", "a number"))
    assert not NO.search("There is no table, and it is no longer needed.")
