"""Equations of the core for JAX: their unchanged text, with the names in it bound to JAX.

``np`` becomes :mod:`jax.numpy`, an elementary function its counterpart there, any other function of pellucid the
same function rebound; a record of a table, such as a layer, gets a twin whose methods are rebound.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache, partial
from types import CellType, FunctionType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special
import numpy as np

from pellucid.engines.accelerated.untraceable import NotTraceable

__all__ = ["Cell", "traceable", "traced"]

OF_NUMBERS = ("check_codes",)  # methods that check numbers, which was done before tracing
OWN = "pellucid."


@contextmanager
def traced() -> Iterator[None]:
    """Report any error in this block as that of an equation that JAX cannot trace.

    Raises
    ------
    NotTraceable
        For it.
    """
    try:
        yield
    except Exception as error:  # an equation can raise anything
        said = str(error).strip().split("\n")[0]
        raise NotTraceable(f"{type(error).__name__}: {said}") from error


class Cell:
    """An array that is written in place: the view into a flat vector of the core.

    Parameters
    ----------
    value : Array
        The array; what is written keeps its shape and dtype.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, place: Any) -> Any:
        return self.value[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self.value = self.value.at[place].set(value) if place is not ... else self._like(value)

    def __jax_array__(self) -> Any:
        """Convert to an array for use in an expression."""
        return self.value

    def __sub__(self, other: Any) -> Any:
        return self.value - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.value

    def __add__(self, other: Any) -> Any:
        return self.value + other

    def _like(self, value: Any) -> Any:
        return jnp.broadcast_to(jnp.asarray(value, self.value.dtype), self.value.shape)


class _Add:
    """``np.add``, whose ``at`` adds in place."""

    def __call__(self, x: Any, y: Any) -> Any:
        return jnp.add(x, y)

    def at(self, cell: Cell, places: Any, values: Any) -> None:
        cell.value = cell.value.at[places].add(values)


class _Numpy:
    """:mod:`jax.numpy` in place of the core's ``np``."""

    ndarray = jax.Array
    add = _Add()

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, "asarray" if name == "asanyarray" else name)


class _Names(dict[str, Any]):
    """The global names of a function, each bound to JAX when it is first looked up."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__(__builtins__=vars(builtins))
        self.known = known

    def __missing__(self, name: str) -> Any:
        value = self[name] = traceable(self.known[name])
        return value


def traceable(value: Any) -> Any:
    """Return the JAX counterpart of a part of an equation.

    Parameters
    ----------
    value : object
        A function, a record of a table, or a constant; a function of NumPy or of ``scipy.special``.

    Returns
    -------
    object
        The counterpart; the object itself where there is nothing to bind.
    """
    if value is np:
        return _Numpy()
    if isinstance(value, FunctionType):
        return _bound(value)
    if isinstance(value, partial):
        return partial(traceable(value.func), *map(traceable, value.args), **value.keywords)
    if isinstance(value, np.ufunc) or getattr(value, "__module__", None) == "numpy":
        name = getattr(value, "__name__", "")
        return getattr(jnp, name, getattr(jax.scipy.special, name, value))
    if isinstance(value, type | ModuleType):
        return value
    if is_dataclass(value) and _is_of_functions(value):
        return _twin(value)
    return value


@cache
def _bound(function: FunctionType) -> FunctionType:
    """Return the function with its names and its closure bound to JAX."""
    cells = tuple(CellType(traceable(cell.cell_contents)) for cell in function.__closure__ or ())
    bound = FunctionType(
        function.__code__, _Names(function.__globals__), function.__name__, function.__defaults__, cells
    )
    bound.__kwdefaults__ = function.__kwdefaults__
    return bound


def _is_of_functions(record: Any) -> bool:
    """Return whether a record has functions: as fields, as methods, or as those of records in it."""
    values = vars(record).values()
    return type(record).__module__.startswith(OWN) or any(isinstance(value, FunctionType) for value in values)


def _twin(record: Any) -> Any:
    kind: Any = type(record)
    twin: Any = object.__new__(_twin_class(kind))
    twin.__dict__.update({name: traceable(value) for name, value in vars(record).items()})
    return twin


@cache
def _twin_class(cls: type) -> type:
    """Return the class with every method of its own, and of ours, bound to JAX."""
    methods: dict[str, Any] = {}
    for base in reversed(cls.__mro__[:-1]):
        methods |= {
            name: _bound(member)
            for name, member in vars(base).items()
            if isinstance(member, FunctionType) and not name.startswith("__")
        }
    methods |= {name: lambda self, *_: None for name in OF_NUMBERS if name in methods}
    return type(cls.__name__, (cls,), methods)
