"""The service: what it answers, what it refuses and why, and that nothing makes it fail."""

import json
import logging
import string

import numpy as np
import pandas as pd
import pytest
from tests.serving.conftest import KINDS, OPTIONS, ask, fitted, row

from pellucid import MLPClassifier
from pellucid.serving import Limits, application, openapi

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_the_model_s(kind: str, rng: np.random.Generator) -> None:
    model, X = fitted(kind, rng)
    is_table = isinstance(X, pd.DataFrame)
    rows = [row(X, i) if is_table else {f"x{j}": float(v) for j, v in enumerate(X[i])} for i in range(9)]
    body = {"rows": rows, **({"coverage": 0.5} if hasattr(model, "predict_interval") else {})}
    found = ask(application(model), "POST", "/predict", body)
    assert found.status == 200, found.body
    answers, expected = found.json["predictions"], X.iloc[:9] if is_table else X[:9]
    np.testing.assert_array_equal([one["prediction"] for one in answers], model.predict(expected))
    if hasattr(model, "predict_proba"):
        names = list(map(str, model.classes_.tolist()))
        told = [[one["probabilities"][name] for name in names] for one in answers]
        np.testing.assert_allclose(told, model.predict_proba(expected), rtol=0, atol=1e-12)
    if "coverage" in body:
        ends = [[one["low"], one["high"]] for one in answers]
        np.testing.assert_allclose(ends, model.predict_interval(expected, 0.5), rtol=1e-12)


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), ["2020-01-01", "2020-01-02"]),
        (
            np.array(["2020-01-01", "2020-01-02"], "M8[ns]"),
            [f"2020-01-0{k}T00:00:00.000000000" for k in (1, 2)],
        ),
        (np.array([1, 2], "m8[D]"), ["1 days", "2 days"]),
    ],
    ids=["days", "nanoseconds", "durations"],
)
def test_classes_that_are_dates_are_text(
    classes: np.ndarray, names: list[str], rng: np.random.Generator
) -> None:
    X = rng.normal(size=(20, 2))
    model = MLPClassifier((3,), **OPTIONS).fit(X, classes[np.arange(20) % 2])
    found = ask(application(model), "POST", "/predict", {"rows": [{"x0": 0.5, "x1": 1.0}]})
    assert found.status == 200
    answer = found.json["predictions"][0]
    assert list(answer["probabilities"]) == names
    assert answer["prediction"] == max(answer["probabilities"], key=answer["probabilities"].get)
    properties = openapi(model)["components"]["schemas"]
    assert all(name in json.dumps(properties) for name in names)


def test_labels_of_one_row(rng: np.random.Generator) -> None:
    """Also where the probabilities of a row happen to have the sum 1, each label is 0 or 1."""
    model, X = fitted("labels", rng)
    app = application(model)
    for place in range(20):
        found = ask(app, "POST", "/predict", {"rows": [row(X, place)]}).json["predictions"]
        assert found[0]["prediction"] == model.predict(X.iloc[[place]])[0].tolist()


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"area m²": "large"}, "area m²", "Expected a number"),
        ({"area m²": True}, "area m²", "got true or false"),
        ({"area m²": 10**400}, "area m²", "size 8e+307"),
        ({"kind": 3}, "kind", "Expected a text"),
        ({"kind": ["flat"]}, "kind", "got an array"),
        ({"is new": 1}, "is new", "Expected true or false"),
        ({"built": "last year"}, "built", "cannot be read as dates"),
        ({"built": 2024}, "built", "Expected a date as text"),
        ({"share": "many"}, "share", "cannot be read as numbers"),
        ({"share": "x" * 20_000}, "share", "at most 10,000 characters"),
        ({"color": "red"}, None, "a column that the model does not know"),
    ],
)
def test_problems_name_row_and_column(
    change: dict, column: str | None, said: str, rng: np.random.Generator
) -> None:
    model, X = fitted("numbers", rng)
    found = ask(application(model), "POST", "/predict", {"rows": [row(X, 0), {**row(X, 1), **change}]})
    assert found.status == 422
    (problem,) = found.json["problems"]
    assert problem["row"] == 1
    assert problem["column"] == column
    assert said in problem["message"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "JSON"),
        (b'{"rows": [{"x0": NaN, "x1": 0, "x2": 0}]}', 400, "without NaN"),
        (b'{"rows": [{"x0": 1, "x0": 2, "x1": 0, "x2": 0}]}', 400, "each key of an object once"),
        (b"[" * 100_000, 400, "JSON"),
        (b"\xff", 400, "UTF-8"),
        (b"9" * 10_000, 400, "JSON"),
        (b"{}", 422, "'rows'"),
        (b'{"rows": []}', 422, "at least one object"),
        (b'{"rows": [3]}', 422, "not accepted"),
        (b'{"rows": [{}], "seed": 1}', 422, "neither"),
        (b'{"rows": [{"x0": 1, "x1": 2, "x2": 3}], "coverage": 0.9}', 422, "no intervals"),
        (b'{"rows": [{"x0": 1, "x1": 2}]}', 422, "not accepted"),
        (b'{"rows": [{"x0": null, "x1": 2, "x2": 3}]}', 422, "not accepted"),
        (b'{"rows": [{"x0": 1e999, "x1": 2, "x2": 3}]}', 422, "not accepted"),
    ],
)
def test_bodies_that_are_refused(body: bytes, status: int, said: str, rng: np.random.Generator) -> None:
    found = ask(application(fitted("mlp two", rng)[0]), "POST", "/predict", body)
    assert (found.status, said in found.json["error"]) == (status, True), found.body


