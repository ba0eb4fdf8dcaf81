"""Photos of one sitting, made from one photo: closed eyes, and the next frame of a burst.

No public set of portraits holds one sitter with open and with closed eyes in the same light, so
they are made here, and are what they are: `asleep` draws the sitter's own upper lid over the eye,
without the fold that a real lid smooths out; `next_frame` turns the head by its modelled depth and
multiplies by a side light that follows its normals. Real video gave the limits; this holds them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from headshots.core.faces import Face
from headshots.core.images import Float, Image, Mask, resize, to_linear, to_srgb
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.shape import model

# Upper lid edge, lower lid edge and the skin under the brow, each from corner to corner.
_LIDS = (
    (
        (33, 246, 161, 160, 159, 158, 157, 173, 133),
        (33, 7, 163, 144, 145, 153, 154, 155, 133),
        (226, 113, 225, 224, 223, 222, 221, 189, 244),
    ),
    (
        (362, 398, 384, 385, 386, 387, 388, 466, 263),
        (362, 382, 381, 380, 374, 373, 390, 249, 263),
        (464, 413, 441, 442, 443, 444, 445, 342, 446),
    ),
)


def asleep(image: Image, face: Face) -> Image:
    """`image` (sRGB float32 (H, W, 3)) with the skin under the brows drawn down over the eyes."""
    rows, columns = image.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    source, lashes = y.copy(), np.zeros((rows, columns), np.float32)
    width = face.width
    for lids in _LIDS:
        upper, lower, brow = (_along(x[0], face.landmarks[list(points), :2]) for points in lids)
        first, last = (face.landmarks[lids[0][end], 0] for end in (0, -1))
        # 1 between the corners of the eye, fading out beside them.
        share = np.clip((np.minimum(x[0] - first, last - x[0]) / width + 0.03) / 0.03, 0, 1)
        lid = lower + share * 0.012 * width
        skin = np.maximum(upper - 0.02 * width, brow + 1)
        drawn = brow + (y - brow) * (skin - brow) / np.maximum(lid - brow, 1)
        # Below the lid the skin is pulled up a little, so that nothing of the eye is left.
        below = lid + 0.05 * width
        pulled = below - (below - y) * 0.03 / 0.05
        moved = np.where(y < lid, drawn, np.where(y < below, pulled, y))
        source += np.where((y > brow) & (y < below), share * (moved - y), 0)
        lashes += share**4 * np.exp(-(((y - lid) / (0.006 * width)) ** 2))
    shut = cv2.remap(image, x, source, cv2.INTER_CUBIC)
    return np.clip(shut * (1 - 0.7 * np.clip(lashes, 0, 1))[..., None], 0, 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Sitting:
    """A photo with what other frames of its sitting are made from.

    image: sRGB float32 (H, W, 3). matte: (H, W). depth: pixels towards the camera (H, W). normals:
    (H, W, 3), x to the right, y up, z towards the camera.
    """

    image: Image
    face: Face
    matte: Mask
    depth: Float
    normals: Float


def sitting(image: Image, face: Face) -> Sitting:
    """The sitting of `face` in `image`."""
    matte = cut_out(image, face).matte
    forehead, chin = face.landmarks[10, 1], face.landmarks[152, 1]
    shape = model(face, float(forehead - 0.25 * (chin - forehead)), matte)
    rows, columns = image.shape[:2]
    depth = resize(shape.depth, columns, rows) / shape.scale
    depth = (depth - np.median(face.landmarks[:468, 2])) * matte
    depth = cv2.GaussianBlur(depth, (0, 0), 0.01 * face.width)
    normals = np.dstack([resize(shape.normals[..., axis], columns, rows) for axis in range(3)])
    return Sitting(image, face, matte, np.asarray(depth, np.float32), normals)


def next_frame(
    taken: Sitting,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    side: float = 0.0,
    stops: float = 0.0,
    warmth: float = 0.0,
    blur: float = 0.0,
    scale: float = 1.0,
    noise: float = 0.004,
) -> Image:
    """The same sitter a moment later.

    yaw, pitch: degrees that the head turned. side: log gain of a light from image right over one
    from the left. stops, warmth: of exposure; log gain of red over blue. blur: sigma in face
    widths. scale: of the picture. noise: standard deviation, sRGB.
    """
    rows, columns = taken.matte.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    to_right, upwards = np.sin(np.radians([yaw, pitch]))
    u, v = x, y
    for _ in range(6):  # the depth where each pixel comes from, which is where it is looked up
        there = cv2.remap(taken.depth, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        u, v = x - np.float32(to_right) * there, y + np.float32(upwards) * there
    linear = to_linear(taken.image)
    gain = np.float32(side) * taken.normals[..., 0] * taken.matte + np.float32(stops * np.log(2))
    linear = linear * np.exp(gain)[..., None]
    linear = linear * np.exp(np.float32(warmth) * np.array([0.5, 0, -0.5], np.float32))
    seen = cv2.remap(to_srgb(linear), u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if blur > 0:
        seen = cv2.GaussianBlur(seen, (0, 0), blur * taken.face.width)
    if scale != 1:
        seen = resize(np.asarray(seen, np.float32), round(columns * scale), round(rows * scale))
    grain = np.random.default_rng(1).normal(0, noise, seen.shape)
    return np.clip(seen + grain, 0, 1).astype(np.float32)


def _along(x: Float, line: Float) -> Float:
    """Heights of a line of points (N, 2) over every `x`."""
    order = np.argsort(line[:, 0])
    return np.interp(x, line[order, 0], line[order, 1]).astype(np.float32)
