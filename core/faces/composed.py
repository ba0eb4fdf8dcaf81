"""A face analyser composed of a detector, the mesh and a recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from ..images import Box, Float, Image, check_image
from . import regions
from .analyser import Face, Recogniser
from .detection import PART, Detection, share
from .head_pose import head_pose
from .mesh import Mesher
from .quality import face_quality

# Below this the mesh network says that what the detector found is no face.
PRESENCE = 0.5
# Faces whose meshes overlap this far are one face that was detected twice.
SAME_FACE = 0.4
# A face below this confidence with none of the quality that a recogniser needs, and at least this
# share as wide as a surer one, is a pattern: a sleeve's folds, a curtain. Real faces of no quality
# are small ones, far behind.
_UNSURE, _WIDE = 0.6, 0.5
# A crowd is not a portrait: beyond this many, the least confident are left out.
MOST_FACES = 64


class Finder(Protocol):
    """Finds faces."""

    def detect(self, image: Image) -> Sequence[Detection]:
        """The faces of `image` (sRGB float32 (H, W, 3) 0..1), the most confident first."""
        ...


class ComposedAnalyser:
    """Finds faces with `finder`, measures them on the mesh, embeds them with `recogniser`."""

    def __init__(self, name: str, finder: Finder, mesher: Mesher, recogniser: Recogniser) -> None:
        self.name = name
        self.recogniser = recogniser
        self._finder = finder
        self._mesher = mesher

    def analyse(self, image: Image, *, embed: bool = True) -> tuple[Face, ...]:
        """See `FaceAnalyser.analyse`."""
        check_image(image)
        faces: list[Face] = []
        for detection in self._finder.detect(image)[:MOST_FACES]:
            face = self._measured(image, detection)
            if face and not any(_nobody(face, other) for other in faces):
                faces.append(face)
        faces.sort(key=lambda face: (-face.box.area, face.box.x0))
        if embed and faces:
            embeddings = self.recogniser.embed(image, faces)
            faces = [
                replace(face, embedding=each) for face, each in zip(faces, embeddings, strict=True)
            ]
        return tuple(faces)

    def _measured(self, image: Image, detection: Detection) -> Face | None:
        """The face at `detection`, or None if there is none."""
        mesh = self._mesher.measure(image, detection)
        if mesh.presence < PRESENCE or not np.isfinite(mesh.landmarks).all():
            return None
        points = five_points(mesh.landmarks)
        pose = head_pose(mesh.landmarks)
        flat = mesh.landmarks[:468, :2]
        box = Box(*(float(side) for side in (*flat.min(axis=0), *flat.max(axis=0))))
        return Face(
            box=box,
            confidence=detection.confidence,
            landmarks=mesh.landmarks,
            points=points,
            pose=pose,
            blendshapes=self._mesher.blendshapes(mesh.landmarks),
            embedding=np.zeros(0, np.float32),
            quality=face_quality(image, box, mesh.landmarks, points, pose),
        )


def _nobody(face: Face, surer: Face) -> bool:
    """Whether `face` is a duplicate or part of the more confident `surer`, or no face at all."""
    if face.box.overlap(surer.box) >= SAME_FACE or share(face.box, surer.box) >= PART:
        return True
    unsure = face.confidence < _UNSURE and face.quality == 0
    return unsure and face.box.width >= _WIDE * surer.box.width


def five_points(landmarks: Float) -> Float:
    """ArcFace's five points, float32 (5, 2), from the mesh (478, 3).

    An eye is the middle of its corners, which stays put when the gaze wanders.
    """
    flat = landmarks[:, :2]
    left = flat[[regions.LEFT_EYE[0], regions.LEFT_EYE[8]]].mean(axis=0)
    right = flat[[regions.RIGHT_EYE[0], regions.RIGHT_EYE[8]]].mean(axis=0)
    return np.stack([left, right, flat[regions.NOSE_TIP], flat[61], flat[291]]).astype(np.float32)
