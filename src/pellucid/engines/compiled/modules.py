"""Generated modules: compiled once, kept in the folder of kernels, loaded ever after.

Numba's disk cache looks only at the file a function stands in. So everything that is compiled into a module
is text in that module, and the module is named by a digest of its text and of the versions and settings that
compile it: whatever changes, in an equation or here, makes another module. Signatures are explicit, so that a
module is compiled when it is made, and never again for another memory layout.
"""

from __future__ import annotations

import hashlib
import inspect
import marshal
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, partial
from importlib.util import MAGIC_NUMBER
from types import CodeType, ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np

from pellucid.core.penalties import l2_of_batch
from pellucid.engines.compiled import arguments, driver, float32, float64, intrinsics, kept, loops
from pellucid.engines.compiled.announcing import announce
from pellucid.engines.compiled.forks import compiling
from pellucid.engines.compiled.kernel_cache import KernelFolder, cache_folder, kernel_folder
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.host.helpers import whole

__all__ = ["cache_folder", "driver_of", "driver_text", "generated", "loaded_keys", "part"]

ELEMENTARY = {"float32": float32, "float64": float64}
INTEGER_POINTERS = {"rows_": "types.int64", "columns_": "INDEX", "starts_": "INDEX"}

# What Numba reads from its environment and what changes the machine code that it makes.
SETTINGS = (
    "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "USING_SVML", "BOUNDSCHECK", "DEBUGINFO_DEFAULT",
    "CPU_NAME", "CPU_FEATURES",
)  # fmt: skip

_loaded: dict[str, ModuleType] = {}


def part(
    name: str, dtype: str, template: Callable[..., Any] | str, equations: str = "", index: str = "int64"
) -> str:
    """Return the text of a module with one C function ``part``, made from a template and equations."""
    return "\n\n".join(
        [
            f'"""pellucid, generated: {name} in {dtype}."""',
            _source(ELEMENTARY[dtype]),
            "from numba import carray, cfunc, types",
            'FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}',
            f"INDEX = types.{index}\nPOINTER = types.CPointer(types.{dtype})",
            equations,
            template if isinstance(template, str) else _as_part(template),
        ]
    )


def _as_part(template: Callable[..., Any]) -> str:
    """Return the text of a template as a C function; the names of its arguments say their types."""
    arguments = [_kind(argument) for argument in inspect.signature(template).parameters]
    text = textwrap.dedent(_source(template)).replace(f"def {template.__name__}(", "def part(", 1)
    return f"@cfunc(types.float64({', '.join(arguments)}), cache=CACHE, **FAST)\n{text}"


def _source(written: Any) -> str:
    try:
        return inspect.getsource(written)
    except (OSError, TypeError) as error:
        raise NotAnEquation("anything: the source files of pellucid are missing") from error


def _kind(argument: str) -> str:
    if argument in INTEGER_POINTERS:
        return f"types.CPointer({INTEGER_POINTERS[argument]})"
    if argument.endswith("_"):
        return "POINTER"
    return "types.int64" if argument.startswith("n_") else "types.float64"


# What the annotations of `arguments` stand for, and what else the compiled code calls its types.
TYPES = """
from numba import types
INT, REAL_NUMBER, REAL_TYPE = types.int64, types.float64, types.{dtype}
VECTOR, MATRIX = REAL_TYPE[::1], REAL_TYPE[:, ::1]
GIVEN_VECTOR = types.Array(REAL_TYPE, 1, "C", readonly=True)
GIVEN_MATRIX = types.Array(REAL_TYPE, 2, "C", readonly=True)
GIVEN_INTS = types.Array(types.int64, 1, "C", readonly=True)
INTS, INT_MATRIX = types.int64[::1], types.int64[:, ::1]
NUMBERS, NUMBER_MATRIX = types.float64[::1], types.float64[:, ::1]
CSR, TEAM = types.UniTuple(types.int64, 5), types.UniTuple(types.int64, 2)
"""


def _flattened(text: str, function: str, groups: Mapping[str, type[Any]]) -> str:
    """Return the text with ``function`` taking the fields of its groups in a row, with a signature, to be kept.

    Python hands over plain arguments, since Numba takes long to look at a named tuple. The caller holds all
    arrays: counting references to their slices would cost a fifth of a small step.
    """
    names, kinds, lines = [], [], []
    for group, cls in groups.items():
        fields = _fields(cls)
        if (kind := {kind for _, kind in fields}) <= {"INT"} or kind <= {"REAL_NUMBER"}:  # one plain tuple
            names.append(f"{group}_")
            kinds.append(f"types.UniTuple({kind.pop()}, {len(fields)})")
            lines.append(f"    {group} = {cls.__name__}(*{group}_)")
        else:
            own = [f"{group}_{name}" for name, _ in fields]
            names += own
            kinds += [kind for _, kind in fields]
            taken = (
                name if kind in UNCOUNTED else f"borrowed({name})"
                for name, (_, kind) in zip(own, fields, strict=True)
            )
            lines.append(f"    {group} = {cls.__name__}({', '.join(taken)})")
    given = f"def {function}({', '.join(groups)}):\n"
    assert given in text
    flat = f"def {function}({', '.join(names)}):\n"
    signature = f"types.void({', '.join(kinds)})"
    made = f"{function} = njit({signature}, cache=CACHE, **PLAIN)({function}.py_func)\n"
    return text.replace(given, flat + "\n".join(lines) + "\n") + made


