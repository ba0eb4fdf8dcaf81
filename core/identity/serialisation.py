"""An identity as bytes and back: versioned, checked, without anything that could run.

Layout, all numbers little-endian:

    8 bytes   b"HSHOTSID"
    u32       format version
    u64       length of the header
    header    JSON (UTF-8): everything but arrays and photos, which it names by offset and size
    body      float32 arrays and encoded photos, one after the other
    32 bytes  SHA-256 of all that comes before

The hash tells damage; it is no protection against somebody who rewrites the file, so everything is
checked for type, shape and range as well.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import Any, TypeVar, cast

import numpy as np

from ..errors import IdentityDamaged
from ..faces import Face, Pose
from ..faces.analyser import BLENDSHAPES
from ..images import Box, Float
from ..portrait.marks import SkinMark
from ..portrait.photo_light import PhotoLight
from ..vault.consent import from_json, to_json
from .identity import Colour, EnrolledPhoto, Identity, Spread, Template

VERSION = 1
_MAGIC = b"HSHOTSID"
_PREFIX = struct.Struct("<8sIQ")
_HASH = 32
# Far beyond any real identity (50 photos give some 100 kB); JSON unpacks to many times its size.
_LARGEST_HEADER = 8_000_000
_MOST_PHOTOS = 50
_MOST_FEATURES = 1000
_MOST_TEMPLATES = 16
_LONGEST_EMBEDDING = 8192

T = TypeVar("T")


def to_bytes(identity: Identity) -> bytes:
    """`identity` as bytes that `from_bytes` reads; the same identity always gives the same."""
    body = _Body()
    header = {
        "name": identity.name,
        "created": identity.created,
        "photos": [_photo(photo, body) for photo in identity.photos],
        "templates": {
            name: {
                "vector": body.array(template.vector),
                "spread": [
                    template.spread.low,
                    template.spread.median,
                    template.spread.high,
                    template.spread.photos,
                ],
            }
            for name, template in sorted(identity.templates.items())
        },
        "skin": _colour(identity.skin, body),
        "eyes": _colour(identity.eyes, body),
        "features": [
            [each.u, each.v, each.size, each.contrast, each.photos] for each in identity.features
        ],
        "consent": None if identity.consent is None else to_json(identity.consent),
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    content = _PREFIX.pack(_MAGIC, VERSION, len(text)) + text + bytes(body.content)
    return content + hashlib.sha256(content).digest()


def from_bytes(data: bytes) -> Identity:
    """The identity that `to_bytes` made these bytes of.

    Raises:
        IdentityDamaged: they are something else, cut off, altered, or of a newer version.
    """
    if len(data) < _PREFIX.size + _HASH or not data.startswith(_MAGIC):
        raise _damaged("is not an identity")
    _, version, length = _PREFIX.unpack_from(data)
    if version != VERSION:
        raise IdentityDamaged(
            f"The stored identity has format {version}; this version reads format {VERSION}",
            "Update headshots to the version that wrote it.",
        )
    content = memoryview(data)[:-_HASH]
    if hashlib.sha256(content).digest() != data[-_HASH:]:
        raise _damaged("is damaged or cut off")
    if length > min(_LARGEST_HEADER, len(content) - _PREFIX.size):
        raise _damaged("has a header that doesn't fit")
    start = _PREFIX.size + length
    try:
        header = json.loads(bytes(content[_PREFIX.size : start]), parse_constant=_refuse)
        return _Reader(content[start:]).identity(header)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise _damaged("has content that doesn't make sense") from error


def _damaged(what: str) -> IdentityDamaged:
    return IdentityDamaged(f"The stored identity {what}", "Enrol the sitter's photos again.")


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")


class _Body:
    """Arrays and photos, one after the other."""

    def __init__(self) -> None:
        self.content = bytearray()

    def array(self, values: Float) -> list[int]:
        """Offset, then shape."""
        place = [len(self.content), *values.shape]
        self.content += np.ascontiguousarray(values, "<f4").tobytes()
        return place

    def blob(self, value: bytes) -> list[int]:
        """Offset and length."""
        place = [len(self.content), len(value)]
        self.content += value
        return place


def _photo(photo: EnrolledPhoto, body: _Body) -> dict[str, Any]:
    face = photo.face
    return {
        "name": photo.name,
        "sha256": photo.sha256,
        "data": body.blob(photo.data),
        "size": [photo.width, photo.height],
        "quality": photo.quality,
        "light": None if photo.light is None else list(astuple(photo.light)),
        "company": photo.company,
        "embeddings": {
            name: body.array(vector) for name, vector in sorted(photo.embeddings.items())
        },
        "face": {
            "box": [face.box.x0, face.box.y0, face.box.x1, face.box.y1],
            "confidence": face.confidence,
            "landmarks": body.array(face.landmarks),
            "points": body.array(face.points),
            "pose": [face.pose.yaw, face.pose.pitch, face.pose.roll],
            "blendshapes": body.array(face.blendshapes),
            "embedding": body.array(face.embedding),
            "quality": face.quality,
        },
    }


def _colour(colour: Colour | None, body: _Body) -> list[list[int]] | None:
    return None if colour is None else [body.array(colour.mean), body.array(colour.deviation)]


class _Reader:
    """Values out of a header and a body, each checked; anything odd raises ValueError."""

    def __init__(self, body: memoryview) -> None:
        self._body = body

    def identity(self, header: object) -> Identity:
        top = _mapping(header)
        photos = tuple(self._photo(each) for each in _sequence(top["photos"], _MOST_PHOTOS))
        templates = {
            name: self._template(each)
            for name, each in _mapping(top["templates"], _MOST_TEMPLATES).items()
        }
        for photo in photos:
            for name, vector in photo.embeddings.items():
                if name in templates and templates[name].vector.shape != vector.shape:
                    raise ValueError("embeddings of one recogniser differ in length")
        return Identity(
            name=_text(top["name"]),
            created=_text(top["created"]),
            photos=photos,
            templates=templates,
            skin=_optional(top["skin"], self._colour),
            eyes=_optional(top["eyes"], self._colour),
            features=tuple(_feature(e) for e in _sequence(top["features"], _MOST_FEATURES)),
            # Identities from before it was recorded have none.
            consent=_optional(top.get("consent"), from_json),
        )

    def _photo(self, value: object) -> EnrolledPhoto:
        given = _mapping(value)
        data = self._blob(given["data"])
        if hashlib.sha256(data).hexdigest() != given["sha256"]:
            raise ValueError("a photo is not the one whose hash was kept")
        width, height = (_count(side, 1) for side in _sequence(given["size"], 2))
        return EnrolledPhoto(
            name=_text(given["name"]),
            sha256=_text(given["sha256"]),
            data=data,
            width=width,
            height=height,
            face=self._face(given["face"]),
            embeddings={
                name: self._embedding(each)
                for name, each in _mapping(given["embeddings"], _MOST_TEMPLATES).items()
            },
            quality=_share(given["quality"]),
            # Identities from before these were measured say nothing of them.
            light=_optional(given.get("light"), _light),
            company=_share(given.get("company", 0.0)),
        )

    def _face(self, value: object) -> Face:
        given = _mapping(value)
        x0, y0, x1, y1 = (_number(side) for side in _sequence(given["box"], 4))
        yaw, pitch, roll = (_number(angle) for angle in _sequence(given["pose"], 3))
        return Face(
            box=Box(x0, y0, x1, y1),
            confidence=_share(given["confidence"]),
            landmarks=self._array(given["landmarks"], (478, 3)),
            points=self._array(given["points"], (5, 2)),
            pose=Pose(yaw, pitch, roll),
            blendshapes=self._array(given["blendshapes"], (len(BLENDSHAPES),)),
            embedding=self._embedding(given["embedding"]),
            quality=_share(given["quality"]),
        )

    def _template(self, value: object) -> Template:
        given = _mapping(value)
        low, median, high, photos = _sequence(given["spread"], 4)
        spread = Spread(_number(low), _number(median), _number(high), _count(photos, 1))
        return Template(self._embedding(given["vector"]), spread)

    def _colour(self, value: object) -> Colour:
        mean, deviation = _sequence(value, 2)
        return Colour(self._array(mean, (3,)), self._array(deviation, (3,)))

    def _embedding(self, value: object) -> Float:
        _, length = _sequence(value, 2)
        return self._array(value, (_count(length, 0, _LONGEST_EMBEDDING),))

    def _array(self, value: object, shape: tuple[int, ...]) -> Float:
        offset, *given = (_count(each, 0) for each in _sequence(value, 1 + len(shape)))
        if tuple(given) != shape:
            raise ValueError("an array has another shape")
        raw = self._piece(offset, 4 * math.prod(shape))
        array = np.frombuffer(raw, "<f4").astype(np.float32).reshape(shape)
        if not np.isfinite(array).all():
            raise ValueError("an array has values that are not finite")
        return array

    def _blob(self, value: object) -> bytes:
        offset, length = (_count(each, 0) for each in _sequence(value, 2))
        return bytes(self._piece(offset, length))

    def _piece(self, offset: int, length: int) -> memoryview:
        if offset + length > len(self._body):
            raise ValueError("something lies beyond the end")
        return self._body[offset : offset + length]


def _light(value: object) -> PhotoLight:
    behind, aside, cast, burnt, exposure = _sequence(value, 5)
    return PhotoLight(
        _share(behind), _number(aside), _number(cast), _share(burnt), _number(exposure)
    )


def _feature(value: object) -> SkinMark:
    *figures, photos = _sequence(value, 5)
    u, v, size, contrast = (_number(each) for each in figures)
    return SkinMark(u, v, size, contrast, _count(photos, 1))


def _optional(value: object, read: Callable[[object], T]) -> T | None:
    return None if value is None else read(value)


def _mapping(value: object, most: int = 100) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("not a table")
    table = cast(dict[str, object], value)
    if len(table) > most:
        raise ValueError("too many entries")
    return table


def _sequence(value: object, most: int) -> Sequence[object]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    items = cast(list[object], value)
    if len(items) > most:
        raise ValueError("too many items")
    return items


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return float(value)


def _share(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("not between 0 and 1")
    return number


def _count(value: object, low: int, high: int = 1 << 40) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError("not a count")
    return value
