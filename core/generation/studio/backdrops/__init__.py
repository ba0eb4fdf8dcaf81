"""Backdrops, rendered in linear light, and the light that passes between them and the sitter."""

from __future__ import annotations

import numpy as np

from ....images import Linear
from ....portrait.noise import unevenness
from ...looks import Backdrop
from .match import bounce, match, noise_in, noise_of, noisy, over, rim, tinted, veiled
from .shadow import shadow

__all__ = [
    "bounce",
    "match",
    "noise_in",
    "noise_of",
    "noisy",
    "over",
    "rim",
    "shadow",
    "sharp",
    "tinted",
    "unevenness",
    "veiled",
    "wall",
]


def wall(
    backdrop: Backdrop,
    width: int,
    height: int,
    *,
    centre: float,
    light_side: float,
    rng: np.random.Generator,
) -> Linear:
    """The backdrop, linear RGB float32 (height, width, 3) 0..1, the same scene at every size.

    A transparent backdrop is an even wall in its colour, on which the picture is shown and scored
    until the sitter is cut out.

    centre: column of the sitter as a share of the width.
    light_side: -1 for a key light from the left, 1 from the right.

    Raises:
        PhotoError: the backdrop's picture can't be read.
    """
    if backdrop.kind == "office":
        from .office import office

        return office(backdrop, width, height, light_side, rng)
    if backdrop.kind == "garden":
        from .garden import garden

        return garden(backdrop, width, height, light_side, rng)
    if backdrop.kind == "picture":
        from .picture import picture

        return picture(backdrop, width, height)
    from .paper import even, paper

    if backdrop.kind == "transparent":
        return even(backdrop, width, height)
    return paper(backdrop, width, height, centre, light_side, rng)


def sharp(backdrop: Backdrop) -> bool:
    """Whether the backdrop has detail as fine as the picture's; all others are smooth."""
    if backdrop.kind != "picture":
        return False
    from .picture import in_focus

    return in_focus(backdrop)
