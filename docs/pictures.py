"""Draw the pictures of the README and of the guide, from the product itself.

``python docs/pictures.py`` draws all of them into ``docs/pictures``, ``python docs/pictures.py trace`` one of
them. The files are SVG whose words are text and whose colors follow the reader's light or dark.
``tests/docs/test_pictures.py`` draws them again and compares the words.
"""
# ruff: noqa: T201  (it prints)

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from statistics import mean
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl

mpl.use("svg")
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks is no part of what is installed
from benchmarks.tabular.store import latest, read

from pellucid import MLPClassifier, Network, TabularRegressor, trace
from pellucid.courses import read_key
from pellucid.plotting import AttributionsDisplay, LearningCurvesDisplay, UnitHealthDisplay
from pellucid.workflow import plan_cluster

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
RESULTS = ROOT / "benchmarks" / "tabular" / "results.json"

# Color as drawn: its name in the file, in the light, in the dark.
COLORS = {
    "#ffffff": ("paper", "#ffffff", "#0d1117"),
    "#000000": ("ink", "#1f2328", "#e6edf3"),
    "#222222": ("ink", "#1f2328", "#e6edf3"),
    "#333333": ("ink", "#1f2328", "#e6edf3"),
    "#444444": ("soft", "#57606a", "#9da7b3"),
    "#555555": ("soft", "#57606a", "#9da7b3"),
    "#777777": ("soft", "#57606a", "#9da7b3"),
    "#dddddd": ("line", "#d0d7de", "#30363d"),
    "#0072b2": ("blue", "#0969da", "#58a6ff"),
    "#d55e00": ("orange", "#bc4c00", "#f0883e"),
    "#b9c6cf": ("gray", "#afb8c1", "#6e7681"),
}
INK, SOFT, LINE, BLUE, ORANGE, GRAY = "#222222", "#555555", "#dddddd", "#0072b2", "#d55e00", "#b9c6cf"
LOOK = {
    "svg.fonttype": "none", "svg.hashsalt": "pellucid", "font.family": "sans-serif", "font.size": 9.0,
    "text.color": INK, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "axes.titlesize": 10.0,
    "axes.titlelocation": "left", "axes.titlecolor": INK, "axes.spines.top": False, "axes.spines.right": False,
    "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "legend.frameon": False,
}  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def style(*, follows_reader: bool) -> str:
    """Return the style sheet of a picture."""
    light = " ".join(f"--{name}: {color};" for name, color, _ in dict.fromkeys(COLORS.values()))
    dark = " ".join(f"--{name}: {color};" for name, _, color in dict.fromkeys(COLORS.values()))
    both = f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}" if follows_reader else ""
    return f"<style>:root {{ {light} }} {both}</style>"


