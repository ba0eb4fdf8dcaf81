"""Is the light of the picture the one that was asked for?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..faces import Face
from ..generation import Origin
from ..generation.asked_light import AskedLight
from ..generation.studio.catchlights import large_enough
from ..generation.studio.light_check import Comparison, Measured, compare, measure_light
from ..images import Image
from .measures import take
from .scorecard import Measure

_NAMES = {
    "azimuth": "key-azimuth",
    "elevation": "key-elevation",
    "ratio": "key-ratio",
    "catchlight": "catchlight",
}


def light(
    image: Image, face: Face, origin: Origin | None, measured: Measured | None = None
) -> tuple[tuple[Measure, ...], str]:
    """The measures of the light on `face` in `image` (sRGB float32 (H, W, 3) 0..1) against the one
    that `origin` asked for, and both as a sentence; nothing where it tells of none. measured: the
    light where it is known already.
    """
    asked = AskedLight.told(origin)
    if asked is None:
        return (), ""
    measured = measured or measure_light(image, face)
    compared = compare(asked, measured)
    return tuple(_measure(each) for each in compared), _told(asked, measured, face, compared)


def _measure(each: Comparison) -> Measure:
    figures = each.measured, each.low, each.high
    if each.name == "ratio":  # in stops, half and double are equally far
        figures = tuple(float(np.log2(figure)) for figure in figures)
    return take(_NAMES[each.name], *figures)


def _told(asked: AskedLight, measured: Measured, face: Face, compared: Sequence[Comparison]) -> str:
    if all(each.name == "ratio" for each in compared):  # so even that it has no direction
        return f"light asked {asked.ratio:.1f}:1, measured {measured.ratio:.1f}:1"
    if measured.catchlight is not None:
        eyes = f"the eyes mirror a lamp {_aside(measured.catchlight)}"
    elif large_enough(face):
        eyes = "the eyes mirror no lamp"
    else:
        eyes = "the eyes are too small to tell"
    return (
        f"key light asked {_where(asked.azimuth, asked.elevation, asked.ratio)}; "
        f"measured {_where(measured.azimuth, measured.elevation, measured.ratio)}; {eyes}"
    )


def _where(azimuth: float, elevation: float, ratio: float) -> str:
    return f"{_aside(azimuth)}, {elevation:.0f}° up, {ratio:.1f}:1"


def _aside(azimuth: float) -> str:
    """How far aside, as seen in the picture: "35° left"."""
    if round(azimuth) == 0:
        return "in front"
    return f"{abs(azimuth):.0f}° {'right' if azimuth > 0 else 'left'}"
