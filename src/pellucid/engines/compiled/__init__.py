"""The compiled engine, by Numba.

A network is lowered to a table of operations (:mod:`~pellucid.engines.compiled.lowering`); one call of the driver
(:mod:`~pellucid.engines.compiled.driver`) runs many steps of an epoch without Python between them. Code that
depends on the kind of layer, activation, loss or optimizer is a separate part: the equations of the core, put
into a loop (:mod:`~pellucid.engines.compiled.parts`), compiled once and called by its address. Numba is
loaded when the first fit begins.
"""

import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from pellucid.engines.compiled.forks import compiling
from pellucid.engines.compiled.language import NotAnEquation
from pellucid.engines.problem import Problem, Session
from pellucid.engines.reference import ReferenceSession
from pellucid.exceptions import ParameterError
from pellucid.host.helpers import import_whole
from pellucid.host.notices import notice
from pellucid.host.streams import warn

__all__ = ["CompiledEngine", "obstacle", "tell_fallback"]

ABSENT = "which is not installed: pip install numba"
SWITCHED_OFF = "which is disabled: unset NUMBA_DISABLE_JIT"
TORN = "which another thread was loading when this process was forked: start processes by 'spawn'"
WITHOUT_SOURCES = (
    "which compiles pellucid's .py files, and they are missing: install pellucid with its sources"
)


@dataclass(frozen=True)
class CompiledEngine:
    """The equations of the core in machine code.

    Parameters
    ----------
    falls_back : bool, default=False
        True if the reference engine takes its place, with a notice, if nothing can be compiled.
    """

    falls_back: bool = False
    name = "compiled"

    @property
    def is_available(self) -> bool:
        """True if Numba appears to be installed and enabled, judged without loading it."""
        return obstacle(load=False) is None

    def open(self, problem: Problem) -> Session:
        """Prepare to train on a problem.

        Parameters
        ----------
        problem : Problem
            Objective, data and method.

        Returns
        -------
        Session
            The engine at work; the reference engine, with a warning, where something cannot be compiled.

        Raises
        ------
        ParameterError
            If Numba is missing, does not load or is switched off, and the engine does not fall back.
        """
        if reason := obstacle():
            if not self.falls_back:
                raise ParameterError(f"engine='compiled' needs Numba, {reason}, or use engine='auto'.")
            tell_fallback(reason)
            return ReferenceSession(problem)
        from pellucid.engines.compiled.session import CompiledSession

        try:
            return CompiledSession(problem)
        except NotAnEquation as reason:
            warn(
                f"The compiled engine cannot run {reason}; the reference engine trains this network, more slowly. "
                "Pass engine='reference' to choose it without this warning.",
                stacklevel=2,
            )
            return ReferenceSession(problem)


def obstacle(*, load: bool = True) -> str | None:
    """Return the reason why nothing can be compiled in this process.

    Parameters
    ----------
    load : bool, default=True
        True to load Numba, without which less can be known.

    Returns
    -------
    str or None
        The obstacle and its remedy, for a message; None if there is no obstacle.
    """
    if sys.modules.get("numba") is None and not _is_installed():
        return ABSENT
    reason = _loaded() if load else None
    return reason or (SWITCHED_OFF if _is_switched_off() else None)


def tell_fallback(reason: str) -> None:
    """Warn once that the reference engine replaces this one."""
    if sys.platform != "emscripten":  # if there cannot be another one
        notice(
            f"The compiled engine needs Numba, {reason}. The reference engine trains instead, more slowly; "
            "engine='reference' chooses it without this notice."
        )


def _is_installed() -> bool:
    try:
        return find_spec("numba") is not None
    except (ImportError, ValueError):
        return False


def _is_switched_off() -> bool:
    if numba := sys.modules.get("numba"):
        return bool(getattr(getattr(numba, "config", None), "DISABLE_JIT", False))
    return os.environ.get("NUMBA_DISABLE_JIT", "").strip() not in ("", "0")


@cache
def _loaded() -> str | None:
    """Load Numba and the modules that use it, once per process; return the reason if that is not possible."""
    try:
        with compiling():  # neither a fork nor an interrupt may happen during these imports
            for part in ("row", "rows", "session"):
                import_whole(f"{__name__}.{part}")
            from pellucid.engines.compiled.modules import driver_text
    except NotAnEquation:
        return TORN
    except Exception as error:  # an installation with incompatible parts can raise anything
        said = str(error).strip().split("\n")[0] or "no reason is given"
        return (
            f"which does not load ({type(error).__name__}: {said}): install compatible versions of Numba "
            "and NumPy"
        )
    try:
        driver_text("float32")
    except NotAnEquation:
        return WITHOUT_SOURCES
    return None
