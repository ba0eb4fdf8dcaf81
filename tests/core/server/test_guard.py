"""Who is turned away: other hosts, web pages, those without the token, the large and the slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from headshots.core.server.app import make_app
from headshots.core.server.limits import Limits
from headshots.core.server.state import ServerState

LIMITS = Limits(json_bytes=1000, picture_bytes=5000, body_seconds=0.2)
GOOD = {"Authorization": "Bearer secret"}


def ask(method: str, path: str, **options: object) -> httpx.Response:
    """One request to an application on port 8000 with the token "secret"."""

    async def asked() -> httpx.Response:
        app = make_app(ServerState.fresh(LIMITS), port=8000, token="secret")
        transport = httpx.ASGITransport(app)
        base = str(options.pop("base", "http://127.0.0.1:8000"))
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]

    return asyncio.run(asked())


def code_of(answer: httpx.Response) -> str:
    problem = answer.json()
    assert set(problem) == {"code", "what", "remedy"}
    return problem["code"]


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000"])
def test_good_request_passes(base: str) -> None:
    assert ask("GET", "/v1/jobs", base=base, headers=GOOD).json() == []


@pytest.mark.parametrize(
    "base", ["http://evil.example:8000", "http://127.0.0.1:9000", "http://127.0.0.1.evil.example"]
)
def test_other_host_is_refused(base: str) -> None:  # DNS rebinding
    answer = ask("GET", "/v1/jobs", base=base, headers=GOOD)
    assert (answer.status_code, code_of(answer)) == (403, "server.foreign-host")
    assert ask("GET", "/", base=base).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9000"])
def test_web_pages_are_refused(origin: str) -> None:
    answer = ask("GET", "/v1/jobs", headers={**GOOD, "Origin": origin})
    assert (answer.status_code, code_of(answer)) == (403, "server.foreign-origin")
    assert "access-control-allow-origin" not in answer.headers
    assert ask("OPTIONS", "/v1/jobs", headers={"Origin": origin}).status_code == 403


def test_own_page_may_ask() -> None:
    own = {**GOOD, "Origin": "http://127.0.0.1:8000"}
    assert ask("GET", "/v1/jobs", headers=own).is_success


@pytest.mark.parametrize(
    "token", ["", "Bearer ", "Bearer wrong", "secret", "Bearer secret2", "Bearer ü"]
)
def test_wrong_token_is_refused(token: str) -> None:
    headers = {b"Authorization": token.encode("latin-1")}
    answer = ask("GET", "/v1/jobs", headers=headers)
    assert (answer.status_code, code_of(answer)) == (401, "server.token")
    assert ask("GET", "/v1/openapi.json").status_code == 401
    assert ask("GET", "/nothing").status_code == 401


def test_page_needs_no_token_and_holds_nothing() -> None:
    for path in ("/", "/page.js", "/page.css", "/icon.svg"):
        answer = ask("GET", path)
        assert answer.is_success
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_large_requests_are_refused() -> None:
    for path, size in (("/v1/jobs", 1001), ("/v1/pictures", 5001)):
        answer = ask("POST", path, headers=GOOD, content=b"x" * size)
        assert (answer.status_code, code_of(answer)) == (413, "server.too-large")
    assert ask("POST", "/v1/pictures", headers=GOOD, content=b"x" * 5000).status_code == 201


async def _parts(count: int, pause: float) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1000
        await asyncio.sleep(pause)


def test_large_request_without_a_length_is_refused() -> None:
    answer = ask("POST", "/v1/pictures", headers=GOOD, content=_parts(6, 0))
    assert (answer.status_code, code_of(answer)) == (413, "server.too-large")


def test_slow_request_is_refused() -> None:
    answer = ask("POST", "/v1/pictures", headers=GOOD, content=_parts(3, 0.5))
    assert (answer.status_code, code_of(answer)) == (408, "server.too-slow")
    assert ask("POST", "/v1/pictures", headers=GOOD, content=_parts(3, 0.05)).status_code == 201


def test_errors_have_one_shape() -> None:
    cases = [
        ("GET", "/v1/nothing", 404, "server.not-found"),
        ("PATCH", "/v1/jobs", 405, "input.invalid"),
        ("GET", "/v1/jobs/nobody", 404, "server.not-found"),
        ("GET", "/v1/recipes/nothing", 404, "input.unknown-name"),
        ("GET", "/v1/identities/Nobody", 404, "identity.not-found"),
        ("POST", "/v1/jobs", 422, "input.invalid"),
    ]
    for method, path, status, code in cases:
        answer = ask(method, path, headers=GOOD)
        assert (answer.status_code, code_of(answer)) == (status, code), path


def test_job_that_makes_no_sense_is_refused_in_words() -> None:
    def order(**wanted: object) -> httpx.Response:
        return ask("POST", "/v1/jobs", headers=GOOD, json=wanted)

    assert code_of(order(recipe="nothing")) == "input.unknown-name"
    assert code_of(order(recipe={"1": {"class_type": "KSampler"}})) == "recipe.unknown-step"
    assert code_of(order(recipe="deliver", inputs={"size": "huge"})) == "recipe.input"
    assert code_of(order(recipe="deliver", pictures={"Deliver": ["x"]})) == "recipe.input"
    assert code_of(order(recipe="deliver", pictures={"Pictures": ["x"]})) == "recipe.input"
    relative = order(recipe="deliver", inputs={"paths": "a.jpg"})
    assert code_of(relative) == "recipe.input"
    assert code_of(order(recipe="deliver", misspelt=1)) == "input.invalid"
    outside = order(recipe="deliver", inputs={"folder": "../../etc", "paths": _at_home("a.jpg")})
    assert "is outside" in outside.json()["what"]


@pytest.mark.parametrize("input", ["paths", "folder"])
def test_only_the_allowed_folders_are_read_and_written(input: str) -> None:
    root = Path.home().anchor
    fit = {"paths": _at_home("a.jpg"), "folder": _at_home("out")}
    for path in (f"{root}etc", f"{root}a.jpg", _at_home(".ssh"), _at_home("../x"), "//server/x"):
        answer = ask(
            "POST",
            "/v1/jobs",
            headers=GOOD,
            json={"recipe": "deliver", "inputs": {**fit, input: path}},
        )
        assert (answer.status_code, code_of(answer)) == (422, "recipe.input"), path
        assert "HEADSHOTS_SERVER_DIRS" in answer.json()["remedy"]
    answer = ask("POST", "/v1/jobs", headers=GOOD, json={"recipe": "deliver", "inputs": fit})
    assert answer.status_code == 201


def _at_home(path: str) -> str:
    return str(Path.home() / path)


def test_no_request_is_told_to_a_tracer_of_the_process() -> None:
    """FastAPI tells OpenTelemetry, where somebody has set it up, of every request and every error,
    with paths and messages that can hold a name.
    """
    trace = pytest.importorskip("opentelemetry.trace")
    spans: list[str] = []

    class Tracer(trace.NoOpTracer):
        def start_span(self, name: str, *rest: object, **options: object) -> object:
            spans.append(name)
            return super().start_span(name, *rest, **options)

    class Provider(trace.TracerProvider):
        def get_tracer(self, *rest: object, **options: object) -> Tracer:
            return Tracer()

    trace.set_tracer_provider(Provider())
    assert ask("GET", "/v1/jobs", headers=GOOD).is_success
    assert ask("GET", "/v1/identities/Zyxara", headers=GOOD).is_error
    assert spans == []
