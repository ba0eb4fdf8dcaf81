"""Converts pictures to images and mattes for nodes of other packs, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from ...errors import InputError
from ...images import Image, Mask, pixel_digest, resize
from ...picture import Picture, numbers, unlike
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import UNKNOWN, EditedElsewhere
from ..values import lines

Unpacked: TypeAlias = tuple[list[Picture], list[Image], list[Mask]]

# The digests of pictures that were given out as images, the latest last, while the pictures exist.
# An image whose pixels come back unchanged, from a node that only chose or forwarded it, is that
# picture again, with all that is known of it.
_digests: WeakKeyDictionary[Picture, str] = WeakKeyDictionary()
_lock = Lock()

# Height in pixels at which two pictures are compared, and the mean difference up to which they are
# one picture at two sizes. Resized in any usual way a portrait differs by 0.0025, to three quarters
# by the nearest pixel by 0.006; brighter by 0.01 it differs by 0.01, cropped by 2 % by 0.04.
_COMPARED, _SAME = 64, 0.006

_EVERYTHING = 0.99  # a matte above this everywhere stands for none: links can not carry None


def unpacked(pictures: Sequence[Picture]) -> Unpacked:
    """`pictures`, their images and their mattes, all 1 where a picture has none."""
    for each in pictures:
        digest = pixel_digest(each.image)
        with _lock:
            _digests.pop(each, None)
            _digests[each] = digest
    return list(pictures), [each.image for each in pictures], [_coverage(each) for each in pictures]


def entered(pictures: Sequence[Picture | Image]) -> list[Picture]:
    """The values linked to an input of pictures, as pictures with unique names.

    An image becomes the picture with the same pixels, if there is one. Any other is named by its
    position ("02" is the second), with unknown provenance.
    """
    entries = [
        each if isinstance(each, Picture) else _of_pixels(each) or _new(each, number)
        for number, each in zip(numbers(len(pictures)), pictures, strict=True)
    ]
    return _renamed(entries, unlike(each.name for each in entries))


def as_pictures(
    progress: Progress,
    images: list[Image],
    mattes: list[Mask] | None,
    before: list[Picture] | None,
    names: str,
) -> tuple[list[Picture]]:
    """HeadshotsAsPictures."""
    masks = mattes or [None] * len(images)
    origins = before or [None] * len(images)
    for what, items in (("mattes", masks), ("pictures before", origins)):
        if len(items) != len(images):
            raise InputError(
                f"There are {len(items)} {what} for {len(images)} images",
                "Link both from the same step.",
            )
    pictures: list[Picture] = []
    for number, image, matte, origin in zip(
        numbers(len(images)), images, masks, origins, strict=True
    ):
        picture = _of_pixels(image, origin) or _changed(origin, image, number)
        if matte is not None:
            picture = _with_matte(picture, _matte_of(matte, image, number))
        pictures.append(picture)
    return (named(pictures, names),)


def _with_matte(picture: Picture, matte: Mask | None) -> Picture:
    """The picture with another matte, and without its scorecard, which was of the old one."""
    before = picture.matte
    if matte is before or (
        matte is not None and before is not None and np.array_equal(matte, before)
    ):
        return picture
    return picture.showing(Portrait(picture.image, matte))


def named(pictures: Sequence[Picture], names: str) -> list[Picture]:
    """`pictures` renamed, uniquely, by a text with one name a line; unchanged if it is empty.

    Raises:
        InputError: some names, but not as many as pictures.
    """
    wanted = names_in(names, len(pictures)) or [each.name for each in pictures]
    return _renamed(pictures, unlike(wanted))


def names_in(text: str, count: int) -> list[str]:
    """The names in a text with one a line; none if it is empty.

    Raises:
        InputError: there are some, but not `count`.
    """
    names = lines(text)
    if names and len(names) != count:
        raise InputError(
            f"{len(names)} names were given for {count} pictures",
            "Give one name a line for each picture, or none.",
        )
    return names


def _renamed(pictures: Sequence[Picture], names: Sequence[str]) -> list[Picture]:
    return [
        picture if picture.name == name else picture.renamed(name)
        for picture, name in zip(pictures, names, strict=True)
    ]


def _of_pixels(image: Image, before: Picture | None = None) -> Picture | None:
    """The picture with these pixels: `before`, or the latest one given out that still exists."""
    digest = pixel_digest(image)
    if before is not None and pixel_digest(before.image) == digest:
        return before
    with _lock:
        matches = [picture for picture, pixels in _digests.items() if pixels == digest]
    return matches[-1] if matches else None


def _new(image: Image, name: str) -> Picture:
    return Picture(name, Portrait(image))


def _changed(before: Picture | None, image: Image, number: str) -> Picture:
    """`before` as changed by another pack's node; with its matte where it was only resized."""
    if before is None:
        return _new(image, number)
    edited = before.edited(EditedElsewhere(), image, _matte_after_resize(before, image))
    return replace(edited, provenance=UNKNOWN) if before.provenance == UNKNOWN else edited


def _matte_after_resize(before: Picture, image: Image) -> Mask | None:
    """The matte of `before` at the size of `image`; None unless that is only `before` resized."""
    rows, columns = image.shape[:2]
    tall, wide = before.image.shape[:2]
    if before.matte is None or (rows, columns) == (tall, wide):  # of one size it is an edit
        return None
    if abs(tall * columns - wide * rows) > max(rows, columns, tall, wide):
        return None
    # Compared small: programs resize in different ways, which shows in the finest detail alone.
    height = min(_COMPARED, rows, tall)
    width = max(1, round(height * columns / rows))
    one, other = (resize(each, width, height) for each in (before.image, image))
    if np.abs(one - other).mean() > _SAME:
        return None
    return np.clip(resize(before.matte, columns, rows), 0, 1)


def _size(values: Image | Mask) -> str:
    return f"{values.shape[1]} x {values.shape[0]}"


def _coverage(picture: Picture) -> Mask:
    if picture.matte is not None:
        return picture.matte
    return np.broadcast_to(np.float32(1), picture.image.shape[:2])


def _matte_of(matte: Mask, image: Image, number: str) -> Mask | None:
    """`matte` as large as `image`; None if it covers everything.

    Raises:
        InputError: it has another aspect than the image.
    """
    rows, columns = image.shape[:2]
    if abs(matte.shape[0] * columns - matte.shape[1] * rows) > max(rows, columns):
        raise InputError(
            f"The matte of image {number} is {_size(matte)} pixels, the image {_size(image)}",
            "Link both from the same step; a matte may be smaller or larger, but not cropped.",
        )
    if matte.min(initial=1) > _EVERYTHING:
        return None
    if matte.shape == (rows, columns):
        return matte
    return np.clip(resize(matte, columns, rows), 0, 1)