def test_limits(rng: np.random.Generator) -> None:
    app = application(fitted("mlp two", rng)[0], limits=Limits(body=1_000, rows=3))
    one = {"x0": 1, "x1": 2, "x2": 3}
    assert ask(app, "POST", "/predict", {"rows": [one] * 3}).status == 200
    assert ask(app, "POST", "/predict", {"rows": [one] * 4}).status == 413
    assert ask(app, "POST", "/predict", b" " * 1_001).status == 413
    assert ask(app, "POST", "/predict", {"rows": [one]}, content_length="9999").status == 413
    assert ask(app, "POST", "/predict", {"rows": [one]}, content_type="text/plain").status == 415


def test_another_host_is_refused(rng: np.random.Generator) -> None:
    """A page of another website that resolves its name to this machine gets nothing."""
    app = application(fitted("mlp two", rng)[0])
    assert ask(app, "GET", "/health", host="evil.example").status == 421
    for host in ("localhost:8000", "127.0.0.1:9", "[::1]:8000", "LOCALHOST"):
        assert ask(app, "GET", "/health", host=host).status == 200
    everywhere = application(fitted("mlp two", rng)[0], limits=Limits(hosts=("*",)))
    assert ask(everywhere, "GET", "/health", host="x").status == 200


def test_health_metrics_and_methods(rng: np.random.Generator) -> None:
    app = application(fitted("mlp two", rng)[0])
    assert ask(app, "GET", "/health").json["status"] == "ok"
    ask(app, "POST", "/predict", {"rows": [{"x0": 1, "x1": 2, "x2": 3}] * 2})
    ask(app, "POST", "/predict", b"{")
    text = ask(app, "GET", "/metrics").body.decode()
    assert 'pellucid_requests_total{path="/predict",status="200"} 1' in text
    assert 'pellucid_requests_total{path="/predict",status="400"} 1' in text
    assert "pellucid_rows_total 2" in text
    assert "pellucid_requests_in_flight 1" in text
    assert 'pellucid_predict_seconds_bucket{le="+Inf"} 2' in text
    assert ask(app, "GET", "/predict").status == 405
    assert ask(app, "GET", "/secret").status == 404


def test_a_fault_tells_nothing(rng: np.random.Generator, monkeypatch, caplog, capfd) -> None:
    """An error of the library becomes a 500 without its message, and neither is logged."""
    model, X = fitted("classes", rng)

    def broken(table: object) -> None:
        raise RuntimeError("secret value")

    monkeypatch.setattr(model, "predict_proba", broken)
    with caplog.at_level(logging.DEBUG):
        found = ask(application(model), "POST", "/predict", {"rows": [row(X, 0)]})
    assert found.status == 500
    assert b"secret" not in found.body
    written = capfd.readouterr()
    assert "secret" not in caplog.text + written.out + written.err


