"""Detects, measures and embeds faces in photos. Back ends are leaves named in `ANALYSERS`."""

from __future__ import annotations

from ..registry import Registry
from .analyser import Face, FaceAnalyser, Pose, Recogniser

ANALYSERS: Registry[FaceAnalyser] = Registry("face analyser")
ANALYSERS.add("embedded", "faces.embedded:load")
ANALYSERS.add("dlib", "faces.dlib:load")
ANALYSERS.add("insightface", "faces.insightface:load")

__all__ = ["ANALYSERS", "Face", "FaceAnalyser", "Pose", "Recogniser"]