def _fields(group: type[Any]) -> list[tuple[str, str]]:
    """Return the names of a group's fields with those of their types."""
    return [
        (name, str(getattr(kind, "__forward_arg__", kind))) for name, kind in group.__annotations__.items()
    ]


UNCOUNTED = ("INT", "REAL_NUMBER", "CSR", "TEAM")  # types that are not arrays


def driver_text(dtype: str) -> str:
    """Return the text of the driver in a dtype, with what it imports from pellucid and the names of its types."""
    text = _source(loops).replace("REAL = np.float64  # bound", f"REAL = np.{dtype}  # bound")
    own = re.sub(r"from pellucid\.\S+\.(loops|arguments|penalties) import (\(.*?\)|.*?)(  # fmt: skip)?\n",
                 "", _source(driver), flags=re.S)  # fmt: skip
    penalty = "@njit(**PLAIN)\n" + _source(l2_of_batch)
    return "\n".join([text, penalty, _source(arguments), own, TYPES.format(dtype=dtype)])


@cache
def driver_of(dtype: str) -> Callable[..., None]:
    """Return the driver of a dtype: it takes the fields of all groups of ``arguments.RUN_STEPS`` in a row."""
    text = _flattened(driver_text(dtype), "run_steps", arguments.RUN_STEPS)
    text = text.replace("import call,", "import borrowed, call,")
    run: Callable[..., None] = generated(f"driver_{dtype}", text).run_steps
    return run


def loaded_keys() -> list[str]:
    """Return the names of the modules of this process that may be kept."""
    return list(_loaded)


def generated(
    name: str, text: str, names: Mapping[str, Any] | None = None, *, called: str | None = None
) -> ModuleType:
    """Return the module of a text, compiled or from the folder of kernels.

    Parameters
    ----------
    name : str
        The beginning of its name.
    text : str
        Python; its functions take ``cache=CACHE`` to be kept.
    names : dict, optional
        Objects that the text uses and that have no text of their own, such as a user's function. The module
        then lives in memory only.
    called : str, optional
        Its name in errors; ``name`` by default.

    Returns
    -------
    module
        The module.

    Raises
    ------
    NotAnEquation
        If it cannot be compiled, for whatever reason.
    """
    text = text.replace("from numba import", f"from {kept.__name__} import")  # its decorators, with our cache
    key = f"{name}_{_digest(text)}"
    if names is None and key in _loaded:
        return _loaded[key]
    return whole(_compiled, called or name, key, text, names)


def _compiled(called: str, key: str, text: str, names: Mapping[str, Any] | None) -> ModuleType:
    with compiling():
        try:
            if names is not None:
                return _in_memory(key, text, names)
            if key not in _loaded:
                _loaded[key] = _load(key, text)
            return _loaded[key]
        except Exception as error:
            said = f"{type(error).__name__}: {textwrap.shorten(str(error), 200)}"
            raise NotAnEquation(f"{called!r}, which Numba cannot compile ({said})") from error


def _digest(text: str) -> str:
    """Return a digest of a text and of all that makes machine code from it, the processor apart."""
    versions = sys.version, numba.__version__, llvmlite.__version__, np.__version__, _source(intrinsics)
    settings = repr([(name, getattr(numba.config, name, None)) for name in SETTINGS])
    return hashlib.sha256("\0".join([text, *versions, settings]).encode()).hexdigest()[:20]


def _load(key: str, text: str) -> ModuleType:
    """Return the module of a text, from the folder of kernels if there is one, and its parts are whole."""
    folder = kernel_folder()
    if folder is None:
        with announce(key):
            return _in_memory(key, text, {})
    module = ModuleType(f"pellucid_generated.{key}")
    module.__file__ = str(folder.show(f"{key}.py", text))
    sys.modules[module.__name__] = module  # Numba looks functions up by the name of their module
    try:
        with ExitStack() as told:
            on_miss = cache(lambda: told.enter_context(announce(key)))
            vars(module)["CACHE"] = partial(kept.KernelCache, folder, key, on_miss)
            exec(_code(folder, key, text, module.__file__), vars(module))
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _code(folder: KernelFolder, key: str, text: str, path: str) -> CodeType:
    """Return the byte code of a text, from the folder or to it."""
    name, header = f"{key}.{sys.implementation.cache_tag}.pyc", MAGIC_NUMBER + bytes(12)
    content = folder.read(name)
    if content is not None and content.startswith(header):
        code: CodeType = marshal.loads(content[len(header) :])
    else:
        code = compile(text, path, "exec")
        folder.write(name, header + marshal.dumps(code))
    return code


def _in_memory(key: str, text: str, names: Mapping[str, Any]) -> ModuleType:
    module = ModuleType(f"pellucid_generated.{key}")
    vars(module).update(names, CACHE=None)
    exec(compile(text, f"<pellucid {key}>", "exec"), vars(module))
    return module
