"""Is the picture good as a photograph: eyes open, face sharp, skin well exposed?

No measure prefers a skin lightness: exposure is judged by clipping, by the contrast of the face,
and against the sitter's own skin in the enrolled photos.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...faces.suitability import least_open
from ...identity.identity import Identity
from ...images import luminance, to_linear
from ...portrait.expression import grimace
from ...portrait.portrait import Portrait
from ...provenance import Composited, Provenance
from ...scorecard import Measurement
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context

# How far the jaw may be dropped, how much further in a laugh, and the strength of smile from which
# a laugh begins and is full.
_JAW, _LAUGH, _BROAD = 0.4, 0.1, (0.75, 0.9)


def answer(portrait: Portrait, context: Context) -> Answer:
    """Eyes, sharpness and exposure of the face of `portrait`."""
    face = portrait.face
    return Answer(
        (
            take("eyes-open", face.eyes_open, low=least_open(face)),
            _mouth(portrait),
            take("grimace", grimace(face)),
            take("sharpness", portrait.sharpness),
            *_enlargement(context.provenance),
            *_exposure(portrait, context.identity),
            take("turn", face.pose.yaw),
            take("smile", portrait.smile),
        )
    )


def _enlargement(provenance: Provenance) -> Iterator[Measurement]:
    """How far the studio enlarged its photo; nothing of other pictures."""
    composited = provenance.last(Composited)
    if composited:
        yield take("enlargement", composited.upscale)


def _mouth(portrait: Portrait) -> Measurement:
    """How far the jaw is dropped, against a limit that is a tenth higher in a broad laugh.

    A broad laugh drops the jaw as far as a spoken vowel does, but also draws up the corners of the
    mouth, as no vowel can.

    Laughs of the test photos and of what is made from them reach 0.40 at a smile of 0.92, speech
    0.51 at a smile of 0.64.
    """
    broad = float(np.clip((portrait.smile - _BROAD[0]) / (_BROAD[1] - _BROAD[0]), 0, 1))
    return take("mouth-open", portrait.face.blendshape("jawOpen"), high=_JAW + _LAUGH * broad)


def _exposure(portrait: Portrait, identity: Identity) -> list[Measurement]:
    """Clipping, contrast and the colour of the skin against the sitter's own."""
    skin, colour = portrait.skin_pixels, portrait.skin_colour
    if skin is None or colour is None:
        return []
    red, green, blue = skin.T
    burnt = (red > 0.985).astype(np.uint8) + (green > 0.985) + (blue > 0.985)
    light = np.quantile(luminance(to_linear(skin)), (0.05, 0.95)) + 1e-4
    measures = [
        # With two channels clipped the skin's colour is lost. Red alone clips first in warm light,
        # and that looks well.
        take("blown-skin", 100 * float((burnt >= 2).mean())),
        take("crushed-skin", 100 * float((np.maximum(np.maximum(red, green), blue) < 0.02).mean())),
        # A ratio: it is the same for light and dark skin in the same light.
        take("face-contrast", float(np.log2(light[1] / light[0]))),
    ]
    if identity.skin is not None:
        off = colour - identity.skin.mean
        names = ("skin-lightness", "skin-tint", "skin-warmth")
        measures += [take(name, float(each)) for name, each in zip(names, off, strict=True)]
    return measures
