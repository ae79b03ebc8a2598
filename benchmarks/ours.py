"""pellucid: the engine alone, and the estimator as a user calls it."""

import warnings
from functools import partial

import numpy as np

from benchmarks.networks import RATE, Case, data, start
from pellucid import MLPClassifier, Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, StepSums, get_engine, outputs_runner, predictor
from pellucid.optimizers import OPTIMIZERS


class Trainer:
    """The engine: a session, and a call of ``run_steps`` per epoch; where the engine can, of several epochs."""

    engine = "auto"

    def __init__(self, case: Case) -> None:
        X, y = data(case)
        self.network = network_of(case)
        objective = Objective(self.network, get_loss("log_loss").on(self.network.output_activation))
        Y = np.eye(case.sizes[-1], dtype=case.dtype)[y]
        self.problem = Problem(objective, X, Y, None, case.batch, OPTIMIZERS["adam"])
        self.session = get_engine(self.engine).open(self.problem)
        self.rates, self.rng = np.full(case.steps, RATE), np.random.default_rng(0)

    def begin(self, weights) -> None:
        put(self.network, weights)
        self.memory = self.problem.optimizer.start(self.network.n_parameters, self.network.dtype)

    def run(self, orders) -> None:
        n_ahead = getattr(self.session, "n_ahead", 1)
        for first in range(0, len(orders), n_ahead):
            epochs = list(enumerate(orders))[first : first + n_ahead]
            if n_ahead > 1:
                self.session.ahead(partial(self._order, epochs), self.memory)
            else:
                self._order(epochs)

    def _order(self, epochs) -> None:
        steps = len(self.rates)
        for epoch, order in epochs:
            self.session.run_steps(
                0,
                steps,
                order=order,
                learning_rates=self.rates,
                memory=self.memory,
                updates_done=epoch * steps,
                rng=self.rng,
                sums=StepSums(),
            )

    def weights(self):
        return list(zip(self.network.weights, self.network.biases, strict=True))


class JaxTrainer(Trainer):
    """The engine of JAX."""

    engine = "jax"


class EstimatorTrainer:
    """``MLPClassifier.fit``, whole call; it draws its own start and orders, so its loss is not compared."""

    def __init__(self, case: Case) -> None:
        self.X, self.y = data(case)
        self.model = estimator(case)

    def begin(self, weights) -> None:
        pass

    def run(self, orders) -> None:
        self.model.set_params(max_iter=len(orders))
        with warnings.catch_warnings(action="ignore"):
            self.model.fit(self.X, self.y)

    def weights(self):
        return None


def estimator(case: Case) -> MLPClassifier:
    return MLPClassifier(
        case.sizes[1:-1], activation=case.activation, alpha=0.0, batch_size=case.batch, dtype=case.dtype,
        learning_rate_init=RATE, n_iter_no_change=10**6, random_state=0,
    )  # fmt: skip


def network_of(case: Case) -> Network:
    return Network(
        case.sizes,
        activation=case.activation,
        output_activation="softmax",
        initializer="zeros",
        dtype=case.dtype,
    )


def put(network: Network, weights) -> None:
    for k, (W, b) in enumerate(weights):
        network.weights[k][...], network.biases[k][...] = W, b


def predictors(case: Case):
    model = _fitted(case)
    return outputs_runner(model.network_), predictor(model)


def estimator_predictors(case: Case):
    model = _fitted(case)
    return model.predict_proba, model.predict


def _fitted(case: Case) -> MLPClassifier:
    X, y = data(case)
    with warnings.catch_warnings(action="ignore"):
        model = estimator(case).set_params(max_iter=1).fit(X, y)
    put(model.network_, start(case))
    return model