def as_svg(figure: Figure, *, follows_reader: bool = True) -> str:
    """Return a figure as SVG, with the colors of the table above."""
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
    plt.close(figure)
    svg = buffer.getvalue()
    svg = re.sub(r"^.*?(?=<svg)", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: (?:(\w+) )?([\d.]+px) [^;\"]*", rf"font: \1 \2 {FONT}".replace("  ", " "), svg)
    for color, (name, _, _) in COLORS.items():
        svg = re.sub(rf"(fill|stroke|stop-color): {color}", rf"\1: var(--{name})", svg, flags=re.IGNORECASE)
    svg = re.sub(r"(<text[^>]*style=\"(?![^\"]*fill:))", r"\1fill: var(--ink); ", svg)
    return svg.replace("<defs>", style(follows_reader=follows_reader) + "\n <defs>", 1)


def number(value: float) -> str:
    """Return a number as a reader writes it, with two decimals and a real minus."""
    return f"{value:.2f}".replace("-", "−")


def draw_trace(ax: Any) -> None:
    """Draw one sample forward and backward through a small network, with every number of its trace."""
    net = Network(
        [2, 2, 1], activation="tanh", output_activation="logistic",
        weights=[[[0.7, -0.4], [-0.2, 0.9]], [[1.2], [-0.8]]], biases=[[0.1, 0.3], [-0.2]],
    )  # fmt: skip
    t = trace(net, [1.0, 0.5], 1)
    columns, heights = (0.0, 1.5, 2.9), ((0.62, -0.62), (0.62, -0.62), (0.0,))
    values = [t.blocks[0].inputs[0], *(block.a[0] for block in t.blocks)]
    for k, block in enumerate(t.blocks):
        for i, j in np.ndindex(block.weights.value.shape):
            start, end = (columns[k], heights[k][i]), (columns[k + 1], heights[k + 1][j])
            arrow = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 19, "shrinkB": 20}
            ax.add_patch(FancyArrowPatch(start, end, color="#777777", lw=1.0, zorder=1, **arrow))
            share = 0.5 if i == j or k else 0.32
            x, y = (start[n] + share * (end[n] - start[n]) for n in (0, 1))
            box = {"fc": "white", "ec": "none", "pad": 1.2}
            weight, slope = block.weights.value[i, j], block.weights.gradient[i, j]
            ax.text(x, y + 0.055, number(weight), ha="center", va="bottom", size=8.5, bbox=box, zorder=2)
            ax.text(
                x, y + 0.03, number(slope), ha="center", va="top", size=8.5, color=ORANGE, bbox=box, zorder=2
            )
    for k, (x, ys) in enumerate(zip(columns, heights, strict=True)):
        for j, y in enumerate(ys):
            ax.add_patch(Circle((x, y), 0.25, fc="white", ec=INK, lw=1.2, zorder=3))
            ax.text(x, y, number(values[k][j]), ha="center", va="center", size=10, color=BLUE, zorder=4)
            if k:
                block = t.blocks[k - 1]
                ax.text(
                    x, y + 0.3, f"z {number(block.z[0, j])}", ha="center", va="bottom", size=8.5, color=BLUE
                )
                ax.text(
                    x,
                    y - 0.3,
                    f"δ {number(block.delta[0, j])}",
                    ha="center",
                    va="top",
                    size=8.5,
                    color=ORANGE,
                )
    ax.text(columns[-1], -0.62, f"target 1\nloss {number(t.loss)}", ha="center", va="top", size=8.5)
    legend = (("weight", INK), ("forward: z, activation", BLUE), ("backward: δ, gradient", ORANGE))
    for x, (words, color) in zip((-0.25, 0.5, 1.85), legend, strict=True):
        ax.text(x, -1.28, words, size=8.5, color=color, va="center")
    ax.set(xlim=(-0.35, 3.4), ylim=(-1.4, 1.2), aspect="equal")
    ax.set_axis_off()


NAMES = {
    "pellucid": "pellucid", "pellucid-fast": "pellucid, fast", "catboost": "CatBoost", "realmlp-td": "RealMLP-TD",
    "lightgbm": "LightGBM", "hist-gradient-boosting": "HistGradientBoosting", "sklearn-mlp": "scikit-learn MLP",
}  # fmt: skip


def draw_results(ax: Any, data: str, metric: str, title: str, *, percent: bool = False) -> None:
    """Draw the means over the seeds that ``make bench-tabular`` measured."""
    records = read(RESULTS)
    found = {name: mean(row[metric] for row in latest(records, key, data)) for key, name in NAMES.items()}
    found = dict(sorted(found.items(), key=lambda item: item[1]))
    bars = ax.barh(
        list(found), list(found.values()), 0.7,
        color=[BLUE if name.startswith("pellucid") else GRAY for name in found],
    )  # fmt: skip
    labels = [f"{100 * value:.1f} %" if percent else f"{value:.3f}" for value in found.values()]
    ax.bar_label(bars, labels, padding=3, size=8.5, color=INK)
    ax.set(title=title, xticks=[], xlim=(0.0, 1.2 * max(found.values())))
    ax.spines[["bottom"]].set_visible(False)
    ax.tick_params(left=False)
    ax.invert_yaxis()


