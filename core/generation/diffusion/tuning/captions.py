"""Captions of photos for tuning: framing, pose, expression and scene.

The trigger word takes up what all photos of the sitter share, so nothing that belongs to the person
(skin, eyes, moles) is named: it would be learnt under these words instead of the trigger word.
"""

from __future__ import annotations

import numpy as np

from ....faces import Face
from ....images import Image, to_lab

# A rare token that means nothing to a text encoder yet, and its class (Ruiz et al. 2023,
# "DreamBooth").
WORD = "ohwx person"
_CLASS = "a person"
_TURNED, _LIFTED = 15.0, 12.0  # degrees from which it shows
_SHOWN = 0.4  # value of a blendshape from which it shows
_CLOSE, _HEAD = 0.5, 0.25  # share of the picture's height from which a face is that close
_EDGE = 0.08  # width of the border that stands for the background, in sides of the picture
_DARK, _BRIGHT, _GREY = 35.0, 75.0, 4.0  # L* and chroma (CIE 1976)


def caption(image: Image, face: Face) -> str:
    """The caption for a picture of the sitter; face: in its pixels."""
    return ", ".join([f"photograph of {WORD}", *_shown(image, face)])


def class_caption(image: Image, face: Face) -> str:
    """The caption for a picture of anybody that looks like it."""
    return ", ".join([f"photograph of {_CLASS}", *_shown(image, face)])


def _shown(image: Image, face: Face) -> list[str]:
    pose, share = face.pose, face.box.height / image.shape[0]
    near = (
        "close-up" if share >= _CLOSE else "head and shoulders" if share >= _HEAD else "half body"
    )
    turned = abs(pose.yaw) >= _TURNED
    words = [near, "face turned aside" if turned else "facing the camera"]
    if abs(pose.pitch) >= _LIFTED:
        words.append("head tilted")
    smile = max(face.blendshape("mouthSmileLeft"), face.blendshape("mouthSmileRight"))
    if face.blendshape("jawOpen") >= _SHOWN:
        words.append("open mouth")
    words.append("smiling" if smile >= _SHOWN else "calm expression")
    return [*words, *_scene(image)]


def _scene(image: Image) -> list[str]:
    """The background by its border left, right and above, and whether there are colours."""
    lab = to_lab(image)
    edge = max(1, round(_EDGE * image.shape[0]))
    border = np.concatenate(
        [part.reshape(-1, 3) for part in (lab[:edge], lab[:, :edge], lab[:, -edge:])]
    )
    light = float(np.median(border[:, 0]))
    depth = "dark" if light < _DARK else "bright" if light > _BRIGHT else "plain"
    words = [f"{depth} background"]
    if float(np.hypot(lab[..., 1], lab[..., 2]).mean()) < _GREY:
        words.append("black and white")
    return words
