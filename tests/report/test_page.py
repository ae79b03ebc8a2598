"""The report's page: what stands in it, against the displays, scikit-learn, and the findings themselves."""

import re

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from pellucid import MLPClassifier, MLPRegressor, Network, diagnose
from pellucid import plotting as p
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording import Recorder
from pellucid.report import report
from report.reading import Page, read

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


# ---- the form -------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_else(case):
    """No script, no event handler, no address but into the page itself or data inside it."""
    for node in case.page.root.all():
        assert node.tag not in ("script", "iframe", "object", "embed", "form", "base")
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href", "action", "data", "srcset"):
                assert re.match(r"#|data:", value)
            assert not re.search(r"url\((?!#)", value or "")
    style = next(case.page.root.all("style")).text
    assert "@import" not in style
    assert "url(" not in style
    policy = next(m for m in case.page.root.all("meta") if "http-equiv" in m.attributes)
    assert "default-src 'none'" in policy.attributes["content"]


def test_the_page_can_be_read_without_eyes(case):
    """One h1, no level left out, labels on pictures and boxes, scopes on headers, captions, the language."""
    root = case.page.root
    levels = [int(node.tag[1]) for node in root.all(*HEADINGS)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False))
    assert next(root.all("html")).attributes["lang"] == "en"
    for svg in root.all("svg"):
        assert svg.attributes["role"] == "img"
        assert len(svg.attributes["aria-label"]) > 40
    for table in root.all("table"):
        assert next(table.all("caption")).text
        assert all(th.attributes["scope"] in ("col", "row") for th in table.all("th"))
        assert len({len(list(row.all("td", "th"))) for row in table.all("tr")}) == 1
    ids = [node.attributes["id"] for node in root.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    referred = re.findall(r'(?:href="#|url\(#)([^")]+)', case.source)
    assert set(referred) <= set(ids)
    assert {"main", "nav", "header", "footer"} <= {node.tag for node in root.all()}


def test_light_and_dark_have_the_same_colors_to_give(case):
    """Every variable that the page or a picture uses has a value in light, in dark, and in print."""
    style = next(case.page.root.all("style")).text
    light, dark, printed = (
        set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    )
    used = set(re.findall(r"var\((--[\w-]+)\)", case.source))
    assert used <= light
    assert light == dark
    assert light == printed


def test_the_sign_of_a_finding_is_no_color_alone(diabetes):
    """The level stands there as a word and a symbol, and its border has a style of its own."""
    style = next(diabetes.page.root.all("style")).text
    assert diabetes.found
    for finding, article in zip(diabetes.found, diabetes.page.root.all("article"), strict=True):
        head = next(article.all("h3")).text
        assert finding.level in head
        assert head[0] in "✖▲●"
    assert "border-left-style: dashed" in style
    assert "border-left-style: solid" in style


# ---- what is said ---------------------------------------------------------------------------------------


def test_all_findings_stand_there_worst_first(case):
    """Code, sentence, cause, remedy, parameters, measures, rule, source and status of each, in their order."""
    articles = list(case.page.section("Findings").all("article"))
    own = diagnose(
        case.model, case.X, case.y, getattr(case, "X_val", None), getattr(case, "y_val", None),
        record=getattr(case, "record", None),
    )  # fmt: skip
    assert [f.code for f in own] == [f.code for f in case.found]
    for finding, article in zip(own, articles, strict=True):
        said = article.text
        for words in (
            finding.code,
            finding.why,
            finding.remedy,
            finding.rule,
            finding.source,
            finding.status,
        ):
            assert words in said
        assert all(f"{name}={value!r}" in said for name, value in finding.parameters.items())
        assert all(name in said for name in finding.measured)


def rms_gradients(case):
    """Of each layer, the penalty's part included, which displays of a network without a record leave out."""
    model, X = case.model, np.asarray(case.X)
    network = model.network_.copy(np.float64)
    y = np.asarray(case.y)
    y = y if isinstance(model, MLPRegressor) else (y == model.classes_[1]).astype(float)
    batch = len(X) if model.solver == "lbfgs" else min(200, len(X))
    parts = [
        G + model.alpha / batch * W
        for G, W in zip(network.gradients(X, y).weights, network.weights, strict=True)
    ]
    names = [*map(str, range(len(parts) - 1)), "output"]
    return {name: float(np.sqrt(np.mean(G**2))) for name, G in zip(names, parts, strict=True)}


def log_losses(model, X, y):
    """Return the log loss of each row by the model's weights; of saturated rows probabilities do not tell it."""
    h = np.asarray(X, float)
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        h = {"relu": lambda z: np.maximum(z, 0.0), "tanh": np.tanh}[model.activation](h @ W.astype(float) + b)
    z = h @ model.coefs_[-1].astype(float) + model.intercepts_[-1]
    if z.shape[1] == 1:
        z = np.column_stack([np.zeros(len(z)), z])
    return np.logaddexp.reduce(z, axis=1) - z[np.asarray(y)[:, None] == model.classes_]


def displays(case):
    """The pictures of a case, made anew by their public names."""
    X, y = getattr(case, "X_val", case.X), getattr(case, "y_val", case.y)
    record = getattr(case, "record", None)
    made = {
        "Learning curves": p.LearningCurvesDisplay.from_estimator(case.model),
        "Gradient flow": p.GradientFlowDisplay.from_record(record)
        if record
        else p.GradientFlowDisplay.from_estimator(case.model, case.X, case.y),
        "Signal histograms": p.SignalHistogramsDisplay.from_estimator(case.model, case.X, case.y),
        "Unit health": p.UnitHealthDisplay.from_estimator(case.model, case.X),
    }
    if isinstance(case.model, MLPRegressor):
        made["Residuals"] = p.ResidualsDisplay.from_estimator(case.model, X, y)
        losses = np.abs(case.model.predict(case.X) - case.y)
    else:
        made["Confusion"] = p.ConfusionDisplay.from_estimator(case.model, X, y)
        made["Calibration"] = p.CalibrationDisplay.from_estimator(case.model, X, y)
        losses = log_losses(case.model, case.X, case.y)
    made["Importance of columns"] = p.ImportanceDisplay.from_estimator(case.model, X, y, n_repeats=5)
    made["The worst row explained"] = p.AttributionsDisplay.from_estimator(
        case.model, case.X, row=int(np.argmax(losses)), tolerance=1e-3
    )
    if case.X.shape[1] == 2:
        made["Decision boundary"] = p.DecisionBoundaryDisplay.from_estimator(
            case.model, case.X, resolution=120
        )
    return made


@pytest.mark.thorough
def test_every_picture_has_all_its_numbers_in_a_table(case):
    """Cell by cell the tables are the displays' own, to the digits that are shown; each picture has one."""
    made = displays(case)
    figures = list(case.page.section("Pictures").all("figure"))
    assert [next(f.all("h3")).text for f in figures] == list(made)
    for figure, (name, display) in zip(figures, made.items(), strict=True):
        assert len(list(figure.all("svg"))) == len(list(figure.all("details"))) == 1
        shown, expected = case.page.table(name), display.table()
        assert len(shown) == len(expected)
        for row, numbers in zip(shown, expected, strict=True):
            assert list(row) == list(numbers)
            for (column, cell), value in zip(row.items(), numbers.values(), strict=True):
                if column == "rms_gradient" and not hasattr(case, "record"):
                    assert read(cell) == pytest.approx(rms_gradients(case)[numbers["layer"]], rel=2e-3)
                elif isinstance(value, str) or value is None:
                    assert cell == (value or "–")
                else:
                    # A record's sums and those of a new pass differ by rounding.
                    assert read(cell) == pytest.approx(float(value), rel=2e-3, abs=1e-9, nan_ok=True)


def test_the_scores_are_scikit_learns(digits, diabetes):
    """Accuracy, loss, RMSE, MAE, R² and those of the best guess."""
    training, validation, guess = digits.page.table("Scores")
    own = digits.model
    assert read(training["accuracy"]) == pytest.approx(own.score(digits.X, digits.y), abs=1e-4)
    assert read(validation["accuracy"]) == pytest.approx(own.score(digits.X_val, digits.y_val), abs=1e-4)
    assert read(validation["mean loss"]) == pytest.approx(
        log_loss(digits.y_val, own.predict_proba(digits.X_val)), rel=1e-3
    )
    common = np.bincount(digits.y).argmax()
    assert guess["rows"] == f"always {common}"
    assert read(guess["accuracy"]) == pytest.approx(accuracy_score(digits.y, np.full(400, common)), abs=1e-4)

    training, guess = diabetes.page.table("Scores")
    said = diabetes.model.predict(diabetes.X)
    for name, measure in (("RMSE", root_mean_squared_error), ("MAE", mean_absolute_error), ("R²", r2_score)):
        assert read(training[name]) == pytest.approx(measure(diabetes.y, said), rel=1e-3)
    assert read(guess["RMSE"]) == pytest.approx(diabetes.y.std(ddof=0), rel=1e-3)
    assert read(guess["R²"]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.thorough
@pytest.mark.usefixtures("unpainted")
def test_the_worst_rows_are_those_of_the_highest_loss(patients, diabetes, tmp_path):
    """Names of the frame, loss, truth, prediction and inputs, from the model's own predictions."""
    X, y = patients.X, patients.y
    page = made(tmp_path, patients.model, X, y)
    shown = page.table("Worst rows")
    losses = log_losses(patients.model, X, y)
    order = np.argsort(-losses)[:10]
    assert {row["row"] for row in shown} == {f"patient {i}" for i in order}
    by_name = {row["row"]: row for row in shown}
    inputs = page.table("Inputs of the worst rows")
    assert len(inputs) == 30
    for i in order:
        row = by_name[f"patient {i}"]
        assert read(row["loss"]) == pytest.approx(losses[i], rel=1e-2)
        assert row["true"] == str(y[i])
        assert row["predicted"] == str(1 - y[i])
        column = [read(line[f"row patient {i}"]) for line in inputs]
        assert column == pytest.approx(X.iloc[i].tolist(), rel=1e-3)

    errors = 0.5 * (diabetes.y - diabetes.model.predict(diabetes.X)) ** 2
    worst = diabetes.page.table("Worst rows")
    assert [int(row["row"]) for row in worst] == list(np.argsort(-errors.to_numpy())[:10])
    assert read(worst[0]["loss"]) == pytest.approx(errors.max(), rel=1e-3)
    assert read(worst[0]["predicted"]) == pytest.approx(
        diabetes.model.predict(diabetes.X)[errors.argmax()], rel=1e-3
    )


def test_the_history_is_the_models_own(digits):
    """Every epoch stands there."""
    shown = digits.page.table("Epochs")
    everything = next(d for d in digits.page.section("History").all("details"))
    assert "All 12 epochs" in everything.text
    assert [int(row["epoch"]) for row in shown][-1] == len(digits.model.history_)
    assert read(shown[0]["loss"]) == pytest.approx(digits.model.history_[0]["loss"], rel=1e-3)


@pytest.mark.thorough
def test_names_are_text_whatever_they_hold(moons):
    """A class called like a script stands there as it is called, and is none."""
    assert "<script" not in moons.source
    assert {row["true"] for row in moons.page.table("Confusion")} == {"<script>alert(1)</script>", "a & b"}


# ---- all kinds of models and data -----------------------------------------------------------------------


def made(folder, *arguments, **options):
    """A page, read."""
    report(*arguments[:3], folder / "page.html", **options)
    return Page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("output", "pictures"),
    [
        ("softmax", "Confusion"),
        ("identity", "Residuals"),
        pytest.param("logistic", "Confusion", marks=pytest.mark.slow),
    ],
)
@pytest.mark.usefixtures("unpainted")
def test_a_network_without_an_estimator(tmp_path, rng, output, pictures):
    """A bare network gets every section that does not need a history."""
    X = rng.normal(size=(40, 3))
    n_outputs = 3 if output == "softmax" else 1
    y = rng.integers(0, n_outputs if n_outputs > 1 else 2, 40) if pictures == "Confusion" else X[:, 0]
    page = made(tmp_path, Network([3, 4, n_outputs], output_activation=output, random_state=0), X, y)

    headings = [node.text for node in page.section("Pictures").all("h3")]
    assert headings == ["Gradient flow", "Signal histograms", "Unit health", pictures]
    assert "record=" in page.section("History").text


@pytest.mark.usefixtures("unpainted")
def test_several_targets_several_labels_sparse_rows_and_no_hidden_layer(tmp_path, rng):
    """Models of other kinds have reports too, with the parts that fit them."""
    X = rng.normal(size=(60, 4))
    several = MLPRegressor((3,), solver="lbfgs", max_iter=50, tol=1.0, random_state=0).fit(X, X[:, :2])
    assert "," in made(tmp_path, several, X, X[:, :2]).table("Worst rows")[0]["predicted"]
    labels = (X[:, :2] > 0.0).astype(int)
    both = MLPClassifier((3,), solver="lbfgs", max_iter=50, tol=1.0, random_state=0).fit(X, labels)
    assert len(made(tmp_path, both, X, labels).table("Worst rows")) == 10
    sparse = scipy.sparse.random_array((60, 5), density=0.3, rng=rng, format="csr")
    linear = MLPClassifier((), solver="lbfgs", max_iter=50, tol=1.0, random_state=0).fit(sparse, X[:, 0] > 0)
    page = made(tmp_path, linear, sparse, X[:, 0] > 0)
    assert "Unit health" not in page.source
    assert {row["true"] for row in page.table("Confusion")} == {"False", "True"}


@pytest.mark.thorough
@pytest.mark.usefixtures("unpainted")
def test_numbers_that_are_none(tmp_path, digits, rng):
    """A NaN is named by its row's name, and the pictures show the other rows; broken weights show none."""
    X = digits.X.copy()
    X[17, 3] = np.nan
    page = made(tmp_path, digits.model, X, digits.y, row_names=[f"scan {i}" for i in range(400)])
    finding = next(page.section("Findings").all("article")).text
    assert "not-finite" in finding
    assert "in row scan 17, column 3" in finding
    assert "399 rows of 400 given" in page.section("Summary").text
    assert len(list(page.section("Pictures").all("svg"))) == 8

    broken = Network([2, 2, 1], biases=[[np.nan, 0.0], [0.0]], random_state=0)
    page = made(tmp_path, broken, rng.normal(size=(9, 2)), np.arange(9.0))
    assert "must be finite to be shown" in page.section("Pictures").text
    assert not list(page.root.all("svg"))


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [float, pytest.param(str, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("unpainted")
def test_a_target_that_is_missing(tmp_path, digits, kind):
    """Its row is named and left out, whatever the labels are."""
    model, y = digits.model, digits.y.astype(float)
    if kind is str:
        y = np.array([f"digit {label}" for label in digits.y], object)
        model = MLPClassifier((5,), solver="lbfgs", max_iter=50, tol=1.0, random_state=0).fit(digits.X, y)
    y[17] = np.nan if kind is float else None
    page = made(tmp_path, model, digits.X, y)

    assert "in row 17" in next(page.section("Findings").all("article")).text
    assert sum(int(row[name]) for row in page.table("Confusion") for name in row if name != "true") == 399


@pytest.mark.usefixtures("unpainted")
def test_no_row_and_one_row(tmp_path, digits):
    """The history is shown even if no row has finite numbers; one row is enough for the rest."""
    page = made(tmp_path, digits.model, np.full((5, 64), np.nan), digits.y[:5])
    assert [node.text for node in page.section("Pictures").all("h3")] == ["Learning curves"]
    assert "no score" in page.section("Summary").text
    assert len(made(tmp_path, digits.model, digits.X[:1], digits.y[:1]).table("Worst rows")) == 1


@pytest.mark.thorough
@pytest.mark.usefixtures("unpainted")
def test_weights_count(tmp_path, patients):
    """Rows of weight 0 are left out; scores are weighted."""
    w = np.where(np.arange(569) < 300, 2.0, 0.0)
    page = made(tmp_path, patients.model, patients.X, patients.y, sample_weight=w)
    row = page.table("Scores")[0]
    assert row["how many"] == "300"
    assert read(row["accuracy"]) == pytest.approx(
        patients.model.score(patients.X[:300], patients.y[:300]), abs=1e-4
    )


@pytest.mark.usefixtures("unpainted")
def test_a_long_table_is_thinned_and_says_so(tmp_path, rng):
    """Of 1,200 units 600 and the last are listed."""
    X = rng.normal(size=(10, 3))  # of two columns there would be a boundary too
    page = made(tmp_path, Network([3, 1200, 1], random_state=0), X, X[:, 0])
    shown = page.table("Unit health")
    assert [shown[i]["unit"] for i in (0, 1, -1)] == ["0", "2", "1,199"]
    assert "601 of 1,200 rows" in page.source


@pytest.mark.thorough
def test_two_reports_of_the_same_are_the_same(digits, tmp_path):
    """To the byte."""
    report(digits.model, digits.X, digits.y, tmp_path / "again.html",
           X_val=digits.X_val, y_val=digits.y_val, record=digits.record)  # fmt: skip
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == digits.source


# ---- bad input ------------------------------------------------------------------------------------------


def other_record():
    """The record of another network."""
    recorder = Recorder()
    MLPRegressor((3,), max_iter=2, learning_rate="cosine", random_state=0).set_callbacks(recorder).fit(
        [[0.0], [1.0]], [0.0, 1.0]
    )
    return recorder.record


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"model": MLPClassifier()}, NotFittedError, "not fitted"),
        ({"model": "net"}, ParameterError, "str"),
        ({"X": np.zeros((400, 3))}, ValueError, "3 features"),
        ({"y": np.zeros(3)}, DataError, "400 and 3"),
        ({"record": other_record}, ParameterError, "another network"),
        ({"record": "record.npz"}, ParameterError, "Record"),
        ({"X_val": np.empty((0, 64)), "y_val": []}, DataError, "X_val"),
        ({"X_val": np.zeros((3, 64))}, ParameterError, "'X_val' and 'y_val'"),
        ({"row_names": ["a"]}, ParameterError, "row_names"),
        ({"path": "no/folder/page.html"}, OSError, "no/folder"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unpainted")
def test_bad_input_is_said_and_nothing_written(digits, tmp_path, options, error, said):
    """Errors name the parameter and what came; a page that was there stays."""
    path = tmp_path / "page.html"
    path.write_text("before", encoding="utf-8")
    arguments = {"model": digits.model, "X": digits.X, "y": digits.y, "path": path} | options
    if options.get("record") is other_record:
        arguments["record"] = other_record()
    with pytest.raises(error, match=said):
        report(**arguments)
    assert path.read_text(encoding="utf-8") == "before"
