"""What our widgets in the browser ask for: the looks, with a picture of each. Reads only."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from aiohttp import web
from server import PromptServer

from ..core.generation import LOOKS, Look, look_picture
from ..core.photos.writing import encode

# Pixels: twice what a tile of the widget shows, for fine screens and for who zooms in.
_WIDTH = 192


def add_routes() -> None:
    """Add the routes to ComfyUI's server, below /headshots."""
    server: PromptServer | None = getattr(PromptServer, "instance", None)
    if server is None:  # nodes without a server, as in other packs' tests
        return
    routes = server.routes

    @routes.get("/headshots/looks")
    async def looks(request: web.Request) -> web.Response:
        """Name, title and description of each look."""
        return web.json_response(
            [
                {"name": each.name, "title": each.title, "description": each.description}
                for each in LOOKS.values()
            ]
        )

    @routes.get("/headshots/looks/{name}.png")
    async def picture(request: web.Request) -> web.Response:
        """What a look does, on a bust."""
        look = LOOKS.get(request.match_info["name"])
        if look is None:
            raise web.HTTPNotFound
        body = await asyncio.to_thread(_png, look)
        # A look of the user's own may change.
        return web.Response(
            body=body, content_type="image/png", headers={"Cache-Control": "no-cache"}
        )


@lru_cache(64)
def _png(look: Look) -> bytes:
    return encode(look_picture(look, _WIDTH), "png")
