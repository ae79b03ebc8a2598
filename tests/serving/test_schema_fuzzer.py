"""Requests made by schemathesis from the OpenAPI document of a service."""

import pytest
from tests.serving.conftest import fitted

from pellucid.serving import Limits, application

schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.mark.parametrize("kind", ["classes", "quantiles", "mlp classes", "labels"])
def test_every_answer_is_one_of_the_document(kind, rng):
    """2,500 requests for each model: no 500, and statuses, content types and bodies as the document says."""
    import hypothesis
    from schemathesis import checks

    model, _ = fitted(kind, rng)
    app = application(model, limits=Limits(hosts=("*",)))
    document = schemathesis.openapi.from_asgi("/openapi.json", app)
    wanted = (
        checks.not_a_server_error,
        *checks.CHECKS.get_by_names(
            ["status_code_conformance", "content_type_conformance", "response_schema_conformance"]
        ),
    )
    statuses = []
    for found in document.get_all_operations():
        operation = found.ok()
        n = 2_500 if operation.path == "/predict" else 20

        @hypothesis.settings(
            max_examples=n, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.seed(0)
        @hypothesis.given(case=operation.as_strategy())
        def ask(case):
            answer = case.call()
            statuses.append(answer.status_code)
            case.validate_response(answer, checks=list(wanted))

        ask()
    assert statuses.count(200) > 60
    assert set(statuses) <= {200, 400, 413, 415, 422}
