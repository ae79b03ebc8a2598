r"""SGD with momentum, classical and Nesterov's.

.. math:: v \leftarrow \mu v - \eta g, \qquad
          \theta \leftarrow \theta + v \;\text{(classical)}, \quad
          \theta \leftarrow \theta + \mu v - \eta g \;\text{(Nesterov)}

Nesterov's is in the form that evaluates the gradient at the stored parameters, as scikit-learn and PyTorch
do (I. Sutskever et al. (2013), On the importance of initialization and momentum, section 2; B. Polyak
(1964); Y. Nesterov (1983)).
"""

from pellucid.optimizers.optimizer import Optimizer

__all__ = ["MOMENTUM", "NESTEROV"]


def scalars(learning_rate: float, step: int, momentum: float) -> tuple[float, ...]:
    return learning_rate, momentum


def update_momentum(g, v, rate, momentum):
    v = momentum * v - rate * g
    return v, v


def update_nesterov(g, v, rate, momentum):
    v = momentum * v - rate * g
    return momentum * v - rate * g, v


MOMENTUM = Optimizer("momentum", update_momentum, scalars, ("velocity",), {"momentum": 0.9})
NESTEROV = Optimizer("nesterov", update_nesterov, scalars, ("velocity",), {"momentum": 0.9})
