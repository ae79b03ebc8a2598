"""Models and their reports."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_moons

from pellucid import MLPClassifier, MLPRegressor
from pellucid.recording import Recorder
from pellucid.report import report
from pellucid.report.markup import element
from report.reading import Page


def _case(folder: Path, name: str, model, X, y, **options) -> SimpleNamespace:
    path = folder / f"{name}.html"
    found = report(model, X, y, path, **options)
    source = path.read_text(encoding="utf-8")
    return SimpleNamespace(
        model=model, X=X, y=y, path=path, found=found, source=source, page=Page(source), **options
    )


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Folder of the reports of a session."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="session")
def digits(folder) -> SimpleNamespace:
    """Ten classes, a record, and rows that training did not see."""
    X, y = load_digits(return_X_y=True)
    recorder = Recorder()
    model = MLPClassifier(
        (20, 12), max_iter=12, tol=0.0, early_stopping=True, learning_rate="cosine", random_state=0
    ).set_callbacks(recorder)
    model.fit(X[:400], y[:400])
    held = {"X_val": X[400:600], "y_val": y[400:600]}
    return _case(folder, "digits", model, X[:400], y[:400], **held, record=recorder.record)


@pytest.fixture(scope="session")
def patients() -> SimpleNamespace:
    """A model of columns that are not scaled, in a frame with names for its rows."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X = X.set_axis([f"patient {i}" for i in range(len(X))])
    model = MLPClassifier((16,), max_iter=8, learning_rate="cosine", random_state=0)
    return SimpleNamespace(model=model.fit(X, y.to_numpy()), X=X, y=y.to_numpy())


@pytest.fixture(scope="session")
def cancer(folder, patients) -> SimpleNamespace:
    """Their report."""
    return _case(folder, "cancer", patients.model, patients.X, patients.y)


@pytest.fixture(scope="session")
def diabetes(folder) -> SimpleNamespace:
    """A regression."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = MLPRegressor((6,), solver="lbfgs", alpha=1.0, max_iter=400, random_state=0)
    return _case(folder, "diabetes", model.fit(X, y), X, y)


@pytest.fixture(scope="session")
def moons(folder) -> SimpleNamespace:
    """Two inputs, so that there is a boundary; names that would be markup."""
    X, y = make_moons(120, noise=0.2, random_state=0)
    y = ["<script>alert(1)</script>" if label else "a & b" for label in y]
    model = MLPClassifier(
        (6, 2), activation="tanh", solver="lbfgs", alpha=0.05, max_iter=3000, random_state=1
    )
    return _case(folder, "moons", model.fit(X, y), X, y)


@pytest.fixture
def unpainted(monkeypatch) -> None:
    """Leave out the drawing of pictures, which takes most of a report's time; their tables stay."""
    monkeypatch.setattr("pellucid.report.pictures.inline_svg", lambda *_, **__: element("svg"))


@pytest.fixture(
    params=[
        "digits",
        *(pytest.param(name, marks=pytest.mark.thorough) for name in ("cancer", "diabetes", "moons")),
    ]
)
def case(request) -> SimpleNamespace:
    """Each of them; classes with a record are fast."""
    return request.getfixturevalue(request.param)
