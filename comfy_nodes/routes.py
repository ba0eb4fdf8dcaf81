"""What our widgets in the browser ask for: looks, photos and stored sitters. Reads only."""

from __future__ import annotations

import asyncio

from aiohttp import web
from server import PromptServer

from ..core.errors import HeadshotsError
from ..core.generation import LOOKS
from ..core.generation.busts import look_png
from ..core.photos import read_photo
from ..core.photos.writing import encode
from ..core.recipes.actions.pictures import expanded
from ..core.vault.ids import ids
from .places import below_input, loopback, only_for_this_machine, readable

# Pixels: twice what a tile of the widgets shows, for fine screens and for who zooms in.
_WIDTH = 192

# Pictures of people and what may change: no cache keeps them.
_NOT_KEPT = {"Cache-Control": "no-store"}


def add_routes() -> None:
    """Add the routes to ComfyUI's server, below /headshots."""
    server: PromptServer | None = getattr(PromptServer, "instance", None)
    if server is None:  # nodes without a server, as in other packs' tests
        return
    for path, answer in _ANSWERS.items():
        server.routes.get(f"/headshots/{path}")(answer)


async def _looks(request: web.Request) -> web.Response:
    """Name, title and description of each look."""
    return web.json_response(
        [
            {"name": each.name, "title": each.title, "description": each.description}
            for each in LOOKS.values()
        ]
    )


async def _look(request: web.Request) -> web.Response:
    """What a look does, on a bust."""
    look = LOOKS.get(request.match_info["name"])
    if look is None:
        raise web.HTTPNotFound
    body = await asyncio.to_thread(look_png, look, _WIDTH)
    # A look of the user's own may change.
    return web.Response(body=body, content_type="image/png", headers={"Cache-Control": "no-cache"})


async def _photos(request: web.Request) -> web.Response:
    """The photos that a line of *Read photos* stands for, as lines of their own."""
    name = request.query.get("name", "")
    try:
        files = [path for path in expanded(readable(name)) if path.is_file()]
    except HeadshotsError:
        files = []
    return web.json_response([below_input(path) for path in files], headers=_NOT_KEPT)


async def _photo(request: web.Request) -> web.Response:
    """A photo of *Read photos*, small."""
    try:
        body = await asyncio.to_thread(_photo_jpeg, readable(request.query.get("name", "")))
    except HeadshotsError:
        raise web.HTTPNotFound from None
    return web.Response(body=body, content_type="image/jpeg", headers=_NOT_KEPT)


async def _sitters(request: web.Request) -> web.Response:
    """Id and name of each stored sitter; refused where anybody else may ask."""
    # A page elsewhere could give its own name an address of this machine: that name is no loopback.
    if not only_for_this_machine() or not loopback(request.url.host or ""):
        raise web.HTTPForbidden
    try:
        sitters = await asyncio.to_thread(_stored)
    except HeadshotsError as error:
        return web.json_response({"error": str(error)}, status=409, headers=_NOT_KEPT)
    return web.json_response(sitters, headers=_NOT_KEPT)


_ANSWERS = {
    "looks": _looks,
    "looks/{name}.png": _look,
    "photos": _photos,
    "photo.jpg": _photo,
    "sitters": _sitters,
}


def _photo_jpeg(path: str) -> bytes:
    return encode(read_photo(path, longest=_WIDTH).image, "jpeg", quality=80)


def _stored() -> list[dict[str, str]]:
    return [{"id": id, "name": name} for name, id in ids().items()]
