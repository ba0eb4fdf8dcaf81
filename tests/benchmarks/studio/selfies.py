"""Portraits as a camera at another distance would have seen them: the truth to test against.

Nothing here comes from the correction under test: pixels are splatted forwards with a z-buffer, so
that the nose hides the cheek behind it and the chin the neck.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Float, Image, Mask
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.shape import Shape, model

PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")
OWN_DISTANCE = 1.75  # metres, taken for all of them: portraits come from 1.5 to 2 m
IRIS = 0.0117  # metres
GREY = 0.45
BODY = 0.12  # metres behind the eyes
FACE = 300  # pixels across the face in every picture made here


@dataclass(frozen=True, eq=False)
class Portrait:
    """A sitter before plain grey.

    image (H, W, 3), matte (H, W). face, shape: as found in the image. true_mesh: (478, 2) pixels,
    where the mesh found in the original lies here. focal: 35 mm-equivalent of the camera, mm.
    """

    image: Image
    matte: Mask
    face: Face
    shape: Shape
    true_mesh: Float
    focal: float


def portrait(path: Path) -> Portrait:
    """The sitter of a photo, cropped to head and shoulders, before grey."""
    photo = read_photo(path)
    face = found(photo.image)
    scale = FACE / face.width
    image = cv2.resize(photo.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (x, y), reach = face.scaled(scale).box.centre, 1.7 * FACE
    image = image[
        max(0, round(y - 1.1 * reach)) : round(y + reach),
        max(0, round(x - reach)) : round(x + reach),
    ]
    image = np.ascontiguousarray(image)
    face = found(image)
    matte = cut_out(image, face).matte
    image = before_grey(image, matte)
    mesh = found(image).landmarks[:, :2]
    return _seen(image, matte, mesh, _focal(matte.shape, OWN_DISTANCE, _iris(mesh)))


def _seen(image: Image, matte: Mask, true_mesh: Float, focal: float) -> Portrait:
    face = found(image)
    crown = float(np.argmax((matte > 0.5).any(axis=1)))
    return Portrait(image, matte, face, model(face, crown, matte), true_mesh, focal)


def found(image: Image) -> Face:
    """The one face of a picture."""
    return ANALYSERS.get("embedded").analyse(image, embed=False)[0]


def nose(mesh: Float) -> float:
    """Width of the nose per width of the face, of a mesh (478, 2 or 3)."""
    return _apart(mesh, 129, 358) / _apart(mesh, 234, 454)


def mesh_error(mesh: Float, right: Float) -> float:
    """Mean distance of a mesh's points from the right ones, both put to one place and size.

    In widths of the right face.
    """
    placed = [each[:468, :2] - each[:468, :2].mean(0) for each in (mesh, right)]
    placed = [each / np.linalg.norm(each) for each in placed]
    return float(np.linalg.norm(placed[0] - placed[1], axis=1).mean() / _apart(placed[1], 234, 454))


def _apart(mesh: Float, first: int, second: int) -> float:
    return float(np.linalg.norm(mesh[first, :2] - mesh[second, :2]))


def _iris(mesh: Float) -> float:
    """Mean span of both irises, pixels."""
    pairs = ((469, 471), (470, 472), (474, 476), (475, 477))
    return float(np.mean([_apart(mesh, *pair) for pair in pairs]))


def _focal(shape: tuple[int, ...], distance: float, iris: float) -> float:
    """35 mm-equivalent focal length, mm, that shows irises of `iris` pixels from `distance`."""
    diagonal = (shape[0] ** 2 + shape[1] ** 2) ** 0.5
    return distance * iris / IRIS / diagonal * (36**2 + 24**2) ** 0.5


def before_grey(image: Image, matte: Mask) -> Image:
    cover = matte[..., None]
    return np.asarray(image * cover + GREY * (1 - cover), np.float32)


def from_distance(source: Portrait, distance: float, depth_factor: float = 1.0) -> Portrait:
    """`source` as seen from `distance` metres.

    Its own distance is taken as OWN_DISTANCE. depth_factor: how much deeper the sitter truly is
    than the mesh says. The eyes keep their place and the body its size, the head looms.
    """
    shape, face = source.shape, source.face
    rows, columns = source.matte.shape
    metres = IRIS / _iris(face.landmarks) * depth_factor  # a pixel's depth
    corners = face.landmarks[[33, 133, 263, 362]].mean(0)
    centre = corners[:2]

    def growth(behind: Float) -> Float:
        near = (OWN_DISTANCE + behind) / OWN_DISTANCE * distance / (distance + behind)
        body = (OWN_DISTANCE + BODY) / OWN_DISTANCE * distance / (distance + BODY)
        return np.asarray(near / body, np.float32)

    # Four points a pixel and direction, so that no pixel of the result is left out.
    fine = 2
    x, y = np.meshgrid(np.arange(0, columns, 1 / fine), np.arange(0, rows, 1 / fine))
    x, y = x.astype(np.float32), y.astype(np.float32)
    depth = _sample(shape.depth, x * np.float32(shape.scale), y * np.float32(shape.scale)).ravel()
    cover = _sample(source.matte, x, y).ravel()
    x, y = x.ravel(), y.ravel()
    behind = (corners[2] - depth / shape.scale) * metres
    s = growth(behind)
    to_x, to_y = centre[0] + (x - centre[0]) * s, centre[1] + (y - centre[1]) * s
    u, v = np.rint(to_x).astype(int), np.rint(to_y).astype(int)
    kept = (u >= 0) & (u < columns) & (v >= 0) & (v < rows) & (cover > 0.02)
    order = np.argsort(-behind[kept], kind="stable")  # the nearest is written last, and stays
    u, v = u[kept][order], v[kept][order]
    place = np.full((rows, columns, 2), -1e4, np.float32)
    place[v, u, 0] = (x[kept] + (np.rint(to_x) - to_x)[kept] / s[kept])[order]
    place[v, u, 1] = (y[kept] + (np.rint(to_y) - to_y)[kept] / s[kept])[order]
    place = np.stack([cv2.medianBlur(place[..., i], 3) for i in (0, 1)], 2)
    rgba = np.dstack([source.image, source.matte])
    rgba = cv2.remap(
        rgba, place[..., 0], place[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
    )
    matte = np.clip(rgba[..., 3], 0, 1)
    image = before_grey(np.clip(rgba[..., :3], 0, 1), matte)
    mesh = face.landmarks
    moved = centre + (mesh[:, :2] - centre) * growth((corners[2] - mesh[:, 2]) * metres)[:, None]
    iris = _iris(mesh) * float(growth(np.zeros(1, np.float32))[0])
    return _seen(image, matte, np.asarray(moved, np.float32), _focal(matte.shape, distance, iris))


def _sample(field: Float, x: Float, y: Float) -> Float:
    sampled = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)
