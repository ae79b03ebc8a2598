"""Element-wise equations keep to the small language of core/elementary.py; a new row is tested without an edit."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid.core import ACTIVATIONS, LOSSES, elementary
from pellucid.optimizers import OPTIMIZERS


def faults(function: Callable[..., Any]) -> Iterator[str]:
    """Say where a function, or one that it calls, leaves the language of core/elementary.py."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(definition, ast.FunctionDef):
        yield "not a plain function"
        return
    arguments = {argument.arg for argument in definition.args.args}
    local = set(arguments)
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield from _faults_of(value, function, local)
                local.add(name)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for value in values:
                    yield from _faults_of(value, function, local)
                local |= {name.id for name in names if isinstance(name, ast.Name)}
            case ast.Return(value=ast.Tuple(elts=values)):  # an update: the change, then the memory
                for value in values:
                    yield from _faults_of(value, function, local)
            case ast.Return(value=value) if value is not None:
                yield from _faults_of(value, function, local)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                yield f"line {statement.lineno}: {ast.unparse(statement)!r} is no assignment and no return"


def _faults_of(node: ast.expr, function: Callable[..., Any], local: set[str]) -> Iterator[str]:
    scope = inspect.getclosurevars(function)
    outer = {**scope.builtins, **scope.globals, **scope.nonlocals}
    text = ast.unparse(node)
    children: list[ast.expr] = []
    match node:
        case ast.Constant(value=float()):
            pass
        case ast.Name(id=name) if name in local:
            pass
        case ast.Name(id=name):
            if not isinstance(outer.get(name), float):
                yield f"{name!r} is neither local nor a float constant of the module"
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int())):
            children = [base]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right=right):
            children = [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            children = [operand]
        case ast.Compare(left=left, comparators=[right]):
            children = [left, right]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            children = args
            known = name in elementary.__all__ and outer.get(name) is getattr(elementary, name)
            if known and name == "where" and not any(_depends(branch, local) for branch in args[1:]):
                yield f"{text!r} chooses between two constants"
            if not known and name not in outer:
                yield f"{name!r} is unknown"
            elif not known and not inspect.isfunction(outer[name]):
                yield f"{name!r} is not in core/elementary.py"
            elif not known:
                yield from faults(outer[name])
        case _:
            yield f"{text!r} is not in the language"
    for child in children:
        yield from _faults_of(child, function, local)


def _depends(node: ast.expr, local: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in local for part in ast.walk(node))


def equations() -> dict[str, Callable[..., Any]]:
    """Return the element-wise equations of the three tables, without those of whole rows (softmax)."""
    found: dict[str, Callable[..., Any]] = {}
    for row in ACTIVATIONS.values():
        if row.pullback is None:
            assert row.derivative is not None
            found |= {f"{row.name}.value": row.value, f"{row.name}.derivative": row.derivative}
    for loss in LOSSES.values():
        for i, form in enumerate(loss.forms):
            found |= {f"{loss.name}[{i}].value": form.value, f"{loss.name}[{i}].gradient": form.gradient}
            for name, (value, gradient) in form.fused.items():
                if ACTIVATIONS[name].pullback is None:
                    found |= {f"{loss.name}({name}).value": value, f"{loss.name}({name}).gradient": gradient}
    return found | {f"{row.name}.update": row.update for row in OPTIMIZERS.values() if row.update}


@pytest.mark.parametrize(("name", "equation"), equations().items(), ids=equations())
def test_an_equation_keeps_to_the_small_language(name: str, equation: Callable[..., Any]) -> None:
    """Every element-wise equation obeys core/elementary.py, so that it can be compiled as it stands."""
    assert list(faults(equation)) == []


def _with_np(z):  # type: ignore[no-untyped-def]
    return np.tanh(z)


def _with_int(z):  # type: ignore[no-untyped-def]
    return 1 - z


def _with_if(z):  # type: ignore[no-untyped-def]
    if z > 0.0:
        return z
    return 0.0


def _with_choice(z):  # type: ignore[no-untyped-def]
    return z if z > 0.0 else 0.0


def _with_literals(z):  # type: ignore[no-untyped-def]
    return elementary.where(z > 0.0, 1.0, -1.0)


where = elementary.where
tanh = np.tanh  # the very object of elementary
sinh = np.sinh


def _with_two_literals(z):  # type: ignore[no-untyped-def]
    return where(z > 0.0, 1.0, -1.0)


def _with_stranger(z):  # type: ignore[no-untyped-def]
    return sinh(z)


def _with_caller(z):  # type: ignore[no-untyped-def]
    return _with_int(z) * 2.0


def _good(z):  # type: ignore[no-untyped-def]
    s = tanh(0.5 * z)
    return where(z > 0.0, s, 0.25 * s**2)


@pytest.mark.parametrize(
    "bad",
    [
        _with_np,
        _with_int,
        _with_if,
        _with_choice,
        _with_literals,
        _with_two_literals,
        _with_stranger,
        _with_caller,
    ],
)
def test_the_walk_finds_what_leaves_the_language(bad: Callable[..., Any]) -> None:
    """Each kind of thing that the language forbids is found, also in a function that is called."""
    assert list(faults(bad)) != []


def test_the_walk_accepts_the_language() -> None:
    """Float literals, integer exponents and the names of core/elementary.py are accepted."""
    assert list(faults(_good)) == []
