"""The chart of the README: how many times longer the peers take. ``python -m benchmarks.chart`` draws it anew."""

import json
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
COLORS = {"scikit-learn": "#f7931e", "PyTorch": "#ee4c2c", "torch.compile": "#9a3324", "JAX": "#5e97f6"}
GREY = "#7d8590"  # reads on white and on black
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "pellucid", "font.family": "sans-serif", "text.color": GREY,
    "axes.edgecolor": GREY, "axes.labelcolor": GREY, "xtick.color": GREY, "ytick.color": GREY,
}  # fmt: skip


def draw() -> None:
    """Draw ``docs/speed.svg`` from the ratios of the last full run."""
    ratios = json.loads((HERE / "ratios.json").read_text(encoding="utf-8"))
    peers = [peer for peer in COLORS if peer in next(iter(ratios.values()))]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(8.8, 4.8), layout="constrained")
        height = 0.8 / len(peers)
        for i, peer in enumerate(peers):
            places = [k + (i - (len(peers) - 1) / 2) * height for k in range(len(ratios))]
            values = [ratios[name][peer] for name in ratios]
            beyond = [value - 1 for value in values]  # a bar begins where times are equal
            axes.barh(places, beyond, 0.9 * height, left=1.0, color=COLORS[peer], label=peer)
            for place, value in zip(places, values, strict=True):
                where = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
                axes.annotate(f"{value:.3g}", (max(value, 1.0), place), **where)
        axes.axvline(1.0, color=GREY, linewidth=1)
        axes.set(
            xscale="log",
            yticks=range(len(ratios)),
            yticklabels=[name.replace(", ", ", batch ") for name in ratios],
            xlabel="time to train / time of pellucid (1 = equal)",
        )
        axes.xaxis.set_major_formatter("{x:g}")
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="lower right")
        path = HERE.parent / "docs" / "speed.svg"
        figure.savefig(path, transparent=True, metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    draw()
