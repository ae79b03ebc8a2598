"""Boolean formulas: from text to a SymPy expression, without executing any of the text.

SymPy's own parser evaluates Python, and gives ``E``, ``I``, ``N`` and ``beta`` meanings of its own;
here any name is a variable, and an error shows its place.

::

    formula   := xors ("|" xors)*           and a single ">>", "<->", nand or nor may join two operands
    xors      := products ("^" products)*
    products  := operand ("&" operand)*
    operand   := "~" operand | "(" formula ")" | name | True | False | 1 | 0
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError

__all__ = ["Formula", "as_formula", "parse"]

Bools = NDArray[np.bool_]

WORDS = {
    "not": "~", "and": "&", "xor": "^", "or": "|", "implies": ">>", "iff": "<->", "xnor": "<->", "nand": "nand",
    "nor": "nor", "true": "1", "false": "0",
}  # fmt: skip
SIGNS = {
    "!": "~", "¬": "~", "&&": "&", "∧": "&", "⊕": "^", "||": "|", "∨": "|", "->": ">>", "=>": ">>", "→": ">>",
    "⇒": ">>", "<=>": "<->", "↔": "<->", "⇔": "<->",
}  # fmt: skip
ALONE = {">>": "an implication", "<->": "an equivalence", "nand": "a nand", "nor": "a nor"}
LEVELS = ((*ALONE,), ("|",), ("^",), ("&",))  # from the loosest binding to the tightest
BINARY = {operator for level in LEVELS for operator in level}
TOKEN = re.compile(
    r"(?P<name>[^\W\d]\w*)|(?P<number>\d\w*)"
    r"|(?P<operator><->|<=>|>>|->|=>|&&|\|\||[&|^~!()¬∧⊕∨→⇒↔⇔])|(?P<other>\S)"
)
MOST_NESTED = 100
SHOWN = 30  # characters on each side of an error
KNOWN = (
    "names, & | ^ ~ -> <-> or the words and, or, xor, not, implies, iff, nand, nor, xnor, parentheses, and True, "
    "False, 1, 0"
)


@dataclass(frozen=True)
class Formula:
    """A Boolean formula.

    Parameters
    ----------
    text : str
        The text as written.
    variables : tuple of str
        Its variables, in the order in which they first appear.
    expression : sympy.logic.boolalg.Boolean
        The formula as a SymPy expression.
    """

    text: str
    variables: tuple[str, ...]
    expression: Any

    def evaluate(self, rows: Bools) -> Bools:
        """Return the value of the formula for some rows.

        Parameters
        ----------
        rows : ndarray of bool, of shape (n_rows, n_variables)
            One column per variable.

        Returns
        -------
        ndarray of bool, of shape (n_rows,)
            The values.

        Examples
        --------
        >>> parse("a & ~b").evaluate(np.array([[True, False], [True, True]]))
        array([ True, False])
        """
        columns = dict(zip(self.variables, rows.T, strict=True))
        return np.broadcast_to(_value(self.expression, columns), len(rows)).copy()


def as_formula(formula: Any) -> Formula:
    """Return a formula from text or from a SymPy expression.

    Parameters
    ----------
    formula : str, sympy.logic.boolalg.Boolean or Formula
        The formula.

    Returns
    -------
    Formula
        The formula; the variables of an expression in the order of their names.

    Raises
    ------
    ParameterError
        If it is none of these, does not parse, or contains something other than logic.
    """
    if isinstance(formula, Formula):
        return formula
    if isinstance(formula, str):
        return parse(formula)
    from_sympy = _sympy().logic.boolalg.Boolean
    if not isinstance(formula, from_sympy):
        raise ParameterError(
            "'formula' must be text such as '(a & ~b) | (~a & b)', a SymPy expression, or a truth table such as "
            f"[0, 1, 1, 0]; got {formula!r}."
        )
    names = sorted(str(symbol) for symbol in formula.free_symbols)
    found = Formula(str(formula), tuple(names), formula)
    found.evaluate(np.zeros((1, len(names)), dtype=bool))  # raises if something is not logic
    return found


def parse(text: str) -> Formula:
    """Parse a text as a formula.

    ``~`` binds tighter than ``&``, then ``^``, then ``|``. An implication, an equivalence, a nand or a nor next to
    another operator needs parentheses, since Python and logic differ in how tightly they bind.

    Parameters
    ----------
    text : str
        Names; ``&`` (``&&``, ``∧``, ``and``), ``|`` (``||``, ``∨``, ``or``), ``^`` (``⊕``, ``xor``), ``~`` (``!``,
        ``¬``, ``not``), ``>>`` (``->``, ``=>``, ``→``, ``implies``), ``<->`` (``<=>``, ``↔``, ``iff``, ``xnor``),
        ``nand``, ``nor``; parentheses; ``True False 1 0``. Any other name is a variable.

    Returns
    -------
    Formula
        The formula.

    Raises
    ------
    ParameterError
        If it does not parse; the message shows where.

    Examples
    --------
    >>> parse("(E & ~I) or lambda").variables
    ('E', 'I', 'lambda')
    """
    return _Parser(text).formula()


@dataclass(frozen=True)
class _Token:
    kind: str  # an operator, "name", "0", "1" or "end"
    text: str
    start: int


class _Parser:
    """Recursive descent: one method call per level of the grammar above."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.position = 0
        self.nested = 0
        self.symbols: dict[str, Any] = {}
        self.logic = _sympy()
        logic = self.logic
        self.joins = {
            "|": logic.Or, "^": logic.Xor, "&": logic.And, ">>": logic.Implies,
            "nand": logic.Nand, "nor": logic.Nor, "<->": lambda a, b: logic.Not(logic.Xor(a, b)),
        }  # fmt: skip

    def formula(self) -> Formula:
        if self.next.kind == "end":
            raise ParameterError("'formula' must not be empty; write one such as '(a & ~b) | (~a & b)'.")
        self._refuse_bare_operators()
        expression = self.operation(0)
        if self.next.kind == ")":
            self.refuse("this parenthesis closes nothing")
        if self.next.kind != "end":
            self.refuse("an operator is missing before this")
        return Formula(self.text, tuple(self.symbols), expression)

    @property
    def next(self) -> _Token:
        return self.tokens[self.position]

    def operation(self, level: int) -> Any:
        """Read operands joined by the operator of this level."""
        if level == len(LEVELS):
            return self.operand()
        operands, operator = [self.operation(level + 1)], ""
        while self.next.kind in LEVELS[level]:
            operator = self.next.kind
            self.position += 1
            operands.append(self.operation(level + 1))
        return self.joins[operator](*operands) if operator else operands[0]

    def operand(self) -> Any:
        """Read a variable, a constant, a negation or a formula in parentheses."""
        negated = False
        while self.next.kind == "~":
            negated, self.position = not negated, self.position + 1
        token = self.next
        self.position += 1
        if token.kind == "(":
            found = self.parenthesized(token)
        elif token.kind == "name":
            found = self.symbols.setdefault(token.text, self.logic.Symbol(token.text))
        elif token.kind in ("0", "1"):
            found = self.logic.true if token.kind == "1" else self.logic.false
        else:
            self.position -= 1
            here = "the formula ends, and here" if token.kind == "end" else "here"
            self.refuse(f"{here} a variable, a constant, '~' or '(' is expected")
        return self.logic.Not(found) if negated else found

    def parenthesized(self, opening: _Token) -> Any:
        self.nested += 1
        if self.nested > MOST_NESTED:
            self.refuse(f"more than {MOST_NESTED} parentheses are open here", opening)
        found = self.operation(0)
        if self.next.kind == "end":
            self.refuse("this parenthesis is never closed", opening)
        if self.next.kind != ")":
            self.refuse("an operator is missing before this")
        self.nested, self.position = self.nested - 1, self.position + 1
        return found

    def refuse(self, why: str, token: _Token | None = None) -> NoReturn:
        """Raise an error that shows the place."""
        start = (token or self.next).start
        first = max(0, start - SHOWN)
        shown = re.sub(r"\s", " ", self.text[first : start + SHOWN])
        raise ParameterError(
            f"'formula' does not parse at character {start + 1}: {why}.\n    {shown}\n    {' ' * (start - first)}^"
        )

    def _tokens(self) -> Iterator[_Token]:
        for match in TOKEN.finditer(self.text):
            kind, found = str(match.lastgroup), match[0]
            token = _Token(
                WORDS.get(found.lower(), "name") if kind == "name" else SIGNS.get(found, found),
                found,
                match.start(),
            )
            if kind == "number" and found not in ("0", "1"):
                hint = (
                    "; a truth table goes in as a list, such as [0, 1, 1, 0]"
                    if set(found) <= set("01")
                    else ""
                )
                self.refuse(f"{found!r} is neither a name, 0 nor 1{hint}", token)
            if kind == "other":
                self.refuse(f"{found!r} is not part of a formula, which accepts {KNOWN}", token)
            yield token
        yield _Token("end", "", len(self.text.rstrip()))

    def _refuse_bare_operators(self) -> None:
        joined: list[list[str]] = [[]]  # the operators within each open parenthesis
        for token in self.tokens:
            if token.kind == "(":
                joined.append([])
            elif token.kind == ")" and len(joined) > 1:
                joined.pop()
            elif token.kind in BINARY:
                joined[-1].append(token.kind)
                bare = next((ALONE[kind] for kind in joined[-1] if kind in ALONE), None)
                if bare and len(joined[-1]) > 1:
                    self.refuse(
                        f"next to another operator, {bare} needs parentheses around it or its sides", token
                    )


def _value(expression: Any, columns: dict[str, Bools]) -> Bools:
    """Return the value of an expression, column by column."""
    if expression.is_Symbol:
        return columns[str(expression)]
    kind = type(expression).__name__
    if kind not in MEANINGS:
        raise ParameterError(
            f"'formula' must be made of variables, constants and {', '.join(sorted(MEANINGS))}; it holds a "
            f"{kind}, {expression}."
        )
    return np.asarray(MEANINGS[kind](*(_value(part, columns) for part in expression.args)))


MEANINGS: dict[str, Any] = {
    "BooleanTrue": lambda: np.True_,
    "BooleanFalse": lambda: np.False_,
    "Not": np.logical_not,
    "And": lambda *parts: reduce(np.logical_and, parts),
    "Or": lambda *parts: reduce(np.logical_or, parts),
    "Xor": lambda *parts: reduce(np.logical_xor, parts),
    "Implies": lambda a, b: np.logical_not(a) | b,
}


def _sympy() -> Any:
    try:
        import sympy
    except ModuleNotFoundError as cause:
        raise ParameterError('A formula needs SymPy: pip install "pellucid[logic]".') from cause
    return sympy
