"""Backdrops by name, for replacing that of a picture; looks define their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..errors import InputError
from ..registry import unknown
from .looks import BACKDROP_KEYS, Backdrop, rgb

_SHADE = 0.35  # the top of a gradient as a share of its colour in sRGB values

BACKDROPS: Final[Mapping[str, Backdrop]] = {
    "white": Backdrop("paper", (0.995, 0.995, 0.995), falloff=0.03),
    "grey": Backdrop("paper", (0.62, 0.63, 0.65), falloff=0.45, spot=0.42),
    "black": Backdrop("paper", (0.06, 0.06, 0.065), falloff=0.5, spot=0.4),
    "colour": Backdrop("paper", (0.13, 0.36, 0.62), falloff=0.35, spot=0.42),
    "gradient": Backdrop("gradient", (0.66, 0.68, 0.71), (0.2, 0.21, 0.24), falloff=0.25),
    "canvas": Backdrop("canvas", (0.45, 0.4, 0.34), falloff=0.6, texture=0.6, spot=0.42),
    "office": Backdrop("office", (0.78, 0.77, 0.75)),
    "garden": Backdrop("garden"),
    "picture": Backdrop("picture"),
    "transparent": Backdrop("transparent", (1.0, 1.0, 1.0)),
}


def coloured(backdrop: Backdrop, text: str) -> Backdrop:
    """`backdrop` in the colour "#rrggbb"; a gradient rises from it to a dark shade of it.

    Raises:
        InputError: the text is no colour, or the backdrop has no colour to set.
    """
    colour = rgb(text)
    if colour is None:
        raise InputError(f"The colour is {text!r}", "Write it as #rrggbb, such as #1d4ed8.")
    if "colour" not in BACKDROP_KEYS[backdrop.kind]:
        raise InputError(
            f"A backdrop of the kind {backdrop.kind!r} has no colour", "Leave the colour empty."
        )
    red, green, blue = colour
    shade = (_SHADE * red, _SHADE * green, _SHADE * blue)
    return replace(backdrop, colour=colour, shade=shade)


def find_backdrop(name: str) -> Backdrop:
    """The backdrop called `name`.

    Raises:
        UnknownName: there is none.
    """
    if name not in BACKDROPS:
        raise unknown("backdrop", name, tuple(BACKDROPS))
    return BACKDROPS[name]
