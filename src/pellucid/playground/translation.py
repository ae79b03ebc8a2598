"""Translation of element-wise equations and of schedules into JavaScript."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from pellucid.core import elementary
from pellucid.exceptions import ParameterError

__all__ = ["Translator"]

# What an equation may call, by the object and by its name in page/kernel/elementary.js.
KNOWN = {getattr(elementary, name): name for name in elementary.__all__}
SCALARS = {"min": "minimum", "max": "maximum", "cos": "cos", "log2": "log2", "sqrt": "sqrt", "float": ""}
RESERVED = {
    "arguments", "await", "case", "catch", "const", "debugger", "default", "delete", "do", "enum", "eval",
    "export", "extends", "false", "floor_divided", "function", "implements", "instanceof", "interface", "let",
    "new", "null", "package", "private", "protected", "public", "raised", "static", "super", "switch", "this",
    "throw", "true", "typeof", "var", "void",
}  # fmt: skip
OF_THE_LOOP = {"theta", "gradient", "memory", "first", "last", "i", "n"}


class Translator:
    """Translates functions, each once and after those that it calls.

    Parameters
    ----------
    by_hand : dict of callable to str, default={}
        Functions of whole rows with the names of their counterparts in ``page/kernel/rows.js``.

    Attributes
    ----------
    text : list of str
        The functions in JavaScript, in an order in which they can stand in a module.

    Examples
    --------
    >>> from pellucid.core import ACTIVATIONS
    >>> js = Translator()
    >>> js.function(ACTIVATIONS["silu"].derivative)
    'silu_derivative'
    >>> print(js.text[-1])
    function silu_derivative(z, a) {
      let s = logistic(z);
      return s + a * (1.0 - s);
    }
    """

    def __init__(self, by_hand: Mapping[Callable[..., Any], str] | None = None) -> None:
        self.by_hand = dict(by_hand or {})
        self.used: set[str] = set()
        self.text: list[str] = []
        self._names: dict[Callable[..., Any], str] = {}
        self._constants: dict[str, float] = {}

    def function(self, function: Callable[..., Any], name: str | None = None) -> str:
        """Return the JavaScript name of a function, which is translated if it is new.

        Parameters
        ----------
        function : callable
            A plain function.
        name : str, optional
            Its name, if it is new. Default: that in Python.

        Returns
        -------
        str
            Its name in the module.

        Raises
        ------
        ParameterError
            If a statement is outside of the language.
        """
        if function in self.by_hand:
            self.used.add(self.by_hand[function])
            return self.by_hand[function]
        if function not in self._names:
            body = _Function(self, function)
            lines = "\n".join(f"  {line}" for line in body.statements())
            name = name or self._new_name(function)
            self._names[function] = name
            self.text.append(f"function {name}({body.arguments()}) {{\n{lines}\n}}")
        return self._names[function]

    def update(self, function: Callable[..., Any], slots: tuple[str, ...]) -> str:
        """Return the name of a loop that applies an optimizer's update to a part of the parameters.

        Parameters
        ----------
        function : callable
            ``update(g, *slots, *scalars)``, which returns the change and the new slots.
        slots : tuple of str
            The names of the numbers that the optimizer remembers per parameter.

        Returns
        -------
        str
            The name of ``(theta, gradient, memory, first, last, ...scalars)``.
        """
        body = _Function(self, function)
        names = body.names
        if taken := OF_THE_LOOP & set(names):
            raise body.error(None, f"{min(taken)!r} is a name of the loop around it; take another")
        remembered, scalars = names[1 : 1 + len(slots)], names[1 + len(slots) :]
        head = [f"let {names[0]} = gradient[i];"]
        head += [f"let {name} = memory[{_slot(k)}];" for k, name in enumerate(remembered)]
        *lines, result = body.statements(declared=set(remembered) | {names[0]})
        assert result.startswith("return")
        change, *new = body.returned
        tail = [f"theta[i] += {change};"]
        tail += [f"memory[{_slot(k)}] = {value};" for k, value in enumerate(new)]
        inner = "\n".join(f"    {line}" for line in [*head, *lines, *tail])
        name = f"{self.function(function)}_part"
        arguments = ", ".join(["theta", "gradient", "memory", "first", "last", *scalars])
        text = f"""function {name}({arguments}) {{
  const n = theta.length;
  for (let i = first; i < last; i++) {{
{inner}
  }}
}}"""
        if text not in self.text:
            self.text.append(text)
        return name

    def constant(self, name: str, value: float, module: ModuleType | None) -> str:
        """Return the name under which a module's number stands in the text."""
        if self._constants.get(name, value) != value:
            name = f"{_last_part(module)}_{name}"
        if name not in self._constants:
            self._constants[name] = value
            self.text.append(f"const {name} = {value!r};")
        return name

    def _new_name(self, function: Callable[..., Any]) -> str:
        name = function.__name__
        if name in self._names.values() or name in elementary.__all__ or name in RESERVED:
            name = f"{function.__module__.rpartition('.')[2]}_{name.strip('_')}"
        return name


def _slot(k: int) -> str:
    return ("i", "n + i")[k] if k < 2 else f"{k} * n + i"


def _last_part(module: ModuleType | None) -> str:
    return "" if module is None else module.__name__.rpartition(".")[2]


