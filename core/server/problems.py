"""Errors as HTTP responses: one JSON shape, and the status of each family."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse
from starlette.types import Scope

from ..errors import (
    Cancelled,
    HeadshotsError,
    IdentityExists,
    IdentityNotFound,
    InputError,
    NothingHere,
    ServerBusy,
    SetupError,
    UnknownName,
)
from ..translation.translate import Say, speaker_for

# The first family that fits decides; everything else is 422.
_STATUS: tuple[tuple[type[HeadshotsError], int], ...] = (
    (NothingHere, 404),
    (IdentityNotFound, 404),
    (UnknownName, 404),
    (IdentityExists, 409),
    (Cancelled, 409),
    (ServerBusy, 503),
    (SetupError, 503),
    (InputError, 422),
)


class Problem(BaseModel):
    """What went wrong. The code is stable; docs/errors.md lists them."""

    code: str = Field(examples=["recipe.input"])
    what: str = Field(description="What happened, and to which input.")
    remedy: str = Field(description="What to do about it.")

    @classmethod
    def of(cls, error: HeadshotsError, say: Say) -> Problem:
        """`error` as a problem, in the language of `say`."""
        return cls(code=error.code, what=say(error.what), remedy=say(error.remedy))


def status_of(error: HeadshotsError) -> int:
    """The HTTP status for `error`."""
    return next((status for family, status in _STATUS if isinstance(error, family)), 422)


def respond(scope: Scope, status: int, code: str, what: str, remedy: str) -> JSONResponse:
    """A problem as a response to the request `scope`, in the language that it asks for."""
    say = speaker_for(QueryParams(scope["query_string"]).get("language", "en"))
    problem = Problem(code=code, what=say(what), remedy=say(remedy))
    headers = {"Retry-After": "2"} if status == 503 else None
    return JSONResponse(problem.model_dump(), status, headers=headers)


def respond_to(scope: Scope, error: HeadshotsError) -> JSONResponse:
    """`error` as a response to the request `scope`."""
    return respond(scope, status_of(error), error.code, error.what, error.remedy)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for OpenAPI: these statuses and those of every route."""
    every = (400, 401, 403, 408, 413, 422)
    return {status: {"model": Problem} for status in (*every, *statuses)}