# ---- fuzzing ------------------------------------------------------------------------------------------------

TEXTS = ("", "NA", "flat", "1", "003", "2024-01-31", "2024-13-99", "0001-01-01T00:00:00Z", "99999-01-01", "24:30",
         "12:61", "50 %", "-", "1e400", "∞", "\ud800", "\x00", "🦜" * 50, "a" * 10_001,
         "1" * 5_000, "0" * 9_000, "1" * 5_000 + ":30", "P99999999999D")  # fmt: skip
NUMBERS = (0, -1, 0.1, 1e308, -8e307, 5e-324, 2**63, -(2**70), 10**400, True, 1e-300)


def value_of(schema: dict, rng: np.random.Generator) -> object:
    """Return a value that a schema of a column takes, most of the time."""
    kinds = schema.get("type", ["number", "string", "null"])
    kind = rng.choice(kinds if isinstance(kinds, list) else [kinds])
    if rng.random() < 0.02:
        kind = rng.choice(["number", "string", "boolean", "null", "array"])
    if kind == "number":
        far = float(rng.normal() * 10.0 ** rng.integers(-5, 20))
        return NUMBERS[rng.integers(len(NUMBERS))] if rng.random() < 0.15 else far
    if kind == "string":
        if "examples" in schema and rng.random() < 0.5:
            return str(rng.choice(schema["examples"]))
        usual = {"date": "2024-02-29", "duration": "07:30", "numbers": "12 %"}
        fitting = [text for word, text in usual.items() if word in schema.get("description", "")]
        if fitting and rng.random() < 0.8:
            return fitting[0]
        if rng.random() < 0.5:
            return TEXTS[rng.integers(len(TEXTS))]
        return "".join(rng.choice(list(string.printable), rng.integers(0, 12)))
    return {"boolean": bool(rng.random() < 0.5), "null": None, "array": [1, {"a": None}]}[kind]


def request_of(document: dict, rng: np.random.Generator) -> bytes:
    """Return a body made from the OpenAPI document of a service, sometimes damaged."""
    columns = document["components"]["schemas"]["Row"]["properties"]
    rows = []
    for _ in range(rng.integers(0, 4)):
        made = {name: value_of(schema, rng) for name, schema in columns.items() if rng.random() > 0.003}
        rows.append(made if rng.random() > 0.02 else {**made, "more": 1})
    body: dict = {"rows": rows}
    if rng.random() < 0.3:
        body["coverage"] = [0.5, 0.999999, 0, 1, -1, "0.5", None, True, 1e-300][rng.integers(9)]
    content = json.dumps(body).encode()
    if rng.random() < 0.05:
        at = int(rng.integers(len(content)))
        content = content[:at] + bytes(rng.integers(0, 256, 3, np.uint8)) + content[at + 1 :]
    return content


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "n"),
    [("quantiles", 300), ("mlp two", 100), pytest.param("classes", 10_000, marks=pytest.mark.slow)],
)
def test_no_request_makes_it_fail(kind: str, n: int, rng: np.random.Generator) -> None:
    model, _ = fitted(kind, rng)
    app, document = application(model), openapi(model)
    statuses = [ask(app, "POST", "/predict", request_of(document, rng)).status for _ in range(n)]
    assert set(statuses) <= {200, 400, 422}
    assert min(statuses.count(200), statuses.count(422)) > 0.02 * n


def test_the_document_describes_what_is_accepted(rng: np.random.Generator) -> None:
    model, X = fitted("quantiles", rng)
    document = ask(application(model), "GET", "/openapi.json").json
    assert document == json.loads(json.dumps(openapi(model)))
    schema = document["components"]["schemas"]["Row"]
    assert schema["required"] == [name for name in X.columns if name != "constant"]
    assert schema["properties"]["kind"]["examples"] == ["flat", "house", "hut"]
    assert "coverage" in document["components"]["schemas"]["Request"]["properties"]
