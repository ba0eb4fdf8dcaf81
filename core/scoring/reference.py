"""The enrolled photos that a picture is compared with, each measured once per run."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from ..errors import PhotoError
from ..faces import regions
from ..identity.identity import EnrolledPhoto, Identity
from ..images import Float, blur
from ..photos import read_photo
from ..portrait.appearance import WIDTH, Appearance, aligned
from ..portrait.portrait import Portrait
from ..provenance import Provenance
from ..scorecard import Severity
from .measures.copy_detection import COPY, Nearest

# Photos beyond the best ones add little to a spread and cost a decoding each.
MOST = 8
# Correlation of patterns from which two pictures are one photo. Measured: a photo with itself,
# whatever was done to it, .8 and more; different photos of one person up to .49.
_SAME_PATTERN = 0.72
_SURE_COPY = 0.9  # of `Nearest.copy`; neighbouring frames of one sitting reach .75
# The pattern holds features and light too, which photos of one sitting share: 20 of 86 pairs of
# different photos reach it. Their skin alone, band-passed between these sigmas (pixels of the
# upright face), correlates up to .53; that of altered copies of a photo from .84.
_SKIN_BAND, _SAME_SKIN = (0.8, 2.0), 0.68
_EDGE, _REACH = 30, 5  # pixels left out all around, and of the search for the best fit
# Weak, so that no measurement outlives the identity it belongs to.
_measured: WeakKeyDictionary[EnrolledPhoto, Appearance | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Reference:
    """The enrolled photos that a picture is compared with.

    own: appearances of the sitter's best photos, at most eight.
    anchor: appearance of the photo that the picture was made from or copies; None for a new
        picture.
    """

    own: tuple[Appearance, ...]
    anchor: Appearance | None

    @property
    def severity(self) -> Severity:
        """What it means that a picture differs from these photos.

        A picture that was made from a photo and no longer agrees with it was made wrong. Without
        that photo it may only be another day: of real photos of the sitter, too, some have another
        beard, other glasses or other light than all that were enrolled.
        """
        return "defect" if self.anchor is not None else "difference"


def reference_for(
    appearance: Appearance, identity: Identity, provenance: Provenance, nearest: Nearest | None
) -> Reference:
    """The photos to compare a picture of the sitter with.

    appearance: of the picture.
    provenance: may name the photo that the picture was made from.
    nearest: the enrolled photo that is most like it, if known.

    Raises:
        SetupError: weights are missing.
    """
    appearances = (_appearance_of(each) for each in identity.photos[:MOST])
    own = tuple(each for each in appearances if each is not None)
    name = provenance.photo
    named = next((each for each in identity.photos if each.name == name), None)
    if named is not None:
        return Reference(own, _appearance_of(named))
    if nearest is None:
        return Reference(own, None)
    anchor = _appearance_of(identity.photos[nearest.number - 1])
    copied = nearest.copy >= _SURE_COPY
    if not copied and anchor is not None:  # a face that was changed a lot still has its pattern
        alike = nearest.copy >= COPY
        alike = alike or correlation(appearance.pattern, anchor.pattern) >= _SAME_PATTERN
        copied = alike and same_skin(appearance, anchor) >= _SAME_SKIN
        copied = copied or (nearest.copy >= COPY and _mirrors(appearance, anchor))
    return Reference(own, anchor if copied else None)


def correlation(one: Float, other: Float, reach: int = 3) -> float:
    """The highest correlation of two patterns (N, N) within shifts of `reach` pixels, -1..1.

    Normalised cross-correlation (Lewis, Vision Interface 1995): higher is more alike.
    """
    core = one[reach : len(one) - reach, reach : len(one) - reach]
    if not core.any() or not other.any():
        return 0.0
    fits = cv2.matchTemplate(other, np.ascontiguousarray(core), cv2.TM_CCOEFF_NORMED)
    return float(fits.max())


def _mirrors(appearance: Appearance, photo: Appearance) -> bool:
    """Whether the pattern is the photo's, mirrored."""
    mirrored = correlation(appearance.pattern[:, ::-1], photo.pattern)
    return mirrored >= _SAME_PATTERN and mirrored > correlation(appearance.pattern, photo.pattern)


def same_skin(appearance: Appearance, photo: Appearance) -> float:
    """The highest correlation of the skin's own fine pattern, -1..1; 1 for the same photo."""
    area = photo.shown.area(regions.OVAL, grown=-12.0) & photo.shown.inside
    for part in regions.FEATURES:
        area &= ~photo.shown.area(part, grown=4.0)
    inner = slice(_EDGE, -_EDGE)
    mask = np.ascontiguousarray(area[inner, inner], np.float32)
    if not mask.any():
        return 0.0
    picture, own = (
        np.asarray(blur(each, _SKIN_BAND[0]) - blur(each, _SKIN_BAND[1]), np.float32)
        for each in (aligned(appearance, photo), photo.lightness)
    )
    part = np.ascontiguousarray(picture[inner, inner])
    wide = slice(_EDGE - _REACH, _REACH - _EDGE)
    fits = cv2.matchTemplate(
        np.ascontiguousarray(own[wide, wide]), part, cv2.TM_CCOEFF_NORMED, mask=mask
    )
    return float(fits[np.isfinite(fits)].max(initial=-1.0))


def _appearance_of(photo: EnrolledPhoto) -> Appearance | None:
    if photo not in _measured:
        _measured[photo] = _measure(photo)
    return _measured[photo]


def _measure(photo: EnrolledPhoto) -> Appearance | None:
    """None where the stored photo is unreadable or hardly shows the face."""
    share = min(1.0, 1.5 * WIDTH / photo.face.width)
    try:
        read = read_photo(
            photo.data, name=photo.name, longest=ceil(share * max(photo.width, photo.height))
        )
    except PhotoError:
        return None
    return Portrait(read.image, face=photo.face.scaled(read.scale)).appearance
