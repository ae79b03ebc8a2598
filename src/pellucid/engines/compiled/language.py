"""Translation of equations in the language of :mod:`pellucid.core.elementary` to text in one dtype.

The text of an equation is taken unchanged from the tables' modules, with the functions that it calls; only its
float literals and constants become ``REAL(...)``, since in Numba even ``1.0 - a`` would be float64 for a float32
``a``. So what the reader sees is what runs.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import FunctionType
from typing import Any

from pellucid.core import elementary
from pellucid.host.locks import fork_safe_lock

__all__ = ["NotAnEquation", "as_text", "constants", "loops_as_text"]

_ELEMENTARY = {id(getattr(elementary, name)): name for name in elementary.__all__}
_IN_LOOPS = _ELEMENTARY | {id(getattr(elementary, name)): name for name in elementary.FOR_LOOPS}
_parsing = fork_safe_lock()  # Python counts the depth of a syntax tree across all threads
_BUILT_IN = ("int", "len", "max", "min", "range")


class NotAnEquation(Exception):  # noqa: N818  it is not a user's error
    """A function that is not written in the language, or whose text is not available."""


def as_text(*equations: tuple[str, Callable[..., Any]]) -> str:
    """Return Python text in which each name is the compiled form of its equation.

    Parameters
    ----------
    *equations : tuple of str and callable
        The name of an equation there, and the equation.

    Returns
    -------
    str
        Definitions, those that are called first.

    Raises
    ------
    NotAnEquation
        If the function is not written in the language.
    """
    writer = _Writer()
    aliases = [f"{name} = {writer.add(function)}" for name, function in equations]
    return "\n\n".join([*writer.texts, *aliases])


def loops_as_text(function: Callable[..., Any]) -> tuple[str, str]:
    """Return the text of a layer's loops, for a place where their arrays are bound.

    Parameters
    ----------
    function : callable
        One of :class:`pellucid.core.layers.Loops`.

    Returns
    -------
    called, body : str
        Definitions of the equations that the loops call, and the loops, indented.

    Raises
    ------
    NotAnEquation
        If the function is not written in the language.
    """
    writer, definition = _Writer(), _definition(function)
    visitor = _InLoops(function.__globals__, _locals(definition), writer.add)
    is_documented = ast.get_docstring(definition) is not None
    lines = [ast.unparse(visitor.visit(statement)) for statement in definition.body[is_documented:]]
    return "\n\n".join(writer.texts), textwrap.indent("\n".join(lines), "    ")


def constants(function: Any) -> tuple[Any, ...]:
    """Return the global floats and functions that an equation uses, which may change without it.

    Parameters
    ----------
    function : callable
        The equation.

    Returns
    -------
    tuple
        Names and values, those of called functions included.
    """
    found: list[Any] = []
    functions = [function]
    for f in functions:
        if isinstance(f, FunctionType):
            used = {name: f.__globals__.get(name) for name in f.__code__.co_names}
            found += [(name, value) for name, value in used.items() if isinstance(value, float)]
            functions += [g for g in used.values() if isinstance(g, FunctionType) and g not in functions]
    return (*functions, *found)


class _Writer:
    """Writes each function once, under a name of its own."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.names: dict[Callable[..., Any], str] = {}

    def add(self, function: Any) -> str:
        """Write a function and what it calls; return its name."""
        if function in self.names:
            return self.names[function]
        definition = _definition(function)
        number = sum(known.__name__ == function.__name__ for known in self.names)
        name = f"equation_{definition.name}" + (f"_{number}" if number else "")
        self.names[function] = definition.name = name
        definition.returns, definition.decorator_list = None, []
        written = _InOneDtype(function.__globals__, _locals(definition), self.add).visit(definition)
        self.texts.append(f"@njit(**EXACT)\n{ast.unparse(ast.fix_missing_locations(written))}")
        return name


def _definition(function: Any) -> ast.FunctionDef:
    """Return the syntax of a plain function, which is that of the code that runs."""
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>" or function.__closure__:
        raise NotAnEquation(f"{function!r} is not a plain function")
    if function.__defaults__ or function.__kwdefaults__:
        raise NotAnEquation(f"{function!r} has arguments with defaults")
    try:
        text = textwrap.dedent(inspect.getsource(function))
        with _parsing:
            tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError) as error:
        raise NotAnEquation(f"the text of {function!r} cannot be read") from error
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise NotAnEquation(f"{function!r} is not defined by def")
    # A file may have been edited since it was imported: the text must be that of the code in memory.
    bare = ast.Module([ast.FunctionDef(**{**dict(ast.iter_fields(definition)), "decorator_list": []})], [])
    code = next(
        c for c in compile(ast.fix_missing_locations(bare), "", "exec").co_consts if hasattr(c, "co_code")
    )
    theirs = function.__code__
    if (code.co_code, code.co_consts, code.co_names) != (theirs.co_code, theirs.co_consts, theirs.co_names):
        raise NotAnEquation(f"the text of {function!r} is no longer what runs")
    return definition


def _locals(definition: ast.FunctionDef) -> set[str]:
    arguments = {argument.arg for argument in definition.args.args}
    stored = {n.id for n in ast.walk(definition) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return arguments | stored


class _InOneDtype(ast.NodeTransformer):
    """Gives every float literal and constant the dtype of the module, and renames called functions."""

    def __init__(self, names: dict[str, Any], local: set[str], add: Callable[[Any], str]) -> None:
        self.names, self.local, self.add = names, local, add

    def visit_If(self, node: ast.If) -> ast.AST:
        raise NotAnEquation("'if' does not belong to the language")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        raise NotAnEquation("'if' does not belong to the language")

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return _real(node.value) if isinstance(node.value, float) else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.local:
            return node
        meant = self.names.get(node.id)
        if id(meant) in _ELEMENTARY:
            return ast.Name(_ELEMENTARY[id(meant)], ast.Load())
        if isinstance(meant, float):
            return _real(meant)
        if isinstance(meant, FunctionType):
            return ast.Name(self.add(meant), ast.Load())
        raise NotAnEquation(f"{node.id!r} does not belong to the language")

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.Pow):  # an integer exponent is repeated multiplication
            if not (
                isinstance(node.right, ast.Constant)
                and isinstance(node.right.value, int)
                and node.right.value > 0
            ):
                raise NotAnEquation("an exponent must be an integer literal > 0")
            base: ast.expr = self.visit(node.left)
            power: ast.expr = base
            for _ in range(node.right.value - 1):
                power = ast.BinOp(power, ast.Mult(), base)
            return power
        visited: ast.AST = self.generic_visit(node)
        return visited


class _InLoops(_InOneDtype):
    """The same for loops, which also branch, count, and take arrays apart; ``float(n)`` is a count as a number."""

    def visit_If(self, node: ast.If) -> ast.AST:
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        meant = self.names.get(node.id)
        if node.id not in self.local and id(meant) in _IN_LOOPS:
            return ast.Name(_IN_LOOPS[id(meant)], ast.Load())
        if node.id == "float":
            return ast.Name("REAL", ast.Load())
        return node if node.id in _BUILT_IN else super().visit_Name(node)


def _real(number: float) -> ast.Call:
    return ast.Call(ast.Name("REAL", ast.Load()), [ast.Constant(number)], [])
