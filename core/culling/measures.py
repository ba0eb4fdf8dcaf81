"""What is measured of one frame: by one process, from its file, without anything written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ..errors import PhotoError
from ..faces import ANALYSERS, Face
from ..faces.masks import hull_mask
from ..faces.regions import (
    CHIN,
    LEFT_BROW,
    LEFT_SIDE,
    LEFT_UNDER_EYE,
    RIGHT_BROW,
    RIGHT_SIDE,
    RIGHT_UNDER_EYE,
)
from ..faces.suitability import check_face
from ..images import Float, Image, extremes, luminance, resize, to_u8
from ..photos.preview import Preview
from ..photos.suitability import Finding
from ..portrait.expression import grimace, looking_away, speaking
from ..portrait.matting import crown
from ..settings import settings
from .focus import eye_focus
from .slates import read_slate

# Longest side at which faces are found; eyes are measured in the full size.
LONGEST = 1000
# From this width, as a share of the largest's, and this confidence another face is a second sitter.
# Motion doubles edges: what is found there beside the sitter had .5.
_SECOND, _SURE = 0.5, 0.6
# Heads of photo below the chin that a bust needs, and widths of the face beside it.
_NECK, _BESIDE = 0.25, 0.15
# Glasses mirror a lamp: brighter than the first in every channel, where three quarters of the face
# are darker than the second. A catchlight is below .01 of what lies between brow and cheek.
_WHITE, _LIT_SKIN = 0.92, 0.9
# Side in pixels of the picture by which two frames are told to show the same scene.
_SCENE = 24
# Findings that are measured better here, or that an expression decides.
_ELSEWHERE = {"blurred", "eyes-closed", "eyes-half-closed"}


def _nothing() -> Float:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Measures:
    """One frame, measured. It holds what a face is known by, and so is never written.

    fault: why the photo can't be read, or empty. Then nothing else is known.
    taken: when by the camera's clock, ISO 8601, or None. camera: make and model.
    slate: whose slate it shows, or empty.
    faces: sitters in it; what follows is of the largest face, and 0 without one. Only `eyes_open`
        is that of the sitter who opens them least.
    scene: float32 (24, 24), the picture's brightness, mean 0 and length 1.
    embedding: float32 (D,) of unit length; empty (0,) without a face.
    yaw: degrees. width: of the face, as a share of the picture's shorter side.
    blur, drag: see `focus.Focus`.
    eyes_open, smile, speaking, grimace, looking_away: 0..1; see `faces.analyser.Face` and
        `portrait.expression`.
    glare: share of the eyes' surroundings that mirrors a lamp, 0..1.
    findings: of exposure, pose, size, covered eyes and room.
    crop: the face as JPEG, for a list of people; empty without one.
    """

    fault: str = ""
    taken: str | None = None
    camera: str = ""
    slate: str = ""
    faces: int = 0
    scene: Float = field(default_factory=_nothing)
    embedding: Float = field(default_factory=_nothing)
    yaw: float = 0.0
    width: float = 0.0
    blur: float = 0.0
    drag: float = 1.0
    eyes_open: float = 0.0
    smile: float = 0.0
    speaking: float = 0.0
    grimace: float = 0.0
    looking_away: float = 0.0
    glare: float = 0.0
    findings: tuple[Finding, ...] = ()
    crop: bytes = b""


def measure(path: Path) -> Measures:
    """Measure the photo at `path`.

    Raises:
        SetupError: weights are missing.
    """
    try:
        return _measured(Preview(path, LONGEST))
    except PhotoError as error:
        return Measures(fault=str(error))


def _measured(photo: Preview) -> Measures:
    image, tags = photo.image, photo.tags
    slate = read_slate(image)
    analyser = ANALYSERS.get(settings().analyser)
    faces = analyser.analyse(image, embed=False)
    scene = _scene(image)
    if not faces:
        return Measures(taken=tags.taken, camera=tags.camera, slate=slate, scene=scene)
    face, focus = faces[0], eye_focus(photo, faces[0])
    others = [each for each in faces[1:] if each.width >= _SECOND * face.width]
    sitters = [face, *(each for each in others if each.confidence >= _SURE)]
    findings = [
        each for each in check_face(image, face, scale=photo.scale) if each.code not in _ELSEWHERE
    ]
    return Measures(
        taken=tags.taken,
        camera=tags.camera,
        slate=slate,
        faces=len(sitters),
        scene=scene,
        embedding=analyser.recogniser.embed(image, [face])[0],
        yaw=face.pose.yaw,
        width=face.width / min(image.shape[:2]),
        blur=focus.blur,
        drag=focus.drag,
        eyes_open=min(each.eyes_open for each in sitters),
        smile=face.smile,
        speaking=speaking(face),
        grimace=grimace(face),
        looking_away=looking_away(face),
        glare=_glare(image, face),
        findings=(*findings, *_room(image, face)),
        crop=_crop(image, face),
    )


def _scene(image: Image) -> Float:
    grey = luminance(resize(image, _SCENE, _SCENE))
    grey = grey - grey.mean()
    return np.asarray(grey / max(float(np.linalg.norm(grey)), 1e-6), np.float32)


def _glare(image: Image, face: Face) -> float:
    flat = face.landmarks[:, :2]
    around = [flat[[*LEFT_BROW, *LEFT_UNDER_EYE]], flat[[*RIGHT_BROW, *RIGHT_UNDER_EYE]]]
    box = face.box
    top, left = max(0, int(box.y0)), max(0, int(box.x0))
    part = box.cut(image)
    if min(part.shape[:2], default=0) < 8:
        return 0.0
    least, greatest = extremes(np.ascontiguousarray(part))
    mask = hull_mask(part.shape, *(each - (left, top) for each in around)) > 0
    if not mask.any() or float(np.percentile(greatest[~mask], 75)) > _LIT_SKIN:
        return 0.0
    return float((least[mask] > _WHITE).mean())


def _room(image: Image, face: Face) -> list[Finding]:
    """A finding where the photo ends too near to the head for a headshot."""
    rows, columns = image.shape[:2]
    chin, top = float(face.landmarks[CHIN, 1]), crown(face, None)
    sides = face.landmarks[[LEFT_SIDE, RIGHT_SIDE], 0]
    room = min(float(sides.min()), columns - 1 - float(sides.max()))
    if rows - 1 - chin < _NECK * (chin - top):
        what = "The photo ends at the chin"
    elif room < _BESIDE * face.width:
        what = "The photo cuts the head or a shoulder at its side"
    else:
        return []
    return [Finding("no-room", "warns", what, "Step back, or turn the camera upright.")]


def _crop(image: Image, face: Face) -> bytes:
    part = face.box.grown(0.35).cut(image)
    rows, columns = part.shape[:2]
    factor = min(1.0, 160 / max(rows, columns))
    small = resize(part, max(1, round(columns * factor)), max(1, round(rows * factor)))
    done, data = cv2.imencode(".jpg", to_u8(small[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return data.tobytes() if done else b""
