"""Chooses the recogniser that judges pictures of a sitter."""

from __future__ import annotations

from ..faces import ANALYSERS, Recogniser
from ..settings import settings
from .identity import Identity


def judge_among(identity: Identity, judge: str = "") -> Recogniser | None:
    """The recogniser of the analyser `judge`, or of the `judge` setting. If the identity was
    enrolled without it: that of the steering analyser. If it was enrolled with neither: None.

    Raises:
        UnknownName: there is no such analyser.
        SetupError: its weights or package are missing.
    """
    for name in (judge or settings().judge, settings().analyser):
        recogniser = ANALYSERS.get(name).recogniser
        if recogniser.name in identity.templates:
            return recogniser
    return None
