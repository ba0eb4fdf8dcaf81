"""The extension that ComfyUI loads."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from .adapter import node_of
from .nodes import NODES


class HeadshotsExtension(ComfyExtension):
    """All nodes: the steps, and those that only ComfyUI can run."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """See `ComfyExtension`."""
        return [node_of(step) for step in NODES]
