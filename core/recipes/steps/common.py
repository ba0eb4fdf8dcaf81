"""What the declarations of several steps share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...registry import resolve
from ..step import Input, Kind, Output

if TYPE_CHECKING:  # see step.py
    from ...vault.consent import Purpose

SITTER, MAKE, EDIT, JUDGE, DELIVER = (
    "Headshots/1 Sitter",
    "Headshots/2 Make",
    "Headshots/3 Edit",
    "Headshots/4 Judge",
    "Headshots/5 Deliver",
)


def choices_of(place: str) -> Callable[[], tuple[str, ...]]:
    """Choices asked of the part that owns them, when needed: these pages must load fast."""
    return lambda: resolve(f"recipes.actions.choices:{place}")()


def identity_for(use: Purpose) -> Input:
    """The sitter, taken for that use."""
    return Input("identity", Kind.IDENTITY, "The sitter, as enrolled or loaded.", use=use)


IMAGES = Input("images", Kind.IMAGE, "The pictures.")
SCORECARDS = Input("scorecards", Kind.SCORECARD, "Their scorecards, one for each picture.")
FOLDER = Input(
    "folder",
    Kind.STRING,
    "Folder to write to; it is made if it isn't there. Files of the same names are replaced.",
    default="headshots",
    path="folder",
)
FACE = Input(
    "face",
    Kind.CHOICE,
    "Which face is the sitter's where a photo shows several: 'only' refuses such photos, "
    "'largest' takes the biggest face, a number counts from the left.",
    default="only",
    choices=("only", "largest", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
)
ON_NO_FACE = Input(
    "on_no_face",
    Kind.CHOICE,
    "What to do with a picture without a face, or with several: 'reject' it with that reason, "
    "'raise' an error that stops the recipe, or 'pass' it on unmeasured.",
    default="reject",
    choices=("reject", "raise", "pass"),
)
PHOTOS = Input("photos", Kind.PHOTO, "Photos of the sitter, read from files.", optional=True)
PHOTOS_AS_IMAGES = Input(
    "images",
    Kind.IMAGE,
    "Photos of the sitter that are pictures already, such as those of Load Image; they join the "
    "photos, or stand for them.",
    optional=True,
)
ORIGINS = Input("origins", Kind.ORIGIN, "How each picture was made.", optional=True)
EDITED_ORIGINS = Output("origins", Kind.ORIGIN, "How each was made, this step included.")
NOTES = Output(
    "notes", Kind.STRING, "What was done to each picture or why not, one a line.", shown=True
)
