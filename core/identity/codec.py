"""Serialises identities as bytes, validated and without anything executable.

The bytes are a .safetensors file. Arrays (float32) and encoded photos (uint8) are its tensors. Its
metadata has one entry: 64 hexadecimal digits and then, as JSON, what `_Header` describes.

The digits are a SHA-256 of all but themselves and the photos, whose own hashes are in the header.
Hashes detect damage. They do not protect against somebody who rewrites the file, so types, shapes
and ranges are checked as well.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
)
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import IdentityDamaged
from ..faces import Face, Pose
from ..faces.analyser import BLENDSHAPES
from ..images import Box, Float
from ..portrait.marks import SkinMark
from ..portrait.photo_light import PhotoLight
from ..safetensors_header import metadata_of
from ..vault.consent import Consent, from_json, to_json
from .identity import ColourStatistics, EnrolledPhoto, Identity, Spread, Template
from .outline_codec import OutlineHeader, Record, outline_from, outline_header

VERSION = 1
KEY = "headshots-identity"
# The file's length field, and what its header starts with: `KEY` is all of the metadata. Then the
# digits.
_LENGTH = 8
_START = f'{{"__metadata__":{{"{KEY}":"'.encode()
_DIGITS = slice(_LENGTH + len(_START), _LENGTH + len(_START) + 64)
# Far beyond any real identity (50 photos give some 100 kB); JSON unpacks to many times its size.
_LARGEST_HEADER = 8_000_000
_MOST_PHOTOS = 50
_MOST_FEATURES = 1000
_MOST_TEMPLATES = 16
_LONGEST_EMBEDDING = 8192

_Tensors: TypeAlias = dict[str, NDArray[Any]]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Side: TypeAlias = Annotated[int, Field(ge=1, le=1 << 40)]

_Counted = TypeVar("_Counted", Spread, SkinMark)


class _FaceHeader(Record):
    box: Box
    confidence: _Share
    pose: Pose
    quality: _Share


def _shares(light: PhotoLight) -> PhotoLight:
    if not (0 <= light.behind <= 1 and 0 <= light.burnt <= 1):
        raise ValueError("not between 0 and 1")
    return light


class _PhotoHeader(Record):
    """embeddings: names of the recognisers."""

    name: str
    sha256: str
    width: _Side
    height: _Side
    quality: _Share
    light: Annotated[PhotoLight, AfterValidator(_shares)] | None
    neighbour_proximity: _Share
    obstruction: _Share
    outline: OutlineHeader | None
    embeddings: Annotated[tuple[str, ...], Field(max_length=_MOST_TEMPLATES)]
    face: _FaceHeader


def _of_some(value: _Counted) -> _Counted:
    if value.photos < 1:
        raise ValueError("of no photo")
    return value


def _consent(consent: Consent) -> Consent:
    return from_json(to_json(consent))  # which checks names and dates


class _Header(Record):
    """All of an identity but its tensors.

    templates: spreads by recogniser.
    """

    version: Literal[1] = VERSION
    name: str
    created: str
    photos: Annotated[tuple[_PhotoHeader, ...], Field(max_length=_MOST_PHOTOS)]
    templates: Annotated[
        dict[str, Annotated[Spread, AfterValidator(_of_some)]], Field(max_length=_MOST_TEMPLATES)
    ]
    features: Annotated[
        tuple[Annotated[SkinMark, AfterValidator(_of_some)], ...], Field(max_length=_MOST_FEATURES)
    ]
    consent: Annotated[Consent, AfterValidator(_consent)] | None


def to_bytes(identity: Identity) -> bytes:
    """`identity` as bytes that `from_bytes` reads; the same identity always gives the same."""
    tensors: _Tensors = {}
    for index, photo in enumerate(identity.photos):
        _add_photo(f"photos/{index}", photo, tensors)
    for name, template in identity.templates.items():
        tensors[f"templates/{name}"] = template.vector
    for name, colour in (("skin", identity.skin), ("eyes", identity.eyes)):
        if colour is not None:
            tensors[name] = np.stack((colour.mean, colour.deviation))
    header = _Header(
        name=identity.name,
        created=identity.created,
        photos=tuple(_photo_header(photo) for photo in identity.photos),
        templates={name: each.spread for name, each in sorted(identity.templates.items())},
        features=identity.features,
        consent=identity.consent,
    )
    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    data = memoryview(save(whole, {KEY: "0" * 64 + header.model_dump_json()}))
    return b"".join((data[: _DIGITS.start], _digits(data, whole), data[_DIGITS.stop :]))


def from_bytes(data: bytes) -> Identity:
    """The identity that `to_bytes` wrote as `data`.

    Raises:
        IdentityDamaged: they are something else, cut off, altered, or of a newer version.
    """
    if not data.startswith(_START, _LENGTH):
        raise _damaged("is not an identity")
    if int.from_bytes(data[:_LENGTH], "little") > _LARGEST_HEADER:
        raise _damaged("has a header that is too large")
    try:
        tensors: _Tensors = load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise _damaged("is damaged or cut off") from error
    if data[_DIGITS] != _digits(memoryview(data), tensors):
        raise _damaged("is damaged")
    try:
        header = _Header.model_validate_json(metadata_of(data)[KEY][64:])
        return _identity(header, tensors)
    except ValidationError as error:
        _refuse_other_version(error)
        raise _damaged("has content that doesn't make sense") from error
    except (KeyError, ValueError) as error:
        raise _damaged("has content that doesn't make sense") from error


def _digits(data: memoryview, tensors: _Tensors) -> bytes:
    """The hash of a file with these tensors. The photos come last: bytes need no alignment."""
    photos = sum(tensor.nbytes for tensor in tensors.values() if tensor.dtype == np.uint8)
    digest = hashlib.sha256(data[: _DIGITS.start])
    digest.update(data[_DIGITS.stop : len(data) - photos])
    return digest.hexdigest().encode()


def _refuse_other_version(error: ValidationError) -> None:
    for each in error.errors(include_url=False):
        if each["loc"] == ("version",) and isinstance(each["input"], int):
            raise IdentityDamaged(
                f"The stored identity has format {each['input']}; this version reads format "
                f"{VERSION}",
                "Update headshots to the version that wrote it.",
            ) from error


def _damaged(what: str) -> IdentityDamaged:
    return IdentityDamaged(f"The stored identity {what}", "Enrol the sitter's photos again.")


def _add_photo(prefix: str, photo: EnrolledPhoto, tensors: _Tensors) -> None:
    tensors[f"{prefix}/data"] = np.frombuffer(photo.data, np.uint8)
    tensors[f"{prefix}/landmarks"] = photo.face.landmarks
    tensors[f"{prefix}/points"] = photo.face.points
    tensors[f"{prefix}/blendshapes"] = photo.face.blendshapes
    tensors[f"{prefix}/embedding"] = photo.face.embedding
    for name, vector in photo.embeddings.items():
        tensors[f"{prefix}/embeddings/{name}"] = vector


def _photo_header(photo: EnrolledPhoto) -> _PhotoHeader:
    face = photo.face
    return _PhotoHeader(
        name=photo.name,
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        quality=photo.quality,
        light=photo.light,
        neighbour_proximity=photo.neighbour_proximity,
        obstruction=photo.obstruction,
        outline=outline_header(photo.outline) if photo.outline else None,
        embeddings=tuple(sorted(photo.embeddings)),
        face=_FaceHeader(
            box=face.box, confidence=face.confidence, pose=face.pose, quality=face.quality
        ),
    )


def _identity(header: _Header, tensors: _Tensors) -> Identity:
    """The identity of a checked header; odd tensors raise KeyError or ValueError."""
    photos = tuple(
        _photo(f"photos/{index}", photo, tensors) for index, photo in enumerate(header.photos)
    )
    templates = {
        name: Template(_embedding(f"templates/{name}", tensors), spread)
        for name, spread in header.templates.items()
    }
    for photo in photos:
        for name, vector in photo.embeddings.items():
            if name in templates and templates[name].vector.shape != vector.shape:
                raise ValueError("embeddings of one recogniser differ in length")
    skin, eyes = _colour("skin", tensors), _colour("eyes", tensors)
    if tensors:
        raise ValueError("a tensor belongs to nothing")
    return Identity(
        name=header.name,
        created=header.created,
        photos=photos,
        templates=templates,
        skin=skin,
        eyes=eyes,
        features=header.features,
        consent=header.consent,
    )


def _photo(prefix: str, header: _PhotoHeader, tensors: _Tensors) -> EnrolledPhoto:
    content = tensors.pop(f"{prefix}/data")
    if content.dtype != np.uint8 or content.ndim != 1:
        raise ValueError("a photo is no row of bytes")
    data = content.tobytes()
    if hashlib.sha256(data).hexdigest() != header.sha256:
        raise ValueError("a photo is not the one whose hash was kept")
    return EnrolledPhoto(
        name=header.name,
        sha256=header.sha256,
        data=data,
        width=header.width,
        height=header.height,
        face=Face(
            box=header.face.box,
            confidence=header.face.confidence,
            landmarks=_array(f"{prefix}/landmarks", tensors, (478, 3)),
            points=_array(f"{prefix}/points", tensors, (5, 2)),
            pose=header.face.pose,
            blendshapes=_array(f"{prefix}/blendshapes", tensors, (len(BLENDSHAPES),)),
            embedding=_embedding(f"{prefix}/embedding", tensors),
            quality=header.face.quality,
        ),
        embeddings={
            name: _embedding(f"{prefix}/embeddings/{name}", tensors) for name in header.embeddings
        },
        quality=header.quality,
        light=header.light,
        neighbour_proximity=header.neighbour_proximity,
        obstruction=header.obstruction,
        outline=outline_from(header.outline) if header.outline else None,
    )


def _colour(name: str, tensors: _Tensors) -> ColourStatistics | None:
    if name not in tensors:
        return None
    mean, deviation = _array(name, tensors, (2, 3))
    return ColourStatistics(mean, deviation)


def _embedding(name: str, tensors: _Tensors) -> Float:
    return _array(name, tensors, (min(tensors[name].size, _LONGEST_EMBEDDING),))


def _array(name: str, tensors: _Tensors, shape: tuple[int, ...]) -> Float:
    array = tensors.pop(name)
    if array.dtype != np.float32 or array.shape != shape:
        raise ValueError("an array has another type or shape")
    if not np.isfinite(array).all():
        raise ValueError("an array has values that are not finite")
    return array
