"""One rank's part of a fit: every rank runs the same fit, bit for bit; only rank 0 writes files."""

from __future__ import annotations

import hashlib
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError
from pellucid.persistence import Checkpoint, load
from pellucid.ranks.digested import digest_rows
from pellucid.version import __version__

__all__ = ["Fit", "fitted", "packed"]

DIFFERENCES = {
    "options": "other options",
    "networks": "other networks to continue, as from another checkpoint,",
    "rows": "other data: rows, names or types of columns, or files",
}
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Fit:
    """A call of ``model.fit``.

    Parameters
    ----------
    model : estimator
        The estimator; with ``warm_start`` it may be fitted in part.
    X : object
        The inputs.
    arguments : dict
        The other arguments.
    parameters : dict
        The parameters that the estimator has during this fit only.
    """

    model: Any
    X: Any
    arguments: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """Digests of the options, the networks to continue and the rows; equal on all machines."""
        options = ADDRESS.sub("", repr(sorted(self.model.get_params(deep=False).items())))
        networks, rows = hashlib.sha256(), hashlib.sha256()
        for network in _networks(self.model):
            networks.update(network.parameters.tobytes())
        if hasattr(self.X, "digest"):  # rows in files, or those of which each rank has its own
            rows.update(self.X.digest.encode())
        else:
            digest_rows(rows, "X", self.X)
        for name, value in self.arguments.items():
            for part in value if isinstance(value, tuple) else (value,):
                digest_rows(rows, name, part)
        parts = {"options": hashlib.sha256(options.encode()), "networks": networks, "rows": rows}
        return " ".join(f"{name}={digest.hexdigest()[:16]}" for name, digest in parts.items())


def _networks(model: Any) -> list[Any]:
    """Return the networks that a fit of a model continues."""
    if not model.warm_start:
        return []
    if hasattr(model, "members_"):
        return [member.network for member in model.members_]
    return [model.network_] if hasattr(model, "network_") else []


def packed(thing: Any) -> bytes:
    """Return a fit, or a part of it, as bytes for other processes.

    Raises
    ------
    ParameterError
        If it cannot be pickled.
    """
    try:
        return pickle.dumps(thing)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ParameterError(
            "'model', the data and 'checkpoint' must be sent to other processes, but cannot be pickled: "
            f"{error}. Define custom functions and classes in a module, not in a function or as a lambda."
        ) from error


def fitted(
    fit: Fit, checkpoint: Checkpoint | None, resume: Path | None
) -> tuple[Any, list[tuple[str, type[Warning]]]]:
    """Fit a model together with the other ranks.

    Parameters
    ----------
    fit : Fit
        The call.
    checkpoint : Checkpoint or None
        Saves the model during the fit.
    resume : Path or None
        The checkpoint to continue from; rank 0 sends it to the others.

    Returns
    -------
    model : estimator
        Fitted, with its own parameters.
    warnings : list of (str, type)
        The warnings of the fit.
    """
    from pellucid.engines.accelerated.jax_team import same_bytes

    _check_likeness(fit)
    given = fit.model.get_params(deep=False)
    saved = same_bytes(b"" if resume is None else pickle.dumps(load(resume)))
    model, is_over = _continued(pickle.loads(saved), fit) if saved else (fit.model, False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if not is_over:
            model.set_params(**fit.parameters)
            model.set_callbacks(*([] if checkpoint is None else [checkpoint]))
            model.fit(fit.X, **{"y": None, **fit.arguments})
    model.set_callbacks()
    model.set_params(**given)
    return model, [(str(warning.message), warning.category) for warning in caught]


def _continued(saved: Any, fit: Fit) -> tuple[Any, bool]:
    """Return a saved model that continues as the given one would have, and whether nothing is left to do."""
    given = fit.model.get_params(deep=False)
    if hasattr(saved, "members_"):
        saved.set_params(**{**given, "warm_start": True})
        return saved, getattr(saved, "_training", None) is None
    before = len(fit.model.history_) if given["warm_start"] and hasattr(fit.model, "history_") else 0
    left = before + given["max_iter"] - len(saved.history_)
    saved.set_params(**{**given, "warm_start": True, "max_iter": max(1, left)})
    return saved, left < 1


def _check_likeness(fit: Fit) -> None:
    """Check that all ranks run the same code on the same data.

    Raises
    ------
    ParameterError
        If a rank does not; it names the first.
    """
    from pellucid.engines.accelerated.jax_team import all_texts
    from pellucid.engines.accelerated.team import current_team

    others = ", ".join(f"{name} {version(name)}" for name in ("jax", "jaxlib"))
    versions = f"pellucid {__version__}, {others}, numpy {np.__version__}"
    team = current_team()
    shards = "" if team is None else f" n_shards={team.n_shards} exchange_every={team.exchange_every}"
    check_alike(all_texts(f"{versions}; {fit.identity}{shards}"))


def check_alike(texts: list[str]) -> None:
    """Check what the ranks reported: versions, and a digest of data and options.

    Parameters
    ----------
    texts : list of str
        One per rank.

    Raises
    ------
    ParameterError
        If a rank differs from rank 0.
    """
    versions, data = zip(*(text.split("; ") for text in texts), strict=True)
    for rank, text in enumerate(versions):
        if text != versions[0]:
            raise ParameterError(
                f"Rank {rank} has {text}, but rank 0 has {versions[0]}. Install the same versions on all machines."
            )
    for rank, text in enumerate(data):
        if text != data[0]:
            raise ParameterError(
                f"Rank {rank} has {_difference(text, data[0])} than rank 0. Give all ranks the same table, in the "
                "same order, and the same options."
            )


def _difference(ours: str, theirs: str) -> str:
    """Return the first of the facts about two ranks that differs, in words."""
    for mine, other in zip(ours.split(), theirs.split(), strict=False):
        name, _, value = mine.partition("=")
        if mine != other:
            return DIFFERENCES.get(name, f"another {name!r}, {value},")
    return "other data or other options"
