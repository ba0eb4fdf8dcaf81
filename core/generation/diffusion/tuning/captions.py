"""The words that go with a photo while a model is tuned: what differs from photo to photo.

What is always so of the sitter goes with their own word; what the captions name (turn, expression)
stays free to be asked for otherwise.
"""

from __future__ import annotations

from ....faces import Face
from ....identity.identity import Identity
from ..families.prompts import sitter_words

# A name that says nothing to a text encoder yet, and the kind of thing that it names (Ruiz et al.
# 2023, "DreamBooth").
WORD = "ohwx person"
_CLASS = "person"
_TURNED, _LIFTED = 15.0, 12.0  # degrees from which one sees it
_SHOWN = 0.4  # of a blendshape


def caption(identity: Identity, face: Face) -> str:
    """What a photo of the sitter shows."""
    return ", ".join([f"photograph of {WORD}", *_shown(face), *sitter_words(identity)])


def class_caption(face: Face) -> str:
    """The same of anybody."""
    return ", ".join([f"photograph of a {_CLASS}", *_shown(face)])


def _shown(face: Face) -> list[str]:
    pose = face.pose
    turned = abs(pose.yaw) >= _TURNED
    said = ["face turned aside" if turned else "facing the camera"]
    if abs(pose.pitch) >= _LIFTED:
        said.append("head tilted")
    smile = max(face.blendshape("mouthSmileLeft"), face.blendshape("mouthSmileRight"))
    if face.blendshape("jawOpen") >= _SHOWN:
        said.append("open mouth")
    said.append("smiling" if smile >= _SHOWN else "calm expression")
    return said
