"""Recording of a computation: arrays that record every operation on them while the library's own code runs.

An export repeats what the library computes, so it is not written again for each target: the equations, the
layers and the encoder run once on a few rows of :class:`Taped` arrays, and a renderer writes the resulting graph
of operations as ONNX, C or Python. A new activation or kind of layer is exported without a change here, as long
as its forward pass consists of the operations in :data:`OPERATIONS`.

The number of rows is a prime that divides no other dimension, so that the axis of rows is recognized in any shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError

__all__ = ["OPERATIONS", "Node", "NotExportableError", "Taped", "constant", "in_order", "taped"]

# Operations that renderers know, besides "input" and "constant".
OPERATIONS = frozenset(
    {
        "absolute", "add", "argmax", "cast", "concatenate", "cos", "divide", "equal", "erf", "exp", "expm1",
        "floor",
        "gather", "greater", "greater_equal", "heaviside", "interp", "isnan", "less", "less_equal", "log",
        "log1p", "logaddexp", "logical_and", "logical_not", "logical_or", "lookup", "matmul", "max", "maximum",
        "mean", "minimum", "month", "multiply", "negative", "power", "remainder", "reshape", "round", "sin",
        "slice",
        "sort", "sqrt", "subtract", "sum", "tanh", "transpose", "where",
    }
)  # fmt: skip
REMEDY = "Write a custom activation with the functions of pellucid.core.elementary, or use one of pellucid's."
ALIASES = {
    "rint": "round",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "invert": "logical_not",
    "square": "square",
    "float_power": "power",
}


class NotExportableError(ParameterError):
    """A computation cannot be written outside Python."""


@dataclass(frozen=True, eq=False)
class Node:
    """An operation of the graph.

    Parameters
    ----------
    operation : str
        A name in :data:`OPERATIONS`, ``"input"`` or ``"constant"``.
    arguments : tuple of Node, default=()
        Its operands.
    options : dict, default={}
        Its further arguments, plain values.
    shape : tuple of int, default=()
        The shape of its value, with the number of rows of the tape.
    dtype : str, default="float64"
        The type of its value.
    value : ndarray or None, default=None
        The value of a constant.
    """

    operation: str
    arguments: tuple[Node, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = ()
    dtype: str = "float64"
    value: Any = None


class Taped(np.ndarray[Any, Any]):
    """An array of a few rows, with the node of the graph that computes it for any rows."""

    node: Node

    def __array_finalize__(self, other: Any) -> None:
        """Do nothing: the code that makes the array sets its node."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Compute, and record the operation."""
        name = ALIASES.get(ufunc.__name__, ufunc.__name__)
        if (
            method != "__call__"
            or options.get("out") is not None
            or (name not in OPERATIONS and name != "square")
        ):
            raise NotExportableError(
                f"The model computes {ufunc.__name__}, which exports do not know. {REMEDY}"
            )
        plain = tuple(map(_plain, inputs))
        with np.errstate(all="ignore"):  # the values of the tape's rows have no meaning
            value = ufunc(*plain, **options)
        common = value.dtype if value.dtype.kind in "if" else np.result_type(*plain)
        inputs = tuple(_as(each, common) for each in inputs)
        if name == "square":
            return _made("multiply", (inputs[0], inputs[0]), value)
        return _made(name, inputs, value)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Compute one of NumPy's functions, and record it."""
        if function not in FUNCTIONS:
            raise NotExportableError(
                f"The model calls numpy.{function.__name__}, which exports do not know. {REMEDY}"
            )
        return FUNCTIONS[function](*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        """Return a part of it, or rows by number."""
        keys = key if isinstance(key, tuple) else (key,)
        if any(isinstance(k, np.ndarray) for k in keys):
            if len(keys) > 1:
                raise NotExportableError("Indexing by several arrays cannot be exported.")
            return _made("gather", (self, keys[0]), _plain(self)[_plain(keys[0])])
        value = _plain(self)[key]
        ranges, axis = list[tuple[int, int, int]](), 0
        for k in keys:
            if k is None:
                continue
            size = self.shape[axis]
            if isinstance(k, int | np.integer):
                ranges.append((int(k) % size, int(k) % size + 1, 1))
            elif isinstance(k, slice):
                ranges.append(k.indices(size))
            else:
                raise NotExportableError(f"The index {k!r} cannot be exported.")
            axis += 1
        ranges += [(0, size, 1) for size in self.shape[axis:]]
        part: Any = self
        if ranges != [(0, size, 1) for size in self.shape]:
            inner = _plain(self)[tuple(slice(*ends) for ends in ranges)]
            starts, stops, steps = map(list, zip(*ranges, strict=True))
            part = _made("slice", (self,), inner, starts=starts, stops=stops, steps=steps)
        return part if part.shape == value.shape else _made("reshape", (part,), value)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Refuse, since overwritten values have no place in a graph."""
        raise NotExportableError("Assignment to a part of an array cannot be exported.")

    # ---- methods that would bypass the functions above -------------------------------------------------------

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Convert; days to months in the calendar, too."""
        wanted, plain = np.dtype(dtype), _plain(self)
        if wanted == self.dtype:
            return self
        if wanted.kind == "M":
            of = "cast" if np.datetime_data(wanted)[0] == "D" else "month"
            return _made(of, (self,), plain.astype(wanted))
        return _made("cast", (self,), plain.astype(wanted))

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        """Reshape."""
        value = _plain(self).reshape(*shape)
        return self if value.shape == self.shape else _made("reshape", (self,), value)

    def transpose(self, *axes: Any) -> Any:
        """Exchange axes."""
        order = axes[0] if len(axes) == 1 else axes
        return _made("transpose", (self,), _plain(self).transpose(order), axes=tuple(order))

    def sum(self, axis: Any = None, keepdims: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """Sum over axes."""
        return _reduced("sum", self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """Average over axes."""
        return _reduced("mean", self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """Return the largest over axes."""
        return _reduced("max", self, axis, keepdims)

    def all(self, *args: Any, **kwargs: Any) -> Any:
        """Return a truth value for these rows: a check, which is not recorded."""
        return _plain(self).all(*args, **kwargs)

    def any(self, *args: Any, **kwargs: Any) -> Any:
        """Return a truth value for these rows: a check, which is not recorded."""
        return _plain(self).any(*args, **kwargs)


def taped(value: NDArray[Any], node: Node | None = None, **options: Any) -> Taped:
    """Return a recorded array from an input or a node.

    Parameters
    ----------
    value : ndarray
        The value of a few rows.
    node : Node, optional
        The node that computes it. Default: an input with these options, such as its name.
    **options
        Options of the input.

    Returns
    -------
    Taped
        The array.
    """
    array: Taped = np.array(value).view(Taped)
    array.node = Node("input", (), options, array.shape, _dtype(array)) if node is None else node
    return array


def constant(value: Any, dtype: Any = None) -> Taped:
    """Return a constant, recorded so that it can be indexed by recorded codes.

    Parameters
    ----------
    value : array-like
        Its value.
    dtype : dtype, optional
        Its type.

    Returns
    -------
    Taped
        The array.
    """
    array = np.array(value, dtype)
    return taped(array, Node("constant", (), {}, array.shape, _dtype(array), array))


def in_order(outputs: Iterable[Node]) -> list[Node]:
    """Return all nodes that some outputs need, each after those it acts on.

    Parameters
    ----------
    outputs : iterable of Node
        The requested results.

    Returns
    -------
    list of Node
        In the order of computation.
    """
    found: dict[int, Node] = {}
    stack = [(node, False) for node in reversed(list(outputs))]
    while stack:
        node, is_ready = stack.pop()
        if is_ready:
            found.setdefault(id(node), node)
        elif id(node) not in found:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.arguments))
    return list(found.values())


# ---- making of nodes ----------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Taped) else value


def _dtype(array: Any) -> str:
    return "int64" if array.dtype.kind in "Mi" else array.dtype.name


def _as(value: Any, dtype: Any) -> Any:
    """Return an argument in the type of the operation, as NumPy promotes it."""
    return value.astype(dtype) if isinstance(value, Taped) else value


def _node(value: Any, dtype: Any) -> Node:
    """Return the node of an argument; a plain number takes the type of the other argument."""
    if isinstance(value, Taped):
        return value.node
    array = np.asarray(value)
    if dtype is not None and array.dtype.kind in "ifb" and dtype.kind in "ifb":
        array = array.astype(dtype)
    return Node("constant", (), {}, array.shape, _dtype(array), array)


def _made(operation: str, inputs: Sequence[Any], value: Any, **options: Any) -> Taped:
    array = np.asarray(value)
    if all(not isinstance(i, Taped) or i.node.operation == "constant" for i in inputs):
        return constant(array)
    meets = next((i.dtype for i in inputs if isinstance(i, Taped)), None)
    nodes = tuple(_node(i, meets) for i in inputs)
    return taped(array, Node(operation, nodes, options, array.shape, _dtype(array)))


def _reduced(operation: str, array: Taped, axis: Any, keepdims: Any) -> Taped:
    axes = tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(a % array.ndim for a in axes)
    value = getattr(_plain(array), operation)(axis=axes, keepdims=bool(keepdims))
    return _made(operation, (array,), value, axes=axes, keepdims=bool(keepdims))


def _concatenate(arrays: Sequence[Any], axis: int = 0, **_: Any) -> Any:
    value = np.concatenate([_plain(a) for a in arrays], axis=axis)
    return _made("concatenate", arrays, value, axis=axis % value.ndim)


def _stack(arrays: Sequence[Any], axis: int = 0, **_: Any) -> Any:
    place = axis % (arrays[0].ndim + 1)
    return _concatenate([_expanded(a, place) for a in arrays], place)


def _expanded(array: Any, axis: int) -> Any:
    shape = (*array.shape[:axis], 1, *array.shape[axis:])
    return array.reshape(shape)


def _column_stack(arrays: Sequence[Any]) -> Any:
    return _stack(arrays, axis=1)


def _einsum(subscripts: str, *arrays: Any, **_: Any) -> Any:
    """Record the one product that layers use, a matrix for each unit, as a product of matrices."""
    if subscripts != "imk,mnk->imn":
        raise NotExportableError(f"numpy.einsum({subscripts!r}) cannot be exported.")
    rows, matrices = arrays
    return np.matmul(_expanded(rows, 2), matrices.transpose(0, 2, 1))[:, :, 0]


def _argmax(array: Taped, axis: int = -1, **_: Any) -> Any:
    value = np.argmax(_plain(array), axis=axis).astype(np.int64)
    return _made("argmax", (array,), value, axis=axis % array.ndim)


def _isin(array: Taped, values: Sequence[float], **_: Any) -> Any:
    found = array == values[0]
    for value in values[1:]:
        found = found | (array == value)
    return found


def _interp(x: Taped, knots: Any, places: Any) -> Any:
    value = np.interp(_plain(x), knots, places)
    return _made("interp", (x,), value, knots=tuple(map(float, knots)), places=tuple(map(float, places)))


def _clip(array: Taped, low: Any = None, high: Any = None, **_: Any) -> Any:
    if low is not None:
        array = np.maximum(array, low)
    return array if high is None else np.minimum(array, high)


def _round(array: Taped, decimals: int = 0, **_: Any) -> Any:
    if decimals == 0:
        return np.rint(array)
    return np.rint(array * 10.0**decimals) / 10.0**decimals


def _where(condition: Any, x: Any, y: Any) -> Any:
    value = np.where(*map(_plain, (condition, x, y)))
    nodes = (_node(condition, None), *(_node(each, value.dtype) for each in (x, y)))
    return taped(value, Node("where", nodes, {}, value.shape, _dtype(value)))


def _sort(array: Taped, axis: int = -1, **_: Any) -> Any:
    return _made("sort", (array,), np.sort(_plain(array), axis=axis), axis=axis % array.ndim)


def _repeat(array: Taped, repeats: int, axis: int) -> Any:
    return _concatenate([array] * repeats, axis) if array.shape[axis] == 1 else _refuse("repeat")


def _refuse(name: str) -> Any:
    raise NotExportableError(f"The function numpy.{name} cannot be exported here.")


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.argmax: _argmax,
    np.clip: _clip,
    np.column_stack: _column_stack,
    np.concatenate: _concatenate,
    np.einsum: _einsum,
    np.hstack: lambda arrays: _concatenate(arrays, 1),
    np.interp: _interp,
    np.isin: _isin,
    np.mean: lambda a, axis=None, keepdims=False, **_: _reduced("mean", a, axis, keepdims),
    np.repeat: _repeat,
    np.round: _round,
    np.sort: _sort,
    np.stack: _stack,
    np.sum: lambda a, axis=None, keepdims=False, **_: _reduced("sum", a, axis, keepdims),
    np.where: _where,
}
