"""Two copies of this pack in one ComfyUI: the one that was loaded first stays."""

from __future__ import annotations

import inspect
import logging
from pathlib import Path

from nodes import NODE_CLASS_MAPPINGS

from .nodes import NODES


def another_copy() -> bool:
    """Whether another copy's nodes are there already; then the log says so, in one warning."""
    node = NODE_CLASS_MAPPINGS.get(NODES[0].id)
    if node is None:
        return False
    theirs, ours = _folder(inspect.getfile(node)), _folder(__file__)
    logging.getLogger(__name__).warning(
        "headshots is installed twice: %s is used, %s is not. Remove one of the two, and start "
        "ComfyUI again.",
        theirs,
        ours,
    )
    return True


def _folder(file: str) -> Path:
    return Path(file).parents[1]
