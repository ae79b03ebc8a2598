"""JAX engine, for accelerators: the equations of the core, traced, compiled by XLA and run on its device.

JAX is loaded when the first fit begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from pellucid.engines.accelerated.team import check_shards
from pellucid.engines.accelerated.untraceable import NotTraceable
from pellucid.engines.problem import Problem, Session
from pellucid.engines.reference import ReferenceSession
from pellucid.exceptions import ParameterError
from pellucid.host.helpers import import_whole
from pellucid.host.streams import warn

__all__ = ["JAX_ENGINES", "JaxEngine", "NotTraceable", "jax_obstacle"]


@dataclass
class JaxEngine:
    """The equations of the core, compiled by XLA for the device of JAX.

    Parameters
    ----------
    name : str, default="jax"
        Its name in ``engine=...``.
    products : str, optional
        ``"bfloat16"`` for products of factors in this precision, added up in float32. Default: the precision of
        the network.
    n_shards : int, default=1
        The number of parts of a batch whose gradients are added in pairs: a power of two. A team of processes has
        its own.
    """

    name: str = "jax"
    products: str | None = None
    n_shards: int = 1

    @property
    def is_available(self) -> bool:
        """True if JAX appears to be installed, judged without loading it."""
        return find_spec("jax") is not None

    def open(self, problem: Problem) -> Session:
        """Prepare to train on a problem.

        Parameters
        ----------
        problem : Problem
            Objective, data and method.

        Returns
        -------
        Session
            The engine at work; the reference engine, with a warning, where an equation cannot be traced.

        Raises
        ------
        ParameterError
            If JAX is missing or does not load, or rows stay apart and an equation cannot be traced.
        """
        if reason := jax_obstacle():
            raise ParameterError(f"engine={self.name!r} needs JAX, {reason}, or use engine='auto'.")
        from pellucid.engines.accelerated.jax_resident import ResidentSession
        from pellucid.engines.accelerated.jax_session import JaxSession

        check_shards(self.n_shards, 1, "devices")
        is_resident = problem.whole is not None and problem.whole.shards is not None

        try:
            if is_resident:
                return ResidentSession(problem, self.products)
            return JaxSession(problem, self.products, self.n_shards)
        except NotTraceable as reason:
            if is_resident:
                raise ParameterError(
                    "'engine' must be able to trace the network if rows are distributed; got "
                    f"{self.name!r}, and JAX cannot trace this network ({reason}). Write custom equations "
                    "with NumPy functions, or pass a 'memory' that holds all rows."
                ) from None
            warn(
                f"JAX cannot trace this network ({reason}); the reference engine trains it, more slowly. "
                "Write custom equations with NumPy functions, or pass engine='reference' to choose it "
                "without this warning.",
                stacklevel=2,
            )
            return ReferenceSession(problem)


JAX_ENGINES = {
    engine.name: engine for engine in (JaxEngine(), JaxEngine("jax_bfloat16", products="bfloat16"))
}


def jax_obstacle() -> str | None:
    """Return the reason why JAX cannot be used in this process, with a remedy; None if it can."""
    if find_spec("jax") is None:
        return "which is not installed: pip install 'pellucid[jax]'"
    try:
        import_whole("pellucid.engines.accelerated.jax_session")
    except Exception as error:  # an installation with incompatible parts can raise anything
        said = str(error).strip().split("\n")[0] or "no reason is given"
        return f"which does not load ({type(error).__name__}: {said}): install compatible versions"
    return None
