"""One candidate from a prepared plate: framed, lit, set before its wall, graded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...images import Float, Linear, Mask, blur, from_u8, to_srgb
from ..generator import Candidate, Origin
from ..looks import Light, Look
from .backgrounds import match, noise_of, noisy, shadow, wall
from .catchlights import move_catchlights
from .finish import grade
from .framing import Crop, cut, frame
from .lighting import Unlit, expose, relight
from .plate import Plate

NAME = "studio"
# IPTC's term for a mix of which part was never before a camera: the photographed sitter, a wall
# made by code. "compositeWithTrainedAlgorithmicMedia" is for parts that a generative network
# painted; here networks only find the face and its outline.
SOURCE_TYPE = "compositeSynthetic"

_LIGHT_WRAP, _WRAP_REACH = 0.15, 0.025  # amount; reach in face widths. At .4 ears go translucent.


@dataclass(frozen=True, eq=False)
class Prepared:
    """A plate with its light taken apart.

    own: log gains on the shape's grid that bring the photo to the sitter's own exposure and colour.
    """

    plate: Plate
    unlit: Unlit
    own: Float

    @property
    def side(self) -> float:
        """Where the key goes: 1 image right, -1 left, the side that the photo was lit from."""
        return 1.0 if self.unlit.lit_right else -1.0


@dataclass(frozen=True)
class Shot:
    """What varies between candidates: light and framing as differences to the look's own.

    photo: index of the source. zoom, fill, brightness: factors. azimuth, elevation: degrees.
    """

    photo: int
    look: Look
    zoom: float = 1.0
    azimuth: float = 0.0
    elevation: float = 0.0
    fill: float = 1.0
    brightness: float = 1.0


def height_of(look: Look, width: int) -> int:
    """The height of a picture of `width` pixels in `look`."""
    return round(width / look.framing.aspect)


def shoot(
    prepared: Prepared, shot: Shot, *, index: int, seed: int, width: int, keep_stages: bool
) -> Candidate:
    """The candidate that `shot` plans; `index` and `seed` settle what is random."""
    plate, look = prepared.plate, shot.look
    height = height_of(look, width)
    rng = np.random.default_rng([seed, index, 1])
    crop = frame(plate, look.framing, shot.zoom)
    face_width = plate.face.width * width / crop.width
    light = replace(
        look.light,
        azimuth=prepared.side * (look.light.azimuth + shot.azimuth),
        elevation=look.light.elevation + shot.elevation,
        fill=look.light.fill * shot.fill,
    )
    matte = np.clip(cut(plate.matte, crop, width, height, outside=0), 0, 1)
    flat = np.maximum(cut(plate.mixed(look.finish.retouch), crop, width, height), 0)
    lit = _light(flat, prepared, light, crop)
    backdrop = wall(
        look.backdrop,
        width,
        height,
        centre=float(plate.face.landmarks[1, 0] - crop.x) / crop.width,
        light_side=prepared.side,
        rng=rng,
    )
    shade = 1 - shadow(matte, look.backdrop, light, face_width)
    backdrop = np.asarray(backdrop * shade[..., None] * np.float32(shot.brightness), np.float32)
    if look.backdrop.kind == "transparent":
        composite = _over(lit, matte, backdrop)
    else:
        grid = crop.scaled(plate.shape.scale)
        skin = np.clip(cut(prepared.unlit.face, grid, width, height), 0, 1)
        matched = match(lit, matte, backdrop, skin, face_width)
        composite = _wrapped(matched, matte, backdrop, face_width)
    image = grade(composite, look.finish, rng)
    image = noisy(image, noise_of(to_srgb(composite), matte), matte, rng)
    stages: dict[str, Float] = {}
    if keep_stages:
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
        generator=NAME,
        look=look.name,
        photo=plate.photo,
        seed=seed,
        source_type=SOURCE_TYPE,
        settings={
            "index": index,
            "head": round(crop.head, 4),
            "key-azimuth": round(light.azimuth, 1),
            "key-elevation": round(light.elevation, 1),
            "upscale": round(plate.upscale * width / crop.width, 3),
            "roll": round(plate.roll, 2),
            "retouch": look.finish.retouch,
            **({"camera-distance": round(plate.distance, 2)} if plate.distance else {}),
        },
    )
    return Candidate(image, matte, origin, stages)


def _light(flat: Linear, prepared: Prepared, light: Light, crop: Crop) -> Linear:
    """The framed foreground under the look's light."""
    height, width = flat.shape[:2]
    shape = prepared.plate.shape
    gain = prepared.own + relight(prepared.unlit, shape, light)
    lit = expose(flat, cut(gain, crop.scaled(shape.scale), width, height))
    yaw = float(np.degrees(np.arctan2(*shape.axes[2, [0, 2]])))
    landmarks = crop.moved(prepared.plate.face.landmarks, width)
    return move_catchlights(lit, landmarks, light.azimuth + yaw, light.elevation)


def _over(foreground: Linear, matte: Mask, backdrop: Linear) -> Linear:
    cover = matte[..., None]
    return np.asarray(foreground * cover + backdrop * (1 - cover), np.float32)


def _wrapped(foreground: Linear, matte: Mask, backdrop: Linear, face_width: float) -> Linear:
    """Foreground over backdrop, a breath of the wall's light wrapped around the edges."""
    rows, columns = matte.shape
    sigma = _WRAP_REACH * face_width
    wrap = (_LIGHT_WRAP * blur(1 - matte, sigma) * matte)[..., None]
    small = cv2.resize(backdrop, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    glow = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.5, sigma / 4)), (columns, rows))
    return np.asarray(_over(foreground, matte, backdrop) * (1 - wrap) + glow * wrap, np.float32)
