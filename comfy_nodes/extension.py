"""The extension that ComfyUI loads."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from .adapter import node_of
from .copies import another_copy
from .nodes import NODES
from .routes import add_routes


class HeadshotsExtension(ComfyExtension):
    """All nodes: the steps, and those that only ComfyUI can run."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """See `ComfyExtension`; ComfyUI asks once, before it serves."""
        if another_copy():
            return []
        add_routes()
        return [node_of(step) for step in NODES]
