"""How the chroma of skin follows its light in a photo.

Skin in a highlight is pale, as it mirrors the lamp, and skin in shade is redder, as light comes to
it through the skin. A camera's tone curve adds to both. So skin whose light changes must change its
chroma as well: a highlight that is only darkened turns grey, and a shadow that is only lifted turns
orange.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..images import Float, Linear, Mask, blur, luminance

# Quantiles of the skin's light between which its chroma is averaged.
_BINS = (0.02, 0.1, 0.25, 0.4, 0.6, 0.75, 0.85, 0.93, 0.99)
# Face widths over which colours are averaged, so that pores and freckles don't count.
_SMOOTH = 0.02
# Change of chroma per log light, as a share of the skin's own chroma. In brighter light, what keeps
# C* as L* grows; in less, what subsurface scattering adds. The most is what highlights show: a
# steeper change is not the light's, but a beard's or that of a lamp of another colour.
_BRIGHTER, _DARKER, _MOST = -1 / 3, -0.15, -1.15


@dataclass(frozen=True, eq=False)
class LitChroma:
    """Chroma of the skin by its light.

    light: log luminance, ascending, float32 (k,).
    chroma: log ratios of red and of blue to green there, float32 (k, 2).
    """

    light: Float
    chroma: Float

    @property
    def brighter(self) -> Float:
        """Change of chroma per log light, float32 (2,), that keeps C* as L* grows."""
        return np.asarray(_BRIGHTER * self.chroma[len(self.chroma) // 2], np.float32)

    def change(self, light: Float, gain: Float) -> Float:
        """How the chroma of skin changes with its light, float32 (..., 2).

        light: log luminance of skin in the photo. gain: log gain of its light.

        Skin that gets brighter becomes as pale as such skin is here. Of darker skin only the
        highlights get the colour of the skin beside them; shadows gain little, or they would glow.
        """
        low, middle, high = (float(self.light[each]) for each in (0, len(self.light) // 2, -1))
        start = np.clip(light, low, high)
        end = np.clip(light + gain, low, high)
        end = np.where(gain < 0, np.maximum(end, np.minimum(start, middle)), end)
        rest = (gain - (end - start))[..., None]  # beyond what the photo shows
        slope = self.brighter * np.where(rest < 0, _DARKER / _BRIGHTER, 1)
        change = self._at(end) - self._at(start) + rest * slope
        return np.asarray(change, np.float32)

    def _at(self, light: Float) -> Float:
        channels = [np.interp(light, self.light, each) for each in self.chroma.T]
        return np.asarray(np.stack(channels, -1), np.float32)


def smooth_log_light(light: Float, mask: Mask, face_width: float) -> Float:
    """Log of `light` averaged where `mask` is, float32 (h, w).

    light: luminance (h, w). mask: of skin, 0..1. face_width: in cells.
    """
    log = np.log(np.maximum(light, np.float32(1e-6)))
    return _averaged(log, mask, face_width)


def lit_chroma(colour: Linear, skin: NDArray[np.bool_], face_width: float) -> LitChroma:
    """How chroma follows light on the `skin` of a picture.

    colour: linear RGB float32 (h, w, 3). skin: bool (h, w), at least one. face_width: in pixels.

    Medians in bins of light, with no less and no more slope from one to the next than light causes.
    """
    mask = skin.astype(np.float32)
    x = np.maximum(colour, np.float32(1e-6))
    light = smooth_log_light(luminance(x), mask, face_width)[skin]
    red, blue = (
        _averaged(np.log(x[..., channel] / x[..., 1]), mask, face_width)[skin] for channel in (0, 2)
    )
    edges = np.quantile(light, _BINS)
    centres: list[float] = []
    chroma: list[tuple[float, float]] = []
    for low, high in pairwise(edges):
        inside = (light >= low) & (light <= high)
        centres.append(float(np.median(light[inside])))
        chroma.append((float(np.median(red[inside])), float(np.median(blue[inside]))))
    levels, table = np.array(centres, np.float32), np.array(chroma, np.float32)
    steps = np.diff(levels)[:, None]
    slope = np.diff(table, axis=0) / np.maximum(steps, np.float32(1e-4))
    middle = len(table) // 2
    bounds = np.sort(np.outer((_BRIGHTER, _MOST), table[middle]), axis=0)
    climb = np.cumsum(np.clip(slope, *bounds) * steps, axis=0)
    climb = np.concatenate([np.zeros((1, 2)), climb])
    return LitChroma(levels, np.asarray(table[middle] + climb - climb[middle], np.float32))


def _averaged(values: Float, mask: Mask, face_width: float) -> Float:
    near = blur(mask, _SMOOTH * face_width) + np.float32(1e-3)
    weighted = blur(np.asarray(values * mask, np.float32), _SMOOTH * face_width)
    return np.asarray(weighted / near, np.float32)
