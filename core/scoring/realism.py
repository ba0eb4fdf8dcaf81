"""Does it look like a photograph: skin with texture, edges without a rim, one light, no bands?

Each figure with its range is explained in `measures`. The ranges were set on untouched photos, on
the studio's pictures and on the planted faults of tests/benchmarks/likeness/faults.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..faces import Face
from ..generation.generator import VERDICT, Origin
from ..generation.studio.light_check import Measured
from ..images import Image, Mask, blur, to_lab, wide_blur
from .appearance import Appearance
from .measures import take
from .reference import Reference, correlation
from .scorecard import Measure

# The face's width at which edges are looked at, pixels, and rings about the matte's edge in face
# widths: just outside, and further out.
_VIEWED = 96
_NEAR, _FAR = (0.012, 0.04), (0.08, 0.16)
# Least shares of pores and lines against the photo that the picture is from, in the photo's light;
# and L* of noise that is added to both, so that smooth skin doesn't divide by nothing.
_CLOSE, _NOISE = ((0.8,), (0.83,)), 0.05
# Below this key ratio a light has no direction that catchlights could contradict.
_DIRECTED = 2.2


def realism(
    image: Image,
    face: Face,
    seen: Appearance,
    held: Reference,
    matte: Mask | None = None,
    light: Measured | None = None,
    relit: bool = False,
) -> tuple[Measure, ...]:
    """How far `image` (sRGB (H, W, 3) 0..1) looks like a photograph of the sitter.

    seen: its appearance; held: the sitter's photos. matte: (H, W), tells the sitter's edge; without
    one it isn't looked at. light: as measured, against which the catchlights are held. relit:
    another light than the photo's was asked, so that the sides may differ.
    """
    return tuple(_measures(image, face, seen, held, matte, light, relit))


def _measures(
    image: Image,
    face: Face,
    seen: Appearance,
    held: Reference,
    matte: Mask | None,
    light: Measured | None,
    relit: bool,
) -> Iterator[Measure]:
    yield from _texture(seen, held, relit)
    if held.anchor is not None and not relit:
        yield take("side-light", seen.side - held.anchor.side)
    yield take("symmetry", correlation(seen.pattern, seen.pattern[:, ::-1]))
    if light is not None and light.catchlight is not None and light.ratio >= _DIRECTED:
        yield take("light-agreement", abs(light.catchlight - light.azimuth))
    yield take("banding", banding(image))
    if matte is not None and matte.min() < 0.5:
        yield take("edge-halo", halo(image, matte, face))


def _texture(seen: Appearance, held: Reference, relit: bool) -> Iterator[Measure]:
    """Pores and lines as shares of what the sitter's photos show, and lines against form."""
    if seen.texture is None:
        return
    shown = [held.anchor] if held.anchor is not None else held.own
    known = [each.texture for each in shown if each.texture is not None]
    close = held.anchor is not None and not relit
    shares: list[float] = []
    for place in range(3):
        own = [each[place] for each in known if np.isfinite(each[place])]
        usual = float(np.exp(np.mean(np.log(np.array(own) + _NOISE)))) if own else float("nan")
        shares.append(float(seen.texture[place] + _NOISE) / usual)
    for place, name in enumerate(("skin-texture", "skin-lines")):
        if np.isfinite(shares[place]):
            yield take(name, shares[place], *(_CLOSE[place] if close else ()))
    # Exposure, size and sharpness change both bands alike; a filter takes the finer one first.
    if close and np.isfinite(shares[1] / shares[2]):
        yield take("skin-smoothing", shares[1] / shares[2])


def verdict(origin: Origin | None) -> tuple[Measure, ...]:
    """The discriminator's verdict on a painted picture, 0..1, higher is more like a photo; nothing
    where none was trained. Who paints leaves it in the origin, as it takes the model that is loaded
    then; see `VERDICT`.
    """
    told = None if origin is None else origin.settings.get(VERDICT)
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= 1:
        return ()
    return (take("discriminator", float(told)),)


def halo(image: Image, matte: Mask, face: Face) -> float:
    """L* by which the backdrop right at the sitter's edge differs from further out, at the tenth of
    the edge where it does the most: bright rims above 0, dark ones below, -100..100, 0 is best.

    A measure of this program's own: the two rings are compared within reach of each other, so that
    a backdrop's own gradient drops out.
    """
    factor = min(1.0, _VIEWED / face.width)
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    # Pixels between those that are read don't matter: rings of them are averaged.
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.float32)
    cover = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.float32)
    width = face.width * factor
    outside = (cover < 0.02).astype(np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, 3) / np.float32(width)
    lightness = to_lab(small)[..., 0]
    near = ((away > _NEAR[0]) & (away < _NEAR[1])).astype(np.float32)
    far = ((away > _FAR[0]) & (away < _FAR[1])).astype(np.float32)
    reach = 0.12 * width
    share_near, share_far = blur(near, reach / 3), wide_blur(far, reach)
    local_near = blur(lightness * near, reach / 3) / (share_near + 1e-4)
    local_far = wide_blur(lightness * far, reach) / (share_far + 1e-4)
    edge = (near > 0) & (share_near > 0.02) & (share_far > 0.02)
    if np.count_nonzero(edge) < 32:
        return 0.0
    off = (local_near - local_far)[edge]
    low, high = np.percentile(off, (10, 90))
    return float(high if abs(high) > abs(low) else low)


def banding(image: Image) -> float:
    """Share of the smooth gradients that go in steps instead of gliding: 0..100 %, lower is better.

    A measure of this program's own; its limit, 20 %, lies between grain (18 at most) and 40 levels.

    A gradient in 8 bits is flat for a while and then changes by one level, somewhere between others
    that do it elsewhere; noise or grain blurs the place. In bands whole lengths of a contour change
    at once, by more than one level, between flats without noise.
    """
    some = image[:: max(1, len(image) // 240)]
    rows = np.asarray(some @ np.array([76.245, 149.685, 29.07], np.float32), np.float32)
    left, right = rows[:, 3:-4], rows[:, 4:-3]
    step = np.abs(right - left)
    # Flat on both sides over four pixels, and a jump between.
    before = np.abs(rows[:, 3:-4] - rows[:, :-7]) < 0.6
    after = np.abs(rows[:, 7:] - rows[:, 4:-3]) < 0.6
    jumps = before & after & (step > 1.6) & (step < 12)
    change = np.abs(rows[:, 7:] - rows[:, :-7])
    gliding = (change > 0.8) & (change < 12)
    if np.count_nonzero(gliding) < 500:
        return 0.0
    return 100 * np.count_nonzero(jumps) * 7 / float(np.count_nonzero(gliding))
