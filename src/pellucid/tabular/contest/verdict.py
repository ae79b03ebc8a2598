"""Verdict of a comparison: differences with their intervals, and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from pellucid.tabular.contest.contender_trial import Trial
from pellucid.tabular.contest.contenders import CONTENDERS
from pellucid.tabular.contest.sampling import left_out_scores, paired_variance
from pellucid.tabular.metrics import Metric

__all__ = ["interval", "summarize", "verdict"]

CONFIDENCE = 0.95
PRIOR = 2  # number of splits as which the sampling variance of the test rows counts
FAR = 0.25  # share of the best mean by which a model may be behind without being mentioned
LITTLE_TIME = 0.5  # of ours: a model this much faster is worth mentioning
WORDS_OF_SHARES = {2: "half", 3: "a third", 4: "a quarter"}


def interval(
    differences: NDArray[np.float64],
    test_to_training: float,
    drawn: float = 0.0,
    *,
    excess: float = 1.0,
    n_freedom: float | None = None,
    n_compared: int = 1,
) -> tuple[float, float] | None:
    r"""Return the interval of the mean of differences over splits that share rows; None for one split.

    :math:`\bar d \pm t_{1 - 0.025/m,\,f} \sqrt{(1/n + n_{test}/n_{train})\, s^2}` (Nadeau and Bengio 2003).
    The variance of a few differences is unreliable, and useless if they are equal by chance. So it is averaged
    with the variance v of a difference due to the sampling of the test rows alone, which counts as two more
    splits, and is at least v times the excess.

    Parameters
    ----------
    differences : ndarray of shape (n_splits,)
        One per split.
    test_to_training : float
        Test rows per training row.
    drawn : float, default=0.0
        v; 0 if it is not known.
    excess : float, default=1.0
        The ratio of the variance of differences to v in all measured comparisons.
    n_freedom : float, default=None
        f, the degrees of freedom; None for n - 1.
    n_compared : int, default=1
        m, the number of intervals that hold together with a probability of 95 %.

    Returns
    -------
    tuple of float, or None
        The ends.

    Examples
    --------
    >>> low, high = interval(np.array([1.0, 2.0, 3.0]), 0.25)
    >>> round(low, 2), round(high, 2)
    (-1.29, 5.29)
    """
    n = len(differences)
    if n < 2:
        return None
    variance = float(differences.var(ddof=1))
    if drawn > 0.0:
        variance = max(excess * drawn, (PRIOR * drawn + (n - 1) * variance) / (PRIOR + n - 1))
    one_sided = (1.0 - CONFIDENCE) / 2.0 / n_compared
    quantile = float(student.isf(one_sided, n - 1 if n_freedom is None else n_freedom))
    width = quantile * np.sqrt((1.0 / n + test_to_training) * variance)
    mean = float(differences.mean())
    return mean - float(width), mean + float(width)


def summarize(
    trials: Mapping[str, Sequence[Trial]], metric: Metric, sizes: Sequence[tuple[int, int]]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a row per model, the one with the best mean first, and the reasons why others have none.

    Parameters
    ----------
    trials : dict of str to list of Trial
        By contender, in the order of the splits.
    metric : Metric
        The metric that ranks them.
    sizes : list of (int, int)
        Training and test rows of each split.

    Returns
    -------
    rows : list of dict
        ``difference`` is how much worse than the first, >= 0; ``low`` and ``high`` are its interval, None where
        nothing can be said of chance.
    failed : dict of str to str
        By contender.
    """
    failed = {name: next((t.error for t in held if t.error), "") for name, held in trials.items()}
    for name, held in trials.items():
        if not failed[name] and any(trial.scores[metric.name] is None for trial in held):
            failed[name] = f"{metric.label} is not defined on the test rows of a split"
    rows = [_row(name, held, metric) for name, held in trials.items() if not failed[name]]
    rows.sort(key=lambda row: -metric.sign * row["mean"])
    others = {row["name"]: metric.sign * (np.array(rows[0]["scores"]) - row["scores"]) for row in rows[1:]}
    ends = _intervals(others, trials, rows[0]["name"], metric, sizes) if rows else {}
    for row in rows:
        worse = others.get(row["name"])
        row["difference"] = 0.0 if worse is None else float(worse.mean())
        row["low"], row["high"] = ends.get(row["name"]) or (None, None)
    return rows, {name: why for name, why in failed.items() if why}


