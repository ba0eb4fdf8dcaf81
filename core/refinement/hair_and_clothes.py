"""Retouches what lies around the face of a finished picture: stray hairs, lint, creases."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..generation import without_creases, without_lint
from ..images import Image, Mask, resize
from ..portrait.materials import clothes_of
from ..portrait.portrait import Portrait
from ..retouching import Retouching
from .stray_hairs import without_stray_hairs


@dataclass(frozen=True, eq=False)
class Around:
    """A picture after what lies around the face was retouched.

    image: sRGB float32 (H, W, 3) 0..1.
    matte: without the hairs that went, float32 (H, W) 0..1; None where the picture had none.
    done: the parts that found something to change; the others are 0.
    """

    image: Image
    matte: Mask | None
    done: Retouching


def retouch_hair_and_clothes(portrait: Portrait, image: Image, retouching: Retouching) -> Around:
    """`image`, the picture of `portrait` or one with its face retouched, with hair and clothes so.

    Raises:
        NoFace, SeveralFaces: see `Portrait.face`.
        SetupError: weights are missing.
    """
    matte, done = portrait.matte, Retouching.none()
    if retouching.lint > 0 or retouching.creases > 0:
        rows, columns = image.shape[:2]
        clothes = resize(clothes_of(portrait.segments), columns, rows) * portrait.cutout
        width = portrait.face.width
        if retouching.lint > 0:
            clean = without_lint(image, clothes, width)
            if clean is not image:
                image = _mixed(image, clean, retouching.lint)
                done = replace(done, lint=retouching.lint)
        if retouching.creases > 0 and clothes.max() > 0:
            image = _mixed(image, without_creases(image, clothes, width), retouching.creases)
            done = replace(done, creases=retouching.creases)
    if retouching.stray_hairs > 0:
        clear = without_stray_hairs(portrait, image)
        if clear is not None:
            image = _mixed(image, clear[0], retouching.stray_hairs)
            done = replace(done, stray_hairs=retouching.stray_hairs)
            if matte is not None:
                left = 1 - np.float32(retouching.stray_hairs) * clear[1]
                matte = np.asarray(matte * left, np.float32)
    return Around(image, matte, done)


def _mixed(before: Image, after: Image, share: float) -> Image:
    return np.asarray(before + np.float32(share) * (after - before), np.float32)
