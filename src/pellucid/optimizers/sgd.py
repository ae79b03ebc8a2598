r"""Stochastic gradient descent.

.. math:: \theta \leftarrow \theta - \eta g

H. Robbins and S. Monro (1951), A stochastic approximation method, Ann. Math. Statist. 22, 400-407.
"""

from pellucid.optimizers.optimizer import Optimizer

__all__ = ["SGD"]


def scalars(learning_rate: float, step: int) -> tuple[float, ...]:
    return (learning_rate,)


def update(g, rate):
    return (-rate * g,)


SGD = Optimizer("sgd", update, scalars)