def _intervals(
    others: Mapping[str, NDArray[np.float64]],
    trials: Mapping[str, Sequence[Trial]],
    first: str,
    metric: Metric,
    sizes: Sequence[tuple[int, int]],
) -> dict[str, tuple[float, float] | None]:
    """Return the interval of each difference to the first; all hold jointly with a probability of 95 %.

    Splits differ by more than their test rows explain, since models learn from other rows. By how much is
    estimated from all differences together, because the few splits of a single one are not enough.
    """
    n, ratio = len(sizes), float(np.mean([n_test / n_training for n_training, n_test in sizes]))
    scores = {name: [_left_out(metric, trial) for trial in trials[name]] for name in (first, *others)}
    drawn = {name: _drawn(scores[first], scores[name]) for name in others}
    ratios = [others[name].var(ddof=1) / v for name, v in drawn.items() if v and n > 1]
    freedom = (n - 1) * (1 + len(ratios)) / 2.0  # of differences to the same model, which are not independent
    excess = (PRIOR + freedom * float(np.mean(ratios))) / (PRIOR + freedom) if ratios else 1.0
    return {
        name: None
        if v is None
        else interval(
            others[name],
            ratio,
            v,
            excess=max(1.0, excess),
            n_freedom=PRIOR + freedom if v else None,
            n_compared=len(others),
        )
        for name, v in drawn.items()
    }


def _left_out(metric: Metric, trial: Trial) -> NDArray[np.float64] | None:
    """Return the scores of a trial with blocks of test rows left out; all equal if no answers were kept."""
    if trial.answers is None:
        return np.zeros(3)
    return left_out_scores(metric, trial.answers, trial.groups)


def _drawn(one: Sequence[Any], other: Sequence[Any]) -> float | None:
    """Return the variance of a difference over samples of test rows, averaged over splits; None if undefined."""
    found = [paired_variance(a, b) for a, b in zip(one, other, strict=True)]
    return None if None in found else float(np.mean([v or 0.0 for v in found]))


def _row(name: str, held: Sequence[Trial], metric: Metric) -> dict[str, Any]:
    scores: list[Any] = [trial.scores[metric.name] for trial in held]
    measured: dict[str, list[Any]] = {m: [trial.scores[m] for trial in held] for m in held[0].scores}
    return {
        "name": name,
        "label": CONTENDERS[name].label,
        "scores": scores,
        "mean": float(np.mean(scores)),
        "metrics": {m: None if None in values else float(np.mean(values)) for m, values in measured.items()},
        "fit_seconds": float(np.mean([trial.fit_seconds for trial in held])),
        "predict_seconds": float(np.mean([trial.predict_seconds for trial in held])),
    }


# ---- in words -------------------------------------------------------------------------------------------


def verdict(rows: Sequence[dict[str, Any]], metric: Metric, n_splits: int) -> list[str]:
    """Return sentences on what the rows show, and what they do not.

    Parameters
    ----------
    rows : list of dict
        Of :func:`summarize`.
    metric : Metric
        The metric that ranked them.
    n_splits : int
        The number of splits.

    Returns
    -------
    list of str
        Sentences.
    """
    best = rows[0]
    ours = next((row for row in rows if CONTENDERS[row["name"]].is_ours), None)
    other = next((row for row in rows if not CONTENDERS[row["name"]].is_ours), None)
    said = []
    if ours is None or other is None:
        said += _same_kind(rows, metric)
    elif best is ours:
        said += _ours_first(ours, other, metric)
    else:
        said += _other_first(best, ours, metric)
    linear = next((row for row in rows if row["name"] == "linear"), None)
    if linear is not None and best is not linear and _is_level(linear):
        near = linear["high"] is None or linear["high"] <= FAR * abs(best["mean"])
        said.append(
            "The linear model is not measurably worse than the best: nothing here calls for a more "
            "complex model."
            if near
            else "The linear model is not measurably worse than the best, but may be far behind it: more "
            "rows or splits would show."
        )
    if n_splits == 1:
        said.append(
            "A single split cannot show the influence of chance: the order may change on the next. Use at least 3."
        )
    elif n_splits < 5 and any(_is_level(row) for row in rows[1:]):
        said.append(f"With {n_splits} splits only large differences show; more splits narrow the intervals.")
    return said


