"""The server's ASGI application: routes, guard, error handlers and background tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ... import __version__
from ..errors import HeadshotsError
from ..isolation import reading_apart
from ..photos import DECODING
from . import page
from .guard import OPEN_PATHS, Guard
from .problems import respond, respond_to
from .routes import about, jobs, pictures, sitters
from .state import ServerState
from .worker import Worker

_LOG = logging.getLogger(__name__)
_SWEEP_SECONDS = 0.25
_RETENTION_SECONDS = 3600.0  # between two checks for sitters whose last day is over
_FORGOTTEN_SECONDS = 2.0  # between two checks for sitters whom another program has erased
_MEDIA = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


def make_app(state: ServerState, *, port: int, token: str) -> Guard:
    """The ASGI application for a server on `port` whose clients must bear `token`."""
    app = FastAPI(
        title="headshots",
        version=__version__,
        description="Recipes over HTTP, on this machine alone. Every path but the page's own "
        "needs `Authorization: Bearer TOKEN`.",
        lifespan=lambda app: _lifespan(state),
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for part in (about, pictures, jobs, sitters):
        app.include_router(part.router(state))
    for path in OPEN_PATHS:
        app.add_api_route(path, _file(path), include_in_schema=False)
    app.add_exception_handler(HeadshotsError, _headshots_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    return Guard(app, port=port, token=token, limits=state.limits, heard=state.hear)


@asynccontextmanager
async def _lifespan(state: ServerState) -> AsyncGenerator[None]:
    state.jobs.bind(asyncio.get_running_loop())
    workers = [Worker(state.jobs, state.cache) for _ in state.devices]
    with reading_apart([DECODING]):
        for worker in workers:
            worker.start()
        sweepers = [asyncio.create_task(each(state)) for each in (_sweep, _sweep_sitters, _follow)]
        try:
            yield
        finally:
            for sweeper in sweepers:
                sweeper.cancel()
                with suppress(asyncio.CancelledError):
                    await sweeper
            for worker in workers:
                worker.finish()
            for worker in workers:
                await asyncio.to_thread(worker.join, 10)


async def _sweep(state: ServerState) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        state.jobs.sweep()
        state.uploads.sweep()


async def _sweep_sitters(state: ServerState, seconds: float = _RETENTION_SECONDS) -> None:
    while True:
        try:
            await asyncio.to_thread(sitters.sweep_here, state)
        except HeadshotsError as error:  # a request that needs the locked vault reports it
            _LOG.error("sitters were not swept: %s", error.code)
        await asyncio.sleep(seconds)


async def _follow(state: ServerState, seconds: float = _FORGOTTEN_SECONDS) -> None:
    """Drop the jobs of sitters whom another program erases."""
    last: int | None = None
    while True:
        if last is None or state.jobs.all():
            with suppress(HeadshotsError):  # no job can read a locked vault either
                last = await asyncio.to_thread(sitters.follow, state, last)
        await asyncio.sleep(seconds)


def _file(path: str) -> Callable[[], Response]:
    name = path.removeprefix("/") or "index.html"
    content = files(page).joinpath(name).read_bytes()
    media = _MEDIA[name.rpartition(".")[2]]

    def answer() -> Response:
        return Response(content, media_type=media)

    return answer


async def _headshots_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HeadshotsError)
    return respond_to(request.scope, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()
    ]
    return respond(
        request.scope,
        422,
        "input.invalid",
        "; ".join(faults[:5]),
        "See /v1/openapi.json for what is taken.",
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.detail, dict):  # the guard's, in the shape that all problems have
        return respond(request.scope, error.status_code, **error.detail)
    remedy = "See /v1/openapi.json for what there is."
    code = "server.not-found" if error.status_code == 404 else "input.invalid"
    return respond(request.scope, error.status_code, code, str(error.detail), remedy)
