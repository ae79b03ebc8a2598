"""scikit-learn: ``partial_fit`` once per epoch, so that start and order of the rows are ours."""

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.networks import RATE, Case, data, start


class GivenOrder(np.random.RandomState):
    """A random state whose next shuffle gives the order that it was told."""

    order: np.ndarray

    def shuffle(self, x) -> None:
        x[...] = self.order


class Trainer:
    """An estimator whose weights are put in after it has made its own."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.X, self.y = data(case)
        if case.sizes[-1] == 2:  # two outputs, where it would have one
            self.y = np.eye(2, dtype=np.int64)[self.y]

    def begin(self, weights) -> None:
        self.order, few = GivenOrder(0), self.case.batch
        self.order.order = np.arange(few)
        self.model = estimator(self.case, self.order)
        self.model.partial_fit(self.X[:few], self.y[:few], classes=np.arange(self.case.sizes[-1]))
        self.model.out_activation_ = "softmax"
        self.model.coefs_ = [W.copy() for W, _ in weights]
        self.model.intercepts_ = [b.copy() for _, b in weights]
        del self.model._optimizer

    def run(self, orders) -> None:
        for order in orders:
            self.order.order = order
            self.model.partial_fit(self.X, self.y)

    def weights(self):
        return list(zip(self.model.coefs_, self.model.intercepts_, strict=True))


def estimator(case: Case, random_state=0) -> MLPClassifier:
    return MLPClassifier(
        case.sizes[1:-1], activation=case.activation, alpha=0.0, batch_size=case.batch,
        learning_rate_init=RATE, n_iter_no_change=10**6, random_state=random_state,
    )  # fmt: skip


def predictors(case: Case):
    trainer = Trainer(case)
    trainer.begin(start(case))
    return trainer.model.predict_proba, trainer.model.predict


def set_threads(n: int) -> None:
    threadpool_limits(n, user_api="blas")
