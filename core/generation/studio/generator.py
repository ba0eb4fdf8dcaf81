"""The studio: the sitter's own pixels, cut out, retouched, lit, set before a wall and graded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...errors import InputError, NoSource
from ...identity.identity import EnrolledPhoto
from ...images import Float, Linear, Mask, blur, from_u8, to_srgb
from ...progress import SILENT, Progress
from ..generator import Candidate, Origin, Request
from ..looks import Light, Look
from .background import wall
from .finish import grade
from .framing import Crop, cut, frame
from .lighting import Unlit, expose, exposure, relight, unlight
from .plate import Plate, make_plate
from .sources import choose_sources

# IPTC's term for a mix of which part was never before a camera: the photographed sitter, a wall
# made by code. "compositeWithTrainedAlgorithmicMedia" is for parts that a generative network
# painted; here networks only find the face and its outline.
SOURCE_TYPE = "compositeSynthetic"

_LIGHT_WRAP, _WRAP_REACH = 0.15, 0.025  # amount; reach in face widths. At .4 ears go translucent.
_KEPT_PLATES = 4


@dataclass(frozen=True)
class _Shot:
    """One candidate as planned, before anything expensive happens."""

    photo: int
    look: Look
    zoom: float
    azimuth: float
    elevation: float
    fill: float
    brightness: float


@dataclass(frozen=True, eq=False)
class _Prepared:
    plate: Plate
    unlit: Unlit
    exposure: float


class Studio:
    """Generator "studio"; see `generation.Generator`."""

    name = "studio"

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        _check(request)
        sources = choose_sources(request.identity.photos)
        shots = [_plan(request, index, len(sources)) for index in range(request.count)]
        head = round(max(_head_pixels(look, request.width) for look in request.looks) * 1.04)
        prepared: dict[int, _Prepared] = {}
        for index, shot in enumerate(shots):
            progress.update(index / request.count, f"Headshot {index + 1} of {request.count}")
            if shot.photo not in prepared:
                while len(prepared) >= _KEPT_PLATES:
                    prepared.pop(next(iter(prepared)))
                prepared[shot.photo] = _prepare(request, sources[shot.photo], head)
                progress.check()
            candidate = _shoot(request, index, shot, prepared[shot.photo])
            progress.update((index + 1) / request.count, "", candidate.image)
            yield candidate


def load() -> Studio:
    """The studio for the registry; weights are opened when first needed."""
    return Studio()


def _check(request: Request) -> None:
    if not 1 <= request.count <= 500:
        raise InputError(f"{request.count} headshots were asked for", "Ask for 1 to 500.")
    if not 256 <= request.width <= 4096:
        raise InputError(f"A width of {request.width} was asked for", "Ask for 256 to 4096 pixels.")
    if not request.looks:
        raise InputError("No look was chosen", "Choose at least one; `headshots looks` lists them.")
    if not request.identity.photos:
        raise NoSource(f"{request.identity.name!r} has no photos", "Enrol the sitter again.")


def _prepare(request: Request, photo: EnrolledPhoto, head: int) -> _Prepared:
    plate = make_plate(photo, head)
    unlit = unlight(plate.foreground, plate.shape)
    skin = request.identity.skin
    return _Prepared(plate, unlit, exposure(unlit, float(skin.mean[0])) if skin else 0.0)


def _height(look: Look, width: int) -> int:
    return round(width / look.framing.aspect)


def _head_pixels(look: Look, width: int) -> float:
    return look.framing.head * _height(look, width)


def _plan(request: Request, index: int, sources: int) -> _Shot:
    """What candidate `index` varies: photo and look in turn, the rest a little, by the seed."""
    rng = np.random.default_rng([request.seed, index])
    look = request.looks[index % len(request.looks)]
    photo = (index + index // len(request.looks)) % sources
    if request.matched or index < len(request.looks) == 1:
        return _Shot(photo, look, 1.0, 0.0, 0.0, 1.0, 1.0)
    return _Shot(
        photo=photo,
        look=look,
        zoom=float(rng.uniform(0.96, 1.04)),
        azimuth=float(rng.uniform(-7, 7)),
        elevation=float(rng.uniform(-4, 5)),
        fill=float(rng.uniform(0.88, 1.15)),
        brightness=float(rng.uniform(0.9, 1.08)),
    )


def _shoot(request: Request, index: int, shot: _Shot, prepared: _Prepared) -> Candidate:
    plate, unlit, look = prepared.plate, prepared.unlit, shot.look
    width, height = request.width, _height(look, request.width)
    rng = np.random.default_rng([request.seed, index, 1])
    crop = frame(plate, look.framing, shot.zoom)
    side = 1.0 if unlit.lit_right else -1.0
    light = replace(
        look.light,
        azimuth=side * (look.light.azimuth + shot.azimuth),
        elevation=look.light.elevation + shot.elevation,
        fill=look.light.fill * shot.fill,
    )
    matte = np.clip(cut(plate.matte, crop, width, height, outside=0), 0, 1)
    skin = plate.mixed(look.finish.retouch)
    flat = np.maximum(cut(skin, crop, width, height), 0)
    lit = _light(flat, prepared, light, crop)
    sitter = float(plate.face.landmarks[1, 0] - crop.x) / crop.width
    backdrop = wall(
        look.backdrop, width, height, centre=sitter, light_side=side, rng=rng
    ) * np.float32(shot.brightness)
    face_width = plate.face.width * width / crop.width
    composite = _compose(lit, matte, backdrop, face_width)
    image = grade(composite, look.finish, rng)
    stages: dict[str, Float] = {}
    if request.keep_stages:
        bare = np.maximum(cut(plate.mixed(0), crop, width, height), 0)
        stages = {
            "photo": np.clip(cut(from_u8(plate.original), crop, width, height), 0, 1),
            "matte": matte,
            "foreground": to_srgb(bare),
            "lit": to_srgb(_light(bare, prepared, light, crop)),
            "retouched": to_srgb(flat),
            "relit": to_srgb(lit),
            "backdrop": to_srgb(backdrop),
            "composite": to_srgb(composite),
            "graded": grade(composite, replace(look.finish, grain=0.0), rng),
        }
    origin = Origin(
        generator=Studio.name,
        look=look.name,
        photo=plate.photo,
        seed=request.seed,
        source_type=SOURCE_TYPE,
        settings={
            "index": index,
            "head": round(crop.head, 4),
            "key-azimuth": round(light.azimuth, 1),
            "key-elevation": round(light.elevation, 1),
            "upscale": round(plate.upscale * width / crop.width, 3),
            "levelled": round(plate.roll, 2),
            "retouch": look.finish.retouch,
        },
    )
    return Candidate(image, matte, origin, stages)


def _light(flat: Linear, prepared: _Prepared, light: Light, crop: Crop) -> Linear:
    """The framed foreground under the look's light."""
    height, width = flat.shape[:2]
    shape = prepared.plate.shape
    grid = crop.scaled(shape.scale)
    gain = prepared.exposure + relight(prepared.unlit, shape, light)
    return expose(flat, cut(gain, grid, width, height))


def _compose(foreground: Linear, matte: Mask, backdrop: Linear, face_width: float) -> Linear:
    """Foreground over backdrop in linear light, a breath of the wall wrapped around the edges."""
    cover = matte[..., None]
    sigma = _WRAP_REACH * face_width
    wrap = (_LIGHT_WRAP * blur(1 - matte, sigma) * matte)[..., None]
    over = foreground * cover + backdrop * (1 - cover)
    small = cv2.resize(backdrop, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    glow = cv2.resize(
        cv2.GaussianBlur(small, (0, 0), max(0.5, sigma / 4)), (matte.shape[1], matte.shape[0])
    )
    return np.asarray(over * (1 - wrap) + glow * wrap, np.float32)
