"""Numba's decorators for the generated modules, with a cache that trusts only sealed files.

Numba's own cache unpickles the files in its folder, whoever put them there and whatever happened to them since.
The files here have the form of Numba's, an index and the machine code for each kind of processor, but come through
:class:`~pellucid.engines.compiled.kernel_cache.KernelFolder`.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable
from typing import Any

import numba
from numba import carray, types  # type: ignore[attr-defined]
from numba.core import sigutils
from numba.core.caching import NullCache
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps as numbas_dumps

from pellucid.engines.compiled.kernel_cache import KernelFolder

__all__ = ["KernelCache", "carray", "cfunc", "njit", "types"]

Function = Callable[..., Any]


class KernelCache(NullCache):
    """Machine code of one function, loaded from and saved to a folder.

    Parameters
    ----------
    folder : KernelFolder
        The path of the file.
    key : str
        The name of its module, with a digest of everything that is compiled into it.
    on_miss : callable
        Called before something is compiled.
    function : callable
        The function.
    """

    def __init__(
        self, folder: KernelFolder, key: str, on_miss: Callable[[], Any], function: Function
    ) -> None:
        python = f"py{sys.version_info[0]}{sys.version_info[1]}{getattr(sys, 'abiflags', '')}"
        self.folder, self.on_miss = folder, on_miss
        self.name = f"{key}.{function.__name__}-{function.__code__.co_firstlineno}.{python}"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled function; None if its file is missing or incomplete."""
        target_context.refresh()
        try:
            content = self.folder.read(self._index()[_processor(target_context.codegen())])
            if content is not None:
                return CompileResult._rebuild(  # type: ignore[no-untyped-call]
                    target_context, *pickle.loads(content)
                )
        except Exception:  # not in the index; or complete but unusable for this Numba
            pass
        self.on_miss()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function."""
        if data.library.has_dynamic_globals:  # addresses in this process
            return
        processor = _processor(data.codegen)
        name = f"{self.name}.{processor}.nbc"
        self.folder.write(name, numbas_dumps(data._reduce()))  # type: ignore[no-untyped-call]
        index = pickle.dumps(numba.__version__) + pickle.dumps({**self._index(), processor: name})
        self.folder.write(f"{self.name}.nbi", index)

    def _index(self) -> dict[str, str]:
        """Return the names of the files of machine code by kind of processor."""
        content = self.folder.read(f"{self.name}.nbi") or b""
        version = pickle.dumps(numba.__version__)
        return dict(pickle.loads(content[len(version) :])) if content.startswith(version) else {}


def _processor(codegen: Any) -> str:
    """Return a short name of the target of the machine code: system, processor and its features."""
    return hashlib.sha256(repr(codegen.magic_tuple()).encode()).hexdigest()[:16]


def njit(signature: Any = None, *, cache: Any = None, **options: Any) -> Callable[[Function], Any]:
    """Return Numba's decorator; with a signature the function is compiled now, or comes from the cache.

    One without a signature is called only from machine code. Entry points for other callers would take a tenth of
    the compile time.
    """
    options |= {"no_cpython_wrapper": signature is None, "no_cfunc_wrapper": True}

    def wrapper(function: Function) -> Any:
        compiled = numba.njit(**options)(function)
        if signature is not None:
            compiled._cache = cache(function) if cache else NullCache()
            compiled.compile(signature)
            compiled.disable_compile()
        return compiled

    return wrapper


def cfunc(signature: Any, *, cache: Any = None, **options: Any) -> Callable[[Function], Any]:
    """Return Numba's decorator of C functions; they are compiled now, or come from the cache."""

    def wrapper(function: Function) -> Any:
        arguments = sigutils.normalize_signature(signature)  # type: ignore[no-untyped-call]
        compiled: Any = CFunc(function, arguments, locals={}, options=options)
        compiled._cache = cache(function) if cache else NullCache()
        compiled.compile()
        return compiled

    return wrapper
