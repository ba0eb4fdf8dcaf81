"""Captions of photos for tuning: what differs from photo to photo.

The trigger word takes up what all photos of the sitter share. What the captions name (pose,
expression) can still be prompted differently.
"""

from __future__ import annotations

from ....faces import Face
from ....identity.identity import Identity
from ..families.prompts import sitter_words

# A rare token that means nothing to a text encoder yet, and its class (Ruiz et al. 2023,
# "DreamBooth").
WORD = "ohwx person"
_CLASS = "person"
_TURNED, _LIFTED = 15.0, 12.0  # degrees from which it shows
_SHOWN = 0.4  # value of a blendshape from which it shows


def caption(identity: Identity, face: Face) -> str:
    """The caption for a photo of the sitter."""
    return ", ".join([f"photograph of {WORD}", *_shown(face), *sitter_words(identity)])


def class_caption(face: Face) -> str:
    """The caption for a picture of any person."""
    return ", ".join([f"photograph of a {_CLASS}", *_shown(face)])


def _shown(face: Face) -> list[str]:
    pose = face.pose
    turned = abs(pose.yaw) >= _TURNED
    words = ["face turned aside" if turned else "facing the camera"]
    if abs(pose.pitch) >= _LIFTED:
        words.append("head tilted")
    smile = max(face.blendshape("mouthSmileLeft"), face.blendshape("mouthSmileRight"))
    if face.blendshape("jawOpen") >= _SHOWN:
        words.append("open mouth")
    words.append("smiling" if smile >= _SHOWN else "calm expression")
    return words
