"""Are the sitter's moles, scars and freckles where they belong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from ...identity.identity import Identity
from ...images import Float, blur
from ...portrait.appearance import SIZE, WIDTH, Appearance
from ...portrait.marks import SkinMark, place
from ...portrait.portrait import Portrait
from ..measure import Answer, take
from ..reference import Reference
from .attributes import aligned

if TYPE_CHECKING:
    from ..context import Context

# Face widths: how far from its place a spot is looked for, as the mesh wobbles.
_LEEWAY = 0.03
# The same where the picture can be laid over the photo it is from.
_CLOSE = 0.012
# L* of depth below which a spot can't be told from the skin's own texture, and the share of its
# depth in the sitter's photo below which it is gone. Against photos other than the one that the
# picture is from, whose light is another, it takes more.
_TELLING, _GONE = 2.5, 0.55
_TELLING_ELSEWHERE, _GONE_ELSEWHERE = 4.0, 0.15
# Photos that have to show it then: what two share may be the same shadow.
_OFTEN = 3
# Spots that only one photo could show may have passed; the deeper ones are held to last.
_DEEP = 8.0
# The deepest place of a dark spot: its depth in L*, and its x and y.
_Peak: TypeAlias = "tuple[float, float, float] | None"
# Spots as they were found; those of a photo serve every picture that is held against it.
_peaks: WeakKeyDictionary[Appearance, dict[SkinMark, _Peak]] = WeakKeyDictionary()
# Cosine to the camera of the skin that a spot sits on, below which it is out of sight.
_IN_SIGHT = 0.35


@dataclass(frozen=True)
class Missing:
    """A feature that isn't in the picture. depth: of what is there, as a share of what should be.
    at: x and y in face widths from the nose bridge, in the mesh frame.
    """

    feature: SkinMark
    depth: float


def answer(portrait: Portrait, context: Context) -> Answer:
    """How many of the sitter's marks are missing; nothing where none can be looked for."""
    appearance, held = portrait.appearance, context.reference
    if appearance is None or held is None:
        return Answer()
    gone = missing(appearance, context.identity, held)
    return Answer(() if gone is None else (take("lasting-features", float(len(gone))),))


def missing(seen: Appearance, identity: Identity, held: Reference) -> tuple[Missing, ...] | None:
    """Features that should be seen and aren't; None where none can be looked for.

    A feature is looked for where it is in sight in the picture and was found in the photo that the
    picture is held against, or in all those that show its place where it is held against several.
    """
    found = list(_looked_for(seen, identity, held))
    if not found:
        return None
    least = _GONE if held.anchor else _GONE_ELSEWHERE
    return tuple(each for each in found if each.depth < least)


def _looked_for(seen: Appearance, identity: Identity, held: Reference) -> Iterator[Missing]:
    if seen.texture is None:  # too small a face for spots
        return
    laid = seen.lightness if held.anchor is None else aligned(seen, held.anchor)
    for feature in identity.features:
        if (feature.photos < 2 and feature.contrast > -_DEEP) or not in_sight(seen, feature):
            continue
        if held.anchor is not None:
            known = depth(held.anchor, feature) if in_sight(held.anchor, feature) else 0.0
            if known >= _TELLING:
                yield Missing(feature, _laid_over(laid, held.anchor, feature) / known)
            continue
        depths = [depth(each, feature) for each in held.own if in_sight(each, feature)]
        if feature.photos >= _OFTEN and depths and min(depths) >= _TELLING_ELSEWHERE:
            yield Missing(feature, depth(seen, feature) / min(depths))


def in_sight(seen: Appearance, feature: SkinMark) -> bool:
    """Whether the skin that the feature sits on faces the camera."""
    # The head is about a cylinder of 1.1 face widths across; its side turns away with the yaw.
    around = np.degrees(np.arcsin(np.clip(feature.u / 0.55, -1, 1)))
    return bool(np.cos(np.radians(around + seen.face.pose.yaw)) > _IN_SIGHT)


def depth(seen: Appearance, feature: SkinMark) -> float:
    """How much darker the darkest place of the feature's size near its place is than around it, in
    L*: higher is deeper, 0 and less is none.

    A difference of Gaussians (Lowe, IJCV 60, 2004), the largest within the leeway.
    """
    found = _known(seen, feature)
    return found[0] if found else 0.0


def _known(seen: Appearance, feature: SkinMark) -> _Peak:
    peaks = _peaks.setdefault(seen, {})
    if feature not in peaks:
        x, y = place(feature, seen.face)
        peaks[feature] = _peak(seen.lightness, x, y, feature.size, _LEEWAY)
    return peaks[feature]


def _laid_over(laid: Float, anchor: Appearance, feature: SkinMark) -> float:
    """The depth where the anchor has the feature: laid over each other there is little leeway."""
    known = _known(anchor, feature)
    if known is None:
        return 0.0
    found = _peak(laid, known[1], known[2], feature.size, _CLOSE)
    return found[0] if found else 0.0


def _peak(lightness: Float, x: float, y: float, size: float, leeway: float) -> _Peak:
    """The deepest dark spot of `size` within `leeway` (face widths) of x, y."""
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
