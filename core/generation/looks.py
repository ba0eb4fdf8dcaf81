"""Looks: light, backdrop, framing and finish as values; docs/looks.md says how to write one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, Strict, WithJsonSchema

from ..errors import InputError
from ..framing import Framing
from ..provenance import Relit
from ..retouching import PARTS, Retouching, retouching_from

_NO_FILL = 100.0  # recorded instead of the infinite key ratio of a light without fill

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def rgb(text: str) -> tuple[float, float, float] | None:
    """The sRGB colour 0..1 of "#rrggbb"; None for another text."""
    if not _HEX.fullmatch(text):
        return None
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _colour(value: object) -> object:
    return rgb(value) or value if isinstance(value, str) else value


# These ranges are checked when a look is read (look_files.py). Computed light may leave them.
Number: TypeAlias = Annotated[float, Strict()]
Share: TypeAlias = Annotated[Number, Field(ge=0, le=1)]
# sRGB 0..1; a look's file may also say "#rrggbb".
Colour: TypeAlias = Annotated[
    tuple[Share, Share, Share],
    BeforeValidator(_colour),
    Field(description='a colour: "#rrggbb", or [red, green, blue] from 0 to 1'),
]

# A look's file says one number for all parts of the face, or a table of strengths by part.
Retouch: TypeAlias = Annotated[
    Retouching,
    PlainValidator(retouching_from),
    WithJsonSchema(
        {"description": f"a number from 0 to 1, or a table of such for {', '.join(PARTS)}"}
    ),
]
BackdropKind: TypeAlias = Literal[
    "paper", "gradient", "canvas", "office", "garden", "picture", "transparent"
]


@dataclass(frozen=True)
class Light:
    """One key light, a fill from the camera, and optionally a reflector from below.

    azimuth, elevation: of the key in degrees from the face's forward axis (0, 0 is the camera for a
        frontal face). Azimuth is mirrored to the side from which the photo is lit, in matched sets
        to image left.
    key, fill: strengths.
    wrap: 0 a small hard lamp .. 1 a very large soft one: how far light reaches around the face, and
        how soft shadows are.
    shadow: 0 none .. 1 full cast shadows.
    strength: 0 keeps the photo's own light .. 1 replaces it.
    low_fill: strength of a reflector below the face.
    falloff: how fast the key fades across the sitter: 0 for a lamp far away .. 1 for one that
        stands a face width from the face.
    warmth: of the key alone, -1 cool .. 1 warm, on the scale of `Finish.warmth`.
    """

    azimuth: Annotated[Number, Field(ge=-90, le=90)]
    elevation: Annotated[Number, Field(ge=-10, le=60)]
    key: Annotated[Number, Field(ge=0, le=2)]
    fill: Annotated[Number, Field(ge=0, le=2)]
    wrap: Share
    shadow: Share
    strength: Share
    low_fill: Annotated[Number, Field(ge=0, le=2)] = 0.0
    falloff: Share = 0.0
    warmth: Annotated[Number, Field(ge=-1, le=1)] = 0.0

    @property
    def ratio(self) -> float:
        """Key ratio: light on skin that faces the key to light on skin in its shadow, 1 or more.

        As a light meter measures it; infinite without any fill.
        """
        fill = self.fill + self.low_fill
        return (self.key + fill) / fill if fill > 0 else inf

    def record(self, pattern: str = "") -> Relit:
        """The record of relighting a sitter with this light.

        Its azimuth is already that of the picture.

        pattern: name of the lighting pattern, if the light is one.
        """
        return Relit(
            azimuth=round(self.azimuth, 2),
            elevation=round(self.elevation, 2),
            ratio=round(min(self.ratio, _NO_FILL), 2),
            strength=round(self.strength, 2),
            pattern=pattern,
        )

    def with_ratio(self, ratio: float) -> Light:
        """The same light with its fills scaled to this key ratio.

        Raises:
            InputError: a ratio of 1 or less, which is no key light.
        """
        if not ratio > 1:
            raise InputError(f"A key ratio of {ratio:g} was asked for", "Ask for more than 1.")
        below = self.low_fill / (self.fill + self.low_fill) if self.low_fill else 0.0
        fill = self.key / (ratio - 1)
        return replace(self, fill=fill * (1 - below), low_fill=fill * below)


@dataclass(frozen=True)
class Backdrop:
    """The backdrop behind the sitter.

    kind: seamless paper, a gradient from `colour` up to `shade`, painted canvas, an office or a
        garden out of focus, the user's own picture, or transparent.
    colour: at its brightest point; of the office's walls; the tone behind a transparent picture.
    shade: of a gradient, the colour at its top.
    falloff: 0 even .. 1 dark corners.
    texture: 0 plain .. 1 strongly mottled.
    spot: distance of the brightest point from the top, 0..1.
    blur: of a scene: diameter of the disc of a far point as a share of the picture's height. An
        85 mm lens on full frame, 1.5 m from the sitter, gives .085 at f/2, .06 at f/2.8 and .03 at
        f/5.6.
    brightness: of a scene, as a gain.
    picture: path of the user's picture.
    """

    kind: BackdropKind = "paper"
    colour: Colour = (0.93, 0.93, 0.93)
    shade: Colour = (0.2, 0.2, 0.2)
    falloff: Share = 0.5
    texture: Share = 0.0
    spot: Share = 0.5
    blur: Annotated[Number, Field(ge=0, le=0.15)] = 0.06
    brightness: Annotated[Number, Field(ge=0.3, le=2)] = 1.0
    picture: str = ""


# The keys that each kind of backdrop uses, beside `kind`.
BACKDROP_KEYS: dict[BackdropKind, frozenset[str]] = {
    "paper": frozenset({"colour", "falloff", "texture", "spot"}),
    "gradient": frozenset({"colour", "shade", "falloff", "spot"}),
    "canvas": frozenset({"colour", "falloff", "texture", "spot"}),
    "office": frozenset({"colour", "blur", "brightness"}),
    "garden": frozenset({"blur", "brightness"}),
    "picture": frozenset({"picture", "blur", "brightness"}),
    "transparent": frozenset({"colour"}),
}


@dataclass(frozen=True)
class Finish:
    """The grade and the retouching.

    contrast, saturation: gains about 1.
    warmth: -1 cool .. 1 warm.
    monochrome: 0 or 1.
    retouch: how far each part is retouched; a file may also give one number for the face.
    grain: standard deviation in sRGB units, at least half a step of 8 bits (.002), with less of
        which smooth backdrops would show banding.
    lut: path of a .cube file that the graded colours go through; empty: none.
    lut_strength: 0 leaves them .. 1 takes those of the table.
    """

    contrast: Annotated[Number, Field(ge=0.8, le=1.3)]
    saturation: Annotated[Number, Field(ge=0, le=1.5)]
    warmth: Annotated[Number, Field(ge=-1, le=1)]
    monochrome: Share
    retouch: Retouch
    grain: Annotated[Number, Field(ge=0.002, le=0.03)]
    lut: str = ""
    lut_strength: Share = 1.0


@dataclass(frozen=True)
class Look:
    """A named look."""

    name: str
    title: str
    description: str
    framing: Framing
    light: Light
    backdrop: Backdrop
    finish: Finish
