r"""Adam and AdamW: moving means of the gradient and of its square, both corrected for their start.

.. math::
    m &\leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
    \hat m &= m / (1 - \beta_1^t), \qquad \hat v = v / (1 - \beta_2^t) \\
    \theta &\leftarrow \theta - \eta\, \hat m / (\sqrt{\hat v} + \varepsilon)

This is Algorithm 1 of D. Kingma and J. Ba (2015), arXiv:1412.6980, as in PyTorch and optax; scikit-learn and
Keras add :math:`\varepsilon` to the uncorrected :math:`\sqrt v`. AdamW is the same update with a
decoupled weight decay, :math:`\theta \leftarrow \theta - \eta \lambda \theta` before the step
(I. Loshchilov and F. Hutter (2019), arXiv:1711.05101).
"""

from dataclasses import replace

from pellucid.core.elementary import sqrt
from pellucid.optimizers.optimizer import Optimizer

__all__ = ["ADAM", "ADAMW"]


def scalars(
    learning_rate: float, step: int, beta_1: float, beta_2: float, epsilon: float
) -> tuple[float, ...]:
    rate, correction = learning_rate / (1.0 - beta_1**step), 1.0 / (1.0 - beta_2**step)
    return rate, correction, beta_1, 1.0 - beta_1, beta_2, 1.0 - beta_2, epsilon


def update(g, m, v, rate, correction, beta_1, share_1, beta_2, share_2, epsilon):
    m = beta_1 * m + share_1 * g
    v = beta_2 * v + share_2 * g * g
    return -rate * m / (sqrt(correction * v) + epsilon), m, v


OPTIONS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
ADAM = Optimizer("adam", update, scalars, ("m", "v"), OPTIONS, squares=("v",))
ADAMW = replace(ADAM, name="adamw", weight_decay=0.01)
