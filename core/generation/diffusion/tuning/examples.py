"""Training examples: photos of the sitter, generated pictures of people, photos of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....errors import InputError, NoFace
from ....faces import ANALYSERS, Face
from ....faces.suitability import asleep
from ....identity.identity import EnrolledPhoto, Identity
from ....images import Box, Image
from ....photos import Photo, read_photo
from ....progress import Progress
from ....settings import settings
from ..adapters.identity_conditioning import around_head, square
from ..families.painter import Painter, PaintJob, SamplingParams
from ..sampling.sampler import paint, shifted
from .captions import caption, class_caption

# Margins around the face's box, in sides of the box: of the head with its hair, and of the face.
HEAD, _CLOSE = 0.9, 0.4
_SEED = 20_000  # first seed of generated pictures of people
_GREY = 0.5


@dataclass(frozen=True, eq=False)
class Examples:
    """Training examples of a sitter.

    sitter: squares from photos, with captions.
    held_out: a square from a photo that isn't trained on.
    photo: that photo; None where there are too few to spare one.
    """

    sitter: tuple[PaintJob, ...]
    held_out: PaintJob
    photo: EnrolledPhoto | None


def examples(identity: Identity, side: int) -> Examples:
    """The sitter's photos as squares of `side` pixels.

    Raises:
        InputError: there are none.
    """
    photos = [each for each in identity.photos if not asleep(each.face)] or list(identity.photos)
    if not photos:
        raise InputError(f"{identity.name!r} has no photos", "Enrol the sitter again.")
    spare = _typical(photos) if len(photos) > 2 else None
    kept = [each for each in photos if each is not spare]
    shown = tuple(
        _square(identity, each, side, margin) for each in kept for margin in (HEAD, _CLOSE)
    )
    return Examples(shown, _square(identity, spare or photos[0], side, HEAD), spare)


def _typical(photos: Sequence[EnrolledPhoto]) -> EnrolledPhoto:
    """The photo that is most like all others, so that it represents the person."""
    mean = np.mean([each.face.embedding for each in photos], axis=0)
    return max(photos, key=lambda each: float(each.face.embedding @ mean))


def _square(identity: Identity, photo: EnrolledPhoto, side: int, margin: float) -> PaintJob:
    image = read_photo(photo.data, name=photo.name).image
    return _beginning(image, photo.face, side, margin, caption(identity, photo.face))


def _beginning(image: Image, face: Face, side: int, margin: float, words: str) -> PaintJob:
    x0, y0, length = around_head(image, face, margin)
    part = shifted(face, Box(x0, y0, x0 + length, y0 + length)).scaled(side / length)
    return PaintJob(square(image, face, side, margin), None, part, words, 0)


def of_others(photos: Sequence[Photo], side: int, progress: Progress) -> list[Image]:
    """The largest head of each photo, as a square of `side` pixels.

    Raises:
        NoFace: a photo shows nobody.
    """
    analyser = ANALYSERS.get(settings().analyser)
    heads: list[Image] = []
    for number, photo in enumerate(photos):
        progress.update(number / len(photos), photo.name)
        faces = analyser.analyse(photo.image, embed=False)
        if not faces:
            raise NoFace(f"{photo.name} shows no face", "Leave it out of the photos of others.")
        face = max(faces, key=lambda each: each.box.area)
        heads.append(square(photo.image, face, side, HEAD))
    return heads


def of_anybody(
    painter: Painter,
    params: SamplingParams,
    shown: Sequence[PaintJob],
    count: int,
    progress: Progress,
) -> list[Image]:
    """`count` pictures of people that the model generates before it is tuned.

    They preserve its prior knowledge of people (Ruiz et al. 2023). The model generates them itself,
    as it is its own knowledge that must stay, and as no photos of strangers come with this program.
    """
    pictures: list[Image] = []
    for number in range(count):
        like = shown[number % len(shown)]
        assert like.face is not None
        empty = np.full_like(like.start, _GREY)
        job = PaintJob(empty, None, None, class_caption(like.face), _SEED + number)
        part = progress.part(number / count, (number + 1) / count)
        part.update(0, f"Picture {number + 1} of {count} of what the model knows")
        pictures += [image for _, image in paint(painter, params, iter([job]), 1)]
    return pictures
