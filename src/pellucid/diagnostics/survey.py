"""Looking at every row, a part at a time, so that memory and caches hold what is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network, forward
from pellucid.core.losses import PairedLoss
from pellucid.recording.measuring_vitals import rooted_vitals, vitals_of_signals

__all__ = ["PART", "Survey", "survey"]

Array = NDArray[np.floating]
PART = 2048  # rows, whose signals fit a cache


@dataclass(frozen=True)
class Survey:
    """Survey of the forward pass over all rows.

    Parameters
    ----------
    scores, outputs : ndarray of shape (n_rows, n_outputs)
        The signals of the last block, and the outputs.
    losses : ndarray of shape (n_rows,)
        The loss of each row.
    blocks : list of dict
        The means over the rows, under the names of :class:`pellucid.recording.LayerVitals`.
    is_finite : bool
        True if all signals are finite.
    """

    scores: Array
    outputs: Array
    losses: Array
    blocks: list[dict[str, Any]]
    is_finite: bool


def survey(network: Network, X: Any, Y: Array, loss: PairedLoss, weight: Array) -> Survey:
    """Return what the forward pass tells of every row.

    Parameters
    ----------
    network : Network
        The network.
    X : ndarray, sparse array or StandardizedSparse of shape (n_rows, n_features)
        The inputs, as the network sees them.
    Y : ndarray of shape (n_rows, n_outputs)
        The targets.
    loss : PairedLoss
        The loss on the network's outputs.
    weight : ndarray of shape (n_rows,)
        The weights of the rows, > 0.

    Returns
    -------
    Survey
        Of the network as it predicts.
    """
    scores, outputs, losses, is_finite = [], [], [], True
    total: list[dict[str, Any]] = []
    with np.errstate(all="ignore"):
        for start in range(0, len(Y), PART):
            part = slice(start, start + PART)
            passed = forward(network, X[part])
            scores.append(passed.scores)
            outputs.append(passed.outputs)
            losses.append(loss.values(Y[part], passed.scores, passed.outputs))
            is_finite = is_finite and all(np.isfinite(z).all() for z in passed.zs)
            share, blocks = weight[part].sum() / weight.sum(), vitals_of_signals(passed, weight[part])
            blocks = [{name: share * value for name, value in block.items()} for block in blocks]
            total = [
                {name: value + block[name] for name, value in before.items()}
                for before, block in zip(
                    total or [dict.fromkeys(b, 0.0) for b in blocks], blocks, strict=True
                )
            ]
        all_scores, all_outputs, all_losses = map(np.concatenate, (scores, outputs, losses))
        return Survey(all_scores, all_outputs, all_losses, rooted_vitals(total), is_finite)
