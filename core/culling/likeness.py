"""How faces of frames are compared, by the recogniser that steers."""

from __future__ import annotations

import numpy as np

from ..faces import ANALYSERS
from ..images import Float
from ..settings import settings


def same_person_limit() -> float:
    """The least cosine of two faces of one person."""
    return ANALYSERS.get(settings().analyser).recogniser.same_person


def unit(face: Float) -> Float:
    """`face`, float32 (D,), of unit length."""
    return np.asarray(face / max(float(np.linalg.norm(face)), 1e-6), np.float32)
