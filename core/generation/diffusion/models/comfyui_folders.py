"""The folders in which the ComfyUI of the settings looks for models of a kind.

They are those in its folder models, and those that its file extra_model_paths.yaml names, as
ComfyUI's utils/extra_config.py reads it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from ....settings import settings

_FILE = "extra_model_paths.yaml"
# ComfyUI's old names of folders; in the file either may stand.
_OLD = {"text_encoders": "clip", "diffusion_models": "unet"}


def comfyui_folders(kind: str) -> tuple[Path, ...]:
    """Where ComfyUI's models of `kind`, such as "checkpoints", may lie; empty without a ComfyUI.

    A file that is no YAML, or of another form, names no folders: ComfyUI itself reports it.
    """
    comfyui = settings().comfyui
    if comfyui is None:
        return ()
    return tuple(dict.fromkeys((comfyui / "models" / kind, *_extra(comfyui / _FILE, kind))))


def _extra(file: Path, kind: str) -> Iterator[Path]:
    for section in _sections(file):
        base = section.get("base_path")
        # As there: relative to the file, the user's folder and variables written out.
        start = Path(os.path.expandvars(base)).expanduser() if isinstance(base, str) else Path()
        for name in (kind, _OLD.get(kind, kind)):
            lines = section.get(name)
            for line in lines.split("\n") if isinstance(lines, str) else ():
                if line.strip() and "\0" not in line:
                    yield file.parent / start / line.strip()


def _sections(file: Path) -> Iterator[dict[str, Any]]:
    try:
        import yaml  # a requirement of diffusers, without which no model is loaded
    except ImportError:
        return
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return
    for section in content.values() if isinstance(content, dict) else ():
        if isinstance(section, dict):
            yield cast(dict[str, Any], section)
