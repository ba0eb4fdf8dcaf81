"""The description of the API is true: schemathesis asks everything that it allows, and more."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup

from ...serving import Running

pytestmark = pytest.mark.slow

# Waiting for a stream that a live job feeds is no answer to compare; its tests are in test_api.
_STREAM = "/v1/jobs/{id}/events"


@pytest.fixture(scope="module")
def document(server: Running) -> dict[str, object]:
    return server.client.get("/v1/openapi.json").json()


def test_every_route_is_described(server: Running, document: dict[str, dict[str, object]]) -> None:
    for path, methods in document["paths"].items():
        for method, route in methods.items():  # type: ignore[attr-defined]
            assert route["tags"] and route.get("summary") and route.get("description"), path
            assert "401" in route["responses"], (method, path)


def test_answers_are_as_described(server: Running, document: dict[str, object]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.config.base_url = server.facts["url"]
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == _STREAM:
            continue

        @settings(
            max_examples=40,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        def each(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(headers={"Authorization": f"Bearer {server.facts['token']}"})
            try:
                case.validate_response(answer, excluded_checks=[_positive()])
            except FailureGroup as group:
                raise AssertionError(f"{case.operation.label}: {group}") from None

        given(case=operation.as_strategy())(each)()
    assert asked > 300
    assert server.client.get("/v1/health").is_success


def _positive():  # type: ignore[no-untyped-def]
    """The check that all data that fits the schema is accepted: ids, names and recipes can't be
    told by a schema to exist.
    """
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    return positive_data_acceptance


def test_garbage_never_breaks_it(server: Running) -> None:
    for content in (
        b"",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"recipe": {"1": []}}',
        b'{"recipe": {"1": 1}}',
    ):
        answer = server.client.post(
            "/v1/jobs", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), content[:20]
        assert set(answer.json()) == {"code", "what", "remedy"}
    assert httpx.get(server.facts["url"] + "/v1/health").status_code == 401
