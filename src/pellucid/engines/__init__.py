"""Execution of the equations that :mod:`pellucid.core` defines."""

from typing import cast

from pellucid.engines.accelerated import JAX_ENGINES
from pellucid.engines.accelerated.team import current_team
from pellucid.engines.compiled import CompiledEngine, obstacle, tell_fallback
from pellucid.engines.compiled.announcing import announcer as announcer
from pellucid.engines.gathering import agreed as agreed
from pellucid.engines.gathering import gathered as gathered
from pellucid.engines.outputs import activations_of, outputs_of, outputs_runner
from pellucid.engines.problem import AheadSession as AheadSession
from pellucid.engines.problem import Engine, Problem
from pellucid.engines.problem import Session as Session
from pellucid.engines.problem import StepSums as StepSums
from pellucid.engines.problem import Whole as Whole
from pellucid.engines.reference import ReferenceEngine
from pellucid.engines.rounds import LONGEST as LONGEST
from pellucid.engines.rounds import RoundsEngine as RoundsEngine
from pellucid.engines.row_predictor import Predictor, ScaledNetwork, predictor
from pellucid.engines.shards import Shards as Shards
from pellucid.engines.shards import bounds_of_shards as bounds_of_shards
from pellucid.engines.shards import check_shards_have_rows as check_shards_have_rows
from pellucid.exceptions import ParameterError

__all__ = [
    "ENGINES",
    "Engine",
    "Predictor",
    "Problem",
    "ScaledNetwork",
    "activations_of",
    "get_engine",
    "outputs_of",
    "outputs_runner",
    "predictor",
]

_ENGINES: tuple[Engine, ...] = (CompiledEngine(), *JAX_ENGINES.values(), ReferenceEngine())
ENGINES: dict[str, Engine] = {engine.name: engine for engine in _ENGINES}


def get_engine(name: str = "auto") -> Engine:
    """Return the engine with the given name.

    Parameters
    ----------
    name : str, default="auto"
        A name of :data:`ENGINES`, or ``"auto"`` for the fastest one that runs here.

    Returns
    -------
    Engine
        The engine; in a process of a team that exchanges parameters, not gradients, one that works in rounds.

    Raises
    ------
    ParameterError
        If there is no such engine.

    Examples
    --------
    >>> get_engine("reference").name
    'reference'
    """
    engine = _named(name)
    team = current_team()
    if team is not None and team.exchange_every > 1:
        engine = cast(Engine, RoundsEngine(engine, team.n_shards, team.exchange_every))
    return engine


def _named(name: str) -> Engine:
    if name == "auto":
        if reason := obstacle(load=False):
            tell_fallback(reason)
            return ENGINES["reference"]
        return CompiledEngine(falls_back=True)
    if name not in ENGINES:
        raise ParameterError(f"'engine' must be 'auto' or one of {sorted(ENGINES)}; got {name!r}.")
    return ENGINES[name]
