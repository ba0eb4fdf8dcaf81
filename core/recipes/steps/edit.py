"""Steps that change finished pictures, wherever they come from."""

from __future__ import annotations

from dataclasses import replace

from ...retouching import Retouching
from ..step import Input, Kind, Output, Step
from .common import (
    EDIT,
    GUARDED_SITTER,
    NOTES,
    ON_NO_FACE,
    PICTURES,
    choices_of,
    identity_for,
    inputs_of,
    pictures_out,
)

_ON_NO_FACE = Input(
    "on_no_face",
    Kind.CHOICE,
    "What to do with a picture without a face, or with several: 'pass' it on as it is, 'reject' "
    "it, which leaves it out of the results, or 'raise' an error that stops the recipe. The notes "
    "say which picture it was and why.",
    default="pass",
    choices=("pass", "reject", "raise"),
    advanced=True,
)

RETOUCH = Step(
    id="HeadshotsRetouch",
    title="Retouch",
    category=EDIT,
    summary="Retouches any picture gently, part by part: blotches, temporary blemishes, glare, "
    "dark circles, eyes, teeth, stray hairs, lint and creases of clothes. Pores, lines and "
    "expression stay. With the sitter linked, moles, scars and freckles that the photos show are "
    "kept.",
    inputs=(
        PICTURES,
        replace(
            GUARDED_SITTER,
            tooltip="The sitter, as enrolled or loaded. Permanent marks are then known and kept, "
            "and a result that is less like the sitter is not kept. Without a sitter no spot is "
            "removed, as it may be permanent.",
        ),
        Input(
            "preset",
            Kind.CHOICE,
            "'by part' takes the strengths below: 0 leaves a part as it is, 1 goes as far as a "
            "careful retoucher would. A preset has strengths of its own, and those below don't "
            "count; your own presets are in the list too.",
            default="by part",
            choices=choices_of("retouch_presets"),
        ),
        *inputs_of(Retouching),
        _ON_NO_FACE,
    ),
    outputs=(
        *pictures_out("The retouched pictures."),
        NOTES,
    ),
    place="recipes.actions.edits:retouch_pictures",
    effort=4,
)

