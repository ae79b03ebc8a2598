"""Imports in the code of the pages are installed with pellucid[all], or the page names them."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from docs.test_code_blocks import BLOCK, PAGES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULES = {"scikit-learn": "sklearn"}


def installed() -> set[str]:
    """Return the modules that come with pellucid and all of its extras for users."""
    extras = [
        lines for extra, lines in PROJECT["optional-dependencies"].items() if extra not in ("dev", "docs")
    ]
    names = {re.split(r"[\[>=;]", line)[0] for lines in (PROJECT["dependencies"], *extras) for line in lines}
    return {MODULES.get(name, name) for name in names}


def imported(code: str) -> set[str]:
    """Return the libraries that a block imports, pandas where scikit-learn's data sets come as frames."""
    found = {"pandas"} if "as_frame=True" in code else set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_what_else_it_needs(page: Path) -> None:
    """Whoever installed pellucid[all] can run the page, or reads what to install."""
    text = page.read_text(encoding="utf-8")
    needed = set().union(*(imported(block["code"]) for block in BLOCK.finditer(text))) - installed()

    assert all(re.search(rf"pip install\s+{name}\b", text) for name in needed), needed
