"""The sitter as input for painters: embeddings for adapters, photos for models with references."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....errors import InputError
from ....faces import Face
from ....faces.alignment import arcface
from ....faces.insightface import unit
from ....faces.suitability import asleep
from ....identity.identity import EnrolledPhoto, Identity
from ....images import Float, Image, resize
from ....photos import read_photo
from ...looks import Look
from ...studio.sources.choice import choose_sources, fitness, suitability
from .installed import AdapterKind
from .recogniser import recogniser_for

_MOST = 4  # most photos whose embeddings are used
_CLIP_SIDE = 224  # side of the face pictures for CLIP, pixels
# Margin around the face's box in a reference photo, in sides of the box: a face of 600 pixels in a
# megapixel, with all hair but long hair.
_HEAD = 0.35
# How much a turned head counts against a photo as the first reference, per 90°: it shows the model
# the face before the angles do.
_TURNED = 3.0


def identity_conditioning(identity: Identity, kind: AdapterKind) -> tuple[Float, list[Image]]:
    """The input of an adapter of `kind` for a sitter.

    ArcFace embeddings of the best photos, float32 (n, 512), and the aligned faces, sRGB float32
    (224, 224, 3) 0..1. The embeddings are without the mirror image, as insightface computes them:
    for InstantID the network's output (`embedding`), else of unit length (`normed_embedding`).

    Raises:
        InputError: the sitter has no photos.
        SetupError: the recogniser with which the adapter was trained isn't installed.
    """
    recogniser = recogniser_for(kind)
    photos = choose_sources(identity.photos)[:_MOST]
    if not photos:
        raise InputError(f"{identity.name!r} has no photos", "Enrol the sitter again.")
    embeddings: list[Float] = []
    faces: list[Image] = []
    for photo in photos:
        image = read_photo(photo.data, name=photo.name).image
        embeddings.append(recogniser.raw(image, photo.face))
        faces.append(arcface(image, photo.face.points, _CLIP_SIDE))
    stacked = np.stack(embeddings)
    return stacked if kind is AdapterKind.INSTANTID else unit(stacked), faces


def references(identity: Identity, look: Look, count: int, side: int) -> tuple[Image, ...]:
    """Up to `count` photos of the sitter's head, squares of `side` pixels, close.

    The first is frontal and the best for the look, then good ones with a pose unlike the others.
    """
    photos = [each for each in identity.photos if not asleep(each.face)] or list(identity.photos)
    if not photos:
        raise InputError(f"{identity.name!r} has no photos", "Enrol the sitter again.")
    worth = {id(photo): suitability(photo) * fitness(photo, look, side) for photo in photos}
    chosen = [max(photos, key=lambda photo: worth[id(photo)] * np.exp(-_TURNED * _turned(photo)))]
    while len(chosen) < min(count, len(photos)):
        rest = [photo for photo in photos if all(photo is not each for each in chosen)]
        chosen.append(max(rest, key=lambda each: worth[id(each)] * (0.2 + _unlike(each, chosen))))
    return tuple(_head(photo, side) for photo in chosen)


def _unlike(photo: EnrolledPhoto, others: Sequence[EnrolledPhoto]) -> float:
    """The least angle between the head's pose and the others', in right angles."""
    pose = photo.face.pose
    turns = [
        np.hypot(pose.yaw - each.face.pose.yaw, pose.pitch - each.face.pose.pitch) / 90
        for each in others
    ]
    return float(min(turns))


def _turned(photo: EnrolledPhoto) -> float:
    """How far the head is turned away from the camera, in right angles."""
    pose = photo.face.pose
    return float(np.hypot(pose.yaw, pose.pitch)) / 90


def _head(photo: EnrolledPhoto, side: int) -> Image:
    image = read_photo(photo.data, name=photo.name).image
    return square(image, photo.face, side, _HEAD)


def square(image: Image, face: Face, side: int, margin: float) -> Image:
    """The square around the head, resized to `side` pixels; beyond the picture its edge repeats.

    margin: on each side of the face's box, in sides of the box.
    """
    x0, y0, length = around_head(image, face, margin)
    height, width = image.shape[:2]
    rows = np.clip(np.arange(y0, y0 + length), 0, height - 1)
    columns = np.clip(np.arange(x0, x0 + length), 0, width - 1)
    return np.clip(resize(image[np.ix_(rows, columns)], side, side), 0, 1)


def around_head(image: Image, face: Face, margin: float) -> tuple[int, int, int]:
    """Left and upper edge of the square around the head, and its side, in pixels of `image`."""
    x, y = face.box.centre
    half = (0.5 + margin) * max(face.box.width, face.box.height)
    half = max(2.0, min(half, 0.5 * max(image.shape[:2])))
    return round(x - half), round(y - half), max(2, round(2 * half))
