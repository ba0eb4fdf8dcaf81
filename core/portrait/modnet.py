"""MODNet's matte of people, and the same checked on a smaller copy of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.head_pose import turned
from ..faces.masks import disc, touching
from ..faces.regions import CHIN
from ..images import Image, Mask, blur, luminance, resize
from ..weights.sessions import onnx
from .segments import Segment, classify_photo

# MODNet was trained with 512 pixels on the short side; at about 720 hair is finer and edges are
# still clean. The area is fixed, so that tall crops take no longer than others.
AREA = 640_000
_MULTIPLE = 32
# On that many pixels it sees the sitter whole: on more it loses cloth, skin and hair that look like
# the wall, and keeps lettering, lamps and people of the background. It has no fine hair then, and
# its outline is this coarse (face widths). A piece is lost where both differ so much, and strange
# where the one sees something and the other nothing.
_WHOLE, _COARSE, _DIFFERENCE, _NOTHING = 160_000, 0.02, 0.3, 0.1
# What is lost comes back if the segmenter takes it for the sitter's by so much in the mean: a
# sleeve, a chest and hair measured 0.54 to 0.98, bedding beside an arm 0.11. Dark clothes, mean
# luma below the second, it takes for background (a suit 0.10, a strap 0.14).
_OWN, _DARK = 0.35, 0.2
# What is strange goes if the segmenter takes it for the sitter's by less than that: of 51 people
# whatever wasn't theirs measured up to 0.25, hands and cloth 0.70 and more. Of what is darker than
# the second it knows too little.
_STRANGE, _BLACK = 0.2, 0.1


def modnet(image: Image, area: int = AREA) -> Mask:
    """MODNet's alpha (H, W) 0..1 of the people in an sRGB image (H, W, 3).

    area: of the picture that the network is given, pixels.
    """
    rows, columns = image.shape[:2]
    return _stretched(_alpha(_copy(image, area)), columns, rows)


def _copy(image: Image, area: int) -> Image:
    """`image` as the network is given it, with about `area` pixels."""
    rows, columns = image.shape[:2]
    scale = (area / (rows * columns)) ** 0.5
    height, width = (
        max(_MULTIPLE, round(n * scale / _MULTIPLE) * _MULTIPLE) for n in (rows, columns)
    )
    return resize(image, width, height)


def _alpha(copy: Image) -> Mask:
    """The network's alpha (h, w) of a `copy` (h, w, 3)."""
    tensor = (copy * 2 - 1).transpose(2, 0, 1)[None]
    (alpha,) = onnx("modnet").run({"input": np.ascontiguousarray(tensor)}, release=True)
    return np.asarray(alpha[0, 0], np.float32)


def _stretched(mask: Mask, columns: int, rows: int) -> Mask:
    return np.clip(resize(mask, columns, rows), 0, 1)


def checked_matte(image: Image, face: Face, area: int) -> Mask:
    """MODNet's alpha (H, W) 0..1 of a copy of `area` pixels, with what only a smaller copy shows
    to be the sitter's, and without what that doesn't show at all.

    image: sRGB (H, W, 3) around the sitter of `face`.

    Raises:
        SetupError: weights are missing.
    """
    fine, (rows, columns) = _alpha(_copy(image, area)), image.shape[:2]
    matte = _stretched(fine, columns, rows)
    if area <= 2 * _WHOLE:
        return matte
    small = _copy(image, _WHOLE)
    whole, (height, width) = _alpha(small), small.shape[:2]
    onto = np.array([[width / columns, 0, 0], [0, height / rows, 0]], np.float32)
    lost, strange = _faults(small, turned(face, onto), resize(fine, width, height), whole)
    if lost.any():
        matte = np.maximum(matte, _stretched(lost, columns, rows))
    if strange.any():
        most = _stretched(whole, columns, rows)
        matte -= _stretched(strange, columns, rows) * np.maximum(0, matte - most)
    return matte


def _faults(image: Image, face: Face, fine: Mask, whole: Mask) -> tuple[Mask, Mask]:
    """What `fine` lost of the sitter, as alpha, and how far a place is of what isn't theirs.

    image: sRGB (h, w, 3), the small copy; all masks are (h, w). face: in its pixels.
    """
    reach = _COARSE * face.width
    inside = cv2.erode(whole, disc(reach))
    lost = inside - fine > _DIFFERENCE
    strange = (fine > _NOTHING) & (cv2.dilate(whole, disc(2 * reach)) < _NOTHING)
    strange = _with_thick_parts(strange, reach)
    if not (lost | strange).any():
        return np.zeros_like(whole), np.zeros_like(whole)
    pieces = _Pieces.of(image, face, lost | strange)
    own = (pieces.own >= _OWN) | ((pieces.luma < _DARK) & (pieces.row > face.landmarks[CHIN, 1]))
    back = cv2.dilate(pieces.where(lost, own), disc(2 * reach))
    others = pieces.where(strange, (pieces.own < _STRANGE) & (pieces.luma >= _BLACK))
    if others.any():  # with what reaches on from there to the coarse outline
        beyond = cv2.morphologyEx(
            (fine - whole > _DIFFERENCE).astype(np.uint8), cv2.MORPH_OPEN, disc(reach)
        )
        others |= touching(beyond > 0, cv2.dilate(others, disc(2 * reach)) > 0)
    gone = blur(cv2.dilate(others, disc(3 * reach)).astype(np.float32), reach)
    return np.asarray(inside * back, np.float32), gone


def _with_thick_parts(pixels: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """The connected pieces of `pixels` (H, W) that hold a disc of this radius: no single hairs."""
    thick = cv2.morphologyEx(pixels.astype(np.uint8), cv2.MORPH_OPEN, disc(radius))
    return touching(pixels, thick > 0)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Pieces of a picture. By label, 0 for what is in none:

    own: how far the segmenter takes them for the sitter's in the mean, 0..1.
    luma: in the mean, 0..1. row: of their middle.
    """

    labels: NDArray[np.integer]
    own: NDArray[np.float64]
    luma: NDArray[np.float64]
    row: NDArray[np.float64]

    @classmethod
    def of(cls, image: Image, face: Face, mask: NDArray[np.bool_]) -> _Pieces:
        """The connected pieces of `mask` (H, W), of which there is one at least."""
        labels = np.asarray(cv2.connectedComponents(mask.astype(np.uint8))[1], np.int32)
        rows, columns = labels.shape
        plain = classify_photo(image, face)[..., Segment.BACKGROUND]
        own = 1 - resize(np.ascontiguousarray(plain), columns, rows)
        down = np.broadcast_to(np.arange(rows)[:, None], labels.shape)
        sizes = np.bincount(labels.ravel())
        means = (
            np.bincount(labels.ravel(), each.ravel()) / sizes
            for each in (own, luminance(image), down)
        )
        return cls(labels, *means)

    def where(self, mask: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Where `mask` shows one of the chosen, uint8 (H, W) 0 or 1."""
        return np.asarray(mask & (self.labels > 0) & chosen[self.labels], np.uint8)
