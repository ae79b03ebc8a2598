r"""RMSprop: the rate per parameter follows a moving mean of the squares.

.. math:: s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \qquad
          \theta \leftarrow \theta - \eta\, g / (\sqrt{s} + \varepsilon)

T. Tieleman and G. Hinton (2012), Lecture 6.5, COURSERA Neural networks for machine learning. The decay is
called ``beta_2``, as in Adam, of which this is the second moment without bias correction.
"""

from pellucid.core.elementary import sqrt
from pellucid.optimizers.optimizer import Optimizer

__all__ = ["RMSPROP"]


def scalars(learning_rate: float, step: int, beta_2: float, epsilon: float) -> tuple[float, ...]:
    return learning_rate, beta_2, 1.0 - beta_2, epsilon


def update(g, s, rate, beta_2, share_2, epsilon):
    s = beta_2 * s + share_2 * g * g
    return -rate * g / (sqrt(s) + epsilon), s


RMSPROP = Optimizer(
    "rmsprop", update, scalars, ("squares",), {"beta_2": 0.99, "epsilon": 1e-8}, squares=("squares",)
)
