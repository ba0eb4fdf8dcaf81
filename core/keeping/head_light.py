"""The light of an edit's surroundings, put on the head that was kept.

Which way the light changed is asked of the light measured on both faces, and what that does to this
head of the house's own relighting: once under each light, of which only the difference counts. How
much of it is put on is told by the registered pictures themselves. So what is no light (make-up,
another skin) has no say, and a wrong measurement does nothing.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..faces import Face
from ..generation import brightened, find_subject, relit
from ..generation.looks import Light
from ..images import Float, Image, Mask, blur, luminance, to_linear, to_srgb
from ..portrait.light import measure_light
from ..portrait.segments import Segment
from .sight import Sight

MOST_STOPS = 0.6  # by which a place becomes lighter or darker
_MOST_RATIO = 6.0  # of a key light that is believed
_SMOOTH, _SMOOTHER = 0.03, 0.06  # face widths over which light is averaged
_MOST_SCALED = 2.0  # times what the relighting makes of the difference
_LEAST_EXPLAINED = 0.15  # of the faces' difference by it, or else it is no light
_LEAST_CHANGE = 0.03  # stops (root mean square) below which two lights are one
_DARK = np.float32(1e-3)  # linear; darker differences are noise


def light_change(own: Sight, edit: Sight, strength: float) -> Mask | None:
    """What the light on the edit's head adds to the original's, in stops, float32 (h, w); None
    where their light doesn't differ.

    Within +-`MOST_STOPS`, and 0 beyond the sitter; the face's exposure stays.

    own, edit: on one grid; `edit` without its drift. strength: 0..1.
    """
    skin = own.of(Segment.FACE_SKIN) * edit.of(Segment.FACE_SKIN) * own.covered > 0.7
    if strength <= 0 or not skin.any():
        return None
    width, solid = own.face.width, np.asarray(own.matte > 0.8, np.float32)
    subject = find_subject(own.image, own.face, own.matte)
    lights = (_light(each.image, each.face) for each in (own, edit))
    before, after = (_stops(relit(subject, each)) for each in lights)
    change = blur((after - before) * solid, _SMOOTH * width)
    change /= np.maximum(blur(solid, _SMOOTH * width), 1e-3)
    change -= np.median(change[skin])
    difference = _smooth_stops(edit.image, width) - _smooth_stops(own.image, width)
    difference -= np.median(difference[skin])
    modelled, shown = change[skin], difference[skin]
    energy = float(modelled @ modelled)
    if float((shown**2).mean()) < _LEAST_CHANGE**2 or energy < 1e-6:
        return None
    scale = float(np.clip(shown @ modelled / energy, 0, _MOST_SCALED))
    explained = 1 - float(((shown - scale * modelled) ** 2).sum() / (shown @ shown))
    if explained < _LEAST_EXPLAINED:
        return None
    bounded = np.clip(scale * strength * change, -MOST_STOPS, MOST_STOPS)
    return np.asarray(bounded * own.matte, np.float32)


def lit(image: Image, change: Mask) -> Image:
    """`image` (H, W, 3) with its light changed by so many stops, (h, w) of any size."""
    rows, columns = image.shape[:2]
    large = cv2.resize(change, (columns, rows), interpolation=cv2.INTER_LINEAR)
    gain = np.asarray(np.exp2(large)[..., None], np.float32)
    return np.clip(to_srgb(brightened(to_linear(image), gain)), 0, 1)


def most_on_face(own: Sight, change: Mask | None) -> float:
    """How many stops the face was changed by at most; 0 without a change."""
    if change is None:
        return 0.0
    return float(np.percentile(np.abs(change[own.of(Segment.FACE_SKIN) > 0.7]), 99))


def _light(image: Image, face: Face) -> Light:
    """The light on a face, as far as it can be measured."""
    measured = measure_light(image, face)
    light = Light(
        azimuth=float(np.clip(measured.azimuth, -90, 90)),
        elevation=float(np.clip(measured.elevation, -10, 60)),
        key=1.0,
        fill=1.0,
        wrap=0.5,
        shadow=0.0,
        strength=1.0,
    )
    return light.with_ratio(float(np.clip(measured.ratio, 1.05, _MOST_RATIO)))


def _stops(image: Image) -> Float:
    return np.asarray(np.log2(luminance(to_linear(image)) + _DARK), np.float32)


def _smooth_stops(image: Image, width: float) -> Float:
    smooth = blur(luminance(to_linear(image)), _SMOOTHER * width)
    return np.asarray(np.log2(smooth + _DARK), np.float32)
