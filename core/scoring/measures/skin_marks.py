"""Are the sitter's moles, scars and freckles where they belong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from ...faces import regions
from ...identity.identity import Identity
from ...images import Float, blur
from ...portrait.appearance import SIZE, WIDTH, Appearance, aligned
from ...portrait.marks import SkinMark, place
from ...portrait.portrait import Portrait
from ..measure import Answer, take
from ..reference import Reference

if TYPE_CHECKING:
    from ..context import Context

# Face widths around its place in which a mark is looked for, as the mesh wobbles.
_LEEWAY = 0.03
# The same where the picture can be registered to the photo it was made from.
_CLOSE = 0.012
# L* of depth from which a mark stands out from the skin's own texture, and the share of its depth
# in the sitter's photo below which it is gone. The second pair is for photos that the picture was
# not made from, whose light differs.
_DEPTH, _GONE, _GONE_RELIT = 2.5, 0.55, 0.45
_DEPTH_ELSEWHERE, _GONE_ELSEWHERE = 4.0, 0.15
# A dark spot wider than this, or nearer than this to the edge of the face, an eye, the nose or the
# mouth (face widths), is most often the shade of the face's own form, which goes in another light.
# It is held to be a mark only when it is this deep (L*).
_WIDE, _NEAR_EDGE, _DEEP_MARK = 0.03, 0.03, 8.0
_EDGES = [
    *regions.OVAL, *regions.LIPS, *regions.NOSTRILS, *regions.LEFT_EYE, *regions.RIGHT_EYE,
    *regions.LEFT_BROW, *regions.RIGHT_BROW,
]  # fmt: skip
# Photos that must show a mark then: what two share may be the same shadow.
_OFTEN = 3
# A mark in a single photo may have been temporary, unless it is this deep (L*).
_DEEP = 8.0
# The deepest place of a dark mark: its depth in L*, and its x and y.
_Peak: TypeAlias = "tuple[float, float, float] | None"
# Measured marks by appearance; those of a photo serve every picture that is compared with it.
_peaks: WeakKeyDictionary[Appearance, dict[SkinMark, _Peak]] = WeakKeyDictionary()
# Cosine of the angle between skin and camera below which a mark is out of sight.
_IN_SIGHT = 0.35


@dataclass(frozen=True)
class Missing:
    """A permanent mark that the picture should show.

    feature: the mark.
    depth: its depth in the picture as a share of that in the photos.
    """

    feature: SkinMark
    depth: float


def answer(portrait: Portrait, context: Context) -> Answer:
    """How many of the sitter's marks are missing; empty where none can be looked for."""
    appearance, reference = portrait.appearance, context.reference
    if appearance is None or reference is None:
        return Answer()
    gone = missing(appearance, context.identity, reference, relit=context.relit)
    if gone is None:
        return Answer()
    return Answer((take("lasting-features", float(len(gone)), severity=reference.severity),))


def missing(
    appearance: Appearance, identity: Identity, reference: Reference, *, relit: bool = False
) -> tuple[Missing, ...] | None:
    """Marks that the picture should show and doesn't; None where none can be looked for.

    A mark is looked for if its place is in sight in the picture, and if the photo that the picture
    is compared with shows it. With several photos, all that have its place in sight must show it.

    relit: the picture has another light than its photo, which makes marks shallower.
    """
    expected = list(_expected(appearance, identity, reference, relit))
    if not expected:
        return None
    least = _GONE_ELSEWHERE
    if reference.anchor is not None:
        least = _GONE_RELIT if relit else _GONE
    return tuple(each for each in expected if each.depth < least)


def _expected(
    appearance: Appearance, identity: Identity, reference: Reference, relit: bool
) -> Iterator[Missing]:
    if appearance.texture is None:  # the face is too small for marks
        return
    anchor = reference.anchor
    lightness = appearance.lightness if anchor is None else aligned(appearance, anchor)
    for feature in identity.features:
        if (feature.photos < 2 and feature.contrast > -_DEEP) or not in_sight(appearance, feature):
            continue
        if anchor is not None:
            in_photo = depth(anchor, feature) if in_sight(anchor, feature) else 0.0
            # Shade stays where it is as long as the light does.
            if in_photo >= _DEPTH and (not relit or _is_spot(anchor, feature)):
                yield Missing(feature, _share_left(lightness, anchor, feature))
            continue
        showing = [each for each in reference.own if in_sight(each, feature)]
        if not all(_is_spot(each, feature) for each in showing):
            continue
        depths = [depth(each, feature) for each in showing]
        if feature.photos >= _OFTEN and depths and min(depths) >= _DEPTH_ELSEWHERE:
            yield Missing(feature, depth(appearance, feature) / min(depths))


