"""Requests to an application without a server, and models of every kind to serve."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, MLPRegressor, Perceptron, TabularClassifier, TabularRegressor

pytest.importorskip("starlette")
OPTIONS = {"max_iter": 2, "engine": "reference", "random_state": 0}


@dataclass(frozen=True)
class Response:
    """Answer of an application."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


Ask = Callable[..., Response]


def ask(app: Any, method: str, path: str, body: Any = None, **headers: str) -> Response:
    """Send a request to an application; what is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"host": "localhost", "content-type": "application/json", **headers}
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    parts = [content[i : i + 65_536] for i in range(0, len(content), 65_536)] or [b""]
    coming = [
        {"type": "http.request", "body": part, "more_body": k + 1 < len(parts)}
        for k, part in enumerate(parts)
    ]
    got: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    with ThreadPoolExecutor(1) as alone:  # in this thread a browser's tests may keep a loop of their own
        alone.submit(asyncio.run, app(scope, receive, send)).result()
    return Response(
        got[0]["status"],
        {name.decode(): value.decode() for name, value in got[0]["headers"]},
        b"".join(message.get("body", b"") for message in got[1:]),
    )


def houses(rng: np.random.Generator, n: int = 80) -> pd.DataFrame:
    """Return a table with a column of every kind, with nulls."""
    days = rng.integers(-9_000, 20_000, n).astype("datetime64[D]").astype("datetime64[s]")
    X = pd.DataFrame(
        {
            "area m²": rng.normal(100.0, 30.0, n),
            "kind": rng.choice(["flat", "house", "hut"], n),
            "grade": rng.choice(["1", "2", "3"], n),
            "is new": pd.Series(rng.random(n) < 0.5, dtype=object),
            "built": days,
            "share": [f"{share} %" for share in rng.integers(1, 99, n)],
            "opens": [f"{hour:02d}:30" for hour in rng.integers(0, 24, n)],
            "constant": np.ones(n),
        }
    )
    for name in ("area m²", "is new", "built"):
        X.loc[rng.random(n) < 0.1, name] = None
    return X


def row(X: pd.DataFrame, place: int) -> dict[str, Any]:
    """Return a row of such a table as JSON has it."""
    found = {name: None if pd.isna(value) else value for name, value in X.iloc[place].items()}
    found["built"] = None if found["built"] is None else found["built"].isoformat()
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in found.items()}


def fitted(kind: str, rng: np.random.Generator) -> Any:
    """Return a model of a kind, and its table or matrix."""
    if kind in ("classes", "labels", "numbers", "quantiles"):
        X = houses(rng)
        area = X["area m²"].fillna(100.0).to_numpy()
        if kind == "classes":
            model = TabularClassifier("fast", calibrate=True, **OPTIONS).fit(
                X, np.where(area > 100, "big", "small")
            )
        elif kind == "labels":
            model = TabularClassifier("fast", **OPTIONS).fit(X, np.c_[area > 100, area > 80].astype(int))
        else:
            loss = {"loss": "quantile"} if kind == "quantiles" else {}
            model = TabularRegressor("fast", **loss, **OPTIONS).fit(X, area)
        return model, X
    X = rng.normal(size=(40, 3))
    y: Any = {"mlp classes": np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.5, 0.5])], "mlp two": X[:, 0] > 0,
              "mlp numbers": X[:, :2], "perceptron": X[:, 0] > 0}[kind]  # fmt: skip
    made = {"mlp numbers": MLPRegressor, "perceptron": Perceptron}.get(kind, MLPClassifier)
    options = {"max_iter": 5} if kind == "perceptron" else {"solver": "lbfgs", "max_iter": 5}
    return made(**options).fit(X, y), X


KINDS = ("classes", "labels", "numbers", "quantiles", "mlp classes", "mlp two", "mlp numbers", "perceptron")
