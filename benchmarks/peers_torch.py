"""PyTorch: eager with fused Adam and fused cross-entropy; the same with model and loss compiled."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.networks import RATE, Case, data, start

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class Trainer:
    """A model, an optimizer, a loop over the batches of the shuffled tensor."""

    def __init__(self, case: Case) -> None:
        X, y = data(case)
        self.case, self.X, self.y = case, torch.from_numpy(X), torch.from_numpy(y)
        self.model = model_of(case)
        self.loss = self.loss_of

    def loss_of(self, X, y):
        return cross_entropy(self.model(X), y)

    def begin(self, weights) -> None:
        put(self.model, weights)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=RATE, fused=True)

    def run(self, orders) -> None:
        loss_of, optimizer, batch = self.loss, self.optimizer, self.case.batch
        for order in orders:
            rows = torch.from_numpy(order)
            for X, y in zip(self.X[rows].split(batch), self.y[rows].split(batch), strict=True):
                optimizer.zero_grad(set_to_none=True)
                loss_of(X, y).backward()
                optimizer.step()

    def weights(self):
        return [
            (layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linear(self.model)
        ]


class CompiledTrainer(Trainer):
    """The same; ``torch.compile`` makes one function of model and loss, and of its backward pass."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        torch.compiler.reset()
        self.loss = torch.compile(self.loss_of)


def model_of(case: Case) -> nn.Sequential:
    layers = []
    for n_in, n_out in pairwise(case.sizes):
        layers += [nn.Linear(n_in, n_out, dtype=getattr(torch, case.dtype)), ACTIVATIONS[case.activation]()]
    return nn.Sequential(*layers[:-1])


def linear(model: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in model if isinstance(layer, nn.Linear)]


def put(model: nn.Sequential, weights) -> None:
    with torch.no_grad():
        for layer, (W, b) in zip(linear(model), weights, strict=True):
            layer.weight.copy_(torch.from_numpy(W.T))
            layer.bias.copy_(torch.from_numpy(b))


def predictors(case: Case):
    model = model_of(case)
    put(model, start(case))
    model.eval()

    @torch.inference_mode()
    def predict(X: np.ndarray) -> np.ndarray:
        return torch.softmax(model(torch.from_numpy(X)), dim=1).numpy()

    return predict, predict


def set_threads(n: int) -> None:
    torch.set_num_threads(n)
