"""Animation of a decision boundary during training, from the parameters of some epochs."""

from __future__ import annotations

import copy
import os
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from pellucid.core import Network
from pellucid.core.checks import as_generator, check_whole
from pellucid.estimators import MLPClassifier, MLPRegressor, Perceptron
from pellucid.exceptions import ParameterError
from pellucid.host.files import replace_file
from pellucid.plotting.decision_boundary import DecisionBoundaryDisplay
from pellucid.plotting.style import pyplot, quiet
from pellucid.recording.rhythm import Series
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.training import EpochEnd, Observer, TrainBegin

__all__ = ["Snapshots", "boundary_movie"]

Array = NDArray[np.floating]


class Snapshots(Observer):
    """Observer that keeps the network of a limited number of epochs, evenly thinned.

    Parameters
    ----------
    capacity : int, default=60
        The largest number; the first and the last are among them.

    Attributes
    ----------
    items : list of (int, float, Network)
        Finished epochs, loss (NaN before training) and a copy of the network.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import Snapshots
    >>> seen = Snapshots(5)
    >>> model = MLPClassifier((3,), solver="lbfgs", random_state=0).set_callbacks(seen)
    >>> model = model.fit(*load_iris(return_X_y=True))
    >>> seen.items[0][0], seen.items[-1][0] == model.n_iter_
    (0, True)
    """

    def __init__(self, capacity: int = 60) -> None:
        self.capacity = _capacity(capacity)
        self._kept: Series[tuple[int, float, Network]] = Series(self.capacity)

    @property
    def items(self) -> list[tuple[int, float, Network]]:
        """Items kept, in order."""
        return self._kept.items

    def on_train_begin(self, event: TrainBegin) -> None:
        """Keep the network as it is before the first step.

        Parameters
        ----------
        event : TrainBegin
            The event.
        """
        self._kept = Series(self.capacity)
        self._network = cast(Network, event.problem.objective.network)
        self._kept.append((event.first_epoch, float("nan"), self._network.copy()))

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Keep the network.

        Parameters
        ----------
        event : EpochEnd
            The event.
        """
        self._kept.append((event.epoch + 1, float(event.row["loss"]), self._network.copy()))


def boundary_movie(
    model: Any,
    X: Any,
    y: Any,
    path: str | os.PathLike[str],
    *,
    features: Any = None,
    n_frames: int = 40,
    fps: int = 8,
    resolution: int = 100,
    size: tuple[float, float] = (5.0, 4.2),
) -> list[DecisionBoundaryDisplay]:
    """Train a copy of an estimator and write an animation of its decision boundary as a GIF.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        Its parameters are used; the estimator itself is not trained. For one for tables, each picture shows the
        members that have finished an epoch, each at its best so far.
    X : array-like of shape (n_rows, n_features)
        The training rows.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Their targets.
    path : path
        The file to write, ending in ``.gif``.
    features : (int or str, int or str), optional
        The two columns to draw over; see :meth:`DecisionBoundaryDisplay.from_estimator`.
    n_frames : int, default=40
        The largest number of pictures; longer training is sampled evenly, with the last epoch included.
    fps : int, default=8
        Pictures per second; the last one stays for two seconds.
    resolution : int, default=100
        Grid points along each axis.
    size : (float, float), default=(5.0, 4.2)
        In inches, at 100 pixels each.

    Returns
    -------
    list of DecisionBoundaryDisplay
        The pictures.

    Raises
    ------
    ParameterError
        If the file does not end in ``.gif``, or an option is not accepted.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import make_moons
    >>> from pellucid import MLPClassifier
    >>> from pellucid.plotting import boundary_movie
    >>> X, y = make_moons(80, noise=0.2, random_state=0)
    >>> model = MLPClassifier((4,), solver="lbfgs", random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frames = boundary_movie(model, X, y, f"{folder}/moons.gif", n_frames=3, resolution=20)
    >>> frames[0].values.shape
    (20, 20, 1)
    """
    if Path(path).suffix.lower() != ".gif":
        raise ParameterError(f"'path' must end in '.gif'; got {str(path)!r}.")
    check_whole("fps", fps, 1)
    if not isinstance(
        model, MLPClassifier | MLPRegressor | Perceptron | TabularClassifier | TabularRegressor
    ):
        raise ParameterError(f"boundary_movie trains an estimator of pellucid; got {type(model).__name__}.")
    pyplot()  # raises an error before training if matplotlib is missing
    stages = _stages(model, X, y, Series(_capacity(n_frames)))
    displays = [
        DecisionBoundaryDisplay.from_estimator(fitted, X, y, features=features, resolution=resolution)
        for _, fitted in stages
    ]
    titles = [title for title, _ in stages]
    with quiet():
        _write(displays, titles, path, fps, size)
    return displays


def _stages(model: Any, X: Any, y: Any, kept: Series[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return a title and a fitted estimator for each picture, in the order of the training."""
    if isinstance(model, Perceptron):
        return _perceptrons(model, X, y, kept)
    if isinstance(model, TabularClassifier | TabularRegressor):
        clone(model).set_callbacks(_Tables(kept)).fit(X, y)
        return kept.items
    seen = Snapshots(kept.capacity)
    trained, stages = clone(model).set_callbacks(seen).fit(X, y), []
    for epoch, loss, network in seen.items:
        then = copy.copy(trained)
        then.network_ = network
        stages.append((f"epoch {epoch}" + ("" if np.isnan(loss) else f", loss {loss:.3g}"), then))
    return stages


def _perceptrons(model: Perceptron, X: Any, y: Any, kept: Series[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return perceptrons that stopped earlier: with one seed, a fit of k epochs is the start of a longer one."""
    draws = as_generator(model.random_state)
    twin = clone(model).set_params(random_state=int(draws.integers(2**31)))
    twin.fit(X, y)
    epochs: Series[int] = Series(kept.capacity)
    for epoch in range(1, twin.n_iter_ + 1):
        epochs.append(epoch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the whole fit has already warned
        for epoch in epochs.items:
            then = clone(twin).set_params(max_iter=epoch).fit(X, y)
            kept.append((f"epoch {epoch}, mistakes {_last_mistakes(then)}", then))
    return kept.items


def _last_mistakes(model: Perceptron) -> int:
    of_units = model.mistakes_ if isinstance(model.mistakes_, list) else [model.mistakes_]
    return int(sum(made[-1] for made in of_units))


class _Tables:
    """A checkpoint of a fit to a table that keeps the estimator in memory."""

    every = 1

    def __init__(self, kept: Series[tuple[str, Any]]) -> None:
        self.kept = kept

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing: there is no file."""

    def save_table(self, estimator: Any) -> None:
        """Keep the estimator in its current state."""
        epochs = [len(member.history) for member in estimator.members_]
        self.kept.append((f"epochs {', '.join(map(str, epochs))}", copy.copy(estimator)))


def _capacity(n_frames: int) -> int:
    check_whole("n_frames", n_frames, 2)
    return int(n_frames)


def _write(
    displays: list[DecisionBoundaryDisplay],
    titles: list[str],
    path: str | os.PathLike[str],
    fps: int,
    size: tuple[float, float],
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image  # which matplotlib requires

    figure = Figure(figsize=size, layout="constrained", dpi=100)
    canvas: Any = FigureCanvasAgg(figure)
    pictures = []
    for display, title in zip(displays, titles, strict=True):
        figure.clear()
        display.plot(figure.add_subplot())
        figure.suptitle(title, x=0.98, ha="right", fontsize=9)
        canvas.draw()
        pictures.append(Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
    milliseconds = [1000 // fps] * (len(pictures) - 1) + [2000]
    film = BytesIO()
    pictures[0].save(film, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    replace_file(path, film.getvalue())
