"""One of the members that share weights in a network, as a network of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.core.layers import Scale

if TYPE_CHECKING:
    from pellucid.core.network import Network

__all__ = ["single_member"]


def single_member(network: Network, member: int) -> Network:
    r"""Return the network that one member is: its view of the inputs is a scaling layer.

    .. math:: z = (r_m \circ a_0) W + b_m

    Parameters
    ----------
    network : Network
        With ``n_members`` > 1.
    member : int
        The member, from 0.

    Returns
    -------
    Network
        With copies of the shared weights and of what is the member's own.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network
    >>> net = Network([2, 3, 1], n_members=4, random_state=0)
    >>> X = np.ones((5, 2))
    >>> np.allclose(single_member(net, 2).predict(X), net.predict_members(X)[2])
    True
    """
    options = network.architecture
    scaled = (*options.input_layers, Scale(options.widths[0]))
    single = type(network).from_architecture(
        options.replace(n_members=1, input_layers=scaled), initializer="zeros", dtype=network.dtype
    )
    theirs = network.parameter_views(network.parameters)
    own = single.parameter_views(single.parameters)
    for there, here in zip(theirs, own, strict=True):
        for name, view in here.items():
            given = there[name]
            # What is each member's own is stored side by side, member by member.
            view[...] = given if given.size == view.size else given.reshape(-1, *view.shape)[member]
    return single
