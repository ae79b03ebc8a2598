"""Sizes of the house: a thin command line, and no module that grows without a limit."""

import ast
import tokenize
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
LONGEST = 400  # lines of a module, with its docstrings and comments
THIN = 2000  # code lines of the command line
LAYOUT = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.COMMENT,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(path: Path) -> int:
    """Return how many lines of a module hold code: not blank, no comment alone, no docstring."""
    with path.open("rb") as file:
        tokens = [token for token in tokenize.tokenize(file.readline) if token.type not in LAYOUT]
    lines = {line for token in tokens[1:] for line in range(token.start[0], token.end[0] + 1)}
    return len(lines - docstring_lines(path.read_text(encoding="utf-8")))


def docstring_lines(source: str) -> set[int]:
    """Return the lines of a text's docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [
        node.body[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, owners) and ast.get_docstring(node, clean=False) is not None
    ]
    return {line for text in texts for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)}


def test_the_command_line_is_thin() -> None:
    assert 0 < sum(code_lines(path) for path in (ROOT / "cli").glob("*.py")) < THIN


def test_no_module_is_long() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert [path.relative_to(ROOT).as_posix() for path in MODULES if sizes[path] > LONGEST] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ('"""Of a module."""\n\n# a comment\n', 0),
        ("x = 1  # with a comment\n", 1),
        ("x = (\n    1,\n\n    # one\n    2,\n)\n", 4),
        ('def f():\n    """Return one.\n\n    At once.\n    """\n    return 1\n', 2),
        ('x = """a\n\nb"""\n', 3),
    ],
    ids=["empty", "words", "comment", "layout", "docstring", "text"],
)
def test_lines_are_counted(text: str, expected: int, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(text)

    assert code_lines(path) == expected
