"""Steps that leave files behind."""

from __future__ import annotations

from dataclasses import replace

from ..step import Input, Kind, Output, Step
from .common import DELIVER, FOLDER, NAMES, PICTURES, choices_of, identity_for

CONTACT_SHEET = Step(
    id="HeadshotsContactSheet",
    title="Contact sheet",
    category=DELIVER,
    summary="Writes contact-sheet.png and contact-sheet.html with every picture, its scores and "
    "the reason for each keep and reject.",
    inputs=(
        PICTURES,
        FOLDER,
        Input("title", Kind.STRING, "The heading of the sheet.", default="Headshots"),
    ),
    outputs=(Output("sheet", Kind.IMAGE, "The contact sheet as a picture.", shown=True),),
    place="recipes.actions.files:contact_sheet",
    keeps=True,
    effort=2,
)

DELIVER_PICTURES = Step(
    id="HeadshotsDeliver",
    title="Deliver",
    category=DELIVER,
    summary="Writes pictures as files in a named size and format, each with metadata that says "
    "what it is, how it scored and how it can be made again; nobody is named there, unless 'carry' "
    "brings such words along. With png and tiff a transparent backdrop stays transparent.",
    inputs=(
        PICTURES,
        NAMES,
        replace(FOLDER, tooltip="Folder to write to; it is made if it isn't there."),
        Input(
            "size",
            Kind.CHOICE,
            "What the picture is for.",
            default="full",
            choices=choices_of("sizes"),
        ),
        Input(
            "format",
            Kind.CHOICE,
            "File format. OpenRaster (ora) holds the layers for GIMP, Krita and others, psd for "
            "Photoshop and Affinity Photo.",
            default="jpeg",
            choices=choices_of("formats"),
        ),
        Input(
            "existing",
            Kind.CHOICE,
            "Where a file of that name is there already: 'number' gives the new one a number, "
            "'replace' replaces it.",
            default="number",
            choices=("number", "replace"),
            advanced=True,
        ),
        Input(
            "carry",
            Kind.CHOICE,
            "What the photographer wrote into the source photo goes along: 'nothing', 'copyright' "
            "with the creator, or 'everything', which adds stars, keywords and caption. These may "
            "name the sitter.",
            default="nothing",
            choices=("nothing", "copyright", "everything"),
            advanced=True,
        ),
    ),
    outputs=(
        Output(
            "paths",
            Kind.STRING,
            "The files that were written, one path a line.",
            shown=True,
            path="files",
        ),
        Output(
            "notes",
            Kind.STRING,
            "What differs from what was asked, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.files:deliver_pictures",
    keeps=True,
    effort=2,
    within=True,
)

AUTHENTICITY_CARD = Step(
    id="HeadshotsCard",
    title="Authenticity card",
    category=DELIVER,
    summary="Writes a card for each picture, as PNG and HTML page: how like the sitter it is among "
    "the sitter's own photos, what of it is photographed and what was made, what was changed in "
    "light, skin and backdrop against the source photo, and what its credentials prove. Plain "
    "words for the sitter, figures for the photographer.",
    inputs=(
        PICTURES,
        identity_for("deliver"),
        Input(
            "files",
            Kind.STRING,
            "The delivered files of these pictures in the same order, one path a line, such as "
            "'Deliver' gives them: the cards then say what their credentials prove.",
            default="",
            multiline=True,
            path="files",
        ),
        FOLDER,
        Input(
            "named",
            Kind.BOOLEAN,
            "On: the cards name the sitter. Off: they name nobody.",
            default=False,
        ),
        Input(
            "show_photo",
            Kind.BOOLEAN,
            "On: the photo that a picture was made from is shown beside it. Off: only the "
            "differences from it are.",
            default=False,
        ),
        Input(
            "language",
            Kind.CHOICE,
            "What the cards are written in: en is English, de German.",
            default="en",
            choices=choices_of("card_languages"),
        ),
    ),
    outputs=(
        Output("cards", Kind.IMAGE, "The cards as pictures.", shown=True),
        Output("findings", Kind.IMAGE, "The pictures with what was found drawn on them."),
        Output(
            "paths",
            Kind.STRING,
            "The files that were written, one path a line.",
            path="files",
        ),
        Output(
            "notes", Kind.STRING, "Pictures that have no card, and why, one a line.", prose=True
        ),
    ),
    place="recipes.actions.cards:make_cards",
    keeps=True,
    effort=4,
)
