"""Steps that make pictures of a sitter."""

from __future__ import annotations

from dataclasses import replace

from ...painting import Painting
from ..step import Input, Kind, Output, Step
from .common import MAKE, choices_of, identity_for, inputs_of, pictures_out

CHOOSE_LOOK = Step(
    id="HeadshotsChooseLook",
    title="Choose look",
    category=MAKE,
    summary="Chooses looks: light, backdrop, framing and finish. Pictures are made in them in "
    "turn.",
    inputs=(
        Input(
            "looks",
            Kind.CHOICES,
            "The looks, in their order.",
            default=("studio-grey",),
            choices=choices_of("looks"),
        ),
        Input(
            "and_also",
            Kind.LOOK,
            "Looks to come before these, such as some of another framing.",
            optional=True,
        ),
        Input(
            "head",
            Kind.FLOAT,
            "Head size: chin to the top of the hair as a share of the picture's height. Above 1 "
            "the picture's edge crops the hair. 0: the look's own.",
            default=0.0,
            low=0.0,
            high=1.1,  # framing.composition.CLOSEST
            advanced=True,
        ),
        Input(
            "eye_line",
            Kind.FLOAT,
            "Height of the eye line from the top as a share of the picture's height. 0: the look's "
            "own.",
            default=0.0,
            low=0.0,
            high=0.6,
            advanced=True,
        ),
    ),
    outputs=(Output("looks", Kind.LOOK, "The looks."),),
    place="recipes.actions.generate:choose_look",
    effort=0.1,
)

TEAM_FRAMING = Step(
    id="HeadshotsTeamFraming",
    title="Team framing",
    category=MAKE,
    summary="Gives looks the head size and eye line that the photos of a whole team can carry, so "
    "that matched pictures of all stand side by side. Link it between 'Choose look' and each "
    "'Studio headshots' of the team, with 'matched' on.",
    inputs=(
        Input("looks", Kind.LOOK, "The looks."),
        *(
            replace(
                identity_for("generate"),
                name=number,
                tooltip="A sitter of the team.",
                optional=True,
            )
            for number in ("first", "second", "third", "fourth", "fifth", "sixth")
        ),
        Input(
            "sitters",
            Kind.STRING,
            "Others of the team who are stored: their names or ids, one a line. Each must have "
            "agreed to 'generate'.",
            default="",
            multiline=True,
            advanced=True,
        ),
    ),
    outputs=(
        Output("looks", Kind.LOOK, "The looks with the common framing."),
        Output(
            "notes",
            Kind.STRING,
            "The common head size and eye line of each look, and whose photos can't carry it, one "
            "a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.teams:team_framing",
    fingerprint="recipes.actions.teams:fingerprint",
    stored=True,
)

PAINTING = Step(
    id="HeadshotsPainting",
    title="Painting",
    category=MAKE,
    summary="Settings for painting on the studio's pictures with your diffusion model. Link "
    "it to a Studio node whose generator is 'diffusion'.",
    inputs=inputs_of(Painting, adapter=choices_of("adapters")),
    outputs=(Output("painting", Kind.PAINTING, "How to paint."),),
    place="recipes.actions.generate:painting",
    effort=0.1,
)

REFERENCES = Step(
    id="HeadshotsSitterReferences",
    title="Sitter references",
    category=MAKE,
    summary="Photos of the sitter's head as reference images for a model such as FLUX.2 klein "
    "or Qwen-Image-Edit: a frontal one that is the best for the look, and others from angles that "
    "differ as much as possible, all close. If the sitter has fewer photos, the best one is "
    "repeated.",
    inputs=(
        identity_for("generate"),
        Input(
            "looks",
            Kind.LOOK,
            "The look to choose photos for. If there are several, the first one counts.",
            optional=True,
        ),
        Input(
            "width",
            Kind.INT,
            "Width and height of each picture in pixels. Edit models work at one megapixel, 1024.",
            default=1024,
            low=128,
            high=2048,
        ),
    ),
    outputs=(
        Output("first", Kind.IMAGE, "A frontal one, the best for the look."),
        Output("second", Kind.IMAGE, "Another, from another angle."),
        Output("third", Kind.IMAGE, "A third, from yet another angle."),
    ),
    place="recipes.actions.generate:references",
)

STUDIO = Step(
    id="HeadshotsStudio",
    title="Studio headshots",
    category=MAKE,
    summary="Makes headshots from the sitter's own photos: cut out, relit, framed and set before a "
    "backdrop. The face is never generated, unless you let a diffusion model paint on them. The "
    "same seed gives the same pictures.",
    inputs=(
        identity_for("generate"),
        Input("looks", Kind.LOOK, "The looks. The pictures are made in them in turn."),
        Input("count", Kind.INT, "How many pictures to make.", default=8, low=1, high=500),
        Input(
            "seed",
            Kind.INT,
            "Seed. The same number gives the same pictures.",
            default=0,
            low=0,
            high=2**32 - 1,
        ),
        Input(
            "width",
            Kind.INT,
            "Width of each picture in pixels; the height follows from the look.",
            default=1024,
            low=256,
            high=4096,
        ),
        Input(
            "matched",
            Kind.BOOLEAN,
            "On: light, backdrop and framing are held exactly to the look, so that pictures of "
            "different people stand side by side. Off: they vary within the look.",
            default=False,
        ),
        Input(
            "layers",
            Kind.BOOLEAN,
            "On: each picture is taken apart into layers too, to be delivered as OpenRaster (ora). "
            "At a width of 1024 that takes 1.3 seconds and 50 MB of memory more for each picture.",
            default=False,
            advanced=True,
        ),
        Input(
            "generator",
            Kind.CHOICE,
            "What makes the pictures: the 'studio' alone, or a 'diffusion' model of yours that "
            "paints on the studio's pictures.",
            default="studio",
            choices=choices_of("generators"),
        ),
        Input(
            "painting",
            Kind.PAINTING,
            "Settings for painting. Only the generator 'diffusion' uses them.",
            optional=True,
        ),
    ),
    outputs=(
        *pictures_out("The pictures, each with its matte and how it was made."),
        Output("identity", Kind.IDENTITY, "The same sitter."),
    ),
    place="recipes.actions.generate:studio",
    effort=20,
    paints=("generator", "diffusion"),
)