def hero() -> str:
    """Draw the picture of the README: a trace beside the results."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.6, 3.5), width_ratios=(1.55, 1.0), layout="constrained"
    )
    draw_trace(left)
    left.set_title("Every number of a training step")
    draw_results(right, "california", "rmse", "California housing, test RMSE, untuned")
    return as_svg(figure)


def trace_() -> str:
    """Draw a trace."""
    figure, ax = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    draw_trace(ax)
    return as_svg(figure)


def tables() -> str:
    """Draw the results on two tables."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 2.9), layout="constrained")
    draw_results(left, "california", "rmse", "California housing: RMSE in 100,000 USD")
    draw_results(right, "adult", "error", "Adult: misclassified", percent=True)
    return as_svg(figure)


def learning_curves() -> str:
    """Draw the training of "Replace scikit-learn's MLP"."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    X, y = load_breast_cancer(return_X_y=True)
    X, _, y, _ = train_test_split(X, y, random_state=0)
    model = MLPClassifier(
        (32, 16), standardize=True, learning_rate_init=0.005, early_stopping=True, scoring="loss", random_state=0
    ).fit(X, y)  # fmt: skip
    figure, ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
    LearningCurvesDisplay.from_estimator(model).plot(ax=ax)
    return as_svg(figure)


def resume() -> str:
    """Draw a training that was resumed over one that was not."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    options = {"hidden_layer_sizes": (32,), "standardize": True, "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        straight = MLPClassifier(max_iter=20, **options).fit(X, y)
        resumed = MLPClassifier(max_iter=10, warm_start=True, **options).fit(X, y).fit(X, y)
    figure, ax = plt.subplots(figsize=(6.4, 3.0), layout="constrained")
    epochs = np.arange(1, 21)
    ax.plot(epochs, straight.loss_curve_, color=GRAY, lw=5.0, label="20 epochs in one fit")
    ax.plot(epochs[:10], resumed.loss_curve_[:10], color=BLUE, lw=1.6, label="10 epochs, saved")
    ax.plot(epochs[9:], resumed.loss_curve_[9:], color=ORANGE, lw=1.6, ls="--", label="loaded, 10 more")
    ax.axvline(10, color="#777777", lw=0.8, ls=":")
    ax.set(xlabel="epoch", ylabel="training loss", yscale="log", xticks=[1, 5, 10, 15, 20])
    ax.legend()
    return as_svg(figure)


