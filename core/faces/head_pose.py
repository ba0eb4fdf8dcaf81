"""The head's own axes and its pose, from the mesh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..images import Box, Float
from . import regions
from .alignment import moved
from .analyser import Face, Pose

# Pairs of mesh points whose joining lines run along the face's width; several, so that a single
# badly placed one turns the frame little.
_LEFT = (33, 133, 234, 127)
_RIGHT = (263, 362, 454, 356)


def head_frame(landmarks: Float) -> Float:
    """The head's axes as rows of a rotation, float32 (3, 3): its right, up and forward.

    Each row is a unit vector in (x to the right, y up, z towards the camera); "right" is the side
    that lies to the right in the picture. `landmarks`: (478, 3) as in `Face`.
    """
    points = landmarks.astype(np.float64) * (1, -1, 1)
    across = _unit(points[list(_RIGHT)].mean(axis=0) - points[list(_LEFT)].mean(axis=0))
    up = points[regions.FOREHEAD_TOP] - points[regions.CHIN]
    up = _unit(up - across * float(up @ across))
    return np.stack([across, up, np.cross(across, up)]).astype(np.float32)


def head_pose(landmarks: Float) -> Pose:
    """The head's pose, from the mesh (478, 3).

    The frame is taken as yaw (about the vertical) after pitch after roll.
    """
    across, up, forward = head_frame(landmarks).astype(np.float64)
    yaw = np.degrees(np.arctan2(forward[0], forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(forward[1], -1, 1)))
    roll = np.degrees(np.arctan2(-across[1], up[1]))
    return Pose(float(yaw), float(pitch), float(roll))


def turned(face: Face, matrix: Float) -> Face:
    """`face` after the picture was warped by a similarity `matrix` (2, 3)."""
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    landmarks = face.landmarks * np.float32(scale)
    landmarks[:, :2] = moved(face.landmarks[:, :2], matrix)
    x0, y0 = landmarks[:, :2].min(0)
    x1, y1 = landmarks[:, :2].max(0)
    return replace(
        face,
        box=Box(float(x0), float(y0), float(x1), float(y1)),
        landmarks=landmarks,
        points=moved(face.points, matrix),
        pose=head_pose(landmarks),
    )


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector
