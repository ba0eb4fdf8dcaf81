"""The average face that ships with the mesh model, a shape that needs no photo."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsCorrupt
from ..weights.store import weight_path

# The member of the model's archive, and its layout (MediaPipe, face_geometry/protos, Apache-2.0):
# field 1 is the mesh; in the mesh, field 3 repeats floats, five to a vertex (x, y, z in
# centimetres, u, v), and field 4 repeats vertex numbers, three to a triangle.
_MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"
_MESH, _VERTICES, _TRIANGLES = 1, 3, 4
_POINTS = 468

Vectors = NDArray[np.float64]


@lru_cache(maxsize=1)
def average_face() -> tuple[Vectors, Vectors]:
    """Points in centimetres and outward unit normals of the average face, each float64 (468, 3).

    The points are those of the mesh, in x to image right, y up, z to the camera.

    Raises:
        SetupError: the mesh model is missing or not what it should be.
    """
    path = weight_path("face-landmarker")
    try:
        with ZipFile(path) as archive:
            message = archive.read(_MEMBER)
        mesh = next(bytes(value) for field, value in _fields(message) if field == _MESH)
        numbers = [value for field, value in _fields(mesh) if field == _VERTICES]
        corners = [value for field, value in _fields(mesh) if field == _TRIANGLES]
        vertices = np.frombuffer(b"".join(map(bytes, numbers)), "<f4").reshape(_POINTS, 5)
        triangles = np.array(corners, np.intp).reshape(-1, 3)
    except (OSError, BadZipFile, KeyError, StopIteration, TypeError, ValueError, IndexError) as bad:
        raise WeightsCorrupt(
            f"{path.name} holds no average face", "Fetch the weights again: `headshots setup`."
        ) from bad
    points = vertices[:, :3].astype(np.float64)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    facing = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], facing)
    return points, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Field numbers and values of a protocol buffer message; fixed-size values as bytes."""
    place = 0
    while place < len(message):
        key, place = _number(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _number(message, place)
            yield key >> 3, value
            continue
        if kind == 2:
            size, place = _number(message, place)
        else:
            size = {1: 8, 5: 4}[kind]
        yield key >> 3, message[place : place + size]
        place += size


def _number(message: bytes, place: int) -> tuple[int, int]:
    """A base-128 number and the place after it."""
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
