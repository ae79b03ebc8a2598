"""Training of one network on the encoded rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Network, Objective
from pellucid.core.activations import get_activation
from pellucid.core.brief import brief
from pellucid.engines import Problem, get_engine
from pellucid.engines.constrained import ConstrainedEngine
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.blas import one_blas_thread
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.judgement import Unseen
from pellucid.tabular.members.member import EncodedRows, LastEpoch, Member, member_runner
from pellucid.tabular.members.monotone import bounds_of, start_within
from pellucid.tabular.members.recipe import Recipe, build_network
from pellucid.tabular.members.standing import Slot
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.members.training_rows import TrainingRows
from pellucid.training import Divergence, Observer, Plan, TrainingState, train
from pellucid.training.loop import MAX_ITER

__all__ = ["Job", "train_member"]

Array = NDArray[Any]
FEW = 4096  # rows used to time predictions


@dataclass(frozen=True)
class Job:
    """Data that a member learns from.

    Parameters
    ----------
    recipe : Recipe
        The training options.
    encoder : TableEncoder
        Says what the columns of the rows are.
    targets : Targets
        Not yet on the scale of the rows.
    rows : TrainingRows
        Rows to learn from.
    judged : EncodedRows
        Rows by which the best epoch is chosen.
    judge : callable or None
        From the member to what takes its network's outputs for ``judged`` to the validation loss and the score.
        None: the network stays as it is after the last epoch.
    records_unseen : bool, default=False
        True if predictions are wanted that a row of ``judged`` had no part in; see :class:`Unseen`.
    seed : int, default=0
        Seed of the order in which streamed rows come, beside the number of the epoch.
    signs : dict of int to int, default={}
        The columns in which predictions are monotone, with +1 or -1.
    keeps_last : bool, default=False
        True if the network after the last epoch is wanted, too.
    start : Member or None, default=None
        A member of an earlier fit, whose parameters and units of targets are those to begin with.
    """

    recipe: Recipe
    encoder: TableEncoder
    targets: Targets
    rows: TrainingRows
    judged: EncodedRows
    judge: Callable[[Member], Callable[[Array], tuple[float, float]]] | None
    records_unseen: bool = False
    seed: int = 0
    signs: dict[int, int] = field(default_factory=dict)
    keeps_last: bool = False
    start: Member | None = None

    __repr__ = brief


def train_member(
    job: Job,
    rng: np.random.Generator,
    *,
    engine: str,
    slot: Slot,
    seconds: float = inf,
    observers: Sequence[Observer] = (),
) -> Member:
    """Train one network, or continue its training.

    Parameters
    ----------
    job : Job
        The data it learns from.
    rng : numpy.random.Generator
        For all that is drawn.
    engine : str
        The engine that executes the steps.
    slot : Slot
        The training state, updated in place.
    seconds : float, default=inf
        The time for it.
    observers : sequence of Observer, default=()
        The observers.

    Returns
    -------
    Member
        The network at the last of its best epochs.
    """
    started, unseen = perf_counter(), _unseen(job, slot)
    if slot.standing is not None and slot.standing.state is None:
        return slot.standing.member
    recipe, rows = job.recipe, job.rows
    assert recipe.n_epochs is not None
    assert recipe.learning_rate_init is not None
    sample, targets = rows.sample, rows.scaled(job.targets)
    if job.start is not None:
        targets = targets.on_scale_of(job.start.targets)
    dtype = sample.X.dtype
    executing: Any = get_engine(engine)
    with one_blas_thread(wanted=True):  # the bits of a product may depend on the threads of the BLAS
        network = build_network(
            recipe,
            job.encoder,
            targets.n_outputs,
            targets.output_activation,
            sample.X,
            rng,
            sample_weight=sample.weight,
        )
        if job.signs:
            bounds = bounds_of(network, job.encoder, job.signs)
            start_within(network, bounds, sample.X, rng)
            executing = ConstrainedEngine(executing, *bounds)

    def encode_targets(y: Array) -> Array:
        return targets.encode(y, dtype, recipe.label_smoothing or 0.0)

    adam, at_hand = OPTIMIZERS["adam"], rows.at_hand
    problem = Problem(
        Objective(network, targets.loss.on(get_activation(targets.output_activation))),
        at_hand.X,
        encode_targets(at_hand.y),
        rows.weights_of(at_hand.weight, dtype),
        min(recipe.batch_size or rows.n_rows, rows.n_rows),
        adam,
        {"beta_2": recipe.beta_2},
        weight_decay=recipe.weight_decay,
        rate_factors=recipe.rate_factors,
        whole=rows.whole,
    )
    if slot.standing is None or slot.standing.state is None:
        state = TrainingState(adam.start(network.n_parameters, dtype), rng, recipe.n_epochs)
        if job.start is not None:
            _take_over(network, job.start.network)
    else:
        state, best = slot.standing.state.copy(), slot.standing.member.network
        network.parameters[...], network.state[...] = best.parameters, best.state
    member = Member(network, targets, state.history, unseen=unseen)
    slot.begin(member, state)
    regularization = get_schedule(recipe.regularization_schedule)
    run = member_runner(network, engine)
    if seconds < inf:
        if job.judge is not None:
            seconds -= _seconds_to_judge(run, job.judged.X)
        seconds -= perf_counter() - started
    plan = Plan(
        recipe.n_epochs - state.epoch,
        recipe.learning_rate_init,
        get_schedule(recipe.schedule),
        tol=0.0,
        patience=inf,
        keep_best=job.judge is not None,
        last_best=True,
        decay_schedule=regularization,
        dropout_schedule=regularization,
        seconds=max(seconds, 1e-3),
    )
    fill, judge = rows.filling(network), job.judge and job.judge(member)

    last: list[Array] = []  # parameters, state and predictions

    def validate() -> tuple[float, float]:
        assert judge is not None
        fill()
        outputs = run(job.judged.X)
        if job.keeps_last:
            last[:] = network.parameters.copy(), network.state.copy(), targets.decode(outputs)
        return judge(outputs)

    is_over = state.epoch >= recipe.n_epochs  # interrupted between its last epoch and its end
    if is_over and judge is not None and job.keeps_last and state.last_parameters is not None:
        last[:] = _last_epoch(network, state, lambda: targets.decode(run(job.judged.X)))
    watching, feed = [*observers, slot], rows.feed(problem, encode_targets, job.seed)
    outcome = train(
        problem, state, plan, executing, validate=judge and validate, observers=watching, feed=feed
    )
    if judge is None:
        fill()
    if last and not np.array_equal(last[0], network.parameters):
        member.last = LastEpoch(network.copy(), last[2])
        member.last.network.parameters[...], member.last.network.state[...] = last[:2]
    if outcome.reason == "max_iter":  # the same words, whether it was continued or not
        outcome = replace(outcome, message=MAX_ITER.format(recipe.n_epochs))
    if outcome.divergence is not None:
        divergence = _of_a_table(outcome.divergence, recipe.learning_rate_init)
        outcome = replace(outcome, message=str(divergence), divergence=divergence)
    return slot.end(replace(outcome, n_epochs=state.epoch))


def _last_epoch(network: Network, state: TrainingState, predict: Callable[[], Array]) -> list[Array]:
    """Return parameters, state and predictions of the network after the last epoch before an interruption."""
    assert state.last_parameters is not None
    kept = network.parameters.copy(), network.state.copy()
    found = [state.last_parameters.copy(), np.asarray(state.last_statistics).copy()]
    network.parameters[...], network.state[...] = found
    predicted = predict()
    network.parameters[...], network.state[...] = kept
    return [*found, predicted]


def _of_a_table(divergence: Divergence, rate: float) -> Divergence:
    """Return a description with remedies for estimators for tables, whose inputs and targets are scaled."""
    smaller = f"learning_rate_init={rate / 10:.3g}"
    if not divergence.cause.startswith("unscaled"):
        return replace(divergence, remedy=smaller)
    far = "rows far from those of the largest weights"
    return replace(divergence, cause=far, remedy=f"{smaller}, or weights that differ less")


def _take_over(network: Network, start: Network) -> None:
    """Start from the parameters of another network, which must have the same layers."""
    here, there = (
        ", ".join([*(layer.label for layer in each.layers), f"{each.n_parameters:,} parameters"])
        for each in (network, start)
    )
    if here != there or network.n_members != start.n_members:
        raise ParameterError(
            "warm_start=True continues the networks of the earlier fit, but the parameters ask for other "
            f"layers: {here} instead of {there}. Restore the parameters, or set warm_start=False to start again."
        )
    network.parameters[...], network.state[...] = start.parameters, start.state


def _unseen(job: Job, slot: Slot) -> Unseen | None:
    """Return the member's current predictions for held-out rows."""
    if not job.records_unseen:
        return None
    if slot.standing is None:
        return Unseen()
    unseen = slot.standing.member.unseen
    if unseen is None:  # a checkpoint of an earlier version
        return None
    if len(unseen.predictions) != len(job.judged.y):
        raise DataError("The checkpoint's record of held-out rows does not match these rows. Train again.")
    return unseen.copy()


def _seconds_to_judge(run: Callable[[Any], Array], X: Any) -> float:
    """Return the approximate time of the predictions after an epoch, which the training time must leave."""
    few = X[:FEW]
    run(few)  # which may compile
    started = perf_counter()
    run(few)
    return (perf_counter() - started) * float(X.shape[0] / few.shape[0])
