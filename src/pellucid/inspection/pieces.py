"""Model as a weighted sum of networks, each evaluated and differentiated in its own lifted inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import ForwardPass, Network, forward
from pellucid.core.layers.layer import Run
from pellucid.core.propagation import pulled_back
from pellucid.estimators import Preparation
from pellucid.tabular.members.member import Member

__all__ = ["Piece", "of_member", "of_network"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Piece:
    r"""A network, its share of the prediction, and the way from its outputs to the user's and back.

    .. math:: p(x) = \sum_m s_m\, d_m(f_m(\ell_m(x)))

    with the lift :math:`\ell_m`, which replaces codes of categories by the network's own vectors, so that there is
    a straight path from one row to another.

    Parameters
    ----------
    network : Network
        In float64.
    share : float
        Its share s of the prediction.
    source : ndarray of shape (n_inputs,)
        The user's column of each input of the network.
    decode : callable
        d, from outputs to predictions, both of shape (n_rows, n).
    decode_backward : callable
        From outputs and derivatives with respect to predictions to those with respect to outputs.
    """

    network: Network
    share: float
    source: NDArray[np.intp]
    decode: Callable[[Array], Array]
    decode_backward: Callable[[Array, Array], Array]

    @property
    def start(self) -> int:
        """The position of lifted rows among the values of a forward pass."""
        return 0 if self.network.lookup is None else 1

    @property
    def lifted_source(self) -> NDArray[np.intp]:
        """The user's column of each lifted input."""
        lookup = self.network.lookup
        if lookup is None:
            return self.source
        codes = np.repeat(self.source[lookup.n_plain :], lookup.width)
        return np.concatenate([self.source[: lookup.n_plain], codes])

    def lift(self, X: Array) -> Array:
        """Return rows with the vectors of categories in place of their codes."""
        lookup = self.network.lookup
        if lookup is None:
            return X
        views = self.network.parameter_views(self.network.parameters)[0]
        return lookup.forward(X, views, {}, Run(training=False, values=[X]))[0]

    def passed(self, lifted: Array) -> ForwardPass:
        """Return the forward pass of lifted rows."""
        return forward(self.network, None, values=[lifted] if self.start == 0 else [None, lifted])

    def predictions(self, passed: ForwardPass) -> Array:
        """Return predictions in the user's units, the mean over members that share the network."""
        decoded = self.decode(passed.outputs)
        return np.asarray(decoded.reshape(-1, self.network.n_members, decoded.shape[1]).mean(axis=1))

    def gradient(self, passed: ForwardPass, upstream: Array) -> Array:
        """Return derivatives with respect to lifted rows, given those with respect to predictions."""
        each = self.network.of_each(upstream) / self.network.n_members
        return pulled_back(passed, self.decode_backward(passed.outputs, each), to=self.start)


def of_member(member: Member, share: float, source: NDArray[np.intp]) -> Piece:
    """Return the piece of a member of a tabular estimator.

    Parameters
    ----------
    member : Member
        The member, or the linear model besides the networks.
    share : float
        Its share of the prediction.
    source : ndarray of shape (n_encoded,)
        The user's column of each encoded column.

    Returns
    -------
    Piece
        In float64.
    """
    network, targets = member.network.copy(np.float64), member.targets
    return Piece(network, share, source, targets.decode, targets.decode_backward)


def of_network(how: Preparation, *, is_binary: bool) -> Piece:
    """Return the only piece of an MLP or a network.

    Parameters
    ----------
    how : Preparation
        The way from the user's rows to the network.
    is_binary : bool
        True if a single output is the probability of the second of two classes.

    Returns
    -------
    Piece
        In float64.
    """
    source = np.arange(how.network.layer_sizes[0])
    scale = 1.0 if how.target_scale is None else how.target_scale
    if is_binary:
        return Piece(how.network, 1.0, source, _both, lambda outputs, back: back[:, 1:] - back[:, :1])
    return Piece(how.network, 1.0, source, how.in_users_units, lambda outputs, back: back * scale)


def _both(outputs: Array) -> Array:
    """Return the probabilities of both classes."""
    return np.hstack([1.0 - outputs, outputs])
