"""The declarations of all steps, one module per category."""

from __future__ import annotations

from collections.abc import Mapping

from ..step import Step
from .deliver import AUTHENTICITY_CARD, CONTACT_SHEET, DELIVER_PICTURES
from .edit import CROP, REFINE, RELIGHT, REPLACE_BACKDROP, RETOUCH, UPSCALE
from .edit_models import CLOTHES, KEEP_SITTER, MASKS
from .judge import (
    AS_PICTURES,
    JOIN_SITTERS,
    KEEP_BEST,
    READ_PICTURES,
    SCORE,
    SHOW_SCORES,
    TEAM_SPREAD,
)
from .make import CHOOSE_LOOK, PAINTING, REFERENCES, STUDIO, TEAM_FRAMING
from .sitter import (
    ADD_PHOTOS,
    COACH,
    ENROL,
    FORGET_SITTER,
    LOAD_SITTER,
    READ_PHOTOS,
    SAVE_SITTER,
    TUNE_SITTER,
)

ALL: tuple[Step, ...] = (
    READ_PHOTOS,
    ADD_PHOTOS,
    COACH,
    ENROL,
    SAVE_SITTER,
    LOAD_SITTER,
    TUNE_SITTER,
    FORGET_SITTER,
    CHOOSE_LOOK,
    TEAM_FRAMING,
    PAINTING,
    STUDIO,
    REFERENCES,
    RETOUCH,
    RELIGHT,
    REPLACE_BACKDROP,
    UPSCALE,
    CROP,
    REFINE,
    MASKS,
    CLOTHES,
    KEEP_SITTER,
    READ_PICTURES,
    AS_PICTURES,
    SCORE,
    KEEP_BEST,
    JOIN_SITTERS,
    TEAM_SPREAD,
    SHOW_SCORES,
    CONTACT_SHEET,
    DELIVER_PICTURES,
    AUTHENTICITY_CARD,
)

STEPS: Mapping[str, Step] = {step.id: step for step in ALL}
