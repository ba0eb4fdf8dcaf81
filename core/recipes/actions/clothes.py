"""What a model that edits pictures needs to dress the sitter anew."""

from __future__ import annotations

from math import sqrt

import numpy as np

from ...clothes.areas import Areas, areas
from ...clothes.dresses import instruction
from ...errors import InputError, NoFace, SeveralFaces
from ...images import Image, Mask, check_image, resize
from ...picture import Picture
from ...progress import Progress
from .masks import masks_of

_MEGAPIXEL = 1024 * 1024
_NOTHING = 0.002  # share of a picture below which it shows no clothes


def dress_pictures(
    progress: Progress,
    pictures: list[Picture],
    dress: str,
    colour: str,
    model: str,
    grow: float,
    references: int,
    on_no_face: str,
    garment: list[Image] | None,
) -> tuple[list[Mask], list[Mask], str, str, list[Image]]:
    """HeadshotsClothes.

    Raises:
        InputError: something that is no Image, several garments, a colour that is none, or a
            garment for a model that looks at none.
        NoFace, SeveralFaces: `on_no_face` is "raise".
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    garments = garment or []
    if len(garments) > 1:
        raise InputError(f"There are {len(garments)} garments", "Link the photo of one.")
    words = instruction(dress, colour, model, garment=bool(garments), references=references)
    clothes: list[Mask] = []
    neckline: list[Mask] = []
    notes = [words]
    for index, picture in enumerate(pictures):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        part.update(0, f"Finding the clothes in {picture.name}")
        check_image(picture.image, f"picture {picture.name!r}")
        try:
            where = areas(masks_of(picture, part), picture.portrait.sitter(picture.name), grow)
            notes.append(f"{picture.name}: {_note(where)}")
        except (NoFace, SeveralFaces) as error:
            if on_no_face == "raise":
                raise
            nothing = np.zeros(picture.image.shape[:2], np.float32)
            where = Areas(nothing, nothing)
            notes.append(f"{picture.name}: nothing is to be painted. {error.what}")
        finally:
            picture.portrait.release()  # many pictures take no more memory than one
        clothes.append(where.clothes)
        neckline.append(where.neckline)
        part.update(1, "")
    return clothes, neckline, words, "\n".join(notes), [_reduced(each) for each in garments]


def _note(where: Areas) -> str:
    clothes, neckline = float(where.clothes.mean()), float(where.neckline.mean())
    if clothes < _NOTHING:
        return f"no clothes are seen; link 'neckline', which takes {neckline:.0%}"
    return f"clothes {clothes:.0%}, with the neckline {neckline:.0%}"


def _reduced(image: Image) -> Image:
    """`image` with a megapixel at most."""
    rows, columns = image.shape[:2]
    scale = sqrt(_MEGAPIXEL / (rows * columns))
    if scale >= 1:
        return image
    small = resize(image, max(1, round(scale * columns)), max(1, round(scale * rows)))
    return np.clip(small, 0, 1)
