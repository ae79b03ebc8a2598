"""Recipes that the preset "best" tried, as texts of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.workflow.score_texts import number_text, seconds_text

__all__ = ["TRIED_HEADS", "n_networks_text", "tried_texts"]

TRIED_HEADS = ("recipe", "folds", "all rows", "round", "seconds", "held-out loss", "share")


def tried_texts(model: Any) -> list[list[str]]:
    """Return a row of texts for each recipe that a model's fit tried, those of the result first.

    Parameters
    ----------
    model : estimator
        Fitted.

    Returns
    -------
    list of list of str
        Below ``TRIED_HEADS``. Shares are of the prediction; a linear model has the last row. Empty if the fit
        tried nothing.
    """
    rows, path = getattr(model, "tried_", ()), getattr(model, "linear_", None)
    rest = 1.0 if path is None else 1.0 - path.share
    texts = [
        [
            row["recipe"],
            str(row["folds"]),
            str(row.get("refits") or ""),
            str(row["round"]),
            seconds_text(row["seconds"]),
            number_text(row["loss"]),
            f"{rest * row['share']:.0%}" if row["share"] else "",
        ]
        for row in rows
    ]
    return [*texts, ["linear model", "", "", "", "", "", f"{1.0 - rest:.0%}"]] if rows and path else texts


def n_networks_text(members: Sequence[Any], sizes: str) -> str:
    """Return the number of networks and the layer sizes of the first, for a sentence.

    Parameters
    ----------
    members : sequence of Member
        Of an estimator for tables.
    sizes : str
        The layer sizes of the first network.

    Returns
    -------
    str
        Only the sizes if there is one network.
    """
    if len(members) == 1:
        return sizes
    first = members[0].network.layer_sizes
    alike = all(member.network.layer_sizes == first for member in members)
    return f"{len(members)} networks{' of' if alike else ', the first of'} {sizes}"
