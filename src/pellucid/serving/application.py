"""Service as an ASGI application: four paths, limits, and no trace of the content of requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pellucid.exceptions import DataError, ParameterError
from pellucid.host.quiet import quiet
from pellucid.serving.json_answers import answers, has_intervals, has_labels
from pellucid.serving.json_columns import columns_of_model
from pellucid.serving.openapi import openapi
from pellucid.serving.prometheus import Metrics
from pellucid.serving.request_rows import RefusedError, read_request
from pellucid.version import __version__

__all__ = ["Limits", "application"]

JSON = "application/json"
SMALL = 4_096  # bytes of a body that takes no longer to answer than two changes of thread on a busy machine


@dataclass(frozen=True)
class Limits:
    """Limits of a service.

    Parameters
    ----------
    body : int, default=8388608
        The largest body of a request, in bytes.
    rows : int, default=10000
        The largest number of rows in a request.
    seconds : float, default=30.0
        The time in which the head of a request, and then its body, must arrive.
    hosts : tuple of str, default=("localhost", "127.0.0.1", "[::1]")
        Accepted values of the header Host, without the port, so that no other website can reach the
        service through a browser; ``"*"`` for all.

    Examples
    --------
    >>> from pellucid.serving import Limits
    >>> Limits()  # doctest: +ELLIPSIS
    Limits(...)
    """

    body: int = 8 << 20
    rows: int = 10_000
    seconds: float = 30.0
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")


def application(model: Any, *, limits: Limits | None = None) -> Any:
    """Return a model as an ASGI application.

    Predictions run one after the other in a separate thread, so that the other paths can answer meanwhile. The few
    rows of a small request are predicted immediately, unless that thread is busy.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A fitted estimator.
    limits : Limits, optional
        The limits.

    Returns
    -------
    starlette.applications.Starlette
        With ``/predict``, ``/health``, ``/metrics`` and ``/openapi.json``.

    Raises
    ------
    ParameterError
        If Starlette is not installed.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.serving import application
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", standardize=True, random_state=0).fit(X, y)
    >>> [route.path for route in application(model).routes]
    ['/predict', '/health', '/metrics', '/openapi.json']
    """
    try:
        from starlette.applications import Starlette
        from starlette.responses import Response
        from starlette.routing import Route
    except ImportError as error:
        raise ParameterError(
            "A service needs Starlette and uvicorn: pip install 'pellucid[serve]'."
        ) from error

    limits = limits or Limits()
    columns, metrics = columns_of_model(model), Metrics(type(model).__name__)
    with_labels = has_labels(model)
    document = json.dumps(openapi(model, most_rows=limits.rows))
    worker = ThreadPoolExecutor(1, thread_name_prefix="pellucid-predict")
    at_work: set[asyncio.Future[tuple[str, int]]] = set()

    def answered(body: bytes) -> tuple[str, int]:
        request = read_request(body, columns, most_rows=limits.rows, has_intervals=has_intervals(model))
        try:
            with quiet():
                found = answers(model, request, with_labels=with_labels)
        except DataError as error:
            raise RefusedError(422, str(error)) from None
        return json.dumps({"predictions": found}, allow_nan=False), len(found)

    async def predict(request: Any) -> tuple[int, str, str, int]:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != JSON:
            raise RefusedError(415, f"The content type must be {JSON}.")
        body = await _body(request, limits)
        if len(body) <= SMALL and not at_work:
            return 200, JSON, *answered(body)
        answer = asyncio.get_running_loop().run_in_executor(worker, answered, body)
        at_work.add(answer)
        answer.add_done_callback(at_work.discard)
        return 200, JSON, *await answer

    async def health(request: Any) -> tuple[int, str, str, int]:
        said = {"status": "ok", "estimator": type(model).__name__, "pellucid_version": __version__}
        return 200, JSON, json.dumps(said), 0

    async def show_metrics(request: Any) -> tuple[int, str, str, int]:
        return 200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(), 0

    async def describe(request: Any) -> tuple[int, str, str, int]:
        return 200, JSON, document, 0

    def endpoint(path: str, work: Callable[[Any], Awaitable[tuple[int, str, str, int]]]) -> Any:
        async def respond(request: Any) -> Any:
            started, n_rows = perf_counter(), 0
            metrics.in_flight += 1
            try:
                if not _is_host(request.headers.get("host", ""), limits.hosts):
                    raise RefusedError(421, "The header Host must name this machine.")
                status, media, content, n_rows = await work(request)
            except RefusedError as error:
                status, media = error.status, JSON
                content = json.dumps({"error": error.message, "problems": error.problems})
            except Exception as error:  # its message may contain data, so it is neither sent nor logged
                status, media = 500, JSON
                content = json.dumps(
                    {"error": f"The service failed: {type(error).__name__}.", "problems": []}
                )
            finally:
                metrics.in_flight -= 1
            metrics.count(path, status, perf_counter() - started, n_rows)
            return Response(content, status, media_type=media)

        return respond

    works: dict[str, tuple[Any, str]] = {
        "/predict": (predict, "POST"),
        "/health": (health, "GET"),
        "/metrics": (show_metrics, "GET"),
        "/openapi.json": (describe, "GET"),
    }
    return Starlette(
        routes=[Route(path, endpoint(path, work), methods=[method]) for path, (work, method) in works.items()]
    )


async def _body(request: Any, limits: Limits) -> bytes:
    """Return the body, or refuse it as soon as it is too long or too late."""
    from starlette.requests import ClientDisconnect

    too_long = RefusedError(413, f"The body may have {limits.body:,} bytes. Send several requests.")
    if int(request.headers.get("content-length") or 0) > limits.body:
        raise too_long
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                size += len(part)
                if size > limits.body:
                    raise too_long
                parts.append(part)
    except TimeoutError:
        raise RefusedError(408, f"The body did not arrive within {limits.seconds:g} s.") from None
    except ClientDisconnect:
        raise RefusedError(400, "The connection was closed.") from None
    return b"".join(parts)


def _is_host(host: str, accepted: tuple[str, ...]) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return "*" in accepted or name.lower() in accepted
