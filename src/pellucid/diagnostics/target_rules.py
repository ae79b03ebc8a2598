"""Rules on the targets: classes of very different size, and labels that the inputs contradict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr
from sklearn.feature_selection import f_classif, f_regression
from sklearn.neighbors import NearestNeighbors

from pellucid.core import forward
from pellucid.core.inputs import StandardizedSparse
from pellucid.diagnostics.data_rules import column_statistics
from pellucid.diagnostics.examination import Examination, listed, numbered
from pellucid.diagnostics.finding import Rule, Symptom
from pellucid.host.counted import agreeing
from pellucid.host.quiet import quiet

__all__ = ["TARGET_RULES", "class_imbalance", "label_noise"]

Array = NDArray[np.floating]

IMBALANCE = 10.0
NEIGHBORS, AGREE = 10, 0.8
TRUSTED = 0.7  # with 25 % of the labels flipped, neighbors in real sets still tell more
QUERIES = 1000  # rows whose neighbors are looked up
ROBUST_SIGMAS = 6.0
FEW = 0.01  # of the targets, which are worth a look, and no other loss


def classes_of(examination: Examination) -> NDArray[np.intp] | None:
    """Return the class of each row as an index; None if the targets are not exclusive classes."""
    Y, is_classes = examination.Y, examination.loss.loss.name == "log_loss"
    if not is_classes or (Y.shape[1] > 1 and not examination.network.output_activation.range.simplex):
        return None
    return Y.argmax(axis=1) if Y.shape[1] > 1 else (Y[:, 0] > 0.5).astype(np.intp)


def class_name(examination: Examination, code: int) -> str:
    """Return how the user calls a class."""
    codes = classes_of(examination)
    assert codes is not None
    y = examination.y[examination.rows]
    return str(y[np.argmax(codes == code)]) if y.ndim == 1 else str(code)


def class_imbalance(examination: Examination) -> Iterator[Symptom]:
    """Yield where one class is at least ten times rarer than another, and whether it is recognized."""
    codes = classes_of(examination)
    if codes is None:
        return
    n_classes = max(2, examination.Y.shape[1])
    counts = np.bincount(codes, minlength=n_classes)
    weights = np.bincount(codes, examination.weight, n_classes)
    if (weights == 0.0).any():
        weights = np.where(weights > 0.0, weights, np.inf)
    ratio = float(counts.max() / counts[counts > 0].min())
    if float(np.where(np.isinf(weights), 0.0, weights).max() / weights.min()) < IMBALANCE:
        return
    rare = [int(c) for c in np.flatnonzero((counts > 0) & (counts.max() >= IMBALANCE * counts))]
    if not rare:
        return
    measured: dict[str, float] = {"ratio": ratio, "rows of the rarest": int(counts[counts > 0].min())}
    recall = np.nan
    if not examination.untrained and examination.seen is not None:
        right = predicted(examination) == codes
        recall = float(np.mean([right[codes == c].mean() for c in rare]))
        measured |= {"recall of the rare": recall, "recall of all": float(right.mean())}
    severity = 0.4 if np.isnan(recall) else 0.2 if recall >= 0.8 else 0.4 + 0.4 * (0.8 - recall)
    called = [class_name(examination, c) for c in rare]
    yield Symptom(
        severity,
        {"classes": rare, "names": called},
        measured,
        f"The largest class has {ratio:.3g} times the rows of the smallest (rare: {listed(called)})."
        + (
            ""
            if np.isnan(recall)
            else f" Of the rare rows {recall:.0%} are recognized, of all {measured['recall of all']:.0%}."
        ),
        "Every row counts equally in the loss, so recognizing the rare class reduces it little compared "
        "with the common ones; accuracy hides this.",
        "Weight the classes, and evaluate with balanced accuracy or the recall of each class.",
        {"class_weight": "balanced"},
    )


def predicted(examination: Examination) -> NDArray[np.intp]:
    """Return the class that the network chooses for each row."""
    assert examination.seen is not None
    outputs = examination.seen.outputs
    return outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(np.intp)


def label_noise(examination: Examination) -> Iterator[Symptom]:
    """Yield labels that have nothing to do with the inputs, and the rows whose label is probably wrong."""
    assert examination.vitals is not None
    codes = classes_of(examination)
    if examination.untrained or len(examination.rows) < 50:
        return
    if codes is None:
        yield from outlying_targets(examination)
        return
    losses = examination.vitals.losses
    rng = np.random.default_rng(0)
    sample = rng.permutation(len(codes))[:QUERIES]
    share = shares_of_neighbors(examination.columns, codes, sample)
    priors = np.bincount(codes) / len(codes)
    chance = float((priors**2).sum())  # what a neighbor's label is right by, when drawn from the priors
    own = share[np.arange(len(sample)), codes[sample]]
    error = np.sqrt(chance * (1.0 - chance) / len(sample) / NEIGHBORS) * np.sqrt(2.0)
    fitted = float((predicted(examination) == codes).mean())
    unrelated = own.mean() < chance + 3.0 * error and not column_tells(f_classif, examination.columns, codes)
    if unrelated and not is_confirmed(examination, float(priors.max())):
        yield Symptom(
            0.6,
            {"rows": "all"},
            {"agreement with neighbors": float(own.mean()), "by chance": chance, "training accuracy": fitted},
            f"The labels look unrelated to the inputs: of the {NEIGHBORS} nearest rows {own.mean():.1%} have a "
            f"row's label, and by chance {chance:.1%} would.",
            f"The network classifies {fitted:.0%} of these rows correctly; it has memorized them.",
            "Check whether X and y are in the same order, and how the labels were made. "
            "Evaluate on held-out rows.",
            {"early_stopping": True},
        )
        return
    right, agreed = share.argmax(axis=1) == codes[sample], share.max(axis=1) >= AGREE
    if right.mean() <= priors.max() or not agreed.any() or right[agreed].mean() < TRUSTED:
        return  # such neighbors cannot contradict a label
    worst = np.argsort(-losses, kind="stable")[:QUERIES]
    share = shares_of_neighbors(examination.columns, codes, worst)
    contradicted = (share[np.arange(len(worst)), codes[worst]] == 0.0) & (share.max(axis=1) >= AGREE)
    suspects = worst[contradicted]
    expected = max(3.0, 0.015 * len(codes))
    if len(suspects) > expected:
        rows = examination.rows[suspects]
        instead = share[contradicted].argmax(axis=1)
        yield Symptom(
            min(0.8, 0.3 + 2.0 * len(suspects) / len(codes)),
            {"rows": rows, "classes": [class_name(examination, int(c)) for c in instead]},
            {
                "suspects": len(suspects),
                "share": len(suspects) / len(codes),
                "mean loss of suspects": float(losses[suspects].mean()),
                "mean loss": float(losses.mean()),
            },
            f"{len(suspects)} of {len(codes)} rows {agreeing(len(suspects), 'has', 'have')} a label that none of "
            f"the {NEIGHBORS} nearest rows has, while at least {AGREE:.0%} of these agree on another (highest "
            f"losses first: {numbered(rows, 'row')}).",
            f"Their loss is {losses[suspects].mean():.3g} on average, that of all rows "
            f"{losses.mean():.3g}: to learn them, the network must fit individual rows.",
            "Inspect these rows; correct or leave out wrong ones. Smoothed labels and early stopping prevent "
            "the network from memorizing the rest.",
            {"label_smoothing": 0.1, "early_stopping": True},
        )


def outlying_targets(examination: Examination) -> Iterator[Symptom]:
    """Yield the rows of a regression whose residuals no normal error would leave."""
    assert examination.seen is not None
    if examination.network.output_activation.name != "identity":
        return
    sample = np.random.default_rng(0).permutation(len(examination.Y))[:QUERIES]
    expected = examination.Y[neighbors(examination.columns, sample)].mean(axis=1)
    agreement = max(correlation(*pair) for pair in zip(expected.T, examination.Y[sample].T, strict=True))
    unrelated = agreement < 3.0 / np.sqrt(len(sample)) and (np.ptp(examination.Y, axis=0) > 0.0).all()
    for target in examination.Y.T:
        unrelated = unrelated and not column_tells(f_regression, examination.columns, rankdata(target))
    if unrelated and not is_confirmed(examination, 0.0):
        yield unrelated_targets(agreement, len(sample))
        return
    residuals = examination.Y - examination.seen.outputs
    center = np.median(residuals, axis=0)
    sigma = 1.4826 * np.median(np.abs(residuals - center), axis=0)
    far = np.abs(residuals - center) > np.maximum(ROBUST_SIGMAS * sigma, examination.Y.std(axis=0))
    suspects = np.flatnonzero(far.any(axis=1))
    if len(suspects) <= 0.1 * len(residuals):
        assert examination.vitals is not None
        suspects = suspects[np.argsort(-examination.vitals.losses[suspects], kind="stable")][:QUERIES]
        beyond = np.where(far, residuals - center, 0.0)[suspects]
        suspects = suspects[contradicts(examination, suspects, beyond)]
        if not len(suspects):
            return
        rows = examination.rows[suspects]
        times = float((np.abs(residuals - center) / np.maximum(sigma, 1e-300)).max())
        is_squared, are_few = examination.loss.loss.name == "squared_error", len(rows) < FEW * len(residuals)
        yield Symptom(
            0.2 if are_few else 0.35,
            {"rows": rows},
            {"suspects": len(suspects), "largest residual in robust sigmas": times},
            f"{len(suspects)} of {len(residuals)} targets {agreeing(len(suspects))} more than {ROBUST_SIGMAS:g} "
            f"robust standard deviations from the predictions ({numbered(rows, 'row')}).",
            "The squared error grows with the square of the residual, so these rows dominate the fit."
            if is_squared
            else "Either these targets are wrong, or the network has not learned what makes them extreme.",
            "Inspect these rows"
            + ("; if they are right, use a loss that grows linearly." if is_squared else "."),
            {"loss": "huber"} if is_squared and not are_few else {},
        )


def contradicts(examination: Examination, rows: NDArray[np.intp], residuals: Array) -> NDArray[np.bool_]:
    """Return where a target is off its nearest rows' too; else it is the network that is off there."""
    if not len(rows):
        return np.zeros(0, bool)
    near, signs = examination.Y[neighbors(examination.columns, rows)], np.sign(residuals)
    off = examination.Y[rows] * signs - np.sort(near * signs[:, None], axis=1)[:, -2:].min(axis=1)
    return np.asarray(((residuals != 0.0) & (off >= 0.5 * np.abs(residuals))).any(axis=1))


