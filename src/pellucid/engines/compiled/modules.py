"""Generated modules: written once to the user's cache folder, compiled once, loaded ever after.

Numba's disk cache looks only at the file a function stands in. So everything that is compiled into a module
is text in that module, and the module is named by a digest of its text and of the versions that compile it:
whatever changes, in an equation or here, makes another module. Signatures are explicit, so that a module is
compiled when it is made, and never again for another memory layout.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np
import platformdirs

from pellucid.engines.compiled import driver, float32, float64, intrinsics, loops
from pellucid.engines.compiled.announcing import announce
from pellucid.host.helpers import whole

__all__ = ["cache_folder", "driver_of", "driver_text", "generated", "part"]

ELEMENTARY = {"float32": float32, "float64": float64}
INTEGER_POINTERS = {"rows_": "types.int64", "shape_": "types.int64", "columns_": "INDEX", "starts_": "INDEX"}

_lock = threading.RLock()
_loaded: dict[str, ModuleType] = {}


def cache_folder() -> Path:
    """Return the folder of the generated modules: ``PELLUCID_CACHE_DIR``, or the user's cache folder."""
    given = os.environ.get("PELLUCID_CACHE_DIR")
    return Path(given) if given else Path(platformdirs.user_cache_dir("pellucid")) / "kernels"


def part(
    name: str, dtype: str, template: Callable[..., Any] | str, equations: str = "", index: str = "int64"
) -> str:
    """Return the text of a module with one C function ``part``, made from a template and equations."""
    return "\n\n".join(
        [
            f'"""pellucid, generated: {name} in {dtype}."""',
            inspect.getsource(ELEMENTARY[dtype]),
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
    text = textwrap.dedent(inspect.getsource(template)).replace(f"def {template.__name__}(", "def part(", 1)
    return f"@cfunc(types.float64({', '.join(arguments)}), cache=CACHE, **FAST)\n{text}"


def _kind(argument: str) -> str:
    if argument in INTEGER_POINTERS:
        return f"types.CPointer({INTEGER_POINTERS[argument]})"
    if argument.endswith("_"):
        return "POINTER"
    return "types.int64" if argument.startswith("n_") else "types.float64"


TYPES = """
from numba import types
REAL_TYPE = types.{dtype}
VECTOR, MATRIX = REAL_TYPE[::1], REAL_TYPE[:, ::1]
GIVEN_VECTOR = types.Array(REAL_TYPE, 1, "C", readonly=True)
GIVEN_MATRIX = types.Array(REAL_TYPE, 2, "C", readonly=True)
ORDER = types.Array(types.int64, 1, "C", readonly=True)
INTS = types.int64[::1]
"""

RUN_STEPS = """
SIGNATURE = types.void(
    types.int64[:, ::1], INTS, INTS, types.UniTuple(types.int64, 8), types.int64[:, ::1],
    types.UniTuple(types.int64, 8), types.UniTuple(types.float64, 5), GIVEN_MATRIX,
    types.UniTuple(types.int64, 5), GIVEN_MATRIX, GIVEN_VECTOR, ORDER, types.float64[::1], types.int64,
    types.float64[:, ::1], types.float64[:, ::1], types.int64[:, ::1], VECTOR, MATRIX, MATRIX, VECTOR, MATRIX,
    MATRIX, MATRIX, MATRIX,
    REAL_TYPE[:, :, ::1], REAL_TYPE[:, :, ::1], MATRIX, VECTOR, types.float64[:, ::1], MATRIX,
    types.float64[::1], types.float64[::1], types.UniTuple(types.int64, 2), types.int64, types.int64,
)
run_steps = njit(SIGNATURE, cache=CACHE, **PLAIN)(run_steps.py_func)
"""


def driver_text(dtype: str) -> str:
    """Return the text of the driver in a dtype, with the names of its types."""
    text = inspect.getsource(loops).replace("REAL = np.float64  # bound", f"REAL = np.{dtype}  # bound")
    text += re.sub(
        r"from pellucid\.engines\.compiled\.loops import \(.*?\).*?\n",
        "",
        inspect.getsource(driver),
        flags=re.S,
    )
    return text + TYPES.format(dtype=dtype)


@cache
def driver_of(dtype: str) -> Callable[..., None]:
    """Return the driver of a dtype."""
    run: Callable[..., None] = generated(f"driver_{dtype}", driver_text(dtype) + RUN_STEPS).run_steps
    return run


def generated(name: str, text: str, names: Mapping[str, Any] | None = None) -> ModuleType:
    """Return the module of a text, compiled or from the cache.

    Parameters
    ----------
    name : str
        How its file name begins.
    text : str
        Python; it may use ``CACHE``, whether Numba may keep what it compiles.
    names : dict, optional
        Objects that the text uses and that have no text of their own, such as a user's function. The module
        then lives in memory only.

    Returns
    -------
    module
        The module.
    """
    compilers = sys.version, numba.__version__, llvmlite.__version__, np.__version__
    versions = (*compilers, inspect.getsource(intrinsics))
    digest = hashlib.sha256("\0".join([text, *versions]).encode()).hexdigest()[:20]
    key = f"{name}_{digest}"
    if names is None and key in _loaded:
        return _loaded[key]
    return whole(_compiled, key, text, names)


def _compiled(key: str, text: str, names: Mapping[str, Any] | None) -> ModuleType:
    with _lock:
        if names is not None:
            return _in_memory(key, text, names)
        if key not in _loaded:
            _loaded[key] = _load(key, text)
        return _loaded[key]


def _load(key: str, text: str) -> ModuleType:
    path = cache_folder() / f"{key}.py"
    try:
        text_there = f"CACHE = True\n{text}"
        known = path.exists() and path.read_text(encoding="utf-8") == text_there  # a crash may leave it empty
        if not known:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text_there)
        with nullcontext() if known else announce(key):
            return _import(f"pellucid_generated.{key}", path)
    except (OSError, RuntimeError, EOFError, UnpicklingError):
        # A folder that cannot be written, or a file of Numba's that is damaged: for this process only.
        with announce(key):
            return _in_memory(key, text, {})


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _import(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks functions up by the name of their module
    spec.loader.exec_module(module)
    return module


def _in_memory(key: str, text: str, names: Mapping[str, Any]) -> ModuleType:
    module = ModuleType(f"pellucid_generated.{key}")
    module.__dict__.update(names, CACHE=False)
    exec(compile(text, f"<pellucid {key}>", "exec"), module.__dict__)
    return module
