"""Has the picture the light that was requested?"""

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
# How far the measured light may lie from the requested one at full strength: azimuth and elevation
# in degrees, key ratio in stops and as a share of the requested stops. The measurement itself, on
# known light of 2.2:1 and more and five sitters with their own skin, is off by at most 20 and 22
# degrees and, up to 4:1, by .76 stops. Beyond, butterfly light, whose shadows are small, reads as
# softer than it is.
_AZIMUTH, _ELEVATION, _STOPS, _OF_STOPS = 20.0, 30.0, 0.5, 0.25
# Degrees of azimuth between the key light and its catchlight: eyes don't quite look at the camera,
# and lamps are large. The elevation is not compared, as lids hide the catchlight.
_MIRRORED = 40.0


@dataclass(frozen=True)
class Comparison:
    """One figure of the light, requested and measured.

    name: "azimuth", "elevation", "catchlight" (all in degrees) or "ratio".
    requested, measured: the figure.
    low, high: accepted range of `measured`.
    """

    name: str
    requested: float
    measured: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        return self.low <= self.measured <= self.high


def compare(relit: Relit, measured: MeasuredLight) -> tuple[Comparison, ...]:
    """Compare the requested light with the measured one.

    A light of less than full strength keeps some of the photo's own light, so its limits are wider.
    The direction is left out where the key hardly stands out, the catchlight where there is none.
    """
    slack = 2 - relit.strength
    factor = 2 ** (slack * (_STOPS + _OF_STOPS * float(np.log2(relit.ratio))))
    ratio = Comparison(
        "ratio", relit.ratio, measured.ratio, relit.ratio / factor, relit.ratio * factor
    )
    if relit.ratio < LEAST_DIRECTED:
        return (ratio,)
    figures = [
        ("azimuth", relit.azimuth, measured.azimuth, slack * _AZIMUTH),
        ("elevation", relit.elevation, measured.elevation, slack * _ELEVATION),
    ]
    if measured.catchlight is not None:
        figures.append(("catchlight", relit.azimuth, measured.catchlight, _MIRRORED))
    return (
        *(Comparison(name, at, value, at - off, at + off) for name, at, value, off in figures),
        ratio,
    )


def answer(portrait: Portrait, context: Context) -> Answer:
    """The light of `portrait` against the requested one, and both as a sentence.

    Empty where the provenance records no relighting.
    """
    relit = context.provenance.last(Relit)
    if relit is None:
        return Answer()
    measured = portrait.light
    comparisons = compare(relit, measured)
    return Answer(
        [_measure(each) for each in comparisons],
        [_sentence(relit, measured, portrait.face, comparisons)],
    )


def _measure(each: Comparison) -> Measurement:
    figures = each.measured, each.low, each.high
    if each.name == "ratio":  # in stops, half and double are equally far
        figures = tuple(float(np.log2(figure)) for figure in figures)
    return take(_NAMES[each.name], *figures)


def _sentence(
    relit: Relit, measured: MeasuredLight, face: Face, comparisons: Sequence[Comparison]
) -> str:
    if all(each.name == "ratio" for each in comparisons):  # so even that it has no direction
        return f"light asked {relit.ratio:.1f}:1, measured {measured.ratio:.1f}:1"
    if measured.catchlight is not None:
        eyes = f"the eyes mirror a lamp {_aside(measured.catchlight)}"
    elif large_enough(face):
        eyes = "the eyes mirror no lamp"
    else:
        eyes = "the eyes are too small to tell"
    return (
        f"key light asked {_where(relit.azimuth, relit.elevation, relit.ratio)}; "
        f"measured {_where(measured.azimuth, measured.elevation, measured.ratio)}; {eyes}"
    )


def _where(azimuth: float, elevation: float, ratio: float) -> str:
    return f"{_aside(azimuth)}, {elevation:.0f}° up, {ratio:.1f}:1"


def _aside(azimuth: float) -> str:
    """An azimuth as it appears in the picture: "35° left"."""
    if round(azimuth) == 0:
        return "in front"
    return f"{abs(azimuth):.0f}° {'right' if azimuth > 0 else 'left'}"