def unrelated_targets(agreement: float, n_rows: int) -> Symptom:
    """Return the symptom of a regression whose targets have nothing to do with the inputs."""
    return Symptom(
        0.5,
        {"rows": "all"},
        {"agreement with neighbors": agreement},
        f"The targets look unrelated to the inputs: with the mean of their {NEIGHBORS} nearest rows they are "
        f"correlated by {agreement:.2g}, not clearly more than {n_rows} rows would be by chance.",
        "The network has memorized what it learned.",
        "Check whether X and y are in the same order, and how the targets were made. Evaluate on held-out rows.",
        {"early_stopping": True},
    )


def column_tells(test: Any, X: Any, target: Any) -> bool:
    """Return whether some column alone is related to the target, by an F test at 1 % over all columns."""
    X = X.scaled if isinstance(X, StandardizedSparse) else X
    with quiet(), np.errstate(all="ignore"):  # constant columns
        p = np.asarray(test(X, target)[1])
    return bool(np.nanmin(p, initial=1.0) * len(p) < 0.01)


def correlation(one: Array, other: Array) -> float:
    """Return the rank correlation, which a few wild numbers do not move; 0 where one of the two does not vary."""
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 0.0
    return float(spearmanr(one, other).statistic)


def neighbors(X: Any, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each of some rows the nearest others, all columns in units of their deviation."""
    points = X.scaled if isinstance(X, StandardizedSparse) else X  # a shift changes no distance
    _, deviation, _ = column_statistics(points)
    points = points @ scipy.sparse.diags_array(1.0 / np.where(deviation > 0.0, deviation, 1.0))
    k = min(NEIGHBORS, points.shape[0] - 1)
    near = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points[rows], return_distance=False)
    others = near != rows[:, None]
    others[others.all(axis=1), -1] = False  # among many equal rows it may not find itself
    return np.asarray(near[others].reshape(len(rows), k))


def shares_of_neighbors(X: Any, codes: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
    """Return for each of some rows the share of each class among its nearest rows."""
    labels = codes[neighbors(X, rows)]
    return np.stack([(labels == c).mean(axis=1) for c in range(codes.max() + 1)], axis=1)


def is_confirmed(examination: Examination, chance: float) -> bool:
    """Return whether held-out rows are predicted clearly better than by chance."""
    if examination.validation is None:
        return False
    held = examination.validation
    outputs = forward(examination.network, held.X).outputs
    if examination.loss.loss.name != "log_loss":
        pairs = zip(outputs.T, held.Y.T, strict=True)
        return bool(max(correlation(*pair) for pair in pairs) > 3.0 / np.sqrt(len(outputs)))
    if outputs.shape[1] > 1:
        right = outputs.argmax(axis=1) == held.Y.argmax(axis=1)
    else:
        right = (outputs[:, 0] > 0.5) == (held.Y[:, 0] > 0.5)
    return bool(right.mean() > chance + 3.0 * np.sqrt(chance * (1.0 - chance) / len(right)))


TARGET_RULES: tuple[Rule, ...] = (
    Rule(
        "class-imbalance", class_imbalance, ("data",),
        "the weights of two classes differ by a factor of 10 or more; a note if the rare class is recognized",
        "pellucid; see He and Garcia (2009), Learning from imbalanced data", "ours",
    ),
    Rule(
        "label-noise", label_noise, ("vitals",),
        "classes: over 1.5 % of the rows (among those with the highest losses) have a label that none of their 10"
        " nearest rows has, while at least 8 of these agree on another; such neighbors must predict labels better"
        " than the most frequent class does, and 70 % of them where 8 agree. Or labels agree with their neighbors"
        " no more than by chance, and no single column is related to them. Numbers: residuals are over 6 robust "
        "standard deviations and over the standard deviation of the targets, and the target differs by at least "
        "half the residual from those of all but one of its 10 nearest rows; a note below 1 % of the rows",
        "Wilson (1972), edited nearest neighbors; the numbers are pellucid's", "ours",
    ),
)  # fmt: skip
