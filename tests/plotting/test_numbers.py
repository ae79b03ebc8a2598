"""The numbers behind the pictures, against NumPy's and scikit-learn's own."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_wine
from sklearn.metrics import log_loss
from sklearn.utils import compute_sample_weight

from pellucid import MLPClassifier, Network
from pellucid.plotting import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionBoundaryDisplay,
    GradientFlowDisplay,
    LearningCurvesDisplay,
    LossLandscapeDisplay,
    ResidualsDisplay,
    SignalHistogramsDisplay,
    Snapshots,
    UnitHealthDisplay,
    WarpedGridDisplay,
    WeightImagesDisplay,
    boundary_movie,
)
from pellucid.recording import Recorder


def signals(model: Any, X: Any) -> list[np.ndarray]:
    """Return z of each layer of a tanh network, by hand."""
    a = (
        (np.asarray(X) - model.input_mean_) / model.input_scale_
        if model.input_mean_ is not None
        else np.asarray(X)
    )
    zs = []
    for W, b in zip(model.coefs_, model.intercepts_, strict=True):
        zs.append(a @ W.astype(np.float64) + b)
        a = np.tanh(zs[-1])
    return zs


def test_learning_curves_are_the_history(digits: Any) -> None:
    display = LearningCurvesDisplay.from_estimator(digits.model)

    for name in ("loss", "objective", "validation_loss", "validation_score", "learning_rate"):
        np.testing.assert_array_equal(getattr(display, name), [row[name] for row in digits.model.history_])
    assert [row["epoch"] for row in display.table()] == list(range(1, 13))


def test_gradient_flow_is_what_single_rows_send_back(iris: Any, digits: Any) -> None:
    network = Network([4, 6, 5, 3], output_activation="softmax", random_state=0)
    X, y = iris.X.to_numpy(), np.repeat([0, 1, 2], 50)
    display = GradientFlowDisplay.from_network(network, X, y)
    deltas, G = [], [np.zeros_like(W) for W in network.weights]
    for i in range(len(X)):  # of one row the sensitivities of the objective are those of its loss
        g = network.gradients(X[i : i + 1], y[i : i + 1])
        deltas.append(g.deltas)
        G = [total + W / len(X) for total, W in zip(G, g.weights, strict=True)]
    by_hand = [np.sqrt(np.mean([d[k] ** 2 for d in deltas])) for k in range(3)]

    np.testing.assert_allclose(display.rms_delta[0], by_hand, rtol=1e-12)
    np.testing.assert_allclose(display.rms_gradient[0], [np.sqrt((W**2).mean()) for W in G], rtol=1e-10)
    assert display.decades == pytest.approx(np.log10(by_hand[-1] / by_hand[0]))
    model = MLPClassifier((6,), activation="tanh", l2=0.3, alpha=7.0, batch_size=50, n_iter_no_change=1)
    model.set_params(tol=10.0, random_state=0).fit(X, y)
    ours = GradientFlowDisplay.from_estimator(model, X, y).rms_gradient[0]
    bare = model.network_.copy(np.float64)
    of_loss = bare.gradients(X, y).weights  # the penalty of a step adds (l2 + alpha / batch) W
    full = [G + (0.3 + 7.0 / 50) * W for G, W in zip(of_loss, bare.weights, strict=True)]
    np.testing.assert_allclose(ours, [np.sqrt((W**2).mean()) for W in full], rtol=1e-10)
    recorded = GradientFlowDisplay.from_record(digits.record)
    np.testing.assert_array_equal(recorded.rms_delta, digits.record.rms_delta)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 5.0, 1: 1.0, 2: 0.25}])
def test_what_a_class_weighs_is_in_the_flow_and_the_landscape(solver: str, class_weight: Any) -> None:
    """The flow is that of a record on all rows, the loss scikit-learn's with the rows' weights."""
    X, y = load_wine(return_X_y=True)
    recorder = Recorder(n_probe=len(y))
    model = MLPClassifier(
        (6,), alpha=2.0, class_weight=class_weight, solver=solver, max_iter=3, random_state=0
    )
    with warnings.catch_warnings(action="ignore"):
        model.set_params(standardize=True).set_callbacks(recorder).fit(X, y)
    now = GradientFlowDisplay.from_estimator(model, X, y)
    np.testing.assert_allclose(now.rms_delta[-1], recorder.record.rms_delta[-1], rtol=1e-5)
    np.testing.assert_allclose(now.rms_gradient[-1], recorder.record.rms_gradient[-1], rtol=1e-5)
    middle = LossLandscapeDisplay.from_estimator(model, X, y, resolution=3).losses[1]
    weights = compute_sample_weight(class_weight, y)
    assert middle == pytest.approx(log_loss(y, model.predict_proba(X), sample_weight=weights), rel=1e-5)


def test_histograms_count_every_value_once(iris: Any) -> None:
    display = SignalHistogramsDisplay.from_estimator(iris.model, iris.X, iris.y, bins=17)
    zs = signals(iris.model, iris.X)

    for k, z in enumerate(zs):
        np.testing.assert_array_equal(display.counts["z"][k], np.histogram(z, display.edges["z"])[0])
        assert display.counts["z"][k].sum() == display.counts["a"][k].sum() == z.size
        assert display.counts["delta"][k].sum() + display.zeros[k] == z.size
    np.testing.assert_array_equal(display.counts["a"][0], np.histogram(np.tanh(zs[0]), display.edges["a"])[0])


def test_sensitivities_of_zero_are_counted_apart() -> None:
    network = Network([1, 2, 1], activation="relu", weights=[[[1.0, -1.0]], [[1.0], [1.0]]])

    display = SignalHistogramsDisplay.from_network(network, [[1.0], [2.0], [3.0]], [0.0, 0.0, 0.0])

    assert display.zeros.tolist() == [3, 0], "the second unit is off on all three rows"


def test_units_are_called_what_they_are() -> None:
    #         dead, low,  high, gate, works
    biases = [[0.0, -4.0, 4.0, 0.0, 0.0]]
    weights = [[[0.0, 1.0, 1.0, 9.0, 0.5]], np.ones((5, 1))]
    X = np.linspace(-1.0, 1.0, 201)[:, None]
    X = X[np.abs(X[:, 0]) > 0.305]
    bounded = Network([1, 5, 1], activation="tanh", weights=weights, biases=[*biases, [0.0]])
    kinked = Network(
        [1, 3, 1],
        activation="relu",
        weights=[[[1.0, 1.0, 1.0]], np.ones((3, 1))],
        biases=[[-2.0, 2.0, 0.0], [0.0]],
    )

    assert UnitHealthDisplay.from_network(bounded, X).states == (
        ["works", "saturated low", "saturated high", "hard gate", "works"],
    )
    display = UnitHealthDisplay.from_network(kinked, X)
    assert display.states == (["dead", "always on", "works"],)
    assert [row["on"] for row in display.table()] == [0.0, 1.0, 0.5]


def test_units_are_numbered_by_whole_numbers() -> None:
    display = UnitHealthDisplay.from_network(Network([2, 3, 1], random_state=0), [[1.0, 2.0]]).plot()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    assert {0.0, 1.0, 2.0} <= set(ticks)


def test_the_boundary_is_what_the_model_predicts(moons: Any, iris: Any, diabetes: Any) -> None:
    d = DecisionBoundaryDisplay.from_estimator(moons.model, moons.X, moons.y, resolution=15)
    grid = np.array([(a, b) for b in d.x1 for a in d.x0])
    np.testing.assert_array_equal(d.values.reshape(-1), moons.model.predict_proba(grid)[:, 1])
    np.testing.assert_allclose(
        d.hidden.reshape(-1, len(d.units)),
        signals(moons.model, grid)[0][:, list(d.units)],
        rtol=1e-9,
        atol=1e-12,
    )
    assert d.targets is not None
    np.testing.assert_array_equal(np.array(d.classes)[d.targets.astype(int)], moons.y)

    columns = ["petal length (cm)", "petal width (cm)"]
    d = DecisionBoundaryDisplay.from_estimator(iris.model, iris.X, iris.y, features=columns, resolution=15)
    table = iris.X.iloc[:1].iloc[[0] * 225].reset_index(drop=True)
    for name in iris.X.columns:
        table[name] = iris.X[name].median()
    table[columns] = [(a, b) for b in d.x1 for a in d.x0]
    np.testing.assert_array_equal(d.values.reshape(225, 3), iris.model.predict_proba(table))
    assert d.features == tuple(columns)
    assert d.classes == ("setosa", "versicolor", "virginica")

    d = DecisionBoundaryDisplay.from_estimator(
        diabetes.model, diabetes.X, diabetes.y, features=("bmi", 8), resolution=15
    )
    middle = diabetes.X.median().to_frame().T.iloc[[0] * 225].reset_index(drop=True)
    middle[["bmi", "s5"]] = [(a, b) for b in d.x1 for a in d.x0]
    np.testing.assert_allclose(d.values.reshape(-1), diabetes.model.predict(middle), rtol=1e-12)
    np.testing.assert_allclose(d.targets, diabetes.y, rtol=1e-12)
    assert d.classes == ()


def test_a_softmax_over_two_classes_and_a_multilabel_model_are_shown(moons: Any) -> None:
    network = Network([2, 3, 2], output_activation="softmax", random_state=0)
    d = DecisionBoundaryDisplay.from_network(
        network, moons.X, (moons.y == "upper").astype(int), resolution=12
    ).plot()
    assert d.kind == "binary"
    assert d.output == 1
    labels = np.column_stack([moons.X[:, 0] > 0, moons.X[:, 1] > 0, moons.X.sum(axis=1) > 0]).astype(int)
    model = MLPClassifier((4,), solver="lbfgs", alpha=1.0, max_iter=3000, random_state=0).fit(moons.X, labels)
    d = DecisionBoundaryDisplay.from_estimator(model, moons.X, labels, output=2, resolution=12).plot()
    np.testing.assert_array_equal(d.targets, labels[:, 2])
    assert d.classes == ("not 2", "2")
    assert list(d.table()[0]) == ["x0", "x1", "0", "1", "2"]


def test_the_landscape_is_the_loss(moons: Any) -> None:
    model, X, y = moons.model, moons.X, moons.y
    other = clone(model).set_params(random_state=5).fit(X, y)
    loss, its = (log_loss(y, m.predict_proba(X)) for m in (model, other))

    line = LossLandscapeDisplay.from_estimator(model, X, y, resolution=5)
    assert line.losses[2] == pytest.approx(loss, rel=1e-9)
    plane = LossLandscapeDisplay.from_estimator(model, X, y, kind="plane", resolution=5, radius=0.2)
    assert plane.losses[2, 2] == pytest.approx(loss, rel=1e-9)
    between = LossLandscapeDisplay.from_estimator(model, X, y, to=other, resolution=41)
    assert between.losses[[10, 30]] == pytest.approx([loss, its], rel=1e-9)

    moved = model.network_.copy(np.float64)
    moved.parameters[...] += plane.ts[3] * plane.directions[0] + plane.ts[1] * plane.directions[1]
    inputs = X if model.input_mean_ is None else (X - model.input_mean_) / model.input_scale_
    by_hand = moved.gradients(inputs, (y == "upper")[:, None].astype(float)).loss
    assert plane.losses[1, 3] == pytest.approx(by_hand, rel=1e-9), "t runs along columns, s along rows"


@pytest.mark.parametrize(("n", "radius"), [(99, 1.0), (71, 0.7), (197, 0.5)])
def test_the_middle_of_a_landscape_is_the_network_itself(n: int, radius: float) -> None:
    """At 0, not at 1e-17; and the other network, where there is one, is at 1."""
    X, y = np.arange(6.0).reshape(-1, 2), np.arange(3.0)
    net, other = (Network([2, 2, 1], random_state=seed) for seed in (0, 1))
    line = LossLandscapeDisplay.from_network(net, X, y, resolution=n, radius=radius)
    assert line.ts[n // 2] == 0.0
    np.testing.assert_allclose(line.ts, np.linspace(-radius, radius, n), atol=1e-15)
    between = LossLandscapeDisplay.from_network(net, X, y, resolution=197, to=other)
    assert {0.0, 1.0} <= set(between.ts)


def test_directions_are_as_long_as_the_neurons(moons: Any) -> None:
    (direction,) = LossLandscapeDisplay.from_estimator(moons.model, moons.X, moons.y, resolution=3).directions
    network = moons.model.network_.copy(np.float64)
    own = [np.linalg.norm(M, axis=0) for M in network.matrices]
    network.parameters[...] = direction

    for M, lengths in zip(network.matrices, own, strict=True):
        np.testing.assert_allclose(np.linalg.norm(M, axis=0), lengths, rtol=1e-12)


def test_weight_images_are_the_columns(digits: Any) -> None:
    display = WeightImagesDisplay.from_estimator(digits.model, n_images=6)
    strength = np.linalg.norm(digits.model.coefs_[1], axis=1)

    assert np.all(np.diff(strength[list(display.units)]) <= 0.0)
    for unit, image in zip(display.units, display.images, strict=True):
        np.testing.assert_array_equal(image.ravel(), digits.model.coefs_[0][:, unit])


def test_the_warped_grid_is_what_the_units_say(moons: Any) -> None:
    display = WarpedGridDisplay.from_estimator(moons.model, moons.X, moons.y, n_lines=4)

    for lines, warped in zip(display.lines, display.warped, strict=True):
        seen = moons.model.transform(lines.reshape(-1, 2)).reshape(warped.shape)
        np.testing.assert_array_equal(warped, seen)
    assert np.ptp(display.lines[0, 0, :, 1]) == 0.0, "along a solid line only the first input runs"
    assert np.ptp(display.lines[1, 0, :, 0]) == 0.0
    np.testing.assert_array_equal(display.warped_points, moons.model.transform(moons.X))
    assert display.output is not None
    above = (display.output[0] + display.warped_points @ display.output[1:])[:, 0] > 0.0
    np.testing.assert_array_equal(np.where(above, "upper", "lower"), moons.model.predict(moons.X))


def test_confusion_calibration_residuals(iris: Any, moons: Any, diabetes: Any) -> None:
    confusion = ConfusionDisplay.from_estimator(iris.model, iris.X, iris.y)
    said = iris.model.predict(iris.X)
    for i, true in enumerate(iris.model.classes_):
        for j, predicted in enumerate(iris.model.classes_):
            assert confusion.confusion_matrix[i, j] == ((iris.y == true) & (said == predicted)).sum()

    calibration = CalibrationDisplay.from_estimator(moons.model, moons.X, moons.y, bins=5)
    filled = calibration.counts > 0
    observed, predicted = calibration_curve(
        moons.y == "upper", moons.model.predict_proba(moons.X)[:, 1], n_bins=5
    )
    np.testing.assert_allclose(calibration.observed[filled], observed)
    np.testing.assert_allclose(calibration.predicted[filled], predicted)
    assert calibration.counts.sum() == len(moons.X)
    several = CalibrationDisplay.from_estimator(iris.model, iris.X, iris.y)
    assert np.nansum(several.observed * several.counts) == pytest.approx((said == iris.y).sum())

    residuals = ResidualsDisplay.from_estimator(diabetes.model, diabetes.X, diabetes.y)
    np.testing.assert_array_equal(
        residuals.y_true - residuals.y_pred, diabetes.y - diabetes.model.predict(diabetes.X)
    )
    assert residuals.name == "target"


def test_the_movie_ends_where_training_ends(moons: Any, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "moons.gif"
    model = MLPClassifier(
        (4,), activation="tanh", max_iter=9, tol=0.0, learning_rate="cosine", random_state=0
    )
    frames = boundary_movie(model, moons.X, moons.y, path, n_frames=5, resolution=12, size=(3.0, 2.4))
    fitted = clone(model).fit(moons.X, moons.y)

    grid = np.array([(a, b) for b in frames[-1].x1 for a in frames[-1].x0])
    np.testing.assert_array_equal(frames[-1].values.ravel(), fitted.predict_proba(grid)[:, 1])
    assert 3 <= len(frames) <= 5
    assert not np.array_equal(frames[0].values, frames[-1].values)
    assert not hasattr(model, "network_"), "the user's estimator is not trained"
    with Image.open(path) as movie:
        assert movie.format == "GIF"
        assert movie.n_frames == len(frames)
        assert movie.size == (300, 240)


def test_snapshots_change_no_bit(moons: Any) -> None:
    model = MLPClassifier((4,), max_iter=9, tol=0.0, learning_rate="cosine", random_state=0)
    seen = Snapshots(4)
    watched = clone(model).set_callbacks(seen).fit(moons.X, moons.y)

    assert np.array_equal(watched.network_.parameters, clone(model).fit(moons.X, moons.y).network_.parameters)
    assert [epoch for epoch, _, _ in seen.items][-1] == 9
    assert len(seen.items) <= 4
    np.testing.assert_array_equal(seen.items[-1][2].parameters, watched.network_.parameters)
