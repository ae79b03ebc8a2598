"""Write the pages of the reference: one for every public name, one for each table of components.

What is public, and every equation, is read from the packages themselves: from their ``__all__``, their tables and
their docstrings. The paper of an activation or a loss is in ``papers.py``.
"""

from __future__ import annotations

import importlib
import inspect
import pydoc
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from papers import PAPERS  # noqa: E402

from public_names import PACKAGES  # noqa: E402

WRAPPERS = ("fget", "func", "__func__", "fn")


@cache
def homes() -> dict[int, str]:
    """Return, for the identity of each public object, the path under which it is documented."""
    found: dict[int, str] = {}
    for package in PACKAGES:
        for name in package.__all__:
            found.setdefault(id(getattr(package, name)), f"{package.__name__}.{name}")
    return found


def home(path: str) -> str | None:
    """Return the path under which the object of a dotted path, or the class it belongs to, is documented."""
    parts, member = path.split("."), ""
    for _ in range(2):
        obj = pydoc.locate(".".join(parts)) if len(parts) > 1 else None
        if id(obj) in homes():
            return homes()[id(obj)] + member
        member = f".{parts.pop()}{member}" if len(parts) > 1 else ""
    return None


def modules() -> set[str]:
    """Return the modules of which the site shows the source: those of documented objects."""
    objects = (pydoc.locate(path) for path in homes().values())
    return {str(obj.__module__) for obj in objects if inspect.isclass(obj) or inspect.isroutine(obj)}


def heading(title: str, mark: str = "=") -> str:
    """Return a heading of reStructuredText."""
    return f"{title}\n{mark * len(title)}\n\n"


def members(cls: type) -> list[tuple[str, str]]:
    """Return the public methods and properties that pellucid wrote, those of its own base classes included."""
    names = []
    for name, member in inspect.getmembers_static(cls):
        function = next((getattr(member, inner) for inner in WRAPPERS if hasattr(member, inner)), member)
        if inspect.isfunction(function) and function.__module__.startswith("pellucid.") and name[0] != "_":
            names.append(("property" if isinstance(member, property | cached_property) else "method", name))
    return names


def summary(obj: Any) -> str:
    """Return the first line of a docstring, or what a table is."""
    if isinstance(obj, Mapping | tuple | list):
        rows = list(obj.values()) if isinstance(obj, Mapping) else obj
        return f"Table with {len(rows)} rows of type ``{type(rows[0]).__name__}``."
    return (inspect.getdoc(obj) or "").partition("\n")[0]


def page_of(path: str) -> str:
    """Return the page of one public name."""
    obj = pydoc.locate(path)
    package, _, name = path.rpartition(".")
    text = heading(name) + f".. currentmodule:: {package}\n\n"
    if package != "pellucid":  # viewcode calls all of a module by the package of the first of its names
        text += f'.. raw:: html\n\n   <span id="pellucid.{name}"></span>\n\n'
    if inspect.isclass(obj):
        return (
            text
            + f".. autoclass:: {path}\n\n"
            + "".join(f"   .. auto{kind}:: {path}.{member}\n\n" for kind, member in members(obj))
        )
    if inspect.isroutine(obj):
        return text + f".. autofunction:: {path}\n"
    if name in TABLES:
        return text + TABLES[name](obj, path)
    rows = (
        obj.items() if isinstance(obj, Mapping) else enumerate(obj) if isinstance(obj, tuple | list) else ()
    )
    return text + f".. data:: {path}\n\n   {data_text(obj)}\n\n" + listing(rows)


def data_text(obj: Any) -> str:
    """Return what a public object that is neither class nor function is."""
    if isinstance(obj, Mapping):
        kind = type(next(iter(obj.values()))).__name__
        return f"Dictionary from name to {kind}, with the rows below."
    if isinstance(obj, tuple | list):
        return f"Tuple of {type(obj[0]).__name__}, with the rows below."
    return f"``{obj}``".replace("\n", " ")


def listing(rows: Iterable[tuple[Any, Any]]) -> str:
    """Return the rows of a table by name, with the words that they have for themselves."""
    lines = []
    for key, row in rows:
        name = getattr(row, "code", None) or getattr(row, "name", None) or key
        said = (getattr(row, field, None) for field in ("title", "summary", "rule", "claim", "printed"))
        words = next((words for words in said if isinstance(words, str)), type(row).__name__)
        lines.append(f"``{name}``\n    {literal(words)}\n")
    return "\n".join(lines)


def literal(text: str) -> str:
    """Return text in which no character means anything to reStructuredText."""
    return re.sub(r"([\\*`|_])", r"\\\1", " ".join(text.split()))


def no_list(text: str) -> str:
    """Return text in which the initial of an author, at the start of a line, does not begin a list."""
    return re.sub(r"^(\s*[A-Z])\. (?=[A-Z])", r"\1\\. ", text, flags=re.MULTILINE)


def field(name: str, text: str) -> str:
    """Return a field of a component."""
    return f":{name}: {no_list(text)}\n" if text else ""


