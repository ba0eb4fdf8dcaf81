"""headshots: portraits that are truly the sitter, inside the tools photographers already use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .comfy_nodes.extension import HeadshotsExtension

__version__ = "0.1.0"

# Where ComfyUI finds what our nodes show in the browser, and their help pages.
WEB_DIRECTORY = "./comfy_nodes/web"

# Packages beside us read these when they are imported, or when their library is loaded: so they are
# set here, before anything of ours can import one, in every process. docs/privacy.md says what each
# would tell its makers.
TELEMETRY_OFF = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",
    "DO_NOT_TRACK": "1",
}
os.environ.update(TELEMETRY_OFF)


async def comfy_entrypoint() -> HeadshotsExtension:
    """Called by ComfyUI when it starts; until then nothing of it is imported."""
    from .comfy_nodes.extension import HeadshotsExtension

    return HeadshotsExtension()
