"""Steps before and behind a model that edits pictures: what it may paint, how it is asked, and the
sitter kept in what it made.
"""

from __future__ import annotations

from dataclasses import replace

from ..step import Input, Kind, Output, Step
from .common import EDIT, GUARDED_SITTER, PICTURES, choices_of, pictures_out

_ON_NO_FACE = Input(
    "on_no_face",
    Kind.CHOICE,
    "What to do with a picture without a face, or with several: 'pass' counts all of it as "
    "background and says so in the notes, 'raise' is an error that stops the recipe.",
    default="pass",
    choices=("pass", "raise"),
    advanced=True,
)

MASKS = Step(
    id="HeadshotsMasks",
    title="Masks",
    category=EDIT,
    summary="Tells hair, skin, clothes and background of any picture apart, as a mask for each. "
    "Hair, skin, clothes, other and background add up to 1 everywhere, and single strands of hair "
    "are in them.",
    inputs=(
        PICTURES,
        _ON_NO_FACE,
    ),
    outputs=(
        Output("hair", Kind.MASK, "The hair of the head, without the beard."),
        Output("skin", Kind.MASK, "All skin: of the face and of the body."),
        Output("face_skin", Kind.MASK, "The skin of the face with eyes, lips, ears and beard."),
        Output("body_skin", Kind.MASK, "The skin of neck, shoulders, arms and hands."),
        Output("clothes", Kind.MASK, "What the sitter is dressed in."),
        Output("other", Kind.MASK, "What else they wear or hold: jewellery, a headset, a bag."),
        Output("background", Kind.MASK, "All that is not the sitter."),
        Output(
            "notes",
            Kind.STRING,
            "How much of each picture each part takes, or why nothing was told apart, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.masks:mask_pictures",
    effort=4,
)

CLOTHES = Step(
    id="HeadshotsClothes",
    title="Clothes",
    category=EDIT,
    summary="Prepares other clothes for a model that edits pictures: masks of what it may paint, "
    "and the words to ask it with. Nothing is painted here. Link *Keep the sitter* behind the "
    "model.",
    inputs=(
        PICTURES,
        Input(
            "dress",
            Kind.CHOICE,
            "What to wear.",
            default="navy-suit",
            choices=choices_of("dresses"),
        ),
        Input(
            "colour",
            Kind.STRING,
            "Another colour, in words, such as 'dark green'. Empty: the usual one, or the "
            "garment's.",
            default="",
        ),
        Input(
            "model",
            Kind.CHOICE,
            "The family of the model that will paint. 'flux2-klein' and 'qwen-image-edit' edit the "
            "whole picture, 'flux-fill' and 'sdxl' paint within a mask.",
            default="flux2-klein",
            choices=choices_of("clothes_models"),
        ),
        Input(
            "grow",
            Kind.FLOAT,
            "How far the masks reach beyond the clothes, so that a new collar has room: 1 is the "
            "height of the face. They stop at hair and face.",
            default=0.08,
            low=0,
            high=0.5,
        ),
        Input(
            "references",
            Kind.INT,
            "How many further photos of the sitter you link to the model as its last pictures, as "
            "from *Sitter references*: the words then say what they are.",
            default=0,
            low=0,
            high=3,
        ),
        _ON_NO_FACE,
        Input(
            "garment",
            Kind.IMAGE,
            "A photo of a garment to put on instead of the dress, for a model that looks at a "
            "second picture.",
            optional=True,
        ),
    ),
    outputs=(
        Output(
            "clothes",
            Kind.MASK,
            "The clothes, to be painted anew: never hair or face, nor hands that lie on them.",
        ),
        Output(
            "neckline",
            Kind.MASK,
            "The clothes, and the skin of neck, chest and shoulders that another neckline may show "
            "or cover.",
        ),
        Output(
            "instruction",
            Kind.STRING,
            "The positive prompt for the model: what to paint, and what stays. It needs no "
            "negative one.",
        ),
        Output(
            "notes",
            Kind.STRING,
            "The instruction, and how much of each picture the masks take, or why nothing, one a "
            "line.",
            shown=True,
            prose=True,
        ),
        Output(
            "garment",
            Kind.IMAGE,
            "The garment at one megapixel at most, to be linked as the model's second picture. "
            "Nothing without a garment.",
        ),
    ),
    place="recipes.actions.clothes:dress_pictures",
    effort=4,
)

KEEP_SITTER = Step(
    id="HeadshotsKeepSitter",
    title="Keep the sitter",
    category=EDIT,
    summary="Puts the sitter's own pixels back into a picture that an edit model, or anybody, "
    "changed: other clothes or another backdrop, and still the sitter. Shifts, scale and tint of "
    "the edit are measured and taken off. An edit that turned the head or shows another face is "
    "refused, with the reason; the original then stays.",
    inputs=(
        replace(PICTURES, tooltip="The edited pictures. Images of any other node may be linked."),
        Input(
            "originals",
            Kind.PICTURES,
            "The pictures that were edited: one for all, or one for each.",
        ),
        Input(
            "keep",
            Kind.CHOICE,
            "What is to stay the sitter's own. 'head' is face, hair and neck. 'everything but "
            "clothes' keeps the original's backdrop, too. With 'nothing' the edit is only moved "
            "into place, freed of its tint, and judged: for models that gave a face more detail.",
            default="head",
            choices=choices_of("kept"),
        ),
        Input(
            "light",
            Kind.FLOAT,
            "How far the light of the edit falls on what is kept: 0 leaves the original's, 1 takes "
            "as much as the sitter's likeness allows. Not with 'everything but clothes'.",
            default=0.0,
            low=0,
            high=1,
        ),
        replace(
            GUARDED_SITTER,
            tooltip="The sitter, as enrolled or loaded. Likeness is then judged against all their "
            "photos, else against the original.",
        ),
        Input(
            "on_refusal",
            Kind.CHOICE,
            "What to do with an edited picture that is refused: hand on the 'original', or "
            "'reject' it, which leaves it out of the results. The notes give the reason.",
            default="original",
            choices=("original", "reject"),
        ),
    ),
    outputs=(
        *pictures_out("The edited pictures with the sitter kept.", shown=True),
        Output(
            "own",
            Kind.MASK,
            "Where each picture is the original's own pixels; with light, lit anew.",
        ),
        Output(
            "notes",
            Kind.STRING,
            "What the edit did to the sitter, what was put back and what was not, or why it was "
            "refused, one picture a line.",
            shown=True,
            prose=True,
        ),
        Output(
            "places",
            Kind.STRING,
            "Where the upper left corner of each picture lies in its original: x and y in pixels, "
            "one picture a line.",
        ),
    ),
    place="recipes.actions.keeping:keep_sitters",
    effort=5,
)
