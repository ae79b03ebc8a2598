"""The OpenAPI document of a service, made from the columns of its model."""

from __future__ import annotations

from typing import Any

from pellucid.serving.json_answers import class_names, has_intervals
from pellucid.serving.json_columns import columns_of_model
from pellucid.version import __version__

__all__ = ["openapi"]

PROBLEM = {
    "type": "object",
    "required": ["error", "problems"],
    "properties": {
        "error": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "column", "message"],
                "properties": {
                    "row": {"type": "integer", "minimum": 0},
                    "column": {"type": ["string", "null"]},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
REFUSED = {
    "400": "The body is not JSON.",
    "408": "The body did not arrive in time.",
    "413": "The body or the number of rows is too large.",
    "415": "The content type is not application/json.",
    "421": "The header Host does not name this machine.",
    "422": "A value is not accepted; 'problems' lists them.",
}


def openapi(model: Any, *, most_rows: int = 10_000) -> dict[str, Any]:
    """Return the OpenAPI document of a model's service.

    Parameters
    ----------
    model : estimator
        Fitted.
    most_rows : int, default=10000
        The largest number of rows in a request.

    Returns
    -------
    dict
        OpenAPI 3.1, with a JSON schema of a row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import MLPClassifier
    >>> from pellucid.serving import openapi
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", standardize=True, random_state=0).fit(X, y)
    >>> sorted(openapi(model)["components"]["schemas"]["Row"]["properties"])
    ['x0', 'x1', 'x2', 'x3']
    """
    columns = columns_of_model(model)
    row = {
        "type": "object",
        "properties": {column.name: column.schema() for column in columns},
        "required": [column.name for column in columns if column.is_required],
        "additionalProperties": False,
    }
    request: dict[str, Any] = {
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Row"},
                "minItems": 1,
                "maxItems": most_rows,
            }
        },
        "required": ["rows"],
        "additionalProperties": False,
    }
    if has_intervals(model):
        request["properties"]["coverage"] = {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "The share of targets that intervals should contain; without it, no intervals.",
        }
    refused = {
        status: {"description": said, "content": _json({"$ref": "#/components/schemas/Problem"})}
        for status, said in REFUSED.items()
    }
    ok = {
        "description": "A prediction for each row.",
        "content": _json({"$ref": "#/components/schemas/Answer"}),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": type(model).__name__, "version": __version__, "description": "A pellucid model."},
        "paths": {
            "/predict": {
                "post": {
                    "operationId": "predict",
                    "summary": "Predict rows.",
                    "requestBody": {
                        "required": True,
                        "content": _json({"$ref": "#/components/schemas/Request"}),
                    },
                    "responses": {"200": ok, **refused},
                }
            },
            "/health": {"get": _get("health", "Return the state of the service.", "application/json")},
            "/metrics": {"get": _get("metrics", "Return counts and times for Prometheus.", "text/plain")},
            "/openapi.json": {"get": _get("openapi", "Return this document.", "application/json")},
        },
        "components": {
            "schemas": {"Row": row, "Request": request, "Answer": _answer(model), "Problem": PROBLEM}
        },
    }


def _get(name: str, summary: str, content: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": summary, "content": {content: {}}}},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _answer(model: Any) -> dict[str, Any]:
    number: dict[str, Any] = {"type": ["number", "null"]}
    properties: dict[str, Any] = {"prediction": {}}
    if hasattr(model, "classes_"):
        names = class_names(model)
        if hasattr(model, "predict_proba"):
            properties["probabilities"] = {
                "type": "object",
                "properties": dict.fromkeys(names, number),
                "required": names,
            }
    required = list(properties)
    if has_intervals(model):
        properties |= {"low": {}, "high": {}}
    one = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "object",
        "required": ["predictions"],
        "properties": {"predictions": {"type": "array", "items": one}},
    }
