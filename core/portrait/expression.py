"""The expression of a face by its blendshapes: smile, speech, gaze, and all of it as a vector."""

from __future__ import annotations

import numpy as np

from ..faces import Face
from ..images import Float

# Expressions that change the mood of a face, each the mean of its blendshapes.
EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "open mouth": ("jawOpen",),
    "squint": ("eyeSquintLeft", "eyeSquintRight"),
    "lowered brows": ("browDownLeft", "browDownRight"),
    "raised brows": ("browInnerUp",),
    "pursed lips": ("mouthPucker",),
    "pressed lips": ("mouthPressLeft", "mouthPressRight"),
}
# Of `grimace`: grimaces of the development people reach .45 and more, their other photos up to .38.
GRIMACE = 0.42
_AWAY, _SIDES = ("In", "Out", "Up"), ("Left", "Right")  # looking down reads as lowered lids


def speaking(face: Face) -> float:
    """How far the jaw is dropped beyond what a smile or a laugh does to it, 0..1."""
    return max(0.0, face.blendshape("jawOpen") - 0.6 * face.smile)


def grimace(face: Face) -> float:
    """How far the face is from one that is at rest, smiles or laughs, 0..1.

    An upper lip raised without a smile, lips pursed for a kiss, a tongue put out, knitted or raised
    brows. Smiles and laughs raise the lip and lower the brows as well.
    """
    pleased = face.smile
    lip = (face.blendshape("mouthUpperUpLeft") + face.blendshape("mouthUpperUpRight")) / 2
    knitted = (face.blendshape("browDownLeft") + face.blendshape("browDownRight")) / 2
    lower = (face.blendshape("mouthLowerDownLeft") + face.blendshape("mouthLowerDownRight")) / 2
    odd = (
        2 * (lower - 0.25),
        lip - pleased,
        face.blendshape("mouthPucker") - 0.3,
        knitted - 0.6 * pleased - 0.35,
        face.blendshape("browInnerUp") - 0.4,
    )
    return float(np.clip(max(odd), 0, 1))


def looking_away(face: Face) -> float:
    """How far the eyes are turned to a side or up, 0..1."""
    return max(face.blendshape(f"eyeLook{where}{side}") for where in _AWAY for side in _SIDES)


def expression_of(face: Face) -> Float:
    """How strong each of `EXPRESSIONS` is, float32 (7,), 0..1, in their order."""
    return np.array(
        [np.mean([face.blendshape(each) for each in names]) for names in EXPRESSIONS.values()],
        np.float32,
    )
