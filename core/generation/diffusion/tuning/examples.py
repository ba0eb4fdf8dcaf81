"""Training examples: photos of the sitter in several sizes, generated people, photos of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....errors import InputError, NoFace
from ....faces import ANALYSERS, Face
from ....faces.suitability import asleep
from ....identity.identity import EnrolledPhoto, Identity
from ....images import Box, Image, resize
from ....photos import Photo, read_photo
from ....progress import Progress
from ....settings import settings
from ..families.painter import Painter, PaintJob, SamplingParams
from ..sampling.sampler import paint, shifted
from .captions import caption, class_caption

# Sides of the squares that are cut out, in sides of the face's box: face, head, half of the body.
_SIZES = (1.8, 2.8, 5.0)
_HEAD = _SIZES[1]
# Most by which a square may be enlarged; with more, the model would learn to paint softly.
_ENLARGED = 1.5
_SEED = 20_000  # first seed of generated pictures of people
_GREY = 0.5


@dataclass(frozen=True, eq=False)
class Examples:
    """Training examples of a sitter.

    sitter: squares from photos, with captions.
    heads: the head of each photo that is trained on.
    held_out: a square from a photo that isn't trained on.
    photo: that photo; None where there are too few to spare one.
    """

    sitter: tuple[PaintJob, ...]
    heads: tuple[PaintJob, ...]
    held_out: PaintJob
    photo: EnrolledPhoto | None


def examples(identity: Identity, side: int) -> Examples:
    """The sitter's photos as squares of `side` pixels.

    Of each photo there is a square for each of `_SIZES` that it is large and sharp enough for; if
    no photo is, the heads of all.

    Raises:
        InputError: there are no photos.
    """
    photos = [each for each in identity.photos if not asleep(each.face)] or list(identity.photos)
    if not photos:
        raise InputError(f"{identity.name!r} has no photos", "Enrol the sitter again.")
    spare = _typical(photos) if len(photos) > 2 else None
    kept = [each for each in photos if each is not spare]
    images = [(_image(each), each.face) for each in kept]
    heads = tuple(_square(image, face, side, _HEAD) for image, face in images)
    shown = tuple(job for image, face in images for job in _squares(image, face, side))
    held_out = spare or photos[0]
    return Examples(
        shown or heads, heads, _square(_image(held_out), held_out.face, side, _HEAD), spare
    )


def _typical(photos: Sequence[EnrolledPhoto]) -> EnrolledPhoto:
    """The photo that is most like all others, so that it represents the person."""
    mean = np.mean([each.face.embedding for each in photos], axis=0)
    return max(photos, key=lambda each: float(each.face.embedding @ mean))


def _image(photo: EnrolledPhoto) -> Image:
    return read_photo(photo.data, name=photo.name).image


def _squares(image: Image, face: Face, side: int) -> Iterator[PaintJob]:
    """Squares of different sizes that have enough pixels."""
    before = 0
    for size in _SIZES:
        length = _length(image, face, size)
        if length > 1.2 * before and side <= _ENLARGED * length:
            before = length
            yield _square(image, face, side, size)


def _length(image: Image, face: Face, size: float) -> int:
    """The side of a square in pixels of `image`, no larger than the photo."""
    return max(2, min(round(size * max(face.box.width, face.box.height)), *image.shape[:2]))


def _square(image: Image, face: Face, side: int, size: float) -> PaintJob:
    """A square of `size` sides of the face's box around the face, moved to lie within the photo."""
    length = _length(image, face, size)
    x, y = face.box.centre
    x0 = round(min(max(0.0, x - length / 2), image.shape[1] - length))
    y0 = round(min(max(0.0, y - length / 2), image.shape[0] - length))
    cut = np.clip(resize(image[y0 : y0 + length, x0 : x0 + length], side, side), 0, 1)
    part = shifted(face, Box(x0, y0, x0 + length, y0 + length)).scaled(side / length)
    return PaintJob(cut, None, part, caption(cut, part), 0)


def of_others(photos: Sequence[Photo], side: int, progress: Progress) -> list[PaintJob]:
    """The largest head of each photo, as a square of `side` pixels.

    Raises:
        NoFace: a photo shows nobody.
    """
    analyser = ANALYSERS.get(settings().analyser)
    heads: list[PaintJob] = []
    for number, photo in enumerate(photos):
        progress.update(number / len(photos), photo.name)
        faces = analyser.analyse(photo.image, embed=False)
        if not faces:
            raise NoFace(f"{photo.name} shows no face", "Leave it out of the photos of others.")
        face = max(faces, key=lambda each: each.box.area)
        job = _square(photo.image, face, side, _HEAD)
        assert job.face is not None
        heads.append(replace(job, prompt=class_caption(job.start, job.face)))
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
    for number, named in enumerate(in_class(shown, count)):
        job = replace(named, start=np.full_like(named.start, _GREY), face=None, seed=_SEED + number)
        part = progress.part(number / count, (number + 1) / count)
        part.update(0, f"Picture {number + 1} of {count} of what the model knows")
        pictures += [image for _, image in paint(painter, params, iter([job]), 1)]
    return pictures


def in_class(shown: Sequence[PaintJob], count: int) -> list[PaintJob]:
    """`count` of the jobs in turn, with captions that name any person."""
    jobs: list[PaintJob] = []
    for number in range(count):
        each = shown[number % len(shown)]
        assert each.face is not None
        jobs.append(replace(each, prompt=class_caption(each.start, each.face)))
    return jobs
