"""Which generators can't work on this machine now, and why."""

from __future__ import annotations

from importlib.util import find_spec

from ..installation import adding


def unavailable() -> dict[str, str]:
    """The reason in words for each generator that can't work, by its name."""
    from .diffusion.models import libraries

    # Looked for and not imported, as that takes seconds.
    missing = [each for each in libraries.PACKAGES if find_spec(each) is None]
    if missing:
        return {"diffusion": f"It needs {missing[0]}, which `{adding('diffusion')}` installs."}
    from .diffusion.models.installed import installed, models_folder

    if not installed().models:
        return {
            "diffusion": f"No diffusion model is installed in {models_folder()} or in a ComfyUI."
        }
    return {}