def unit_health() -> str:
    """Draw which units of a network on unscaled digits are dead."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier(
            (40, 24), solver="sgd", learning_rate_init=0.02, max_iter=20, random_state=0
        ).fit(X, y)
    figure, ax = plt.subplots(figsize=(7.0, 2.6), layout="constrained")
    UnitHealthDisplay.from_estimator(model, X).plot(ax=ax)
    return as_svg(figure, follows_reader=False)


def class_weight() -> str:
    """Draw the two models of "Weights and imbalance"."""
    from sklearn.datasets import make_moons

    X, y = make_moons(4000, noise=0.35, random_state=0)
    keep = (y == 0) | (np.arange(len(y)) % 20 == 0)
    X, y = X[keep], y[keep]
    frequent = X[y == 0][::8]
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.4), layout="constrained")
    for ax, weight in zip(axes, (None, "balanced"), strict=True):
        model = MLPClassifier(
            (16,), class_weight=weight, learning_rate_init=0.01, learning_rate="cosine", max_iter=60,
            random_state=0,
        ).fit(X, y)  # fmt: skip
        grid = np.stack(np.meshgrid(np.linspace(-2.2, 3.2, 121), np.linspace(-1.6, 2.2, 91)), axis=-1)
        rare = model.predict_proba(grid.reshape(-1, 2))[:, 1].reshape(grid.shape[:2])
        ax.plot(*frequent.T, "o", color=BLUE, ms=2.5, label="frequent (one point in 8)")
        ax.plot(*X[y == 1].T, "X", color=ORANGE, ms=5, label="rare (all points)")
        ax.contour(grid[..., 0], grid[..., 1], rare, [0.5], colors=INK, linewidths=2.0)
        ax.set(title=f"class_weight={weight!r}", xticks=[], yticks=[])
    axes[0].legend(loc="upper right")
    return as_svg(figure)


def intervals() -> str:
    """Draw the intervals of "Intervals and calibration"."""
    import pandas as pd

    rng = np.random.default_rng(0)
    homes = pd.DataFrame(
        {"rooms": rng.integers(1, 7, 600).astype(float), "near": rng.choice(["sea", "lake", "town"], 600)}
    )
    price = 50 * homes["rooms"] + 90 * (homes["near"] == "sea") + rng.normal(0, 10, 600) * homes["rooms"]
    model = TabularRegressor("fast", n_members=3, max_iter=60, loss="quantile", random_state=0)
    model.fit(homes[:450], price[:450])
    new, true = homes[450:510], price[450:510].to_numpy()
    low, high = model.predict_interval(new, coverage=0.9).T
    order = np.lexsort((true, model.predict(new)))
    places, inside = np.arange(60), ((low <= true) & (true <= high))[order]
    figure, ax = plt.subplots(figsize=(7.6, 3.2), layout="constrained")
    ax.vlines(places, low[order], high[order], color=GRAY, lw=3.0, label="90 % interval")
    ax.plot(places[inside], true[order][inside], "o", color=BLUE, ms=4, label="price, inside")
    ax.plot(places[~inside], true[order][~inside], "X", color=ORANGE, ms=7, label="price, outside")
    ax.set(xlabel="60 new homes, by predicted price", ylabel="price", xticks=[])
    ax.legend()
    return as_svg(figure)


def explain() -> str:
    """Draw the contributions of "Explain a prediction"."""
    import pandas as pd

    rng = np.random.default_rng(0)
    n = 400
    homes = pd.DataFrame(
        {
            "rooms": rng.integers(1, 7, n).astype(float),
            "area": np.where(rng.random(n) < 0.1, np.nan, rng.normal(80, 20, n).round()),
            "near": rng.choice(["sea", "lake", "town"], n),
            "garden": rng.random(n) < 0.5,
        }
    )
    price = (
        50 * homes["rooms"] + 2 * homes["area"].fillna(80) + 200 * (homes["near"] == "sea") * homes["garden"]
    )
    model = TabularRegressor("fast", max_iter=80, random_state=0).fit(homes[:300], price[:300])
    display = AttributionsDisplay.from_estimator(model, homes, row=SHOWN, background=homes[:300]).plot()
    display.figure_.set_size_inches(7.6, 2.8)
    display.ax_.set_xlabel("predicted price")
    return as_svg(display.figure_)


SHOWN = 302  # row of the picture
SESSION = """pellucid train houses.csv --target price --preset fast
pellucid predict houses-model.safetensors new-houses.csv --interval 0.9 --out prices.csv
head -4 prices.csv"""


def cluster() -> str:
    """Draw the hours of one pass over the rows by the number of machines."""
    machines = 2 ** np.arange(9)
    figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for every, color, label in (
        (1, BLUE, "gradients at every step"),
        (32, ORANGE, "parameters every 32 steps"),
    ):
        hours = [plan_cluster(1e10, 67, machines=int(n), exchange_every=every).hours for n in machines]
        ax.plot(machines, hours, "o-", color=color, ms=3.5, label=label)
    ax.set(xscale="log", yscale="log", xlabel="machines of 16 processors", ylabel="hours")
    ax.set_xticks(machines, [str(n) for n in machines])
    ax.set_title("One pass over 10,000,000,000 rows with 67 columns, estimated")
    ax.legend(title="exchanged")
    return as_svg(figure)


def session() -> str:
    """Run a session of the command line on a small table and draw what the terminal shows."""
    rng = np.random.default_rng(0)
    area, built = rng.uniform(40, 200, 800).round(), rng.integers(1900, 2024, 800)
    near, garden = rng.choice(["sea", "lake", "town"], 800), rng.random(800) < 0.4
    price = (area * (2.0 + 0.8 * (near == "sea")) + 20 * garden + rng.normal(0, 12, 800)).round()
    rows = [f"{a:g},{n},{g},{b}" for a, n, g, b in zip(area, near, garden, built, strict=True)]
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        head = "area,near,garden,built"
        fit = [f"{row},{p:g}" for row, p in zip(rows[:780], price, strict=False)]
        Path(folder, "houses.csv").write_text("\n".join([f"{head},price", *fit, ""]))
        Path(folder, "new-houses.csv").write_text("\n".join([head, *rows[780:], ""]))
        for command in SESSION.splitlines():
            words = command.split()
            program = [sys.executable, "-m", *words] if words[0] == "pellucid" else words
            ran = subprocess.run(
                program, cwd=folder, check=True, capture_output=True, encoding="utf-8",
                env={**os.environ, "COLUMNS": "92", "NO_COLOR": "1"},
            )  # fmt: skip
            lines += [f"$ {command}", *ran.stdout.partition("\nWhat next")[0].rstrip().splitlines(), ""]
    return terminal(lines[:-1])


GRADING = """pellucid exercise 2-2-1 --kind backward --seed 3 --out homework
pellucid check ada.csv --exercise homework/teacher/key.json"""


def grading() -> str:
    """Mark the answers of a student who forgot a slope, and draw what the terminal shows."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        first, second = GRADING.splitlines()
        run(first, folder)
        made = read_key(Path(folder, "homework/teacher/key.json").read_text(encoding="utf-8"))[0]
        answers = made.by_hand
        x, delta, weights = np.array(made.data["X"]), answers["delta1"], np.array(made.data["M1"])[1:]
        answers["delta0"] = delta * weights.T
        answers["grad0"] = np.vstack([answers["delta0"], x.T @ answers["delta0"]])
        rows = [
            f'"{entry}",{value:.3f}'
            for field in made.problem.fields
            for entry, value in zip(field.entries, answers[field.key].ravel(), strict=True)
        ]
        Path(folder, "ada.csv").write_text("\n".join(["entry,value", "student,Ada", *rows]), encoding="utf-8")
        lines += [f"$ {first}", f"$ {second}", *run(second, folder)]
    return terminal(lines)


