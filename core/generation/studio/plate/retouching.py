"""What retouching would change on a plate; looks apply a share of each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.head_pose import turned
from ....identity.identity import Identity
from ....identity.lasting_marks import lasting_mask
from ....images import Box, Image, Linear, Mask, resize, to_linear, to_srgb
from ....portrait.materials import bare_skin, clothes_of
from ....portrait.segments import Segments
from ....portrait.skin import face_box
from ....retouching import Retouching
from ..retouch.creases import without_creases
from ..retouch.details import touch_up
from ..retouch.lint import without_lint
from .fixed_point import Change, change, reduced

_FINEST = 800  # largest face width in pixels at which they are computed


@dataclass(frozen=True, eq=False)
class Changes:
    """What looks may change on a plate, each change in full.

    face: by the proportions of the parts of the face (`Retouching.proportions`).
    lint, creases: of the clothes; None where no look asks for it, or there is nothing to change.
    """

    face: Mapping[Retouching, Change]
    lint: Change | None = None
    creases: Change | None = None

    @property
    def size(self) -> int:
        """Their size in memory, bytes."""
        return sum(
            each.steps.nbytes for each in (*self.face.values(), self.lint, self.creases) if each
        )

    def shares(self, retouching: Retouching) -> Iterator[tuple[Change, float]]:
        """The changes that `retouching` asks for, and how much of each, 0..1."""
        face = self.face.get(retouching.proportions)
        for part, share in (
            (face, retouching.strongest),
            (self.lint, retouching.lint),
            (self.creases, retouching.creases),
        ):
            if part is not None and share > 0:
                yield part, share


def changes(
    kept: NDArray[np.uint16],
    matte: Mask,
    face: Face,
    identity: Identity | None,
    segments: Segments,
    wanted: Iterable[Retouching],
) -> Changes:
    """The changes that the looks of a job may ask for.

    kept: the plate's foreground in fixed point, uint16 (H, W, 3).
    identity: whose permanent marks stay; None where unknown.
    segments: of the cut-out.
    wanted: the looks' retouching.
    """
    wanted = tuple(wanted)
    proportions = {each.proportions: None for each in wanted if each.strongest > 0}
    lint, creases = any(each.lint for each in wanted), any(each.creases for each in wanted)
    cloth = _Cloth.of(kept, matte, segments, face) if lint or creases else None
    return Changes(
        {each: _face_change(kept, face, identity, segments, each) for each in proportions},
        cloth.changed(without_lint) if cloth and lint else None,
        cloth.changed(without_creases) if cloth and creases else None,
    )


def _face_change(
    kept: NDArray[np.uint16],
    face: Face,
    identity: Identity | None,
    segments: Segments,
    retouching: Retouching,
) -> Change:
    region = face_box(face, kept.shape, margin=0.1)
    x, y = round(region.x0), round(region.y0)
    part = region.cut(kept)
    # The retouch keeps pores, so nothing finer than this changes.
    scale = min(1.0, _FINEST / face.width)
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    here = turned(face, np.array([[1, 0, -x], [0, 1, -y]], np.float32)).scaled(scale)
    before = reduced(part, *size)
    lasting = lasting_mask(identity, here, before.shape) if identity else None
    bare = _part(bare_skin(segments), region, kept.shape, size)
    after = to_linear(touch_up(to_srgb(before), here, retouching, lasting, bare=bare))
    return change(before, after, x, y, scale)


@dataclass(frozen=True, eq=False)
class _Cloth:
    """The clothes' part of a plate, reduced.

    linear: float32 (h, w, 3), linear light.
    share: of clothes, float32 (h, w) 0..1.
    width: of the face, in its pixels.
    x, y, scale: as in `Change`.
    """

    linear: Linear
    share: Mask
    width: float
    x: int
    y: int
    scale: float

    @classmethod
    def of(
        cls, kept: NDArray[np.uint16], matte: Mask, segments: Segments, face: Face
    ) -> _Cloth | None:
        """The clothes; None where none are seen."""
        rows, columns = matte.shape
        clothes = resize(clothes_of(segments), columns, rows) * matte
        across, down = (np.flatnonzero((clothes > 0.5).any(axis=axis)) for axis in (0, 1))
        if not len(across):
            return None
        x, y = int(across[0]), int(down[0])
        part = slice(y, int(down[-1]) + 1), slice(x, int(across[-1]) + 1)
        scale = min(1.0, _FINEST / face.width)
        tall, wide = kept[part].shape[:2]
        size = max(1, round(wide * scale)), max(1, round(tall * scale))
        share = resize(clothes[part], *size)
        return cls(reduced(kept[part], *size), share, scale * face.width, x, y, scale)

    def changed(self, edit: Callable[[Image, Mask, float], Image]) -> Change | None:
        """The change by `edit`; None where it returns its own image."""
        image = to_srgb(self.linear)
        after = edit(image, self.share, self.width)
        if after is image:
            return None
        return change(self.linear, to_linear(after), self.x, self.y, self.scale)


def _part(small: Mask, region: Box, shape: tuple[int, ...], size: tuple[int, int]) -> Mask:
    """The part in `region` of a smaller copy of a picture of `shape`, in `size` (width, height)."""
    across, down = small.shape[1] / shape[1], small.shape[0] / shape[0]
    steps = region.width * across / size[0], region.height * down / size[1]
    # Pixel centres lie at halves.
    matrix = np.array(
        [
            [steps[0], 0, region.x0 * across + 0.5 * steps[0] - 0.5],
            [0, steps[1], region.y0 * down + 0.5 * steps[1] - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part = cv2.warpAffine(small, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, np.float32)
