"""Columns and classes of every type, on rows of the user and on made ones."""

import shutil

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, TabularClassifier, TabularRegressor
from pellucid.exports import export, program_of

pytestmark = pytest.mark.filterwarnings("ignore")
FILES = ["m.onnx", "m.c", "m.py"]
N = 60


def columns(rng):
    seconds = pd.Series(rng.integers(0, 10**8, N)).map(lambda s: pd.Timestamp(s, unit="s"))
    return {
        "duration": pd.Series(pd.to_timedelta(rng.integers(0, 10**6, N), unit="s")),
        "time of day": pd.Series([f"{h:02d}:30" for h in rng.integers(0, 24, N)]),
        "zoned date": seconds.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
        "truth as text": pd.Series(rng.choice(["yes", "no"], N)),
        "number as text": pd.Series([f"{x:.2f} €" for x in rng.normal(size=N)]),
        "date as text": seconds.dt.strftime("%d.%m.%Y"),
        "ordered": pd.Series(pd.Categorical(rng.choice(["s", "m", "l"], N), ["s", "m", "l"], ordered=True)),
        "sentinel": pd.Series(np.where(rng.random(N) < 0.3, -999.0, rng.uniform(0, 100, N))),
        "codes": pd.Series(rng.choice(["003", "004", "010"], N)),
    }


@pytest.mark.few("m.onnx-zoned date", "m.c-sentinel", "m.py-codes")
@pytest.mark.parametrize("kind", list(columns(np.random.default_rng(0))))
@pytest.mark.parametrize("file", FILES)
def test_columns_of_every_type(kind, file, rng, tmp_path):
    libraries(file)
    X = pd.DataFrame({"z": rng.normal(size=N), "x": columns(rng)[kind]})
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, X["z"])
    assert export(model, tmp_path / file, data=X).passed
    assert export(model, tmp_path / file).passed


def test_units_of_columns(rng):
    X = pd.DataFrame(
        {name: columns(rng)[name] for name in ("duration", "time of day", "zoned date", "sentinel")}
    )
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(X, rng.normal(size=N))
    assert [one.unit for one in program_of(model).inputs] == ["seconds", "seconds", "UTC", ""]


CLASSES = {
    "dates": np.array(["2020-01-01", "2021-01-01"], "datetime64[us]"),
    "dates of nanoseconds": np.array(["2020-01-01", "2021-01-01"], "datetime64[ns]"),
    "durations": np.array([1, 2], "timedelta64[s]"),
    "large": np.array([1, 2**63 + 5], np.uint64),
    "negative": np.array([-1, 1], np.int8),
    "quotes": np.array(['a"b\\', "*/\n%s"]),
    "missing in name": np.array(["None", "nan"]),
}


@pytest.mark.few("m.onnx-large", "m.c-quotes", "m.py-dates")
@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("file", FILES)
def test_classes_of_every_type(kind, file, rng, tmp_path):
    libraries(file)
    X = rng.normal(size=(N, 2))
    y = CLASSES[kind][(X[:, 0] > 0).astype(int)]
    for model in (MLPClassifier((3,), max_iter=2, random_state=0), TabularClassifier("fast", max_iter=2)):
        assert export(model.fit(X, y), tmp_path / file, data=X).passed


def test_network_alone_is_compared(rng, tmp_path):
    for name in ("spox", "onnxruntime"):
        pytest.importorskip(name)
    X = pd.DataFrame({"z": rng.normal(size=N), "x": rng.choice(["a", "b", "c"], N)})
    model = TabularClassifier("fast", max_iter=2, random_state=0).fit(X, np.where(X["z"] > 0, "yes", "no"))
    report = export(model, tmp_path / "m.onnx", data=X, part="network")
    assert report.passed
    assert report.n_rows == N


def test_arrays_alone_are_not_said_to_agree(rng, tmp_path):
    X = rng.normal(size=(N, 2))
    model = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, X[:, 0] > 0)
    report = export(model, tmp_path / "m.npz")
    assert not report.passed
    assert "not compared" in str(report)


def libraries(file):
    if file.endswith(".onnx"):
        for name in ("spox", "onnxruntime"):
            pytest.importorskip(name)
    if file.endswith(".c") and shutil.which("cc") is None:
        pytest.skip("no C compiler here: apt-get install gcc")