def in_sight(appearance: Appearance, feature: SkinMark) -> bool:
    """Whether the skin around the mark faces the camera."""
    # The head is about a cylinder of 1.1 face widths; its side turns away with the yaw.
    around = np.degrees(np.arcsin(np.clip(feature.u / 0.55, -1, 1)))
    return bool(np.cos(np.radians(around + appearance.face.pose.yaw)) > _IN_SIGHT)


def depth(appearance: Appearance, feature: SkinMark) -> float:
    """The depth of the mark in L*: how much darker it is than the skin around; 0 and less is none.

    The largest difference of Gaussians of the mark's size (Lowe, IJCV 60, 2004) near its place.
    """
    peak = _cached_peak(appearance, feature)
    return peak[0] if peak else 0.0


def _cached_peak(appearance: Appearance, feature: SkinMark) -> _Peak:
    peaks = _peaks.setdefault(appearance, {})
    if feature not in peaks:
        x, y = place(feature, appearance.face)
        peaks[feature] = _peak(appearance.lightness, x, y, feature.size, _LEEWAY)
    return peaks[feature]


def _is_spot(photo: Appearance, feature: SkinMark) -> bool:
    """Whether the mark is a spot of the skin in that photo, not the shade of the face's form."""
    peak = _cached_peak(photo, feature)
    if peak is None or peak[0] < _DEPTH:
        return False
    edges = photo.face.landmarks[_EDGES, :2]
    away = float(np.hypot(*(edges - np.array(peak[1:])).T).min()) / WIDTH
    if away < max(_NEAR_EDGE, 0.7 * feature.size):
        return False
    return feature.size <= _WIDE or peak[0] >= _DEEP_MARK


def _share_left(lightness: Float, anchor: Appearance, feature: SkinMark) -> float:
    """What is left of the mark's depth in `lightness`, registered to `anchor`.

    The larger of two: in L*, and in the logarithm of the luminance, which a light that falls alike
    on the mark and around it leaves as it is; in dark skin L* shrinks with the light.
    """
    expected = _cached_peak(anchor, feature)
    if expected is None:
        return 0.0
    shares = [
        _depth_near(picture, expected, feature) / max(_depth_near(photo, expected, feature), 1e-3)
        for picture, photo in (
            (lightness, anchor.lightness),
            (_log_luminance(lightness), _log_luminance(anchor.lightness)),
        )
    ]
    return max(shares)


def _depth_near(lightness: Float, expected: tuple[float, float, float], feature: SkinMark) -> float:
    peak = _peak(lightness, expected[1], expected[2], feature.size, _CLOSE)
    return peak[0] if peak else 0.0


def _log_luminance(lightness: Float) -> Float:
    """The natural logarithm of the luminance of L* (CIE 15:2004, 8.2.1), with a floor for noise."""
    return np.log(((lightness + 16) / 116) ** 3 + np.float32(0.004)).astype(np.float32)


def _peak(lightness: Float, x: float, y: float, size: float, leeway: float) -> _Peak:
    """The deepest dark spot of `size` within `leeway` of x, y; sizes in face widths."""
    reach = (size + 2 * leeway) * WIDTH
    left, top = max(0, int(x - 2 * reach)), max(0, int(y - 2 * reach))
    right, bottom = min(SIZE, int(x + 2 * reach) + 1), min(SIZE, int(y + 2 * reach) + 1)
    part = lightness[top:bottom, left:right]
    if min(part.shape) < 8:
        return None
    spot = max(0.9, 0.35 * size * WIDTH)
    darker = blur(part, 3 * spot) - blur(part, spot)
    rows, columns = np.indices(part.shape)
    away = np.hypot(columns + left - x, rows + top - y)
    darker[away > max(leeway * WIDTH, 1.5)] = -np.inf
    row, column = np.unravel_index(int(darker.argmax()), darker.shape)
    deepest = float(darker[row, column])
    return (deepest, float(column + left), float(row + top)) if np.isfinite(deepest) else None
