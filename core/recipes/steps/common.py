"""Inputs and outputs that several steps share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...parameters import parameters_of
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
    """A function that loads the choices when needed, so that these declarations load fast."""
    return lambda: resolve(f"recipes.actions.choices:{place}")()


_KINDS = {str: Kind.STRING, bool: Kind.BOOLEAN, int: Kind.INT, float: Kind.FLOAT}


def inputs_of(model: type[Any], **choices: Callable[[], tuple[str, ...]]) -> tuple[Input, ...]:
    """The inputs of a step for the parameters that the dataclass `model` declares.

    choices: by name, of parameters whose choices depend on what is installed.
    """
    return tuple(
        Input(
            each.name,
            Kind.CHOICE if each.choices or each.name in choices else _KINDS[each.type],
            each.description,
            default=each.default,
            low=each.low,
            high=each.high,
            choices=choices.get(each.name, each.choices),
        )
        for each in parameters_of(model)
    )


def identity_for(use: Purpose) -> Input:
    """The input for a sitter, used for that purpose."""
    return Input("identity", Kind.IDENTITY, "The sitter, as enrolled or loaded.", use=use)


PICTURES = Input(
    "pictures",
    Kind.PICTURES,
    "The pictures. Images of any other node may be linked here, too.",
)
NAMES = Input(
    "names",
    Kind.STRING,
    "Names for the pictures, one a line. Empty: the names that they have.",
    default="",
    multiline=True,
    advanced=True,
)
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
    advanced=True,
)
ON_NO_FACE = Input(
    "on_no_face",
    Kind.CHOICE,
    "What to do with a picture without a face, or with several: 'reject' it with that reason, "
    "'raise' an error that stops the recipe, or 'pass' it on unmeasured.",
    default="reject",
    choices=("reject", "raise", "pass"),
    advanced=True,
)
PHOTOS = Input("photos", Kind.PHOTO, "Photos of the sitter, read from files.", optional=True)
PHOTOS_AS_IMAGES = Input(
    "images",
    Kind.IMAGE,
    "Photos of the sitter as images, such as from Load Image. They are used together "
    "with the photos, or instead of them.",
    optional=True,
)
IMAGES_OUT = Output("images", Kind.IMAGE, "The same as images, for other packs' nodes.")
MATTES_OUT = Output(
    "mattes", Kind.MASK, "Where the sitter is in each picture. All 1 where that is not known."
)


def pictures_out(tooltip: str, shown: bool = False) -> tuple[Output, Output, Output]:
    """The outputs of a step that hands on new pictures."""
    return Output("pictures", Kind.PICTURES, tooltip, shown=shown), IMAGES_OUT, MATTES_OUT


NOTES = Output(
    "notes",
    Kind.STRING,
    "What was done to each picture, or why nothing was done, one a line.",
    shown=True,
    prose=True,
)
GUARDED_SITTER = replace(
    identity_for("generate"),
    tooltip="The sitter, as enrolled or loaded. With a sitter, a result that is less like "
    "them is not kept.",
    optional=True,
)
