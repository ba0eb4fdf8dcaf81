"""How much fine texture skin shows: the figure that plastic skin lacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headshots.core.faces import Face
from headshots.core.images import Image, blur, resize, to_lab
from headshots.core.portrait.skin import face_box, patch_skin

# The face is measured at this width in pixels at most, so that photos of different sizes compare:
# finer detail than the smaller one could hold is left out of both.
WIDTH = 180.0
# Blur sigmas in face widths: texture between the first two, form between the last two.
_FINEST, _FINE, _FORM = 0.004, 0.012, 0.08
# L* below which form is too flat to divide by.
_FLAT = 2.0


def texture(image: Image, face: Face) -> float:
    """Fine-band energy of the skin of `face` relative to its form, a ratio of deviations.

    image: sRGB float32 (H, W, 3) 0..1. Both bands are of L* on skin, at one face width whatever the
    picture's size (`WIDTH`); the ratio cancels the contrast of light and tone curve. Deviations are
    robust (1.48 times the median of the absolute), so that lines, moles and edges hardly count.
    About .05 to .2 in photos; 0 without skin. A face narrower than `WIDTH` lacks texture that the
    others show: compare it to itself only.
    """
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if patch.size == 0:
        return 0.0
    skin = patch_skin(patch, face, region)
    factor = min(1.0, WIDTH / face.width)
    if factor < 1:
        size = round(patch.shape[1] * factor), round(patch.shape[0] * factor)
        patch, skin = resize(patch, *size), resize(skin, *size)
    width = face.width * factor
    weight = np.maximum(skin, np.float32(1e-3))
    light = to_lab(patch)[..., 0]
    core = skin > 0.7
    if np.count_nonzero(core) < 64:
        return 0.0

    def layer(sigma: float) -> Image:
        return np.asarray(
            blur(light * weight, sigma * width) / blur(weight, sigma * width), np.float32
        )

    fine = (layer(_FINEST) - layer(_FINE))[core]
    form = (layer(_FINE) - layer(_FORM))[core]
    spread = [1.48 * float(np.median(np.abs(band))) for band in (fine, form)]
    return spread[0] / max(spread[1], _FLAT)


def texture_range(photos: Sequence[tuple[Image, Face]]) -> tuple[float, float] | None:
    """Least and greatest `texture` of the sitter's own photos (picture, face in it).

    None unless two have faces of `WIDTH` pixels or more. A further photo of the sitter would lie
    within the range of n with a chance of (n - 1) / (n + 1), if photos came at random: one in two
    with three. So a result outside of it is not proof of plastic skin, nor is one inside of none;
    it shows that the result is no smoother than a photo that the sitter chose to give.
    """
    found = [texture(image, face) for image, face in photos if face.width >= WIDTH]
    return (min(found), max(found)) if len(found) > 1 else None
