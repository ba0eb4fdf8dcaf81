"""What the sitter of any picture is made of, as masks."""

from __future__ import annotations

import numpy as np

from ...errors import NoFace, SeveralFaces
from ...generation import find_subject
from ...images import Mask, check_image
from ...picture import Picture
from ...portrait.segment_masks import segment_masks
from ...portrait.segments import Segment, segment
from ...progress import Progress

# The segments of each of the step's outputs, in their order.
_OUTPUTS = (
    (Segment.HAIR,),
    (Segment.FACE_SKIN, Segment.BODY_SKIN),
    (Segment.FACE_SKIN,),
    (Segment.BODY_SKIN,),
    (Segment.CLOTHES,),
    (Segment.OTHER,),
    (Segment.BACKGROUND,),
)


def mask_pictures(
    progress: Progress, pictures: list[Picture], on_no_face: str
) -> tuple[list[Mask] | str, ...]:
    """HeadshotsMasks: a list of masks for each of `_OUTPUTS`, and the notes.

    Raises:
        InputError: something that is no Image.
        NoFace, SeveralFaces: `on_no_face` is "raise".
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    found: tuple[list[Mask], ...] = tuple([] for _ in _OUTPUTS)
    notes: list[str] = []
    for index, picture in enumerate(pictures):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        part.update(0, f"Telling parts apart in {picture.name}")
        check_image(picture.image, f"picture {picture.name!r}")
        try:
            masks = masks_of(picture, part)
            notes.append(f"{picture.name}: {_told(masks)}")
        except (NoFace, SeveralFaces) as error:
            if on_no_face == "raise":
                raise
            masks = _all_background(picture)
            notes.append(f"{picture.name}: all counts as background. {error.what}")
        finally:
            picture.portrait.release()  # many pictures take no more memory than one
        for into, (first, *others) in zip(found, _OUTPUTS, strict=True):
            into.append(sum((masks[each] for each in others), masks[first]))
        part.update(1, "")
    return (*found, "\n".join(notes))


def masks_of(picture: Picture, progress: Progress) -> dict[Segment, Mask]:
    """Each segment's mask, float32 (H, W) 0..1; together they make 1 everywhere.

    Raises:
        NoFace, SeveralFaces: the picture does not show exactly one face.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    face = picture.portrait.sitter(picture.name)
    matte = find_subject(picture.image, face, picture.matte, progress.check).matte
    progress.update(0.7)
    return segment_masks(segment(picture.image, matte, face), picture.image, matte)


def _all_background(picture: Picture) -> dict[Segment, Mask]:
    shape = picture.image.shape[:2]
    masks = {each: np.zeros(shape, np.float32) for each in Segment}
    masks[Segment.BACKGROUND] = np.ones(shape, np.float32)
    return masks


def _told(masks: dict[Segment, Mask]) -> str:
    """How much of the picture each part takes."""
    shares = {each: float(mask.mean()) for each, mask in masks.items()}
    largest = sorted(shares, key=lambda each: -shares[each])
    return ", ".join(
        f"{each.name.lower().replace('_', ' ')} {shares[each]:.0%}"
        for each in largest
        if shares[each] >= 0.005
    )
