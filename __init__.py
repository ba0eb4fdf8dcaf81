"""headshots: portraits that are truly the sitter, inside the tools photographers already use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .comfy_nodes.extension import HeadshotsExtension

__version__ = "0.1.0"

# Where ComfyUI finds what our nodes show in the browser, and their help pages.
WEB_DIRECTORY = "./comfy_nodes/web"


async def comfy_entrypoint() -> HeadshotsExtension:
    """Called by ComfyUI when it starts; until then nothing of it is imported."""
    from .comfy_nodes.extension import HeadshotsExtension

    return HeadshotsExtension()
