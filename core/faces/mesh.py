"""MediaPipe's 478-point face mesh, its presence score, and the 52 blendshapes made from it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..images import Float, Image
from ..weights.sessions import litert
from . import regions
from .alignment import moved, warp
from .detection import Detection

SIZE = 256
# The crop is this much larger than the face (the value of the graph that ships with the model).
MARGIN = 1.5
# The first pass sees the detector's rough crop, the second one the crop of the first mesh.
PASSES = 2

# The mesh points that the blendshape network reads, from its graph.
_BLENDSHAPE_POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Mesh:
    """A measured mesh.

    landmarks: float32 (478, 3), pixels, z towards the camera.
    presence: 0..1, that there is a face.
    """

    landmarks: Float
    presence: float


class Mesher:
    """The mesh network and the blendshape network."""

    def __init__(self) -> None:
        self._points = litert("face-landmarker", "face_landmarks_detector.tflite")
        self._blendshapes = litert("face-landmarker", "face_blendshapes.tflite")

    def measure(self, image: Image, detection: Detection) -> Mesh:
        """The mesh of the face that was detected in `image` (sRGB float32 (H, W, 3) 0..1)."""
        eyes = detection.keypoints[:2]
        centre = np.array(detection.box.centre, np.float32)
        side = max(detection.box.width, detection.box.height) * MARGIN
        mesh = self._pass(image, eyes, centre, side)
        for _ in range(PASSES - 1):
            flat = mesh.landmarks[:, :2]
            low, high = flat.min(axis=0), flat.max(axis=0)
            side = float((high - low).max()) * MARGIN
            eyes = flat[[regions.LEFT_EYE[0], regions.RIGHT_EYE[0]]]
            mesh = self._pass(image, eyes, (low + high) / 2, side)
        return mesh

    def blendshapes(self, landmarks: Float) -> Float:
        """The 52 expression strengths float32 (52,), 0..1, in the order of `BLENDSHAPES`."""
        points = np.ascontiguousarray(landmarks[None, _BLENDSHAPE_POINTS, :2], np.float32)
        (strengths,) = self._blendshapes.run(points)
        return np.clip(strengths.reshape(-1), 0, 1)

    def _pass(self, image: Image, eyes: Float, centre: Float, side: float) -> Mesh:
        """One run on the square of `side` about `centre`, turned so that the eyes are level."""
        along = eyes[1] - eyes[0]
        angle = float(np.arctan2(along[1], along[0]))
        scale = SIZE / max(side, 1.0)
        cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
        turn = np.array([[cosine, sine], [-sine, cosine]])
        matrix = np.column_stack([turn, SIZE / 2 - turn @ centre]).astype(np.float32)
        crop = np.clip(warp(image, matrix, SIZE), 0, 1)
        outputs = sorted(self._points.run(crop[None]), key=lambda each: -each.size)
        points = outputs[0].reshape(478, 3)
        back = np.asarray(cv2.invertAffineTransform(matrix), np.float32)
        depth = -points[:, 2] / scale
        landmarks = np.column_stack([moved(points[:, :2], back), depth]).astype(np.float32)
        flag = next(each for each in outputs if each.shape == (1, 1, 1, 1)).item()
        return Mesh(landmarks, float(1 / (1 + np.exp(-np.clip(flag, -80, 80)))))