def activations(table: Mapping[str, Any], path: str) -> str:
    """Return the page of the activations."""
    text = f".. data:: {path}\n\n   Dictionary from name to :class:`~pellucid.core.Activation`.\n\n"
    text += (
        "Use a name in ``activation=``. Each takes and returns arrays of shape ``(n_samples, n_units)``.\n\n"
    )
    for row in table.values():
        text += heading(row.name, "-") + f".. math:: \\varphi(z) = {row.latex}\n\n"
        text += f".. math:: \\varphi'(z) = {row.latex_derivative}\n\n"
        text += field("Range", f"{row.range}") + field("Gain", f"{row.gain:.4f}")
        text += field("Kinks", ", ".join(f"{kink:g}" for kink in row.kinks))
        text += field("Reference", PAPERS.get(row.name, "")) + "\n"
    return text


def losses(table: Mapping[str, Any], path: str) -> str:
    """Return the page of the losses."""
    text = f".. data:: {path}\n\n   Dictionary from name to :class:`~pellucid.core.Loss`.\n\n"
    text += (
        "Use a name in ``loss=``. A loss is summed over the outputs of a row and averaged over the weighted rows; "
        "targets and outputs have shape ``(n_samples, n_outputs)``.\n\n"
    )
    for row in table.values():
        text += heading(row.name, "-")
        for form in row.forms:
            text += f"For outputs in {form.outputs} and targets in {form.targets}:\n\n"
            text += f".. math:: \\ell(y, \\hat y) = {form.latex}\n\n"
        text += field("Usual output activation", ", ".join(row.canonical))
        text += field("Options", ", ".join(f"``{name}={value!r}``" for name, value in row.options.items()))
        text += field("Reference", PAPERS.get(row.name, "")) + "\n"
    return text


def optimizers(table: Mapping[str, Any], path: str) -> str:
    """Return the page of the optimizers, whose equations are in the docstrings of their modules."""
    text = f".. data:: {path}\n\n   Dictionary from name to :class:`~pellucid.optimizers.Optimizer`.\n\n"
    text += "Use a name in ``solver=``. θ are all parameters, g is the gradient, η the learning rate.\n\n"
    shown: dict[str, list[Any]] = {}
    for row in table.values():
        shown.setdefault(module_of(row), []).append(row)
    for module, rows in shown.items():
        text += heading(", ".join(row.name for row in rows), "-")
        text += docstring(module)
        for row in rows:
            options = ", ".join(f"``{name}={value:g}``" for name, value in row.options.items()) or "none"
            text += field(f"Options of {row.name}", options)
        text += "\n"
    return text


def module_of(row: Any) -> str:
    """Return the module of an optimizer's equations."""
    update = getattr(row, "update", None)
    return str(update.__module__) if callable(update) else f"pellucid.optimizers.{row.name}"


def docstring(module: str) -> str:
    """Return a module's docstring, its headings one level lower."""
    text = no_list(inspect.getdoc(importlib.import_module(module)) or "")
    return re.sub(r"^-{4,}$", lambda found: "~" * len(found[0]), text, flags=re.MULTILINE) + "\n\n"


def of_module(module: str, use: str) -> Callable[[Mapping[str, Any], str], str]:
    """Return how a table is shown whose module's docstring has the equations."""

    def show(table: Mapping[str, Any], path: str) -> str:
        kind = type(next(iter(table.values())))
        names = ", ".join(f"``{name}``" for name in table)
        text = f".. data:: {path}\n\n   Dictionary from name to :class:`~{kind.__module__}.{kind.__name__}`"
        return text + f": {names}.\n\nUse a name in ``{use}=``.\n\n" + docstring(module)

    return show


def layers(table: Mapping[str, Any], path: str) -> str:
    """Return the page of the kinds of layer, whose equations are in the docstrings of their classes."""
    names = ", ".join(f"``{name}``" for name in table)
    text = f".. data:: {path}\n\n   Dictionary from name to ``LayerRow``: {names}.\n\n"
    text += (
        "Use input layers in ``input_layers=``, and the name of a normalization in ``normalization=``. The others "
        "are placed in their blocks by options such as ``dropout=`` and ``residual=``.\n\n"
    )
    for row in table.values():
        text += heading(row.name, "-") + f":Place: {row.place}\n\n"
        text += f".. autoclass:: {row.kind.__module__}.{row.kind.__name__}\n\n"
    return text


TABLES: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "ACTIVATIONS": activations,
    "LAYERS": layers,
    "LOSSES": losses,
    "OPTIMIZERS": optimizers,
    "SCHEDULES": of_module("pellucid.optimizers.schedules", "learning_rate"),
    "INITIALIZERS": of_module("pellucid.core.initializers", "initializer"),
}


def package_page(package: Any) -> str:
    """Return the page of a package: its words, and its names with their first lines."""
    text = heading(package.__name__) + (inspect.getdoc(package) or "") + "\n\n"
    text += ".. list-table::\n   :widths: 30 70\n\n"
    for name in package.__all__:
        obj = getattr(package, name)
        text += f"   * - :doc:`{name} </reference/{homes()[id(obj)]}>`\n     - {summary(obj)}\n"
    paths = [f"{package.__name__}.{name}" for name in package.__all__]
    own = "".join(f"   {path}\n" for path in paths if path in homes().values())
    return text + "\n.. toctree::\n   :hidden:\n\n" + own


def write(folder: Path) -> list[str]:
    """Write all pages of the reference; return the names of those of the packages."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in homes().values():
        (folder / f"{path}.rst").write_text(page_of(path), encoding="utf-8")
    for package in PACKAGES:
        (folder / f"{package.__name__}.rst").write_text(package_page(package), encoding="utf-8")
    return [package.__name__ for package in PACKAGES]
