"""Linear path: a linear model combined with the networks, with a share chosen by held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from pellucid.host.blas import one_blas_thread
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.linear.linear_choice import LinearChoice, Trial, linear_outputs, mixed, thinned
from pellucid.tabular.linear.linear_model import LINEAR_LOSSES, fit_linear
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.targets import Targets

__all__ = ["LinearPath", "find_linear_path"]

Array = NDArray[Any]
LEARNED = 20_000  # rows that the linear model learns from


@dataclass(frozen=True)
class LinearPath:
    r"""Linear model that is combined with the networks.

    .. math:: \hat y(x) = (1 - s) \frac1M \sum_m f_m(x) + s\, g(x)

    Parameters
    ----------
    member : Member
        The linear model g, a network without hidden layers.
    share : float
        Its share s in (0, 1].
    """

    member: Member
    share: float

    def outputs(self, X: Any, *, exactly: bool = False) -> Array:
        """Return the linear model's predictions for encoded rows, ``exactly`` with all sums in one order."""
        return linear_outputs(self.member, X, exactly=exactly)

    def beside(self, networks: Array, X: Any, *, exactly: bool = False) -> Array:
        """Return predictions of networks for encoded rows, with the linear model's share in each."""
        return mixed(networks, self.outputs(X, exactly=exactly), self.share)


def find_linear_path(
    encoder: TableEncoder,
    targets: Targets,
    rows: EncodedRows,
    trials: Sequence[Trial],
    *,
    wants_unseen: bool,
    signs: dict[int, int] | None = None,
) -> tuple[LinearPath | None, list[Array]]:
    r"""Return a linear model with its share, and predictions of the mixture for held-out rows.

    The share is its posterior mean, given the n rows that the networks held out:

    .. math:: s = \mathrm E[\sigma \mid \text{rows}], \qquad p(\sigma \mid \text{rows}) \propto
        p(\sigma)\, e^{-n\,\bar\ell(\sigma)}

    with the mean loss :math:`\bar\ell` of the mixture, and :math:`\tfrac12 \log \bar\ell` in its place for squared
    errors, whose unit is unknown. Before any row is seen, the networks alone (0), the linear model alone (1) and
    all that lies between are equally probable.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    targets : Targets
        Not yet on the scale of the rows.
    rows : EncodedRows
        All rows of the fit.
    trials : sequence of Trial
        One for each network.
    wants_unseen : bool
        True if the predictions of the mixture for held-out rows are wanted.
    signs : dict of int to int, default=None
        The columns in which predictions are monotone, with +1 or -1.

    Returns
    -------
    LinearPath or None
        None if the linear model would not help, or does not go with the loss.
    list of ndarray
        Predictions of the mixture for the rows of each trial; those of the networks if they are not wanted. A row
        has no part in the fits, the penalty and the share that predict it.

    References
    ----------
    L. Breiman (1996), Stacked regressions, Machine Learning 24, 49-64.
    """
    told = [trial.told for trial in trials]
    if targets.loss.name not in LINEAR_LOSSES or not all(map(len, told)):
        return None, told
    choice = LinearChoice(encoder, targets.on(rows.y, rows.weight), trials, signs)
    with one_blas_thread(wanted=True):  # the same bits for any number of threads
        if wants_unseen:
            told = [choice.unseen(place) for place in range(len(trials))]
        best, share = choice.best(tuple(range(choice.n_compared)))
        if share == 0.0:
            return None, told
        member = fit_linear(encoder, targets, thinned(rows, LEARNED), best, signs)
        return LinearPath(member, share), told