RELIGHT = Step(
    id="HeadshotsRelight",
    title="Relight",
    category=EDIT,
    summary="Relights the sitter of any picture in a lighting pattern that portrait "
    "photographers know by name. The background and the skin's own tone stay as they "
    "were. A black-and-white picture stays black and white.",
    inputs=(
        PICTURES,
        Input(
            "pattern",
            Kind.CHOICE,
            "The light: 'flat' is even, 'loop' gentle and from the side, 'rembrandt' leaves a "
            "triangle of light on the far cheek, 'butterfly' comes from above the camera, "
            "'clamshell' too with a reflector below, 'split' lights one half, 'window' is soft and "
            "from far aside.",
            default="loop",
            choices=choices_of("patterns"),
        ),
        Input(
            "side",
            Kind.CHOICE,
            "Where the main light stands, as seen in the picture; 'as lit' is the side that the "
            "picture was lit from, which looks most natural. 'flat', 'butterfly' and 'clamshell' "
            "come from the middle.",
            default="as lit",
            choices=("as lit", "left", "right"),
        ),
        Input(
            "ratio",
            Kind.FLOAT,
            "Key ratio: how many times brighter the lit side of the face is than its shadow side. "
            "2 is gentle, 4 strong, 8 dramatic; 0 is the pattern's own, and less than 1.2 counts "
            "as 1.2.",
            default=0.0,
            low=0,
            high=16,
        ),
        Input(
            "warmth",
            Kind.FLOAT,
            "Colour of the main light: -1 cool, 0 neutral, 1 warm.",
            default=0.0,
            low=-1,
            high=1,
        ),
        Input(
            "strength",
            Kind.FLOAT,
            "0 leaves the picture's own light, 1 replaces it.",
            default=0.8,
            low=0,
            high=1,
        ),
        _ON_NO_FACE,
    ),
    outputs=(
        *pictures_out("The relit pictures."),
        Output(
            "notes",
            Kind.STRING,
            "What was done to each picture or why not, with the light that was asked for and the "
            "light that was measured in the result; one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.restage:relight_pictures",
    effort=6,
)

REPLACE_BACKDROP = Step(
    id="HeadshotsReplaceBackdrop",
    title="Replace backdrop",
    category=EDIT,
    summary="Cuts the sitter out of any picture and puts them in front of another backdrop. "
    "Size, place, light and pixels of the sitter stay, except at the edges. A "
    "black-and-white picture stays black and white.",
    inputs=(
        PICTURES,
        Input(
            "backdrop",
            Kind.CHOICE,
            "What to put behind: paper in 'white', 'grey', 'black' or a 'colour' of yours, a "
            "'gradient' of light, painted 'canvas', an 'office' or 'garden' out of focus, a "
            "'picture' of yours, or 'transparent', which PNG and TIFF files stay.",
            default="grey",
            choices=choices_of("backdrops"),
        ),
        Input(
            "colour",
            Kind.STRING,
            "Colour of paper, gradient, canvas or the office's walls, such as #1d4ed8; empty: its "
            "usual one.",
            default="",
        ),
        Input(
            "picture",
            Kind.STRING,
            "The picture to put behind, where the backdrop is 'picture'.",
            default="",
            path="file",
        ),
        Input(
            "behind",
            Kind.IMAGE,
            "Pictures to put behind, one for all or one for each; they replace the choice above.",
            optional=True,
        ),
        Input(
            "looks",
            Kind.LOOK,
            "Looks whose backdrops to take, in turn; they replace the choice above.",
            optional=True,
        ),
        Input(
            "blur",
            Kind.FLOAT,
            "How far an office, a garden or a picture is out of focus: the size of a point's "
            "disc, as a share of the picture's height. 0 is sharp, 0.03 a portrait lens at f/5.6, "
            "0.06 at f/2.8.",
            default=0.08,
            low=0,
            high=0.15,
        ),
        Input(
            "seed",
            Kind.INT,
            "Seed. The same number gives the same office, garden or canvas.",
            default=0,
            low=0,
            high=2**32 - 1,
        ),
        _ON_NO_FACE,
    ),
    outputs=(
        *pictures_out("The pictures in front of their new backdrop."),
        NOTES,
    ),
    place="recipes.actions.restage:replace_backdrops",
    fingerprint="recipes.actions.restage:backdrop_fingerprint",
    effort=5,
)

UPSCALE = Step(
    id="HeadshotsUpscale",
    title="Upscale",
    category=EDIT,
    summary="Enlarges any picture by a network that restores fine detail, after noise and JPEG "
    "blocks are removed where there are any. With the sitter linked, this detail is kept only as "
    "far as likeness does not fall.",
    inputs=(
        PICTURES,
        GUARDED_SITTER,
        Input("factor", Kind.FLOAT, "How many times as wide and high.", default=2.0, low=1, high=4),
        Input(
            "longest",
            Kind.INT,
            "Longest side of the result in pixels: a picture is enlarged less, or not at all, to "
            "keep to it.",
            default=6000,
            low=256,
            high=8192,
        ),
        Input(
            "detail",
            Kind.FLOAT,
            "How much of the network's detail the picture gets: 0 none, 1 all.",
            default=1.0,
            low=0,
            high=1,
        ),
        replace(
            _ON_NO_FACE,
            tooltip="What to do with a picture without a face, or with several: 'pass' enlarges "
            "it plainly, 'reject' leaves it out of the results, 'raise' is an error that stops the "
            "recipe. The notes say which picture it was and why.",
        ),
    ),
    outputs=(
        *pictures_out("The enlarged pictures."),
        NOTES,
    ),
    place="recipes.actions.edits:upscale_pictures",
    effort=15,
)

CROP = Step(
    id="HeadshotsCrop",
    title="Headshot crop",
    category=EDIT,
    summary="Crops any picture around the head, by the landmarks of the face: to a named size or "
    "to proportions of your own. It never reaches beyond the picture; where there is too little "
    "room the crop moves, then tightens.",
    inputs=(
        PICTURES,
        Input(
            "size",
            Kind.CHOICE,
            "What the picture is for; 'free' follows the three numbers below.",
            default="free",
            choices=choices_of("crops"),
        ),
        Input(
            "aspect",
            Kind.FLOAT,
            "Width divided by height, for 'free': 0.8 is 4 x 5, 1 a square.",
            default=0.8,
            low=0.4,
            high=2.5,
        ),
        Input(
            "head",
            Kind.FLOAT,
            "Chin to crown as a share of the height, for 'free'.",
            default=0.46,
            low=0.15,
            high=0.85,
        ),
        Input(
            "eyes",
            Kind.FLOAT,
            "The eye line's distance from the top as a share of the height, for 'free'.",
            default=0.42,
            low=0.2,
            high=0.6,
        ),
        Input(
            "resize",
            Kind.BOOLEAN,
            "On: a named size gets its own number of pixels, unless that would enlarge it by more "
            "than half. Off: the pixels stay what they are.",
            default=True,
        ),
        _ON_NO_FACE,
    ),
    outputs=(
        *pictures_out("The cropped pictures."),
        NOTES,
    ),
    place="recipes.actions.edits:crop_pictures",
    effort=2,
)

REFINE = Step(
    id="HeadshotsRefine",
    title="Refine (never worse)",
    category=EDIT,
    summary="Improves pictures. Where the result would be less like the sitter, the picture "
    "stays as it was.",
    inputs=(
        PICTURES,
        identity_for("generate"),
        Input(
            "refiner",
            Kind.CHOICE,
            "What to improve.",
            default="retouch",
            choices=choices_of("refiners"),
        ),
        Input(
            "strength", Kind.FLOAT, "From 0, nothing, to 1, all of it.", default=0.6, low=0, high=1
        ),
        Input(
            "longest",
            Kind.INT,
            "Longest side in pixels of what 'upscale' makes, up to four times the picture's.",
            default=6000,
            low=256,
            high=8192,
        ),
        ON_NO_FACE,
        Input(
            "painting",
            Kind.PAINTING,
            "Settings for painting the face. Only the refiner 'detail' uses them.",
            optional=True,
        ),
    ),
    outputs=(
        *pictures_out("The refined pictures, scored anew.", shown=True),
        Output(
            "notes",
            Kind.STRING,
            "What was done to each picture, or why nothing was done, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.refine:refine_pictures",
    effort=10,
    paints=("refiner", "detail"),
)
