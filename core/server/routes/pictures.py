"""Routes about pictures that clients upload for jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from ...errors import InputError, PhotoEmpty
from ...photos import read_photo
from ...portrait.portrait import Portrait
from ...provenance import UNKNOWN, Provenance
from ..pixels import png_of_raw
from ..problems import documented
from ..schemas import FaceShape, PictureShape
from ..state import ServerState
from ..uploads import Upload

_SIDE = 32768
_PROVENANCE = Query(
    max_length=16384,
    description="JSON, as results and scorecards have it.",
    json_schema_extra={"contentMediaType": "application/json"},
)


def router(state: ServerState) -> APIRouter:
    """Routes about pictures."""
    routes = APIRouter(tags=["pictures"], responses=documented())

    @routes.post("/v1/pictures", status_code=201, responses=documented(503))
    async def send_picture(
        data: Annotated[bytes, Body(media_type="application/octet-stream")],
        name: Annotated[str, Query(max_length=200)] = "picture",
        width: Annotated[int | None, Query(ge=1, le=_SIDE)] = None,
        height: Annotated[int | None, Query(ge=1, le=_SIDE)] = None,
        channels: Annotated[int, Query(ge=3, le=4)] = 3,
        bits: Annotated[int, Query(ge=8, le=16, multiple_of=8)] = 8,
        provenance: Annotated[str, _PROVENANCE] = "",
    ) -> PictureShape:
        """Upload one picture as the body: a JPEG, PNG, TIFF, WebP, HEIC or RAW file as it is; or,
        with `width` and `height`, raw sRGB rows of `channels` samples of `bits` (16: the lower byte
        first), straight alpha. Raw rows have no metadata, so `provenance` says how the picture was
        made.

        It is kept in memory until it was unused for ten minutes.
        """
        if not data:
            raise PhotoEmpty(f"{name} is empty", "Send the picture's bytes as the body.")
        if width is not None and height is not None:
            history = _history(provenance) if provenance else UNKNOWN
            size = width, height, channels, bits
            data = await run_in_threadpool(png_of_raw, data, *size, history)
        return PictureShape(id=state.uploads.put(Upload(name, data)))

    @routes.get("/v1/pictures/{id}/faces", responses=documented(404))
    def faces(id: str) -> list[FaceShape]:
        """Where faces are in a picture that was sent, the largest first."""
        upload = state.uploads.get(id)
        image = read_photo(upload.data, name=upload.name).image
        boxes = [face.box for face in Portrait(image).faces]
        return [FaceShape(x=box.x0, y=box.y0, width=box.width, height=box.height) for box in boxes]

    @routes.delete("/v1/pictures/{id}", status_code=204, responses=documented(404))
    def drop_picture(id: str) -> Response:
        """Delete a picture at once."""
        state.uploads.drop(id)
        return Response(status_code=204)

    return routes


def _history(provenance: str) -> Provenance:
    """The provenance that a client states.

    Raises:
        InputError: it isn't in the form that results and scorecards have.
    """
    try:
        return Provenance.model_validate_json(provenance)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["provenance", *map(str, first["loc"])])
        raise InputError(
            f"{where}: {first['msg']}", "Hand on a provenance as a result has it."
        ) from error
