"""The analyser that comes with the product: BlazeFace, the face mesh and MobileFaceNet."""

from __future__ import annotations

from .analyser import FaceAnalyser
from .composed import ComposedAnalyser
from .detection import Detector
from .mesh import Mesher
from .mobilefacenet import MobileFaceNet


def load() -> FaceAnalyser:
    """The embedded analyser.

    Raises:
        WeightsMissing: a weights file was not fetched yet.
    """
    return ComposedAnalyser("embedded", Detector(), Mesher(), MobileFaceNet())