def _same_kind(rows: Sequence[dict[str, Any]], metric: Metric) -> list[str]:
    """Return sentences for the case that all models are pellucid's, or none is."""
    best = _capital(rows[0]["label"])
    if len(rows) == 1:
        return [f"{best}: {metric.label} {_amount(rows[0]['mean'], metric).replace(' points', ' %')}."]
    if _is_level(rows[1]):
        return [f"{best} and {rows[1]['label']} cannot be told apart: {_holds_zero(rows[1], metric)}."]
    return [f"{best} has the best {metric.label}: {rows[1]['label']} is behind by {_by(rows[1], metric)}."]


def _ours_first(ours: dict[str, Any], other: dict[str, Any], metric: Metric) -> list[str]:
    if not _is_level(other):
        said = [f"{_capital(ours['label'])} is better than {other['label']} by {_by(other, metric)}."]
    else:
        said = [
            f"{_capital(ours['label'])} and {other['label']} cannot be told apart: {_holds_zero(other, metric)}."
        ]
    share = other["fit_seconds"] / max(ours["fit_seconds"], 1e-9)
    if share < LITTLE_TIME:
        said.append(f"{_capital(other['label'])} takes {_share(share)} of the time to fit.")
        if _is_level(other):
            said.append("Where time counts, or many models are fitted, it is the better choice.")
    return said


def _other_first(best: dict[str, Any], ours: dict[str, Any], metric: Metric) -> list[str]:
    share = best["fit_seconds"] / max(ours["fit_seconds"], 1e-9)
    time = f" in {_share(share)} of the time" if share < LITTLE_TIME else ""
    if share > 1.0 / LITTLE_TIME:
        time = f", and takes {share:.2g} times as long"
    if not _is_level(ours):
        said = [f"{_capital(best['label'])} is better than {ours['label']} by {_by(ours, metric)}{time}."]
        if share <= 1.0 / LITTLE_TIME:
            said.append("For this table an MLP is the wrong choice, unless you need it for another reason.")
        return said
    said = [
        f"{_capital(best['label'])} and {ours['label']} cannot be told apart: {_holds_zero(ours, metric)}."
    ]
    if time:
        said.append(f"{_capital(best['label'])} fits{time}." if share < 1.0 else f"It{time[5:]} to fit.")
    if share < LITTLE_TIME:
        said.append("Unless you need an MLP for another reason, take the faster one.")
    return said


def _is_level(row: dict[str, Any]) -> bool:
    """Return whether chance may explain the difference to the best."""
    return row["low"] is None or bool(row["low"] <= 0.0)


def _by(row: dict[str, Any], metric: Metric) -> str:
    amount = f"{_amount(row['difference'], metric)} of {metric.label}"
    return f"{amount} (95 % interval {_range(row, metric)})"


def _holds_zero(row: dict[str, Any], metric: Metric) -> str:
    if row["low"] is None:
        why = "in one split" if len(row["scores"]) == 1 else "on too few test rows to say more"
        return f"a difference in {metric.label} of {_amount(row['difference'], metric)} {why}"
    return (
        f"a difference in {metric.label} of {_amount(row['difference'], metric)}, whose 95 % interval, "
        f"{_range(row, metric)}, includes 0"
    )


def _range(row: dict[str, Any], metric: Metric) -> str:
    low, high = (_amount(row[end], metric).removesuffix(" points") for end in ("low", "high"))
    return f"{low} to {high}"


def _amount(value: float, metric: Metric) -> str:
    if metric.name == "accuracy":
        return f"{100.0 * value:.2f} points"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def _share(share: float) -> str:
    part = max(2, round(1.0 / share))  # only shares below a half are mentioned
    return WORDS_OF_SHARES.get(part, f"1/{part:,}")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
