"""Names in drawings are data: no mathematics, no TeX, no control characters, in matplotlib, SVG and TikZ."""

import re
from xml.etree.ElementTree import fromstring

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, MLPRegressor
from pellucid.plotting import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionBoundaryDisplay,
    NetworkDisplay,
    ResidualsDisplay,
    WarpedGridDisplay,
)

BAD = "$\\frac{a}$ \\input{x}_{q} </text>\x01\x1b\ufffe\ud800\n\u202e"


@pytest.fixture(
    params=[
        pytest.param(BAD, id="bad"),
        pytest.param("$5 to $10", id="dollars"),
        pytest.param("_hidden", id="underscore", marks=pytest.mark.slow),
        pytest.param("x" * 500, id="long", marks=pytest.mark.slow),
    ]
)
def odd(request: pytest.FixtureRequest) -> tuple[str, pd.DataFrame, np.ndarray]:
    """An odd name, and rows whose first column and first class have it."""
    rng = np.random.default_rng(0)
    name = request.param
    X = pd.DataFrame(rng.normal(size=(40, 2)), columns=pd.Index([name, "other"], dtype=object))
    return name, X, np.array([name, "v"], object)[(X["other"] > 0).to_numpy().astype(int)]


def displays_of(name: str, X: pd.DataFrame, y: np.ndarray) -> list:
    model = MLPClassifier((2,), solver="lbfgs", random_state=0).fit(X, y)
    number = MLPRegressor((2,), solver="lbfgs", random_state=0).fit(X, X["other"])
    residuals = ResidualsDisplay.from_estimator(number, X, X["other"])
    residuals.name = name
    return [
        ConfusionDisplay.from_estimator(model, X, y),
        DecisionBoundaryDisplay.from_estimator(model, X, y, resolution=5),
        WarpedGridDisplay.from_estimator(model, X, y),
        CalibrationDisplay.from_estimator(model, X, y),
        NetworkDisplay.from_estimator(model),
        residuals,
    ]


@pytest.mark.thorough
def test_every_display_draws_them(odd: tuple, tmp_path) -> None:
    """Each is drawn and its SVG is XML; a dollar sign is one, and a legend leaves nothing out."""
    import matplotlib.pyplot as plt

    name, X, y = odd
    for display in displays_of(name, X, y):
        figure = display.plot().figure_
        with plt.rc_context({"svg.fonttype": "none"}):
            figure.savefig(tmp_path / "figure.svg")
        plt.close(figure)
        drawn = "\n".join(fromstring((tmp_path / "figure.svg").read_bytes()).itertext())
        if name in ("$5 to $10", "_hidden"):
            assert name in drawn or isinstance(display, CalibrationDisplay), type(display)


def test_names_are_not_tex_where_the_user_sets_text_in_tex() -> None:
    """The user's text.usetex is for what the user writes."""
    import matplotlib
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    display = ConfusionDisplay(np.eye(2, dtype=int), (BAD, "v"))
    with matplotlib.rc_context({"text.usetex": True}):
        figure = display.plot().figure_
        assert not any(text.get_usetex() for text in figure.findobj(Text) if text.get_text())
    plt.close(figure)


def test_drawings_of_networks_are_well_formed(odd: tuple) -> None:
    """The SVG is XML without elements of theirs; in TikZ no character of theirs is a command."""
    _, X, y = odd
    display = NetworkDisplay.from_estimator(MLPClassifier((2,), solver="lbfgs", random_state=0).fit(X, y))

    svg = fromstring(display.to_svg())
    assert {part.tag.rpartition("}")[2] for part in svg.iter()} <= {
        "svg",
        "style",
        "line",
        "title",
        "text",
        "circle",
    }
    tikz = re.sub(r"%.*", "", display.to_tikz().replace(r"\%", ""))
    assert not re.search(r"\\(input|frac|undefined)", tikz)
    bare = tikz.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    (display.to_svg() + display.to_tikz()).encode()
