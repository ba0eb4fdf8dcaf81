"""Is the light of the picture the one that was asked for?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...faces import Face
from ...portrait.catchlights import large_enough
from ...portrait.light import LEAST_DIRECTED, MeasuredLight
from ...portrait.portrait import Portrait
from ...provenance import Relit
from ...scorecard import Measurement
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context

_NAMES = {
    "azimuth": "key-azimuth",
    "elevation": "key-elevation",
    "ratio": "key-ratio",
    "catchlight": "catchlight",
}
# How far measured may lie from asked, for a light of full strength: azimuth and elevation in
# degrees, key ratio in stops and as a share of the stops asked. On known light of 2.2:1 and more,
# five sitters with their own skin, the check itself is off by at most 20 and 22 degrees and, up to
# 4:1, .76 stops; beyond, butterfly light, whose shadows are small, reads as softer than it is.
_AZIMUTH, _ELEVATION, _STOPS, _OF_STOPS = 20.0, 30.0, 0.5, 0.25
# Degrees aside between the key and the light that the eyes mirror: eyes don't quite look at the
# camera, and lamps are large. How high it stands is not told: the lids hide it.
_MIRRORED = 40.0


@dataclass(frozen=True)
class Comparison:
    """One figure of the light, asked and measured.

    name: "azimuth", "elevation", "catchlight" (these in degrees) or "ratio".
    low, high: between which `measured` is what was asked, as far as can be told.
    """

    name: str
    asked: float
    measured: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        return self.low <= self.measured <= self.high


def compare(asked: Relit, measured: MeasuredLight) -> tuple[Comparison, ...]:
    """`measured` beside `asked`. A light of less than full strength keeps some of the photo's own,
    and is held to less. Of a key that hardly stands out the direction is left out, of eyes that
    mirror nothing the catchlight.
    """
    slack = 2 - asked.strength
    factor = 2 ** (slack * (_STOPS + _OF_STOPS * float(np.log2(asked.ratio))))
    ratio = Comparison(
        "ratio", asked.ratio, measured.ratio, asked.ratio / factor, asked.ratio * factor
    )
    if asked.ratio < LEAST_DIRECTED:
        return (ratio,)
    figures = [
        ("azimuth", asked.azimuth, measured.azimuth, slack * _AZIMUTH),
        ("elevation", asked.elevation, measured.elevation, slack * _ELEVATION),
    ]
    if measured.catchlight is not None:
        figures.append(("catchlight", asked.azimuth, measured.catchlight, _MIRRORED))
    return (
        *(Comparison(name, at, found, at - off, at + off) for name, at, found, off in figures),
        ratio,
    )


def answer(portrait: Portrait, context: Context) -> Answer:
    """The light of `portrait` against the one that its history asked for, and both as a sentence;
    nothing where it tells of none.
    """
    asked = context.provenance.last(Relit)
    if asked is None:
        return Answer()
    measured = portrait.light
    compared = compare(asked, measured)
    return Answer(
        [_measure(each) for each in compared], [_told(asked, measured, portrait.face, compared)]
    )


def _measure(each: Comparison) -> Measurement:
    figures = each.measured, each.low, each.high
    if each.name == "ratio":  # in stops, half and double are equally far
        figures = tuple(float(np.log2(figure)) for figure in figures)
    return take(_NAMES[each.name], *figures)


def _told(asked: Relit, measured: MeasuredLight, face: Face, compared: Sequence[Comparison]) -> str:
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
