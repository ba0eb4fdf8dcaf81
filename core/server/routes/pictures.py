"""Pictures that clients send for jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from ...errors import InputError, PhotoEmpty
from ...generation import Origin
from ..encoding import png_of_raw
from ..held import Held
from ..pictures import Picture
from ..problems import documented
from ..schemas import OriginShape, PictureShape

_SIDE = 32768
_ORIGIN = Query(
    max_length=16384,
    description="JSON, as scorecards and results tell origins.",
    json_schema_extra={"contentMediaType": "application/json"},
)


def router(held: Held) -> APIRouter:
    """Routes about pictures."""
    routes = APIRouter(tags=["pictures"], responses=documented())

    @routes.post("/v1/pictures", status_code=201, responses=documented(503))
    async def send_picture(
        data: Annotated[bytes, Body(media_type="application/octet-stream")],
        name: Annotated[str, Query(max_length=200)] = "picture",
        width: Annotated[int | None, Query(ge=1, le=_SIDE)] = None,
        height: Annotated[int | None, Query(ge=1, le=_SIDE)] = None,
        channels: Annotated[int, Query(ge=3, le=4)] = 3,
        origin: Annotated[str, _ORIGIN] = "",
    ) -> PictureShape:
        """Send one picture as the body: a JPEG, PNG, TIFF, WebP, HEIC or RAW file as it is; or,
        with `width` and `height`, uint8 sRGB rows of `channels` samples, alpha straight. What a
        file says in its metadata of how it was made, `origin` says of rows.

        It is held in memory until nothing has asked for it for ten minutes.
        """
        if not data:
            raise PhotoEmpty(f"{name} is empty", "Send the picture's bytes as the body.")
        if width is not None and height is not None:
            made = _made(origin) if origin else None
            data = await run_in_threadpool(png_of_raw, data, width, height, channels, made)
        return PictureShape(id=held.pictures.put(Picture(name, data)))

    @routes.delete("/v1/pictures/{id}", status_code=204, responses=documented(404))
    def drop_picture(id: str) -> Response:
        """Let go of a picture at once."""
        held.pictures.drop(id)
        return Response(status_code=204)

    return routes


def _made(origin: str) -> Origin:
    """How a picture was made, as a client says it.

    Raises:
        InputError: it isn't said so that it can be understood.
    """
    try:
        shape = OriginShape.model_validate_json(origin)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["origin", *map(str, first["loc"])])
        raise InputError(
            f"{where}: {first['msg']}", "Hand on an origin as a scorecard has it."
        ) from error
    return Origin(photo="", **shape.model_dump())
