"""Graphs as text: values with a name of their own, and values written inside the expression that uses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pellucid.exports.program import Graph
from pellucid.exports.tape import Node, in_order

__all__ = ["Constants", "Statement", "statements"]

LONGEST = 78


@dataclass
class Constants:
    """Arrays of a program by name, without duplicates.

    Parameters
    ----------
    arrays : dict of str to Node
        The arrays in the order in which they were met.
    """

    arrays: dict[str, Node] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def name(self, node: Node) -> str:
        """Return the name of an array: W for matrices, b for vectors, T for more."""
        if id(node) not in self._names:
            letter = {0: "s", 1: "b", 2: "W"}.get(len(node.shape), "T")
            number = 1 + sum(name[0] == letter for name in self.arrays)
            self._names[id(node)] = f"{letter}{number}"
            self.arrays[f"{letter}{number}"] = node
        return self._names[id(node)]


@dataclass(frozen=True)
class Statement:
    """An assignment.

    Parameters
    ----------
    name : str
        The variable.
    node : Node
        The operation.
    text : str
        The expression.
    """

    name: str
    node: Node
    text: str


def statements(
    graph: Graph, write: Callable[[Node, Sequence[str]], str], *, prefix: str = "v"
) -> tuple[list[Statement], dict[str, str]]:
    """Return a graph as assignments, with the expression of each of its outputs.

    Parameters
    ----------
    graph : Graph
        A stage of a program.
    write : callable
        From a node and the text of its arguments to the text of its value.
    prefix : str, default="v"
        Prefix of the variables.

    Returns
    -------
    list of Statement
        In order; a value that is used twice, or too long to read inside another, has a name.
    dict of str to str
        The expression of each output by name.
    """
    nodes = in_order(graph.outputs.values())
    uses = Counter(id(argument) for node in nodes for argument in node.arguments)
    uses.update(id(node) for node in graph.outputs.values())
    texts: dict[int, str] = {}
    found: list[Statement] = []
    for node in nodes:
        text = write(node, [texts[id(argument)] for argument in node.arguments])
        is_leaf = node.operation in ("input", "constant")
        if not is_leaf and (uses[id(node)] > 1 or len(text) > LONGEST):
            name = f"{prefix}{len(found) + 1}"
            found.append(Statement(name, node, text))
            text = name
        texts[id(node)] = text
    return found, {name: texts[id(node)] for name, node in graph.outputs.items()}
