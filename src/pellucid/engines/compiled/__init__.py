"""The compiled engine, by Numba.

A network is lowered to a plan (:mod:`~pellucid.engines.compiled.plan`); one call of the driver
(:mod:`~pellucid.engines.compiled.driver`) runs many steps of an epoch without Python between them. What
depends on the kind of activation, loss or optimizer is a part of its own: the equations of the core, put
into a loop (:mod:`~pellucid.engines.compiled.parts`), compiled once and called by its address. Numba is
loaded when the first fit begins.
"""

from importlib.util import find_spec

from pellucid.engines.base import Problem, Session
from pellucid.exceptions import ParameterError
from pellucid.host.helpers import import_whole

__all__ = ["CompiledEngine"]


class CompiledEngine:
    """The equations of the core in machine code."""

    name = "compiled"

    @property
    def is_available(self) -> bool:
        """Whether Numba is installed."""
        return find_spec("numba") is not None

    def open(self, problem: Problem) -> Session:
        """Get ready to train on a problem.

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
            If Numba is not installed.
        """
        if not self.is_available:
            raise ParameterError(
                "engine='compiled' needs Numba, which is not installed: pip install numba, or use engine='auto'."
            )
        session: Session = import_whole("pellucid.engines.compiled.session").open_session(problem)
        return session
