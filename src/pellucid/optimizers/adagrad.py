r"""AdaGrad: a rate per parameter that falls with the squares seen so far.

.. math:: s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \eta\, g / (\sqrt{s} + \varepsilon)

J. Duchi, E. Hazan and Y. Singer (2011), Adaptive subgradient methods, JMLR 12, 2121-2159.
"""

from pellucid.core.elementary import sqrt
from pellucid.optimizers.optimizer import Optimizer

__all__ = ["ADAGRAD"]


def scalars(learning_rate: float, step: int, epsilon: float) -> tuple[float, ...]:
    return learning_rate, epsilon


def update(g, s, rate, epsilon):
    s = s + g * g
    return -rate * g / (sqrt(s) + epsilon), s


ADAGRAD = Optimizer("adagrad", update, scalars, ("squares",), {"epsilon": 1e-8}, squares=("squares",))