def run(command: str, folder: str) -> list[str]:
    """Return the lines that a command of pellucid prints."""
    ran = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=folder, check=True, capture_output=True, encoding="utf-8",
        env={**os.environ, "COLUMNS": "92", "NO_COLOR": "1"},
    )  # fmt: skip
    return ran.stdout.partition("\nWhat next")[0].rstrip().splitlines()


def terminal(lines: list[str]) -> str:
    """Return lines as a picture of a terminal."""
    step, left = 17, 18
    width, height = 2 * left + 7.9 * max(map(len, lines)), 2 * left + step * len(lines)
    texts = []
    for i, line in enumerate(lines):
        kind = ' class="typed"' if line.startswith("$ ") else ""
        y = left + step * i + 13
        texts.append(
            f'<text{kind} x="{left}" y="{y}" xml:space="preserve">{escape(line)}</text>' if line else ""
        )
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">',
        "<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
        "fill: #e6edf3; white-space: pre; } .typed { fill: #7ee787; }</style>",
        f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#0d1117"/>',
        *filter(None, texts),
        "</svg>\n",
    ))  # fmt: skip


DRAWN: dict[str, Callable[[], str]] = {
    "cluster": cluster,
    "class-weight": class_weight,
    "explain": explain,
    "grading": grading,
    "hero": hero,
    "intervals": intervals,
    "learning-curves": learning_curves,
    "resume": resume,
    "session": session,
    "tables": tables,
    "trace": trace_,
    "unit-health": unit_health,
}


def draw(name: str) -> str:
    """Return a picture as SVG."""
    with mpl.rc_context(LOOK):
        return DRAWN[name]()


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for chosen in sys.argv[1:] or DRAWN:
        (PICTURES / f"{chosen}.svg").write_text(draw(chosen), encoding="utf-8")
        print(f"docs/pictures/{chosen}.svg")
