"""How the sitter looks in the enrolled photos: each measured once while the program runs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from ..errors import PhotoError
from ..identity.identity import EnrolledPhoto, Identity
from ..images import Float
from ..photos import read_photo
from ..portrait.appearance import WIDTH, Appearance
from ..portrait.portrait import Portrait
from ..provenance import Provenance
from .measures.copy_detection import COPY, Nearest

# Photos beyond the best ones add little to a spread and cost a decoding each.
MOST = 8
# Correlation of patterns from which two pictures are one photo. Measured: a photo with itself,
# whatever was done to it, .8 and more; different photos of one person up to .49.
_SAME_PATTERN = 0.72
# What is known of a sitter lives no longer than their identity is held somewhere.
_measured: WeakKeyDictionary[EnrolledPhoto, Appearance | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Reference:
    """own: the sitter's best photos, at most eight, as they look. anchor: the one that the picture
    was made from or copies, None where it is a picture of its own.
    """

    own: tuple[Appearance, ...]
    anchor: Appearance | None


def reference(
    seen: Appearance, identity: Identity, provenance: Provenance, near: Nearest | None
) -> Reference:
    """What a picture of the sitter, which looks as `seen`, is compared with.

    Raises:
        SetupError: weights are missing.
    """
    own = (_seen(each) for each in identity.photos[:MOST])
    known = tuple(each for each in own if each is not None)
    name = provenance.photo
    named = next((each for each in identity.photos if each.name == name), None)
    if named is not None:
        return Reference(known, _seen(named))
    if near is None:
        return Reference(known, None)
    nearest = _seen(identity.photos[near.number - 1])
    copied = near.copy >= COPY
    if not copied and nearest is not None:  # a face that was changed a lot still has its pattern
        copied = correlation(seen.pattern, nearest.pattern) >= _SAME_PATTERN
    return Reference(known, nearest if copied else None)


def correlation(one: Float, other: Float, reach: int = 3) -> float:
    """The best correlation of two patterns (N, N) within shifts of `reach` pixels, -1..1; higher is
    more alike (normalised cross-correlation: Lewis, Vision Interface 1995).
    """
    core = one[reach : len(one) - reach, reach : len(one) - reach]
    if not core.any() or not other.any():
        return 0.0
    fits = cv2.matchTemplate(other, np.ascontiguousarray(core), cv2.TM_CCOEFF_NORMED)
    return float(fits.max())


def _seen(photo: EnrolledPhoto) -> Appearance | None:
    if photo not in _measured:
        _measured[photo] = _look(photo)
    return _measured[photo]


def _look(photo: EnrolledPhoto) -> Appearance | None:
    """None where the stored photo can't be read any more or hardly shows the face."""
    share = min(1.0, 1.5 * WIDTH / photo.face.width)
    try:
        read = read_photo(
            photo.data, name=photo.name, longest=ceil(share * max(photo.width, photo.height))
        )
    except PhotoError:
        return None
    return Portrait(read.image, face=photo.face.scaled(read.scale)).appearance
