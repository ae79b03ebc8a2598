"""RESULTS.md from the store: means over seeds with their standard errors, times over ours, verdicts."""

from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.tables import Table, write_section
from benchmarks.tabular import store
from benchmarks.tabular.models import MODELS, OURS

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results.json", HERE / "RESULTS.md"
NOISY = 0.5  # processors that others kept busy during a fit, above which its times do not count
THREADS = 2  # with which times count

SCORES = {
    "california": {"rmse": "RMSE", "mae": "MAE"},
    "adult": {"error": "error", "auc": "AUC", "log_loss": "log loss"},
}
HIGHER_IS_BETTER = ("auc",)
ABOUT = {
    "california": "median house value in 100,000 USD; 16,512 rows to train, 4,128 to test; 9 columns, 1 of text",
    "adult": "who earns more than 50,000 USD; 32,561 rows to train, 16,281 to test; 14 columns, 8 of text",
}


def write() -> None:
    """Write the section of each data set that has results."""
    records = store.read(RESULTS)
    for data, scores in SCORES.items():
        found = {model: store.latest(records, model, data) for model in MODELS}
        found = {model: rows for model, rows in found.items() if rows}
        if found:
            text = [
                f"## {data.capitalize()}",
                "",
                table(data, scores, found).markdown(),
                *verdicts(scores, found),
            ]
            write_section(PAGE, data, "\n".join(text))


def table(data: str, scores: dict[str, str], found: dict[str, list[dict]]) -> Table:
    """Return a row per model."""
    columns = [
        "model",
        *scores.values(),
        "fit, s",
        "/ ours",
        "processor, s",
        "predict, s",
        "/ ours",
        "peak, MB",
        "seeds",
    ]
    result = Table(ABOUT[data], columns)
    reference = found.get(OURS[0])
    for model, rows in found.items():
        result.add(
            MODELS[model].title,
            *[mean_and_error([row[score] for row in rows]) for score in scores],
            seconds(rows, "fit_seconds"), ratio(rows, reference, "fit_seconds"), seconds(rows, "fit_cpu_seconds"),
            seconds(rows, "predict_seconds"), ratio(rows, reference, "predict_seconds"),
            f"{np.mean([row['fit_peak_bytes'] for row in rows]) / 2**20:.0f}",
            ", ".join(str(row["seed"]) for row in sorted(rows, key=lambda row: row["seed"])),
        )  # fmt: skip
    everyone = [row for rows in found.values() for row in rows]
    versions = dict(chain.from_iterable(row["versions"].items() for row in everyone))
    result.notes = [
        f"{'; '.join(sorted({row['machine'] for row in everyone}))}. "
        + ", ".join(f"{package} {number}" for package, number in sorted(versions.items()))
        + "."
    ]
    return result


# ---- scores ----------------------------------------------------------------------------------------------


def mean_and_error(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.4f}"
    return f"{np.mean(values):.4f} ± {standard_error(values):.4f}"


def standard_error(values: list[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def verdicts(scores: dict[str, str], found: dict[str, list[dict]]) -> list[str]:
    """Return a line for each of ours and each score."""
    peers = [model for model in found if model not in OURS]
    return [
        f"- {title}, {MODELS[ours].title}: {verdict(score, ours, peers, found)}."
        for ours in OURS
        if ours in found and peers
        for score, title in scores.items()
    ]


def verdict(score: str, ours: str, peers: list[str], found: dict[str, list[dict]]) -> str:
    """Say whom we are ahead of, level with (two standard errors of the difference), behind."""
    groups: dict[str, list[str]] = {"✓ ahead of": [], "level with": [], "✗ behind": []}
    own = [row[score] for row in found[ours]]
    for peer in peers:
        other = [row[score] for row in found[peer]]
        lead = (np.mean(own) - np.mean(other)) * (1 if score in HIGHER_IS_BETTER else -1)
        level = abs(lead) <= 2 * np.hypot(standard_error(own), standard_error(other))
        group = "level with" if level else "✓ ahead of" if lead > 0 else "✗ behind"
        groups[group].append(f"{MODELS[peer].title} ({lead:+.4f})")
    return "; ".join(f"{group} {', '.join(names)}" for group, names in groups.items() if names)


# ---- times -----------------------------------------------------------------------------------------------


def quiet(rows: list[dict]) -> list[dict]:
    """Return the fits whose times count."""
    return [row for row in rows if row["other_load"] <= NOISY and row["threads"] == THREADS]


def seconds(rows: list[dict], which: str) -> str:
    """Return the mean over the fits that were quiet; where there are none, over all, with a ``~``."""
    return ("" if quiet(rows) else "~") + f"{_mean_seconds(rows, which):.3g}"


def ratio(rows: list[dict], reference: list[dict] | None, which: str) -> str:
    if not reference:
        return ""
    sure = quiet(rows) and quiet(reference)
    return ("" if sure else "~") + f"{_mean_seconds(rows, which) / _mean_seconds(reference, which):.3g}x"


def _mean_seconds(rows: list[dict], which: str) -> float:
    return float(np.mean([row[which] for row in quiet(rows) or rows]))