class _Function:
    """The statements of one function, in JavaScript."""

    def __init__(self, translator: Translator, function: Callable[..., Any]) -> None:
        self.translator, self.function = translator, function
        scope = inspect.getclosurevars(function)
        self.outer = {**scope.builtins, **scope.globals, **scope.nonlocals}
        try:
            definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        except (OSError, TypeError, SyntaxError):
            definition = ast.Pass()
        if not isinstance(definition, ast.FunctionDef):
            raise self.error(None, "it is not a plain function")
        self.definition = definition
        self.names = [argument.arg for argument in definition.args.args]
        self.returned: list[str] = []
        for name in self.names:
            self._check_name(name)

    def arguments(self) -> str:
        rest = self.definition.args.vararg
        return ", ".join([*self.names, *([] if rest is None else [f"...{rest.arg}"])])

    def statements(self, declared: set[str] | None = None) -> list[str]:
        """Return the statements; the last returns."""
        known = set(self.names) | (declared or set())
        return self._block(self.definition.body, known)

    def _block(self, statements: list[ast.stmt], known: set[str]) -> list[str]:
        lines: list[str] = []
        for statement in statements:
            match statement:
                case ast.Expr(value=ast.Constant(value=str())):
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    lines.append(self._assign(name, self.expression(value), known))
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(
                    names
                ) == len(values):
                    made = [self.expression(value) for value in values]
                    targets = [name.id for name in names if isinstance(name, ast.Name)]
                    if len(targets) != len(made) or set(targets) & known:
                        raise self.error(statement, "a tuple may be assigned to new names only")
                    lines += [
                        self._assign(name, text, known) for name, text in zip(targets, made, strict=True)
                    ]
                case ast.If(test=test, body=body, orelse=[]):
                    inner = [f"  {line}" for line in self._block(body, set(known))]
                    lines += [f"if ({self.expression(test)}) {{", *inner, "}"]
                case ast.Return(value=ast.Tuple(elts=values)):
                    self.returned = [self.expression(value) for value in values]
                    lines.append(f"return [{', '.join(self.returned)}];")
                case ast.Return(value=value) if value is not None:
                    self.returned = [self.expression(value)]
                    lines.append(f"return {self.returned[0]};")
                case _:
                    raise self.error(statement, "it is neither an assignment, a condition nor a result")
        return lines

    def _assign(self, name: str, text: str, known: set[str]) -> str:
        self._check_name(name)
        line = f"{name} = {text};" if name in known else f"let {name} = {text};"
        known.add(name)
        return line

    def _check_name(self, name: str) -> None:
        if name in RESERVED or name in elementary.__all__:
            raise self.error(None, f"the name {name!r} means something else in JavaScript; take another")

    def expression(self, node: ast.expr) -> str:
        """Return an expression; what both languages write alike is left as it is."""
        return ast.unparse(_Rewriting(self).visit(node))

    def error(self, node: ast.AST | None, why: str) -> ParameterError:
        name = f"{self.function.__module__}.{getattr(self.function, '__qualname__', self.function)}"
        line = "" if node is None else f", in {ast.unparse(node)!r}"
        return ParameterError(
            f"{name} has no translation into JavaScript{line}: {why}. Write it in the language of "
            "pellucid.core.elementary; a function of a whole row needs a counterpart in page/kernel/rows.js and a "
            "line in BY_HAND of pellucid.playground.equations."
        )


class _Rewriting(ast.NodeTransformer):
    """Turns an expression into one whose text, written as Python, is JavaScript."""

    def __init__(self, owner: _Function) -> None:
        self.owner = owner

    def generic_visit(self, node: ast.AST) -> ast.AST:
        accepted = ast.operator | ast.unaryop | ast.cmpop | ast.expr_context
        if not isinstance(node, ast.BinOp | ast.UnaryOp | accepted):
            raise self.owner.error(node, "it is not in the language")
        return super().generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) not in (float, int):
            raise self.owner.error(node, "only numbers are")
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.owner.outer.get(node.id)
        if isinstance(value, float):
            module = inspect.getmodule(self.owner.function)
            return ast.Name(self.owner.translator.constant(node.id, value, module))
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.value, ast.Name) or node.value.id not in self.owner.names:
            raise self.owner.error(node, "only fields of an argument are")
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        call = {ast.Pow: "raised", ast.FloorDiv: "floor_divided"}.get(type(node.op))
        if call is None and not isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            raise self.owner.error(node, "this operator is not in the language")
        left, right = self.visit(node.left), self.visit(node.right)
        if call is None:
            return ast.BinOp(left, node.op, right)
        self.owner.translator.used.add(call)
        return ast.Call(ast.Name(call), [left, right], [])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) > 1:
            raise self.owner.error(node, "a chain of comparisons means something else in JavaScript")
        return ast.Compare(self.visit(node.left), node.ops, [self.visit(node.comparators[0])])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.owner.error(node, "only plain calls are in the language")
        target = self.owner.outer.get(node.func.id)
        arguments: list[ast.expr] = [self.visit(argument) for argument in node.args]
        translator = self.owner.translator
        try:
            known = KNOWN.get(target)
        except TypeError:
            known = None
        if known is None and getattr(target, "__module__", None) in ("builtins", "math"):
            known = SCALARS.get(node.func.id)
            if known == "":
                return arguments[0]
        if known is not None:
            translator.used.add(known)
            return ast.Call(ast.Name(known), arguments, [])
        if not inspect.isfunction(target):
            raise self.owner.error(node, f"{node.func.id!r} is not in the language")
        return ast.Call(ast.Name(translator.function(target)), arguments, [])
