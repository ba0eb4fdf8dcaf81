"""Which of the sitter's photos to work from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...faces import Face
from ...identity.identity import EnrolledPhoto

_MOST = 6  # more sources add waiting, not variety
_LEAST_SHARE = 0.55  # a photo below this share of the best one's suitability is left out
_AWAY, _SIDES = ("In", "Out", "Up"), ("Left", "Right")  # looking down reads as lowered lids
_HALF_CLOSED = 0.55  # eyes less open than this count as closed


def choose_sources(photos: Sequence[EnrolledPhoto]) -> tuple[EnrolledPhoto, ...]:
    """The photos fit to become headshots, the best first; never empty for a non-empty sequence.

    A photo with closed or half-closed eyes is taken only when no other is there.
    """
    awake = [photo for photo in photos if photo.face.eyes_open >= _HALF_CLOSED] or list(photos)
    ranked = sorted(awake, key=lambda photo: (-suitability(photo), photo.name, photo.sha256))
    best = suitability(ranked[0])
    return tuple(p for p in ranked[:_MOST] if suitability(p) >= _LEAST_SHARE * best)


def suitability(photo: EnrolledPhoto) -> float:
    """0..1: enrolment quality, turned down for what makes a poor headshot.

    Turned heads, few pixels, closing eyes, a mouth caught in mid-word and a gaze far off the
    camera. A laugh opens the jaw too, but then the corners of the mouth go up with it.
    """
    pose = photo.face.pose
    turn = np.exp(-((pose.yaw / 35) ** 2) - (pose.pitch / 30) ** 2)
    size = np.clip(photo.face.width / 400, 0.3, 1)  # a 1024 px headshot has a face of 400 px
    eyes = np.clip(photo.face.eyes_open / 0.8, 0.2, 1)
    return float(photo.quality * turn * size**0.5 * eyes * _expression(photo.face))


def _expression(face: Face) -> float:
    """1 for a face at rest, smiling or laughing towards the camera, down to about 0.2."""
    smile = (face.blendshape("mouthSmileLeft") + face.blendshape("mouthSmileRight")) / 2
    speaking = max(0.0, face.blendshape("jawOpen") - 0.6 * smile)
    gaze = max(face.blendshape(f"eyeLook{where}{side}") for where in _AWAY for side in _SIDES)
    aside = np.clip((gaze - 0.4) / 0.4, 0, 1)
    return float((0.3 + 0.7 * np.exp(-((speaking / 0.15) ** 2))) * (1 - 0.5 * aside))
