"""The values that describe a face, and the protocols of face analysers and recognisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ..images import Box, Float, Image


@dataclass(frozen=True)
class Pose:
    """Head pose in degrees.

    yaw: the face turned towards image right is positive.
    pitch: looking up is positive.
    roll: the head tilted clockwise as seen in the picture is positive.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one picture.

    box: around the face, in pixels of that picture.
    confidence: of the detector, 0..1.
    landmarks: float32 (478, 3), MediaPipe's face mesh with irises; x, y in pixels, z in pixels
        too, growing towards the camera.
    points: float32 (5, 2), ArcFace order: left eye, right eye (as seen in the picture), nose tip,
        left and right mouth corner; pixels.
    pose: head pose, degrees.
    blendshapes: float32 (52,), 0..1, in the order of `BLENDSHAPES`.
    embedding: float32 (D,) of unit length, in the space of the analyser's recogniser; empty (0,)
        where the analyser was asked not to embed.
    quality: 0..1, how far the pixels allow the face to be recognised (size, sharpness, pose,
        exposure).
    """

    box: Box
    confidence: float
    landmarks: Float
    points: Float
    pose: Pose
    blendshapes: Float
    embedding: Float
    quality: float

    def blendshape(self, name: str) -> float:
        """One expression's strength, 0..1, by its name in `BLENDSHAPES`."""
        return float(self.blendshapes[BLENDSHAPES.index(name)])

    def scaled(self, factor: float) -> Face:
        """The same face after the picture was resized by `factor`."""
        # Pixel centres lie at integers, so a resize maps x to (x + .5) * factor - .5.
        shift = np.float32(0.5 * factor - 0.5)
        landmarks = self.landmarks * np.float32(factor)
        landmarks[:, :2] += shift
        return replace(
            self,
            box=self.box.scaled(factor),
            landmarks=landmarks,
            points=self.points * np.float32(factor) + shift,
        )

    @property
    def width(self) -> float:
        """Distance between the two sides of the face (mesh points 234 and 454), pixels."""
        return float(np.linalg.norm(self.landmarks[454] - self.landmarks[234]))

    @property
    def eye_distance(self) -> float:
        """Distance between the eyes' centres, pixels (ISO/IEC 29794-5 asks for 70 or more)."""
        return float(np.linalg.norm(self.points[1] - self.points[0]))

    @property
    def eyes_open(self) -> float:
        """The less open eye: 1 wide open, 0 closed (from the blink blendshapes)."""
        return 1 - max(self.blendshape("eyeBlinkLeft"), self.blendshape("eyeBlinkRight"))

    @property
    def smile(self) -> float:
        """Strength of the smile, 0..1."""
        return (self.blendshape("mouthSmileLeft") + self.blendshape("mouthSmileRight")) / 2


class Recogniser(Protocol):
    """Tells people apart by embeddings.

    name: of the embedding space; embeddings of different names are never compared.
    dimensions: D.
    same_person: cosine at and above which two photos are taken to show the same person (measured;
        the module of each recogniser says on what).
    different_person: cosine at and below which they are taken to show different people.
    """

    name: str
    dimensions: int
    same_person: float
    different_person: float

    def embed(self, image: Image, faces: Sequence[Face]) -> Float:
        """Embeddings float32 (len(faces), D) of unit length of `faces` found in `image`."""
        ...


class FaceAnalyser(Protocol):
    """Finds and measures the faces of a picture."""

    name: str
    recogniser: Recogniser

    def analyse(self, image: Image, *, embed: bool = True) -> tuple[Face, ...]:
        """All faces of `image` (sRGB float32 (H, W, 3) 0..1), the largest first.

        Without `embed` the embeddings are left empty, which is faster.

        Raises:
            InputError: not an Image.
            SetupError: weights or a package are missing.
        """
        ...


# The 52 outputs of MediaPipe's blendshape network, in its order (ARKit names).
BLENDSHAPES: tuple[str, ...] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft",
    "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
