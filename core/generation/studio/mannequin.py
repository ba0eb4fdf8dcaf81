"""A plaster bust, nobody's, in a look's light before its backdrop, or in a light alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...faces.regions import NOSE_BRIDGE
from ...images import Float, Image, Linear, Mask, blur, resize, to_linear
from ...portrait.shape import Shape
from ...retouching import Retouching
from ..looks import Backdrop, Finish, Framing, Light, Look
from .backdrops import shadow, wall
from .candidate import MATCHED_SIDE, height_of
from .compose.grade import grade
from .light.relighting import roll_off
from .light.shading import shade

_FINER = 2  # the bust is modelled at twice the picture's size, for smooth outlines
_LIT = 0.70  # linear luminance of the brightest plaster, at which highlights begin to roll off
_PLASTER = (0.86, 0.77, 0.70)  # sRGB: warm, so that a look's saturation and warmth show
_CLOTHES = (0.36, 0.39, 0.44)
_DRY = 0.002  # grain of the picture: a look's own is for a whole one, and coarse in a small one
# What a light alone is shown in.
_PLAIN = Look(
    "",
    "",
    "",
    Framing(aspect=1.0, head=0.66, eyes=0.44),
    Light(0, 0, 1, 1, 0, 0, 1),
    Backdrop(colour=(0.30, 0.31, 0.33), falloff=0.5),
    Finish(1.05, 0.7, 0.0, 0, Retouching(), _DRY),
)

# Lengths are in heads, chin to crown; the origin is between the eyes; y points up, z to the camera.
_FACE_WIDTH = 0.62


@dataclass(frozen=True)
class _Ellipsoid:
    """Centre and half axes."""

    x: float
    y: float
    z: float
    across: float
    high: float
    deep: float

    def depth(self, x: Float, y: Float) -> Float:
        """Its front over the plane; far behind beside it."""
        inside = 1 - ((x - self.x) / self.across) ** 2 - ((y - self.y) / self.high) ** 2
        front = self.z + self.deep * np.sqrt(np.maximum(inside, 0))
        return np.where(inside > 0, front, -9).astype(np.float32)


def _pair(x: float, *others: float) -> tuple[_Ellipsoid, _Ellipsoid]:
    return _Ellipsoid(-x, *others), _Ellipsoid(x, *others)


_HEAD = (
    _Ellipsoid(0, 0.09, -0.30, 0.345, 0.38, 0.40),  # the skull
    _Ellipsoid(0, -0.15, -0.20, 0.29, 0.37, 0.30),  # the jaw
    _Ellipsoid(0, -0.44, -0.04, 0.12, 0.09, 0.11),  # the chin
    *_pair(0.18, -0.13, -0.10, 0.11, 0.11, 0.16),  # cheekbones
    *_pair(0.34, -0.08, -0.42, 0.045, 0.12, 0.08),  # ears
)
_NECK = _Ellipsoid(0, -0.62, -0.42, 0.225, 0.50, 0.20)
_BODY = (
    _Ellipsoid(0, -1.48, -0.50, 1.00, 0.72, 0.42),
    _Ellipsoid(0, -0.90, -0.50, 0.46, 0.28, 0.22),  # from the neck to the shoulders
)

# Bumps and hollows of the face: x, y, spread across, spread up, height.
_FEATURES = (
    (0.0, -0.10, 0.035, 0.12, 0.075),  # bridge of the nose
    (0.0, -0.185, 0.055, 0.04, 0.10),  # its tip
    (-0.05, -0.20, 0.03, 0.025, 0.04),
    (0.05, -0.20, 0.03, 0.025, 0.04),
    (-0.15, 0.01, 0.075, 0.04, -0.065),  # sockets of the eyes
    (0.15, 0.01, 0.075, 0.04, -0.065),
    (-0.15, 0.0, 0.045, 0.025, 0.035),  # eyeballs
    (0.15, 0.0, 0.045, 0.025, 0.035),
    (-0.14, 0.085, 0.09, 0.025, 0.03),  # brows
    (0.14, 0.085, 0.09, 0.025, 0.03),
    (0.0, -0.295, 0.085, 0.018, 0.035),  # lips
    (0.0, -0.345, 0.07, 0.022, 0.04),
    (0.0, -0.32, 0.09, 0.007, -0.02),
    (0.0, -0.385, 0.07, 0.02, -0.02),  # above the chin
)


def look_picture(look: Look, width: int) -> Image:
    """What `look` does, shown on a bust.

    look: any; of a wide one the bust is as high as a sitter would be.
    width: of the picture in pixels, 32 or more.

    Returns:
        sRGB float32 (height, width, 3) 0..1, the same for the same look and width.

    Raises:
        PhotoError: the picture of the look's backdrop can't be read.
    """
    light = replace(look.light, azimuth=MATCHED_SIDE * look.light.azimuth)
    return _drawn(look, light, width)


def light_picture(light: Light, width: int) -> Image:
    """What `light` does, shown on the head of a bust before a dark wall.

    light: with its azimuth as seen in the picture; strength and warmth are not shown.
    width: of the picture in pixels, 32 or more.

    Returns:
        sRGB float32 (width, width, 3) 0..1, the same for the same light and width.
    """
    return _drawn(_PLAIN, light, width)


def _drawn(look: Look, light: Light, width: int) -> Image:
    """The bust in `light`, else in `look`."""
    height = height_of(look, width)
    bust, shape, matte = _bust(look, width, height)
    key, fill = shade(shape, light)
    arriving = key + fill
    lit = np.quantile(arriving[shape.face > 0.5], 0.95)
    bust *= (arriving * np.float32(_LIT / lit))[..., None]
    small = roll_off(resize(bust, width, height))
    behind = wall(
        look.backdrop,
        width,
        height,
        centre=0.5,
        light_side=1.0 if light.azimuth > 0 else -1.0,
        rng=np.random.default_rng(0),
    )
    face_width = _FACE_WIDTH * look.framing.head * height
    behind *= (1 - shadow(matte, look.backdrop, light, face_width))[..., None]
    share = matte[..., None]
    finish = replace(look.finish, grain=_DRY)
    seen: Linear = np.asarray(small * share + behind * (1 - share), np.float32)
    return grade(seen, finish, np.random.default_rng(1))


def _bust(look: Look, width: int, height: int) -> tuple[Linear, Shape, Mask]:
    """Its colours (h, w, 3) and shape at `_FINER` times the size, and its matte at the size."""
    rows, columns = height * _FINER, width * _FINER
    head = np.float32(look.framing.head * rows)
    eyes = look.framing.eyes * rows
    x = ((np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / head)[None]
    y = ((np.float32(eyes) - np.arange(rows, dtype=np.float32) - 0.5) / head)[:, None]
    face = _joined([each.depth(x, y) for each in _HEAD], 0.03)
    for across, up, wide, high, bump in _FEATURES:
        face = face + np.float32(bump) * np.exp(
            -0.5 * (((x - across) / wide) ** 2 + ((y - up) / high) ** 2)
        )
    body = _joined([each.depth(x, y) for each in _BODY], 0.05)
    neck = _NECK.depth(x, y)
    below = _joined([neck, body], 0.10)
    depth = np.maximum(face, below)
    collar = y < np.float32(-0.80) + 1.1 * np.abs(x)
    clothes = collar & (body >= face) & (body > -9)
    clothes |= (body >= face) & (neck < -8) & (body > -9)
    colours = np.where(clothes[..., None], _linear(_CLOTHES), _linear(_PLASTER))
    inside = depth > -5
    depth = np.where(inside, depth, np.float32(-0.9))
    depth = blur(np.asarray(depth, np.float32), 0.006 * float(head))
    plaster = np.asarray(inside & ~clothes, np.float32)
    matte = np.asarray(inside, np.float32)
    shape = _shape(depth * head, plaster, matte, float(head), eyes, columns)
    smooth = resize(blur(matte, 0.7), width, height)
    return np.asarray(colours, np.float32), shape, np.clip(smooth, 0, 1)


def _joined(surfaces: list[Float], softness: float) -> Float:
    """The foremost of `surfaces`, with joints as soft as `softness` heads."""
    k = np.float32(softness)
    foremost = np.maximum.reduce(surfaces)
    return foremost + k * np.log(sum(np.exp((each - foremost) / k) for each in surfaces))


def _shape(depth: Float, face: Mask, matte: Mask, head: float, eyes: float, columns: int) -> Shape:
    down, right = np.gradient(depth)
    normals = np.dstack([-right, down, np.ones_like(depth)])
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[NOSE_BRIDGE] = columns / 2, eyes, float(depth.max())
    return Shape(
        scale=1.0,
        face_width=_FACE_WIDTH * head,
        normals=np.asarray(normals, np.float32),
        depth=depth,
        face=face,
        head=face,
        mesh=face,
        matte=matte,
        axes=np.eye(3),
        landmarks=landmarks,
    )


def _linear(colour: tuple[float, float, float]) -> Float:
    return to_linear(np.array(colour, np.float32))
